/** Every limit of the totals and of their consumer, with its unit. */

/** Comments remembered per video; of more, the least liked are forgotten first. */
export const COMMENTS_PER_VIDEO_MAX = 100_000;
/** Comments remembered per partition. */
export const COMMENTS_MAX = 250_000;
/** Videos remembered per partition; the one that was heard of longest ago is forgotten first. */
export const VIDEOS_MAX = 1_000;
/** Share of the comments that goes at once where there are too many. */
export const FORGOTTEN_SHARE = 0.05;
/** Comments that a total names. */
export const TOP_COMMENTS = 3;
/** Letters of a comment that are remembered. */
export const TEXT_LENGTH_MAX = 80;
/** Minutes that likes per minute are taken over. */
export const RATE_MINUTES = 5;
/** Minutes of which the likes that came are remembered. */
export const GAIN_MINUTES_MAX = 60;
/** Least time between two totals of a video. */
export const PUBLISH_EVERY_MS = 1_000;
