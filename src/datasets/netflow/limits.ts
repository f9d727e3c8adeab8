/** Limits of a NetFlow collector, with their units. Anybody can send it datagrams: whatever it keeps is bounded. */

/** Exporters' streams (exporter, version, source id) that are known at a time; the longest silent one is evicted. */
export const STREAMS_MAX = 4_096;
/** Fields of one template. */
export const FIELDS_MAX = 512;
/** Fields of the templates of one stream, and of all: 4 bytes each. */
export const FIELDS_PER_STREAM_MAX = 100_000;
export const FIELDS_TOTAL_MAX = 1_000_000;
/** Data sets that wait for their template, and their bytes; the oldest are dropped. */
export const HELD_SETS_MAX = 4_096;
export const HELD_BYTES_MAX = 4 * 1_048_576;
/** Flows of one datagram from which the sets that wait for its templates are dropped. */
export const PACKETS_MAX = 100_000;
/** Problems that are reported of one datagram; all are counted. */
export const PROBLEMS_MAX = 16;
/** Characters of an exporter's name: a part of every id. */
export const EXPORTER_CHARS_MAX = 100;
/** Flows that wait for their reader; more are dropped, and counted. */
export const WAITING_PACKETS_MAX = 200_000;
/** Bytes that the system is asked to keep of datagrams that nobody has taken yet. */
export const SOCKET_BYTES = 4 * 1_048_576;
/** Samplers of one observation domain that are known; the oldest is evicted. */
export const SAMPLERS_PER_DOMAIN_MAX = 1_024;
/** Exporters whose unused records are counted one by one; those of the longest silent ones are added up. */
export const EXPORTERS_COUNTED_MAX = 256;
/** Intervals of sampling of a stream that are said when they are met first. */
export const INTERVALS_SAID_MAX = 8;
