/** Every limit of the API's client, with its unit. */

/** Largest answer; a page of 100 threads with replies has well below 1 MB. */
export const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
/** How long an answer may take. */
export const ANSWER_WITHIN_MS = 30_000;
/** Attempts for one question, where what is wrong may pass. */
export const ATTEMPTS_MAX = 6;
/** First pause between two attempts. */
export const PAUSE_MS_MIN = 500;
/** Longest pause between two attempts, unless the server asks for more. */
export const PAUSE_MS_MAX = 16_000;
/** Longest pause that a server may ask for. */
export const RETRY_AFTER_MS_MAX = 300_000;
/** A new token is requested so long before it ends. */
export const TOKEN_MARGIN_MS = 120_000;
/** Letters of an error's message that are shown. */
export const MESSAGE_CHARS_MAX = 300;
/** Comments and replies of a video that are asked for in one poll. */
export const COMMENTS_PER_VIDEO_MAX = 100_000;
