/** Who waits for which log: an append wakes those who wait for that log, and nobody else. */
import type { PartitionLog } from "./log/partition_log.ts";

/** Called with a log that has grown by so many bytes; 0 bytes: it is gone, or begins elsewhere. */
export type LogListener = (log: PartitionLog, addedBytes: number) => void;

/** Listeners by log. */
export class AppendWatch {
  readonly #listeners = new Map<PartitionLog, Set<LogListener>>();

  /** Calls back at every change of these logs until the returned function is called. */
  watch(logs: Iterable<PartitionLog>, listener: LogListener): () => void {
    const watched = new Set(logs);
    for (const log of watched) {
      const listeners = this.#listeners.get(log);
      if (listeners === undefined) this.#listeners.set(log, new Set([listener]));
      else listeners.add(listener);
    }
    return () => {
      for (const log of watched) this.#forget(log, listener);
    };
  }

  #forget(log: PartitionLog, listener: LogListener): void {
    const listeners = this.#listeners.get(log);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#listeners.delete(log);
  }

  /** Wakes those who wait for this log. */
  notify(log: PartitionLog, addedBytes: number): void {
    const listeners = this.#listeners.get(log);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) listener(log, addedBytes);
  }
}
