/** Every limit of this room, with its unit. */

/** Largest value of a packet's record; above it the record is a dead letter. */
export const PACKET_BYTES_MAX = 16_384;

/** Longest name of a link. */
export const LINK_CHARS_MAX = 200;

/** Residuals of recent forecasts that an interval is made of, per link and target. */
export const RESIDUALS_MAX = 256;

/** Below so many, those of the model's training are used instead. */
export const RESIDUALS_MIN = 50;

/** Windows that a forecast looks back at. */
export const LOOKBACK_MAX = 1_000;

/** Windows of a season, `--seasonal` ÷ `--window`: a link's history holds them all, some 100 bytes each. */
export const SEASON_WINDOWS_MAX = 3_000;

/** Recent windows of a link that a threshold like `p99` is a quantile of. */
export const ALERT_WINDOWS_MAX = 1_000;

/** Below so many, the windows of the model's training are used instead. */
export const ALERT_WINDOWS_MIN = 100;
