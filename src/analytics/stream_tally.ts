/** What happened to a stream's records, in numbers. */
import { Tally } from "../predict/tally.ts";
import type { DeadLetterReason } from "../records/dead_letters/reason.ts";

/** Counts of one run. */
export class StreamTally extends Tally {
  anomalies = 0;
  /** Windows that were emitted. */
  windows = 0;
  /** Readings that came when their windows were closed: in predictions and anomalies, and in no window. */
  tooLate = 0;
  /** Readings for whose windows there was no room. */
  crowded = 0;
  /** Readings from the future. */
  future = 0;

  /** Counts a dead letter. */
  bury(reason: DeadLetterReason): void {
    if (reason === "future") this.future++;
    else this.deadLetters[reason as keyof Tally["deadLetters"]]++;
  }

  override get deadLettered(): number {
    return super.deadLettered + this.future;
  }
}
