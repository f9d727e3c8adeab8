/** Limits of what the broker stores beside its logs, with their units. */

const MIB = 1024 * 1024;

/** The metadata log is not rewritten while it is smaller than this. */
export const METADATA_COMPACT_BYTES_MIN = 4 * MIB;
/** The metadata log is rewritten when it is this many times as large as what it says. */
export const METADATA_COMPACT_RATIO = 4;
/** Offsets in one entry of the metadata log: each has 25 kB at most (metadata of 4,096 characters, escaped). */
export const OFFSETS_PER_ENTRY = 1000;
/** Largest frame of the metadata log, for its writer and its reader. */
export const METADATA_FRAME_BYTES_MAX = 64 * MIB;
/** Producer ids that one write reserves. */
export const PRODUCER_IDS_RESERVED = 1000;
/** Largest producer id that is given away or gone on from. */
export const PRODUCER_ID_MAX = 2 ** 50;
/** Files of logs that are open at a time: the most, and the fewest that are worth it. */
export const OPEN_FILES_MAX = 256;
export const OPEN_FILES_MIN = 8;
/** Descriptors that are left for the process itself; of the others half are for connections. */
export const DESCRIPTORS_KEPT_FREE = 48;
/** A disk that fails again sooner than this after it was reported is not reported again. */
export const DISK_REPORT_INTERVAL_MS = 60_000;
/** Memory that the committed offsets of all groups take together, as it is counted. */
export const OFFSETS_BYTES_MAX = 128 * MIB;
/** What one committed offset is counted with, beside two bytes for each character of its metadata. */
export const OFFSET_BYTES = 250;
