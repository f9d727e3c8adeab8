/** Every limit of this room, with its unit. */

/**
 * How far a partition is re-read to rebuild the state of its sources. Half of it is the length of an epoch: what a
 * source said one to two epochs ago and earlier is forgotten.
 */
export const REWIND_RECORDS_MAX = 100_000;

/** Sources remembered per partition; the least recently seen goes first. */
export const SOURCES_MAX = 10_000;

/** Numbers remembered per partition and epoch; a long look-back lowers the number of sources to fit. */
export const HISTORY_BYTES_MAX = 64 * 1024 * 1024;

/** Records that are predicted and sent in one piece. */
export const PIECE_RECORDS_MAX = 1_000;

/** Size of the outputs that are sent in one piece, where it is more than one record. */
export const PIECE_BYTES_MAX = 768 * 1024;

/** Pieces that may be sent and not yet acknowledged. */
export const UNACKED_PIECES_MAX = 8;

/** Bytes that may be sent and not yet acknowledged. */
export const UNACKED_BYTES_MAX = 8 * 1024 * 1024;

/** Least time between two commits. */
export const COMMIT_INTERVAL_MS = 100;

/** How long the end waits for acknowledgements, and then for the last commit. */
export const SHUTDOWN_ACKS_MAX_MS = 3_000;
/** How long the end waits for the last commit. */
export const SHUTDOWN_COMMIT_MAX_MS = 1_500;

/** So many readings without a feature that the model needs, and no other, mean that the model is the wrong one. */
export const MISFIT_RECORDS_MIN = 20;
