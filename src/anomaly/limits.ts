/** Every limit of this room, with its unit. */

/** Values further from 0 than this count as this: their squares are finite numbers. */
export const VALUE_MAX = 1e100;

/** Deviations (in spreads) further than this count as this. */
export const DEVIATION_MAX = 1e12;

/** Longest window of a detector, in rows. */
export const WINDOW_ROWS_MAX = 100_000;
