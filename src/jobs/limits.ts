/** Every limit of this room, with its unit. */

/** Records that are taken and sent in one piece. */
export const PIECE_RECORDS_MAX = 1_000;

/** Size of what is taken in one piece, where it is more than one record, with {@linkcode RECORD_GROWTH_BYTES} each. */
export const PIECE_BYTES_MAX = 768 * 1024;

/** What an output adds to its record, at most. */
export const RECORD_GROWTH_BYTES = 512;

/** Pieces that may be sent and not yet acknowledged. */
export const UNACKED_PIECES_MAX = 8;

/** Bytes that may be sent and not yet acknowledged. */
export const UNACKED_BYTES_MAX = 16 * 1024 * 1024;

/** A send that is not acknowledged for longer does not get through. */
export const SEND_STALLED_MS = 10_000;

/** How often the clock is looked at. */
export const TICK_MS = 100;

/** Least time between two commits of offsets alone. */
export const COMMIT_INTERVAL_MS = 100;

/** How long the end waits for acknowledgements and the last commit. */
export const SHUTDOWN_MAX_MS = 4_500;

/** Least time between two snapshots of a partition. */
export const SNAPSHOT_EVERY_MS = 1_000;

/** A snapshot that took long to make is followed by so many times as long without one. */
export const SNAPSHOT_REST = 20;

/** The state of a partition, as JSON. */
export const SNAPSHOT_BYTES_MAX = 64 * 1024 * 1024;

/** A record of a snapshot. */
export const SNAPSHOT_PART_BYTES = 700_000;

/** What a broker without compaction keeps of a partition of the changelog: two of the largest snapshots, and a segment. */
export const CHANGELOG_BYTES_MAX = 3 * SNAPSHOT_BYTES_MAX;

/** Size of a file of the changelog: what a broker without compaction gives back at a time. */
export const CHANGELOG_SEGMENT_BYTES = 16 * 1024 * 1024;
