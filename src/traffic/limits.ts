/** Every limit of this room, with its unit. */

/** Largest value of a packet's record; above it the record is a dead letter. */
export const PACKET_BYTES_MAX = 16_384;

/** Longest name of a link. */
export const LINK_CHARS_MAX = 200;
