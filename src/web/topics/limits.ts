/** Every limit of what is shown of topics and groups, with its unit. */

/** Topics of one page of the list, and the default. */
export const TOPICS_PAGE_MAX = 500;
export const TOPICS_PAGE = 100;
/** Groups that are looked at for one answer, by id. */
export const GROUPS_MAX = 1_000;
/** Groups of one page of the list, and the default. */
export const GROUPS_PAGE_MAX = 200;
export const GROUPS_PAGE = 100;
/** An answer is as old as this at most: whoever asks meanwhile gets the same. */
export const FRESH_MS = 1_000;
/** Answers that are kept. */
export const FRESH_ENTRIES_MAX = 200;
/** Seconds after which somebody who came too early, or while the cluster was away, is asked to come again. */
export const RETRY_AFTER_SECONDS = 2;

/** A cluster that is there and says nothing has so long for an answer, and for one with records, in ms. */
export const ANSWER_WITHIN_MS = 5_000;
export const RECORDS_WITHIN_MS = 15_000;

/** Records of one page, and the default. */
export const RECORDS_MAX = 200;
export const RECORDS = 50;
/** Requests for records that are served at once. */
export const READS_MAX = 8;
/** Bytes of one fetch from a broker. */
export const FETCH_BYTES_MAX = 1024 * 1024;
/** Records and bytes of keys and values that one request looks at. */
export const SEARCHED_RECORDS_MAX = 50_000;
export const SEARCHED_BYTES_MAX = 16 * 1024 * 1024;
/** Offsets of each partition that a search looks at before it goes further back. */
export const SEARCH_STEP = 1_000;

/** Bytes of a value, and of a key or a header's value, that are shown. */
export const VALUE_BYTES_MAX = 16 * 1024;
export const KEY_BYTES_MAX = 1024;
/** Binary that is longer is shown as base64. */
export const HEX_BYTES_MAX = 256;
/** Headers of a record that are shown. */
export const HEADERS_MAX = 20;

/** Characters of a filter. */
export const FILTER_CHARACTERS_MAX = 200;
/** Characters of a group's id: Kafka takes more, and nobody uses them. */
export const GROUP_ID_CHARACTERS_MAX = 400;

/** Tails that run at once. */
export const TAILS_MAX = 20;
/** Time between two looks of a tail, in ms. */
export const TAIL_POLL_MS = 250;
/** Records of one event. */
export const TAIL_RECORDS_MAX = 50;
/** Records that a tail shows from before it began. */
export const TAIL_LAST_MAX = 200;
/** Bytes of one look of a tail. */
export const TAIL_BYTES_MAX = 512 * 1024;
/** A tail that is further behind the end of a partition goes to its end: records in between are skipped. */
export const TAIL_BEHIND_MAX = 2_000;
/** A topic that is tailed is looked up again so often, for new partitions. */
export const TAIL_TOPIC_AGE_MS = 5_000;
/** A client that takes nothing for so long is dropped. */
export const TAIL_CLIENT_PATIENCE_MS = 30_000;
/** Partitions whose positions fit into the id of an event: a tail of more begins anew when it connects again. */
export const TAIL_RESUMED_PARTITIONS_MAX = 64;
