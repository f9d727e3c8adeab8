/** Every limit of the dashboard, with its unit. */

/** Readings of one request for predictions. */
export const REQUEST_READINGS_MAX = 10_000;

/** Body of a request for predictions, in bytes. */
export const PREDICT_BODY_BYTES_MAX = 16 * 1024 * 1024;

/** Versions of the served model that are remembered: the last ones. */
export const MODEL_VERSIONS_MAX = 32;
