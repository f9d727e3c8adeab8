/** What a watch has counted. */
import type { Anomaly } from "../../records/anomalies.ts";

/** What a partition keeps in memory. */
export interface Kept {
  /** States of windows. */
  readonly states: number;
  /** Links, sources and services that were evicted for want of room. */
  readonly forgotten: number;
}

/** Counts of all partitions of this member; what is taken again after a crash counts again. */
export class WatchTally {
  packets = 0;
  duplicates = 0;
  /** Windows that were emitted. */
  windows = 0;
  /** Packets that count in their link's window, but had no room in one of their region or source. */
  crowded = 0;
  readonly anomalies: Partial<Record<Anomaly["kind"], number>> = {};
  readonly deadLetters: Record<string, number> = {};
  readonly #kept = new Map<number, Kept>();

  /** An anomaly was reported. */
  found(kind: Anomaly["kind"]): void {
    this.anomalies[kind] = (this.anomalies[kind] ?? 0) + 1;
  }

  /** A record became a dead letter. */
  bury(reason: string): void {
    this.deadLetters[reason] = (this.deadLetters[reason] ?? 0) + 1;
  }

  /** What a partition keeps now. */
  keeps(partition: number, kept: Kept): void {
    this.#kept.set(partition, kept);
  }

  /** What all partitions keep. */
  get kept(): Kept {
    let states = 0, forgotten = 0;
    for (const kept of this.#kept.values()) {
      states += kept.states;
      forgotten += kept.forgotten;
    }
    return { states, forgotten };
  }
}
