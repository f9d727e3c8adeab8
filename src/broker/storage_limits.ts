/** Limits of what the broker stores beside its logs, with their units. */

const MIB = 1024 * 1024;

/** The metadata log is not written anew while it is smaller than this. */
export const METADATA_COMPACT_BYTES_MIN = 4 * MIB;
/** The metadata log is written anew when it is this many times as large as what it says. */
export const METADATA_COMPACT_RATIO = 4;
/** Largest frame of the metadata log. */
export const METADATA_FRAME_BYTES_MAX = 64 * MIB;
/** Producer ids that one write reserves. */
export const PRODUCER_IDS_RESERVED = 1000;
