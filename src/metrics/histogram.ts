/** A histogram of fixed bounds: constant memory, one addition for each value. */
import type { HistogramValue } from "./metric.ts";

/** Bounds of durations in s, from what memory answers to what somebody waits for. */
export const DURATION_BOUNDS: readonly number[] = [
  ...[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05],
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
];

/** Counts values by the first bound that they do not exceed. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** By bound, and last those above all of them. */
  readonly #counts: Float64Array;
  #sum = 0;

  /** @param bounds ascending */
  constructor(bounds: readonly number[] = DURATION_BOUNDS) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  /** Counts one. */
  add(value: number): void {
    let at = 0;
    while (at < this.#bounds.length && value > this.#bounds[at]!) at++;
    this.#counts[at]!++;
    this.#sum += value;
  }

  /** Everything that was added. */
  value(): HistogramValue {
    return cumulate(this.#bounds, { counts: this.#counts, sum: this.#sum });
  }
}

/**
 * What a metric has of a histogram.
 *
 * @param options.counts by bound, each on its own, and last those above all bounds
 */
export function cumulate(
  bounds: readonly number[],
  { counts, sum }: { readonly counts: ArrayLike<number>; readonly sum: number },
): HistogramValue {
  let count = 0;
  const buckets = [...bounds, Infinity].map((atMost, i) => ({ atMost, count: count += counts[i]! }));
  return { buckets, sum, count };
}
