/** Counts of a run of forecasts. */

/** What became of the packets, and what was emitted. Records that are taken again after a crash count again. */
export class ForecastTally {
  /** Records that ended in a window. */
  packets = 0;
  duplicates = 0;
  /** Dead letters by reason. */
  readonly deadLetters: Record<string, number> = {};
  /** Windows that closed, those without packets among them. */
  windows = 0;
  corrections = 0;
  /** Forecasts of closed windows. */
  byNetwork = 0;
  byBaseline = 0;
  raised = 0;
  cleared = 0;
  /** Forecasts of the network, one for each target, whose outcome is known. */
  scored = 0;
  /** Those of them whose outcome lay in the interval. */
  inside = 0;
  /** Links that had to make room for others. */
  linksForgotten = 0;

  /** Counts a dead letter. */
  bury(reason: string): void {
    this.deadLetters[reason] = (this.deadLetters[reason] ?? 0) + 1;
  }
}
