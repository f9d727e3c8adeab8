/** Every limit of the client side, with its unit. */

/** How long `connect` tries. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** How long a record is tried to be delivered before `send` rejects. */
export const DELIVERY_TIMEOUT_MS = 120_000;
/** A member that is silent for so long is taken out of its group. */
export const SESSION_TIMEOUT_MS = 30_000;
/** How long a group waits for its members to come back when it rebalances. */
export const REBALANCE_TIMEOUT_MS = 60_000;
/** Heartbeats are sent at least this often (and ten times a session): a rebalance is noticed no sooner. */
export const HEARTBEAT_INTERVAL_MS_MAX = 1_000;
/** Answers other than to joining a group take no longer. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** How long the broker may hold a fetch back when there is nothing new. */
export const FETCH_MAX_WAIT_MS = 500;
/** Bytes of one answer to a fetch. */
export const FETCH_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of one partition in an answer; a chunk is no larger, unless a single record batch is. */
export const FETCH_PARTITION_BYTES_MAX = 256 * 1024;
/** Chunks that were read and wait for the caller. */
export const CHUNKS_AHEAD_MAX = 2;
/** Records of one produce request to one partition. */
export const SEND_RECORDS_MAX = 1_000;
/** Bytes of keys, values and headers in one produce request to one partition (brokers take 1 MiB by default). */
export const SEND_BYTES_MAX = 900_000;
/** Sends of an outbox that are not acknowledged. */
export const IN_FLIGHT_SENDS_MAX = 8;
/** Time that Ctrl-C leaves for what is in flight. */
export const DRAIN_AFTER_STOP_MS = 4_000;
/** First pause between two attempts. */
export const RETRY_PAUSE_MS_MIN = 10;
/** Longest pause between two attempts. */
export const RETRY_PAUSE_MS_MAX = 1_000;
/** How long a topic may be unknown (just created, or leaders moving) before that is an error. */
export const UNKNOWN_TOPIC_PATIENCE_MS = 15_000;
/** How long `createTopic` waits for all partitions to have leaders. */
export const LEADERS_TIMEOUT_MS = 30_000;
/** How long closing waits for the cluster before it goes on without. */
export const CLOSE_TIMEOUT_MS = 1_500;
/** A cached list of leaders is asked for again after this time. */
export const METADATA_AGE_MS_MAX = 60_000;
/** A partition that answers every fetch with an error is said after so long. */
export const FETCH_FAILURE_PATIENCE_MS = 3_000;
/** Where fetches name topics, whether one was deleted and made again is asked so often. */
export const TOPIC_ID_AGE_MS_MAX = 1_000;
/** How long what a person looks at is tried to be found out, before the cluster is said to be away. */
export const INSPECTION_PATIENCE_MS = 3_000;
/** Longest header of a trace's context that is read, in bytes: W3C asks for at least 512 of `tracestate`. */
export const TRACE_HEADER_BYTES_MAX = 1_024;
/** Links of a span: what OpenTelemetry's own limit is. */
export const SPAN_LINKS_MAX = 128;
