/** Every limit of this room, with its unit. */

/** Keys that have an open window in one aggregation. */
export const KEYS_MAX = 100_000;

/** States of windows in one aggregation: at some hundred bytes each a few hundred megabytes. */
export const OPEN_MAX = 1_000_000;

/** States of windows of one key: more than a sliding window of some seconds has at full rate. */
export const OPEN_PER_KEY_MAX = 100_000;

/** Different values that a window remembers before it counts them by a sketch. */
export const DISTINCT_EXACT_MAX = 1_000;

/** Buckets of a quantile sketch, of each sign. */
export const QUANTILE_BUCKETS_MAX = 2_048;

/** Names that a window counts exactly for its most frequent ones. */
export const TOP_NAMES_MAX = 1_000;
