/** How many requests somebody may send in a minute: a bucket each, which fills up evenly. Pure. */
import { COUNTED_KEYS_MAX } from "./limits.ts";

interface Bucket {
  readonly left: number;
  readonly atMs: number;
}

/** Counts requests by who sends them. */
export class RateLimit {
  readonly #perMs: number;
  readonly #perMinute: number;
  /** By key, the longest untouched first. */
  readonly #buckets = new Map<string, Bucket>();

  /** @param perMinute at least 1; as many may come at once after a minute of silence */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
    this.#perMs = perMinute / 60_000;
  }

  /**
   * Counts a request, unless there were too many.
   *
   * @param nowMs of a clock that never goes back
   * @returns how long to wait, in s; 0 = it was counted
   */
  take(key: string, nowMs: number): number {
    const { left: before, atMs } = this.#buckets.get(key) ?? { left: this.#perMinute, atMs: nowMs };
    const full = Math.min(this.#perMinute, before + (nowMs - atMs) * this.#perMs);
    const isTaken = full >= 1;
    this.#buckets.delete(key);
    if (this.#buckets.size >= COUNTED_KEYS_MAX) this.#buckets.delete(this.#buckets.keys().next().value!);
    this.#buckets.set(key, { left: full - (isTaken ? 1 : 0), atMs: nowMs });
    return isTaken ? 0 : Math.max(1, Math.ceil((1 - full) / this.#perMs / 1_000));
  }
}
