/** How far event time has come, by the records of several partitions. */
import { shape } from "../records/formats/shape.ts";
import type { Json } from "./json.ts";
import { readState, timeState } from "./state.ts";

interface Partition {
  readonly id: string;
  /** Highest event time; -Infinity before the first record. */
  highest: number;
  /** When the last record came, or the partition did. */
  lastMs: number;
}

/**
 * Watermarks: of a partition the highest event time of its records less the allowed lateness; in all the lowest of the
 * partitions', so that none is ahead of the slowest. A partition without records for `idleTimeoutMs` does not hold
 * the others back until it has records again; where all are idle, the highest counts. The watermark never goes back.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const watermarks = new Watermarks({ lateness: 2, idleTimeoutMs: 1_000 });
 * for (const id of ["0", "1"]) watermarks.join(id, 0);
 * watermarks.observe("0", 10, 100);
 * assert.equal(watermarks.at(500), -Infinity);
 * assert.equal(watermarks.at(1_000), 8);
 * ```
 */
export class Watermarks {
  readonly #lateness: number;
  readonly #idleTimeoutMs: number;
  readonly #partitions = new Map<string, Partition>();
  #watermark = -Infinity;

  /**
   * Of records that come out of order.
   * @param lateness how far records may be out of order, in event time
   * @param idleTimeoutMs how long, by the clock, a partition without records holds the others back
   * @param state what {@linkcode Watermarks.toJson} gave
   */
  constructor(
    { lateness, idleTimeoutMs }: { readonly lateness: number; readonly idleTimeoutMs: number },
    state: Json | null = null,
  ) {
    this.#lateness = lateness;
    this.#idleTimeoutMs = idleTimeoutMs;
    if (state === null) return;
    const { watermark, partitions } = readState(snapshotSchema, state, "watermarks");
    this.#watermark = watermark ?? -Infinity;
    for (const [id, highest, lastMs] of partitions) {
      this.#partitions.set(id, { id, highest: highest ?? -Infinity, lastMs });
    }
  }

  /** From now on the partition's records are waited for. */
  join(id: string, nowMs: number): void {
    if (!this.#partitions.has(id)) this.#partitions.set(id, { id, highest: -Infinity, lastMs: nowMs });
  }

  /** The partition's records are somebody else's from now on. */
  leave(id: string): void {
    this.#partitions.delete(id);
  }

  /** A record of a partition, which joins where it has not. Changes no watermark until {@linkcode Watermarks.at}. */
  observe(id: string, time: number, nowMs: number): void {
    let partition = this.#partitions.get(id);
    if (partition === undefined) {
      partition = { id, highest: time, lastMs: nowMs };
      this.#partitions.set(id, partition);
    }
    if (time > partition.highest) partition.highest = time;
    partition.lastMs = nowMs;
  }

  /** The watermark now: everything before it has come. */
  at(nowMs: number): number {
    let lowest = Infinity;
    let highest = -Infinity;
    for (const partition of this.#partitions.values()) {
      if (partition.highest > highest) highest = partition.highest;
      if (nowMs - partition.lastMs < this.#idleTimeoutMs && partition.highest < lowest) {
        lowest = partition.highest;
      }
    }
    const watermark = (lowest === Infinity ? highest : lowest) - this.#lateness;
    if (watermark > this.#watermark) this.#watermark = watermark;
    return this.#watermark;
  }

  /** The partitions that do not hold the others back now. */
  idle(nowMs: number): string[] {
    return [...this.#partitions.values()].filter(({ lastMs }) => nowMs - lastMs >= this.#idleTimeoutMs)
      .map(({ id }) => id);
  }

  /** The whole state. */
  toJson(): Json {
    const known = (time: number) => Number.isFinite(time) ? time : null;
    return {
      watermark: known(this.#watermark),
      partitions: [...this.#partitions.values()].map((
        { id, highest, lastMs },
      ) => [id, known(highest), lastMs]),
    };
  }
}

const snapshotSchema = shape.object({
  watermark: timeState.nullable(),
  /** Each: id, highest event time, when the last record came. */
  partitions: shape.array(shape.tuple([shape.string(), timeState.nullable(), timeState])),
});
