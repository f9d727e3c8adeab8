/** Every limit of metrics, with its unit. */

/** Series of one metric: a label that anybody can fill does not fill the memory of who scrapes. */
export const SERIES_MAX = 2_000;
