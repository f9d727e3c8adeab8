/** Every limit of this room, with its unit. */

/** Least time between two checkpoints of a partition. */
export const CHECKPOINT_EVERY_MS = 1_000;

/** A checkpoint that took long to make is followed by so many times as long without one. */
export const CHECKPOINT_REST = 20;

/** The state of a partition, as JSON. */
export const CHECKPOINT_BYTES_MAX = 64 * 1024 * 1024;

/** A record of a checkpoint. */
export const CHECKPOINT_PART_BYTES = 700_000;

/** What a broker without compaction keeps of a partition of the changelog: two of the largest checkpoints, and a segment. */
export const CHANGELOG_BYTES_MAX = 3 * CHECKPOINT_BYTES_MAX;

/** Size of a file of the changelog: what a broker without compaction gives back at a time. */
export const CHANGELOG_SEGMENT_BYTES = 16 * 1024 * 1024;

/** Records that are taken and sent in one piece. */
export const PIECE_RECORDS_MAX = 2_000;

/** Pieces that may be sent and not yet acknowledged. */
export const UNACKED_PIECES_MAX = 8;

/** Bytes that may be sent and not yet acknowledged. */
export const UNACKED_BYTES_MAX = 16 * 1024 * 1024;

/** How often the clock is looked at. */
export const TICK_MS = 100;

/** How long the end waits for acknowledgements and the last checkpoint. */
export const SHUTDOWN_MAX_MS = 5_000;
