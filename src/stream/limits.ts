/** Every limit of this room, with its unit. */

/** A dead letter's key, value and headers together: below Kafka's own default limit of 1,048,588 bytes a batch. */
export const DEAD_LETTER_BYTES_MAX = 1_000_000;

/** Longest `streamflow.detail` header. */
export const DETAIL_CHARS_MAX = 200;
