/** Every limit of the traffic model, with its unit. */

/** Mean packets per second of all links together. */
export const RATE_PER_SECOND_MAX = 1_000_000;

/** Links of one model. */
export const LINKS_MAX = 1_000;

/** A batch ends with the tick in which it has so many packets. */
export const BATCH_PACKETS = 1_000;

/** A batch ends after so much simulated time, however few packets it has, in µs. */
export const BATCH_SPAN_US = 10_000_000;

/** Step of the simulation, in µs: rates change at its ends. */
export const TICK_US = 100_000;
