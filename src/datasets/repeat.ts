/** A data set over and over: every pass brings new readings, later than all before. */
import { UserError } from "../runtime/errors.ts";
import type { Dataset, LabelledReading } from "./dataset.ts";

/** Span of the times of a pass, with the smallest step between two of them. */
class TimeSpan {
  #first = Infinity;
  #last = -Infinity;
  #previous = NaN;
  #step = Infinity;

  add(timestamp: string): void {
    const ms = Date.parse(timestamp);
    this.#first = Math.min(this.#first, ms);
    this.#last = Math.max(this.#last, ms);
    const gap = Math.abs(ms - this.#previous);
    if (gap > 0) this.#step = Math.min(this.#step, gap);
    this.#previous = ms;
  }

  /** How far the next pass has to be shifted so that it begins one step after this one's end, in ms. */
  get lengthMs(): number {
    return this.#last - this.#first + (Number.isFinite(this.#step) ? this.#step : 1);
  }
}

/** The reading of a later pass: another id, and so much later. */
export function shift(
  reading: LabelledReading,
  { pass, byMs }: { readonly pass: number; readonly byMs: number },
): LabelledReading {
  return {
    ...reading,
    id: `${reading.id}~${pass}`,
    timestamp: new Date(Date.parse(reading.timestamp) + byMs).toISOString(),
  };
}

/**
 * Passes without end. In pass k ≥ 2 ids get the suffix `~k` and times are shifted by k − 1 spans of the set.
 *
 * @throws {UserError} where the set can be read only once.
 */
export async function* repeat(dataset: Dataset): AsyncIterable<LabelledReading[]> {
  if (!dataset.repeatable) {
    throw new UserError(`cannot loop over ${dataset.name}: it can be read only once`, {
      hint: "write it to a file, and name that instead of -",
      exitCode: 2,
    });
  }
  const span = new TimeSpan();
  for await (const batch of dataset.batches()) {
    for (const { timestamp } of batch) span.add(timestamp);
    yield batch;
  }
  for (let pass = 2;; pass++) {
    const byMs = (pass - 1) * span.lengthMs;
    for await (const batch of dataset.batches()) yield batch.map((reading) => shift(reading, { pass, byMs }));
  }
}
