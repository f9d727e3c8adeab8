/** Every limit of the boards, with its unit. */

/** Length of one slot of the history, in ms. */
export const SLOT_MS = 1_000;
/** Slots that are remembered: ten minutes. */
export const SLOTS = 600;
/** Slots of the "recent" figures: one minute. */
export const RECENT_SLOTS = 60;
/** Slots that a rate is averaged over. */
export const RATE_SLOTS = 5;
/** Slots that a point of a chart of errors or latencies looks back on, itself included. */
export const SMOOTH_SLOTS = 5;
/** A prediction id that comes again within so many others is known as a repetition and not counted twice. */
export const RECENT_IDS_MAX = 131_072;
/**
 * With exact accounting: so many ids are known exactly; beyond that the number is an upper bound (an id that
 * was evicted and comes again counts as new), and marked so. Some 60 bytes each, up to twice as many of them.
 */
export const EXACT_IDS_MAX = 8_000_000;
/** Letters of an id that is kept as it is; of a longer one its hash is kept. */
export const ID_LENGTH_MAX = 256;
/** Letters of what identifies a model: its name, target and horizon as JSON; a prediction with more is unreadable. */
export const MODEL_KEY_LENGTH_MAX = 1_000;
/** Sources that are counted by name; those that appear later are counted together. */
export const SOURCES_MAX = 1_000;
/** Forecasts that came due with a change of the value, before a source is compared with others. */
export const JUDGED_MIN = 24;
/** Sources whose forecasts can be shown beside what came: the first ones. */
export const COURSES_MAX = 100;
/** Forecasts that are remembered for each of them. */
export const COURSE_POINTS_MAX = 240;
/** Reasons of dead letters that are counted by name. */
export const REASONS_MAX = 32;
/** Kinds of anomalies that are counted by name. */
export const KINDS_MAX = 32;
/** Classes that are counted by name; those that appear later are counted together. */
export const CLASSES_MAX = 100;
/** Bins of a class's probabilities: an area under a ROC curve is exact but for pairs in the same bin. */
export const SCORE_BINS = 512;
/** Log-odds of a probability that are resolved, both ways: from 1e-14 to 1 − 1e-14. */
export const SCORE_LOG_ODDS_MAX = 32;
/** Points of a ROC curve that are shown, and three. */
export const ROC_POINTS_MAX = 40;
/** Bins of the probability of an answer, from 0 to 1. */
export const RELIABILITY_BINS = 10;
/** Models that are counted by themselves; one that comes later takes the place of the one that was silent longest. */
export const MODELS_MAX = 32;
/** Versions of a model that are named: those that predicted last. */
export const VERSIONS_MAX = 8;
/** A model that predicted within this time is at work, in ms. */
export const AT_WORK_MS = 60_000;
/** Partitions whose lag is followed. */
export const PARTITIONS_MAX = 1_000;
/** Points of the lag that are remembered for each partition. */
export const LAG_POINTS_MAX = 60;
/** Latencies are resolved from here on, in ms; what is below counts as 0. */
export const LATENCY_MS_MIN = 0.01;
/** Latencies beyond this count as this, in ms (some 28 hours). */
export const LATENCY_MS_MAX = 1e8;
/** Ratio of the two ends of a bin of latencies: a percentile is right within 2 %. */
export const LATENCY_BIN_RATIO = 1.02;
/** Time between two questions for the lag, in ms, at least. */
export const LAG_EVERY_MS = 1_000;
/** Links whose windows are remembered; one that comes later takes the place of the one that was silent longest. */
export const LINKS_MAX = 100;
/** Windows of a link that are remembered. */
export const WINDOWS_MAX = 400;
/** Targets of a link's forecasts that are followed. */
export const TARGETS_MAX = 8;
/** Outcomes of the "recent" figures of forecasts. */
export const RECENT_OUTCOMES = 60;
/** Alerts that are remembered, and likewise anomalies. */
export const EVENTS_MAX = 200;
/** Rules that hold at the moment, of all links. */
export const ACTIVE_ALERTS_MAX = 1_000;
/** Letters of an alert's or anomaly's evidence that are kept. */
export const EVIDENCE_LENGTH_MAX = 240;
/** Sources with the most bytes that are remembered of a window. */
export const TALKERS_MAX = 20;
/** Rounds of a federation that are remembered: the newest. */
export const ROUNDS_MAX = 300;
/** Devices that are counted by themselves; one that comes later takes the place of the one that was silent longest. */
export const DEVICES_MAX = 10_000;
/** Devices that are shown: those that sent last. */
export const DEVICES_SHOWN_MAX = 1_000;
/** Refused updates that are shown: the newest. */
export const REFUSALS_MAX = 200;
/** Letters of a refusal's detail, of a strategy's doubt. */
export const DETAIL_LENGTH_MAX = 240;
/** A round that is still open so long after its deadline has no server, in ms. */
export const OVERDUE_MS_MIN = 10_000;
