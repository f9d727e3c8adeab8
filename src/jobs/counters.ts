/** What a run counts beside its records. */
import { Histogram } from "../metrics/histogram.ts";

/** Counts of one run; whoever measures it reads them when they are asked for. */
export class JobCounters {
  /** Commits that the cluster answered, refused ones among them. */
  commits = 0;
  /** Times that partitions were assigned, also where it was none. */
  rebalances = 0;
  /** When the last new record was taken, Unix ms; `null` before the first. */
  lastRecordMs: number | null = null;
  /** In s. */
  readonly commitDuration = new Histogram();
  /** By topic, in s: until records are acknowledged. */
  readonly sendDuration = new Map<string, Histogram>();

  /** Counts a commit when it is answered. */
  async commit<T>(answer: Promise<T>): Promise<T> {
    const startMs = performance.now();
    const stored = await answer;
    this.commits++;
    this.commitDuration.add((performance.now() - startMs) / 1_000);
    return stored;
  }

  /** Counts how long records take until they are acknowledged. */
  async send(topic: string, acknowledged: Promise<void>): Promise<void> {
    const startMs = performance.now();
    await acknowledged;
    this.sendDuration.getOrInsertComputed(topic, () => new Histogram())
      .add((performance.now() - startMs) / 1_000);
  }
}
