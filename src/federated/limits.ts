/** Every limit of this room, with its unit. */

/** Euclidean norm of weights less the global ones, in the weights' unit. */
export const UPDATE_NORM_MAX = 1_000;

/** Examples that one update counts for in a mean, however many it claims. */
export const NUM_EXAMPLES_MAX = 131_072;

/** Examples that all updates of a round count for together: what a mean adds up without rounding. */
export const ROUND_EXAMPLES_MAX = 2 ** 33;

/** Figures beside an update's weights. */
export const METRICS_MAX = 32;

/** Characters of a metric's name. */
export const METRIC_NAME_CHARS_MAX = 64;

/** Characters of a device's name. */
export const DEVICE_CHARS_MAX = 256;

/** Rounds that an update of an asynchronous strategy may be behind; as many global models are kept. */
export const STALENESS_MAX = 10;

/** Steps after which the search for a geometric median ends, whatever it has found. */
export const MEDIAN_STEPS_MAX = 100;

/** Numbers of all devices' prepared examples that a simulation holds: 1.6 GB. */
export const SIMULATED_NUMBERS_MAX = 200_000_000;

/** Examples per step of a recipe. */
export const BATCH_SIZE_MAX = 4_096;

/** Passes over a device's window in a round, of a recipe. */
export const EPOCHS_MAX = 1_000;

/** Examples that a device keeps to learn from, of a recipe. */
export const DEVICE_WINDOW_MAX = 100_000;

/** Devices of a partition; the least recently seen makes room for a new one. */
export const DEVICES_MAX = 10_000;

/** What the devices of a partition may come to in a snapshot, in bytes: fewer devices where each is large. */
export const PARTITION_STATE_BYTES_MAX = 48 * 1024 * 1024;

/** A global model's file, in bytes. */
export const GLOBAL_BYTES_MAX = 256 * 1024 * 1024;

/** Any other answer of a server, in bytes. */
export const ANSWER_BYTES_MAX = 64 * 1024;

/** How long a server is asked to wait for a newer global model, in s. */
export const GLOBAL_WAIT_S = 30;

/** A server that says nothing for so long is away, in ms; beside what it was asked to wait. */
export const SERVER_SILENT_MS = 30_000;

/** First and longest pause before a server that is away is tried again, in ms. */
export const SERVER_RETRY_MS = { min: 200, max: 5_000 } as const;

/** Longest pause that a server may ask for, in s. */
export const RETRY_AFTER_MAX_S = 300;

/** Updates of a process that are on their way to the server at the same time. */
export const UPLOADS_AT_ONCE = 8;

/** What a server lists, in bytes: devices, rounds, the keys and shares of 255 devices with long names. */
export const LISTED_ANSWER_BYTES_MAX = 2 * 1024 * 1024;

/** How long a server is asked to wait for the next step of secure aggregation, in s. */
export const SECURE_WAIT_S = 20;

/** Of a record on the topic around its weights, in bytes: names, metrics, headers, the batch. */
export const RECORD_OVERHEAD_BYTES = 65_536;

/** How often a server looks whether a step's time is up, in ms. */
export const SECURE_LOOK_EVERY_MS = 200;

/** Least time between two snapshots of a partition's devices, in ms: they are large. */
export const DEVICES_SNAPSHOT_MS = 5_000;

/** Updates of a round that a strategy keeps to the end which has to see all at once: Krum takes some seconds for so many. */
export const LISTED_UPDATES_MAX = 1_000;

/** Bytes of weights of these updates together. */
export const LISTED_BYTES_MAX = 128 * 1024 * 1024;

/** Devices that a server knows. */
export const KNOWN_DEVICES_MAX = 50_000;

/** Above so many, devices that have not sent for long are forgotten: new ones have room. */
export const KNOWN_DEVICES_KEPT = 45_000;

/** Devices that the record of a round names. */
export const ROUND_DEVICES_NAMED_MAX = 10_000;

/** Characters of their names. */
export const ROUND_NAMES_CHARS_MAX = 500_000;

/** Characters of a refusal's sentence: it may name what was sent. */
export const REFUSAL_DETAIL_CHARS_MAX = 500;

/** Refusals that the topic keeps, the newest of so many devices. */
export const REFUSALS_KEPT_MAX = 1_000;

/** Rounds that a server has at hand. */
export const ROUNDS_KEPT_MAX = 10_000;

/** Characters of all devices' names in those rounds; older rounds go without names. */
export const ROUNDS_NAMES_CHARS_MAX = 8_000_000;

/** Starts of servers that the topic remembers. */
export const SERVERS_KEPT_MAX = 1_000;

/** Bytes of updates that wait for their turn at the server; above it participants are asked to wait. */
export const QUEUE_BYTES_MAX = 32 * 1024 * 1024;

/** Bytes of updates that go to the topic at once. */
export const BATCH_BYTES_MAX = 4 * 1024 * 1024;

/** How often a server looks at the clock, in ms: so long a clock that jumps can go unseen. */
export const CLOCK_LOOK_EVERY_MS = 1_000;

/** Pause before a decision that the topic did not take is sent again, in ms. */
export const APPEND_PAUSE_MS = 500;
