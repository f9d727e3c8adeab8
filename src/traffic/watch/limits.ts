/** Every limit of the watch, with its unit. All are per partition. */

/** Sources whose past is remembered; the one not seen for longest is forgotten. */
export const SOURCES_MAX = 10_000;

/** Links that are watched. */
export const LINKS_MAX = 1_000;

/** Handshakes that wait for their end; the oldest counts as failed where there are more. */
export const PENDING_MAX = 20_000;

/** Sources with failed handshakes. */
export const SUSPECTS_MAX = 2_000;

/** Targets of one source that are counted exactly. */
export const TARGETS_MAX = 1_000;

/** Destinations (address and port) with failed handshakes. */
export const SERVICES_MAX = 5_000;

/** Sources that never sent enough to be among those, and networks (/24, /48) and countries of all of them. */
export const GLIMPSED_MAX = 5_000;
export const PREFIXES_MAX = 5_000;
export const COUNTRIES_MAX = 2_000;

/** Windows that are open, by what they are of: a link's and a region's hold some kilobytes, a source's some hundred bytes. */
export const OPEN_LINKS_MAX = 2_000;
export const OPEN_REGIONS_MAX = 5_000;
export const OPEN_SOURCES_MAX = 20_000;

/** A source with fewer packets in a window has no record of its own, and does not matter. */
export const SOURCE_PACKETS_MIN = 10;

/** Addresses and ports that a window of a link or a region counts exactly, and one of a source. */
export const EXACT_MAX = 1_024;
export const EXACT_OF_SOURCE_MAX = 64;

/** Sources of which a window counts the bytes. */
export const NAMES_MAX = 256;

/** Sliding windows keep something of each packet, some kilobytes at most. */
export const SLIDING_STATES_MAX = 50_000;
