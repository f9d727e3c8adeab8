/** Every limit of federated learning over HTTP, with its unit. */

/** Seconds that a request for a newer global model may wait. */
export const WAIT_SECONDS_MAX = 60;

/** Bytes of an upload beside its numbers: the header of the safetensors file, the members of the JSON. */
export const UPLOAD_OVERHEAD_BYTES = 65_536;

/** Letters of the header `x-metrics`. */
export const METRICS_LENGTH_MAX = 8_192;

/** Rounds, or devices, that one answer lists. */
export const LISTED_MAX = 1_000;

/** Rounds that an answer lists where nobody says how many. */
export const ROUNDS_LISTED = 20;

/** What a participant is asked to wait while the cluster is away, in s. */
export const AWAY_RETRY_SECONDS = 5;
