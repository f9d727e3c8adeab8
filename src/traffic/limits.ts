/** Every limit of this room, with its unit. */

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

/** Packets of a partition whose ids are remembered, at least: a duplicate among them is passed over. */
export const RECENT_PACKETS = 8_192;

/** Windows without packets in a row that are emitted of a link that has fallen silent: an hour of 5 s windows. */
export const EMPTY_WINDOWS_MAX = 720;

/** Links whose forecasts a partition keeps; the one whose last window is the oldest makes room for a new one. */
export const LINKS_MAX = 10_000;

/** Links whose last window is shown in metrics. */
export const LINKS_SHOWN_MAX = 100;

/** Numbers that a partition keeps of all its links, about: a snapshot holds them in some 18 bytes each. */
export const LINK_NUMBERS_MAX = 2_500_000;

/** Windows whose forecasts are kept for corrections, per link. */
export const FORECASTS_KEPT_MAX = 1_000;

/** Windows held in memory for training and evaluation: 48 bytes each, and their sums while packets come. */
export const TRAINING_WINDOWS_MAX = 2_000_000;

/** Examples that training needs at least, and each of the validation and the test part. */
export const TRAINING_EXAMPLES_MIN = 32;
export const HELD_OUT_EXAMPLES_MIN = 10;

/** Forecasts of the test part that are kept in a model file. */
export const TEST_WINDOWS_KEPT = 500;
