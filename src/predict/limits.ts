/** Every limit of this room, with its unit. */

/**
 * How far a partition is re-read to rebuild the state of its sources. Half of it is the length of an epoch: what a
 * source said one to two epochs ago and earlier is evicted.
 */
export const REWIND_RECORDS_MAX = 100_000;

/** Sources remembered per partition; the least recently seen goes first. */
export const SOURCES_MAX = 10_000;

/** Numbers remembered per partition and epoch; a long look-back lowers the number of sources to fit. */
export const HISTORY_BYTES_MAX = 64 * 1024 * 1024;

/** So many readings without a feature that the model needs, and no other, mean that the model is the wrong one. */
export const MISFIT_RECORDS_MIN = 20;
