/** Why a record goes to `dead-letters`. */

/** Values of the `streamflow.reason` header, and what each says. */
export const DEAD_LETTER_REASONS = {
  "tombstone": "The record has no value",
  "undecodable":
    "The log holds a batch that is broken (checksum, compression, records that are not what they claim): the value is " +
    "its bytes, `streamflow.last-offset` its last offset, and reading goes on behind it",
  "too-large": "The value is larger than a record of this topic may be",
  "not-json": "The value is not UTF-8 JSON",
  "not-a-reading": "A field of a reading is missing, or is not what the schema says",
  "missing-feature": "The reading lacks a feature that the model needs",
  "not-a-number": "A feature is not a finite number where the model needs one",
  "not-a-text": "A feature is not a text where the model needs one",
  "bad-timestamp":
    "The reading's timestamp is not ISO 8601 in UTC with milliseconds, or is a day that does not exist",
  "late":
    "The reading is older than the newest of its source; or the packet's window is closed, `streamflow.lateness` says by " +
    "how many µs the packet is behind the watermark",
  "not-a-packet": "A field of a packet is missing, or is not what the schema says",
  "future": "The packet's time is further ahead of its record's than `--future-max`",
  "full": "There is no room for one more window",
  "not-an-event": "A field of a YouTube event is missing, or is not what the schema says",
  "not-a-row": "The record is none that the store has a table for, or a value does not fit its column",
  "bad-row":
    "The row of a CSV file is no reading; `streamflow.file` and `streamflow.line` say where it stands",
} as const;

/** One of {@linkcode DEAD_LETTER_REASONS}. */
export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

/** Why a record cannot be used. */
export interface Rejection<R extends DeadLetterReason = DeadLetterReason> {
  readonly reason: R;
  /** For people: what was found. */
  readonly detail: string;
  /** More headers of the dead letter, each as `streamflow.<name>`. */
  readonly more?: Readonly<Record<string, string>>;
}
