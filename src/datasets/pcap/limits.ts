/** Limits of captures, with their units. */

/** A frame longer than this is damage: libpcap and Wireshark write no longer ones. */
export const FRAME_BYTES_MAX = 262_144;
/** A block of pcapng that is read, not passed over; Wireshark's limit. */
export const BLOCK_BYTES_MAX = 16 * 1_048_576;
/** Interfaces of one section of pcapng. */
export const INTERFACES_MAX = 65_536;
/** Bytes of a capture that make one batch of packets at most. */
export const BATCH_BYTES_MAX = 262_144;
/** VLAN tags of a frame, and extension headers of an IPv6 packet, that are passed. */
export const HEADERS_MAX = 16;
/** Addresses whose texts are kept, of each kind, at first and at most: powers of two, the latter 4^n times the former. */
export const ADDRESS_SLOTS = { min: 256, max: 65_536 } as const;
