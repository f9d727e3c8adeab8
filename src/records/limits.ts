/** Every limit of what is on the topics, with its unit. */

/** Largest value of a reading; above it the record is a dead letter. */
export const READING_BYTES_MAX = 65_536;

/** Largest value of a packet's record; above it the record is a dead letter. */
export const PACKET_BYTES_MAX = 16_384;

/** Largest forecast, alert and anomaly of a window that is read: they are some kB. */
export const WINDOW_BYTES_MAX = 32_768;

/** Longest id of a packet, in UTF-16 units as all texts here. */
export const PACKET_ID_CHARS_MAX = 200;

/** Longest name of a protocol. */
export const PROTOCOL_CHARS_MAX = 32;

/** Longest address, of IP or MAC. */
export const ADDRESS_CHARS_MAX = 64;

/** Longest name of a link. */
export const LINK_CHARS_MAX = 200;

/** Longest name of a region. */
export const REGION_CHARS_MAX = 100;

/** Longest code of a country. */
export const COUNTRY_CHARS_MAX = 10;

/** Largest port of TCP and UDP. */
export const PORT_MAX = 65_535;

/** All nine flags of TCP. */
export const TCP_FLAGS_MAX = 511;

/** Bytes that one record may stand for at most: sums of very many stay exact. */
export const LENGTH_MAX = 2 ** 40;

/** Packets that one record may stand for at most. */
export const PACKETS_PER_RECORD_MAX = 2 ** 32;

/** Largest value of an event, and of a total that is made of events; above it the record is not used. */
export const EVENT_BYTES_MAX = 65_536;

/** A dead letter's key, value and headers together: below Kafka's own default limit of 1,048,588 bytes a batch. */
export const DEAD_LETTER_BYTES_MAX = 1_000_000;

/** Where a topic takes less, a dead letter is not cut below this: its own headers are some hundred bytes. */
export const DEAD_LETTER_BYTES_MIN = 4_000;

/** Headers of a record that a dead letter keeps where it has to be cut. */
export const DEAD_LETTER_HEADERS_MAX = 100;

/** Longest `streamflow.detail` header. */
export const DETAIL_CHARS_MAX = 200;

/** Largest model file that is announced as a record's value: below Kafka's own default limit of 1,048,588 bytes. */
export const ANNOUNCED_BYTES_MAX = 900_000;

/** Largest update and global model on `federated-rounds`: half a million weights. */
export const FEDERATED_MODEL_BYTES_MAX = 4 * 1024 * 1024;

/** Largest record of `federated-rounds`: the state of a strategy is up to two models. The topic is created so. */
export const FEDERATED_RECORD_BYTES_MAX = 3 * FEDERATED_MODEL_BYTES_MAX;

/** Largest JSON on `federated-rounds`: a round names its devices. */
export const FEDERATED_JSON_BYTES_MAX = 2 * 1024 * 1024;
