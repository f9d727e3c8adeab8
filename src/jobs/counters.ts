/** What a run counts beside its records. */
import { Histogram } from "../metrics/histogram.ts";
import { SEND_STALLED_MS } from "./limits.ts";

/** Records on their way to a topic. */
interface Sending {
  readonly topic: string;
  /** On the clock of `performance`. */
  readonly startMs: number;
}

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
  /** The oldest first. */
  readonly #sending = new Set<Sending>();

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
    const sending = { topic, startMs: performance.now() };
    this.#sending.add(sending);
    try {
      await acknowledged;
    } finally {
      this.#sending.delete(sending);
    }
    this.sendDuration.getOrInsertComputed(topic, () => new Histogram())
      .add((performance.now() - sending.startMs) / 1_000);
  }

  /** Where records have not been acknowledged for longer than {@linkcode SEND_STALLED_MS}, and for how long. */
  stalled(nowMs: number = performance.now()): { readonly topic: string; readonly waitedMs: number } | null {
    const [oldest] = this.#sending;
    if (oldest === undefined) return null;
    const waitedMs = nowMs - oldest.startMs;
    return waitedMs > SEND_STALLED_MS ? { topic: oldest.topic, waitedMs } : null;
  }
}
