/** Limits of downloads. */

/** Bytes of a file whose size nobody knows beforehand. */
export const FILE_BYTES_MAX = 256 * 2 ** 20;
/** What a gzip file may unpack to, where the catalogue does not say, in bytes. */
export const UNPACKED_BYTES_MAX = 1024 * 2 ** 20;
/** An answer, or the next bytes of one, take no longer than this. */
export const STALL_MS = 30_000;
/** Attempts in a row that bring nothing; one that brings bytes begins the count again. */
export const ATTEMPTS_MAX = 4;
/** Wait before the second attempt, twice as long before each further one. */
export const RETRY_MS = 500;
/** Redirects that are followed. */
export const REDIRECTS_MAX = 5;
/** What is read of the file that says what a partial file is the beginning of, in bytes. */
export const PART_STATE_BYTES_MAX = 64 * 1024;
