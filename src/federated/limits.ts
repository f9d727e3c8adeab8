/** Every limit of this room, with its unit. */

/** Euclidean norm of weights less the global ones, in the weights' unit. */
export const UPDATE_NORM_MAX = 1_000;

/** Examples that one update counts for in a mean, however many it claims. */
export const NUM_EXAMPLES_MAX = 131_072;

/** Examples that all updates of a round count for together: what a mean adds up without rounding. */
export const ROUND_EXAMPLES_MAX = 2 ** 33;

/** Figures beside an update's weights. */
export const METRICS_MAX = 32;

/** Characters of a device's name. */
export const DEVICE_CHARS_MAX = 256;

/** Rounds that an update of an asynchronous strategy may be behind; as many global models are kept. */
export const STALENESS_MAX = 10;

/** Steps after which the search for a geometric median ends, whatever it has found. */
export const MEDIAN_STEPS_MAX = 100;

/** Numbers of all devices' prepared examples that a simulation holds: 1.6 GB. */
export const SIMULATED_NUMBERS_MAX = 200_000_000;
