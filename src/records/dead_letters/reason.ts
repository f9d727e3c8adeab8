/** Why readings become dead letters. */

/** Why a record went to `dead-letters`: the value of its `streamflow.reason` header. */
export type DeadLetterReason =
  | "not-json"
  | "tombstone"
  | "undecodable"
  | "too-large"
  | "not-a-reading"
  | "missing-feature"
  | "not-a-number"
  | "not-a-text"
  | "bad-timestamp"
  | "late";
