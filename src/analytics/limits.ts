/** Every limit of this room, with its unit. */

/** Devices of one analysis; each keeps the last readings that a model looks at, and its last errors: some 10 kB. */
export const DEVICES_MAX = 10_000;

/** First intervals between readings of a device, whose median is its usual step. */
export const STEP_INTERVALS = 64;

/** An interval longer than so many usual steps is a gap. */
export const GAP_STEPS = 1.5;

/** Anomalies with the highest scores that an analysis remembers, to show them. */
export const ANOMALIES_LISTED_MAX = 20;

/** State of a partition's devices in a snapshot, some three quarters of what a snapshot may be; the rest is for windows. */
export const STATE_BYTES_MAX = 48 * 1024 * 1024;
