/** What happened to the readings of devices and to what they sent, in numbers. */

/** Counts of one run. */
export class DeviceTally {
  /** Records that ended as a reading of a device, a dead letter or a duplicate. */
  read = 0;
  duplicates = 0;
  /** Devices that were seen for the first time, and that had to make room. */
  onboarded = 0;
  evicted = 0;
  anomalies = 0;
  /** Updates that the server took, and of them those that it had before. */
  updates = 0;
  updatesTwice = 0;
  readonly deadLetters: Record<string, number> = {};
  /** Updates that the server refused, by reason. */
  readonly refused: Record<string, number> = {};

  /** Counts one more of a reason. */
  add(counts: "deadLetters" | "refused", reason: string): void {
    this[counts][reason] = (this[counts][reason] ?? 0) + 1;
  }
}
