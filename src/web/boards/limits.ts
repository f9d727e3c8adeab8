/** Every limit of what the dashboard remembers and serves of boards, with its unit. */

/** A point of the fine history every so often, in ms, and how many: one hour. */
export const FINE = { stepMs: 1_000, pointsMax: 3_600 } as const;
/** The same of the coarse history: 24 hours. */
export const COARSE = { stepMs: 10_000, pointsMax: 8_640 } as const;
/** Names of a history; of more, the one that was absent longest goes. A name costs some 100 kB after a day. */
export const NAMES_MAX = 96;
/** Partitions, classes, jobs and videos that have curves of their own. */
export const CURVES_MAX = 32;
/** The same of videos: those with the most likes. */
export const VIDEO_CURVES_MAX = 20;
/** Markers that are remembered: the newest. */
export const MARKERS_MAX = 200;
/** Letters of a marker. */
export const MARKER_LENGTH_MAX = 200;
/** Models whose history is kept: those that predicted last. */
export const HISTORIES_MAX = 8;
/** Significant digits of figures in a curve; whole numbers are kept as they are. */
export const CURVE_DIGITS = 6;
/** Parts of a board that are large go out at most once in this time, in ms. */
export const LARGE_EVERY_MS = 1_000;
/** Parts of a board with more letters than this are large. */
export const LARGE_LETTERS = 1_024;
/** Videos of the ranking that are served. */
export const VIDEOS_SHOWN_MAX = 200;
/** Points of the curves in a board of predictions. */
export const CONTEST_POINTS_MAX = 120;
