/** Every limit of the store, with its unit. */

/** Rows that are read or written in one go: some ms of SQLite's time, in which nothing else happens. */
export const BATCH_ROWS_MAX = 2_000;

/** Wait for another process that writes to the same SQLite file, in ms; the program stands still meanwhile. */
export const LOCK_WAIT_MS = 50;

/** The same where a store is opened or made: nothing else is going on, in ms. */
export const OPEN_LOCK_WAIT_MS = 5_000;
