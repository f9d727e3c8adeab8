/** Every limit of the store, with its unit. */

/** Rows that are read or written in one go: some ms of SQLite's time, in which nothing else happens. */
export const BATCH_ROWS_MAX = 2_000;

/** The same of rows with whole model files in them. */
export const LONG_ROWS_MAX = 8;

/** Wait for another process that writes to the same SQLite file, in ms; the program stands still meanwhile. */
export const LOCK_WAIT_MS = 50;

/** The same where a store is opened or made: nothing else is going on, in ms. */
export const OPEN_LOCK_WAIT_MS = 5_000;

/** Largest record that a row is made of, in bytes; above it the record is a dead letter. */
export const RECORD_BYTES_MAX = 1_048_576;

/** First and longest pause before a store that takes no rows is tried again, in ms. */
export const STORE_PAUSE_MS_MIN = 100;
export const STORE_PAUSE_MS_MAX = 5_000;

/** First and longest pause before a topic that does not exist, or a cluster that is away, is tried again, in ms. */
export const TOPIC_PAUSE_MS_MIN = 250;
export const TOPIC_PAUSE_MS_MAX = 5_000;

/** Connections to MongoDB at most. */
export const MONGO_CONNECTIONS_MAX = 4;

/** Wait for a server of MongoDB that can write before it counts as away, in ms. */
export const MONGO_WAIT_MS = 3_000;

/** Largest model file that is kept, in bytes: a document of MongoDB has at most 16 MiB. */
export const MODEL_BYTES_MAX = 15 * 1_048_576;

/** Rows and bytes of a Parquet row group at most: what an export holds in memory. */
export const ROW_GROUP_ROWS_MAX = 20_000;
export const ROW_GROUP_BYTES_MAX = 16 * 1_048_576;

/** A query that takes longer ends, in ms. */
export const QUERY_MS_MAX = 60_000;
/** Rows of an answer where nobody says how many. */
export const QUERY_ROWS = 1_000;
/** Longest text or bytes that a query may make, in bytes. */
export const QUERY_VALUE_BYTES_MAX = 16 * 1_048_576;
