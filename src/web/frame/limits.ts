/** Limits of every HTTP surface; of streams: `live/limits.ts`. What the listener limits itself: 100 headers of a request, some 400 KiB in all. */

/** Body of a request where its route does not say more, in bytes. */
export const BODY_BYTES_MAX = 1_048_576;
/** Bodies of all requests in hand, in bytes. */
export const BODIES_BYTES_MAX = 134_217_728;
/** A body has to be there after so long, in ms. */
export const BODY_WITHIN_MS = 10_000;
/** Letters of a path with its query. */
export const URL_LENGTH_MAX = 8_192;
/** Names and values of a request's headers, in letters. */
export const HEADERS_LENGTH_MAX = 16_384;
/** Requests that are answered at the same time; one more is refused with 503. */
export const IN_FLIGHT_MAX = 256;
/** Requests that wait for something new, beside those that are answered. */
export const WAITING_MAX = 10_000;
/** Names and addresses whose requests of the last minute are counted; the longest untouched is forgotten first. */
export const COUNTED_KEYS_MAX = 10_000;
/** Requests in hand have so long to be answered when the listener closes, in ms. */
export const CLOSE_WITHIN_MS = 1_000;
/** The last answers have so long to leave, in ms. */
export const FLUSH_MS = 20;
/** A listener that was lost is opened again after so long, in ms. */
export const LISTEN_AGAIN_MS = 200;
/** What a refused client is asked to wait, in s. */
export const RETRY_AFTER_SECONDS = 1;

/** Wrong tokens from one address within {@linkcode ATTEMPTS_WINDOW_MS}; then it is refused with 429. */
export const ATTEMPTS_MAX = 10;
/** In ms. */
export const ATTEMPTS_WINDOW_MS = 60_000;
/** Addresses whose wrong tokens are remembered; the oldest is forgotten first. */
export const ATTEMPTS_ADDRESSES_MAX = 10_000;

/** Logins in hand at the same time: anybody may begin one, and those who are in shall not wait for them. */
export const LOGINS_MAX = 16;
/** The body of a login. */
export const LOGIN_BODY = { bytesMax: 4_096, withinMs: 3_000 } as const;
/** Letters that a token has at least. */
export const TOKEN_LENGTH_MIN = 16;
/** A file of tokens, in bytes. */
export const TOKEN_FILE_BYTES_MAX = 16_777_216;
/** A login ends after so long, in s. */
export const SESSION_SECONDS = 7 * 86_400;
/** Logins that were ended by a logout before their time; the oldest is forgotten first. */
export const ENDED_SESSIONS_MAX = 10_000;

/** A JSON answer is compressed from so many bytes on. */
export const COMPRESS_BYTES_MIN = 2_048;
/** Failures of a validation that an answer lists. */
export const ERRORS_LISTED_MAX = 20;
/** Letters of a problem's sentence, and of a text of others in it. */
export const DETAIL_LENGTH_MAX = 1_000;
