/** Every limit of live streams, with its unit. */

/** Streams that are open at once, of all clients. */
export const STREAMS_MAX = 1_000;
/** WebSockets among them: one that takes nothing holds up to {@linkcode QUEUE_BYTES_MAX} and a snapshot until it goes. */
export const SOCKETS_MAX = 200;
/** Different things that are streamed at once. */
export const CHANNELS_MAX = 64;
/** What waits for a client beside a snapshot, in bytes; one that is slower is dropped. */
export const QUEUE_BYTES_MAX = 1_048_576;
/** A client that takes nothing for so long is dropped, in ms. */
export const STALL_MS_MAX = 30_000;
/** Deltas that are kept for those who come again, in bytes and in number. */
export const KEPT_BYTES_MAX = 524_288;
export const KEPT_MAX = 1_024;
/** A snapshot is made anew for a newcomer only where the last one is older, in ms. */
export const SNAPSHOT_MS_MAX = 5_000;
/** Bytes that are handed to a connection at once. */
export const SLICE_BYTES = 65_536;
/** A stream on which nothing was sent for so long gets a comment, in ms. */
export const PING_MS = 10_000;
/** When a client whose connection broke comes again, in ms. */
export const RETRY_MS = 2_000;
/** A channel that nobody looks at is forgotten after so long, in ms. */
export const IDLE_MS_MAX = 60_000;
/** At the end of the server the last message has so long to go out, in ms. */
export const BYE_MS = 1_000;
/** A client that was refused is asked to wait so long, in s. */
export const RETRY_AFTER_SECONDS = 5;
