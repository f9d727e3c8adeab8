/** Every limit of this room, with its unit. */

/** Largest value of a packet's record; above it the record is a dead letter. */
export const PACKET_BYTES_MAX = 16_384;

/** Longest name of a link. */
export const LINK_CHARS_MAX = 200;

/** Residuals of recent forecasts that an interval is made of, per link and target. */
export const RESIDUALS_MAX = 256;

/** Below so many, those of the model's training are used instead. */
export const RESIDUALS_MIN = 50;
