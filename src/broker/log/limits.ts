/** What a partition's log allows, in one place. */

const MIB = 1024 * 1024;

/** A sparse index holds one entry for at least this many bytes (Kafka's `index.interval.bytes`). */
export const INDEX_INTERVAL_BYTES = 4096;
/** Bytes that are read at a time when a log is scanned. */
export const SCAN_WINDOW_BYTES = MIB;
/** The same where a log is damaged: as much is read again for each damaged place. */
export const DAMAGED_WINDOW_BYTES = 8 * 1024;
/** Where damage is looked through, a CRC is kept for every so many bytes (4 bytes each: 16 MiB for a GiB). */
export const CRC_STEP_BYTES = 256;
/**
 * The newest bytes of a log whose CRC is checked when it is opened (2.5 s per GiB, 5 s where batches are tiny). Older batches are checked for
 * their place, size and order only; their readers check the CRC.
 */
export const CHECKED_AT_OPEN_BYTES_MAX = 1024 * MIB;
/** Batches remembered per producer to recognise a repetition (Kafka's number). */
export const BATCHES_PER_PRODUCER = 5;
/** A segment is not closed for its age before this, however short records are kept. */
export const SEGMENT_MS_MIN = 1_000;
/** Producers remembered per partition; the one heard of least recently is evicted first. */
export const PRODUCERS_MAX = 10_000;
/** How long a silent producer is remembered (Kafka's `producer.id.expiration.ms`). */
export const PRODUCER_EXPIRATION_MS = 86_400_000;
/** Bytes of all partitions together in memory mode: past that the largest one loses its oldest records, read or not. */
export const MEMORY_BYTES_MAX = 256 * MIB;
/** Size of a segment in memory mode, which is what is released at a time. */
export const MEMORY_SEGMENT_BYTES_MAX = 4 * MIB;
export const MEMORY_SEGMENT_BYTES_MIN = 4 * 1024;
/** A piece of memory that holds batches: the first of a segment, and the largest. */
export const ARENA_BYTES_MIN = 1024;
export const ARENA_BYTES_MAX = MIB;
/** A batch on disk that claims to be larger is damaged: no request can have brought it. */
export const BATCH_BYTES_MAX = 128 * MIB;
/** Bytes that a batch may decompress to: a larger one is refused before memory for it is taken. */
export const DECOMPRESSED_BYTES_MAX = 16 * MIB;
/** Records of a refused batch that are named one by one. */
export const RECORD_ERRORS_MAX = 10;
