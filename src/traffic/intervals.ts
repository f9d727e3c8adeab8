/**
 * Quantiles of what was seen lately: the intervals of forecasts are a forecast and quantiles of its recent residuals
 * (outcome − forecast), and a threshold like `p99` is a quantile of recent outcomes.
 *
 * Nothing is assumed of how residuals are distributed; where they come from one and the same distribution, in
 * whatever order, an interval holds the next outcome with exactly the wanted probability (split conformal
 * prediction: Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005).
 */
import { RESIDUALS_MAX, RESIDUALS_MIN } from "./limits.ts";

/** Where a forecast's outcome lies with the wanted probability. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

/**
 * The quantile at probability `p` of `count` numbers in ascending order: linear between the ranks (count + 1)·p, so
 * that of exchangeable numbers the next one lies below it with probability p (Hyndman and Fan 1996, type 6). NaN of
 * no numbers; the least and the greatest are the furthest that it goes.
 */
export function quantileOf(
  sorted: ArrayLike<number>,
  p: number,
  count: number = sorted.length,
): number {
  if (count === 0) return NaN;
  const rank = Math.min(Math.max((count + 1) * p - 1, 0), count - 1);
  const below = Math.floor(rank);
  const low = sorted[below]!;
  return below === rank ? low : low + (sorted[below + 1]! - low) * (rank - below);
}

/** A quantile from a table of quantiles at evenly spaced probabilities from 0 to 1: of p0, p1 … p100. */
export function quantileOfTable(table: ArrayLike<number>, p: number): number {
  const place = Math.min(Math.max(p, 0), 1) * (table.length - 1);
  const below = Math.floor(place);
  const low = table[below]!;
  return below === place ? low : low + (table[below + 1]! - low) * (place - below);
}

/** The last numbers of a series, the oldest forgotten first; their quantiles at any time. */
export class RecentValues {
  /** In the order of coming, from `#next` on where it is full. */
  readonly #ring: Float64Array;
  readonly #sorted: Float64Array;
  #count = 0;
  #next = 0;

  constructor(capacity: number) {
    this.#ring = new Float64Array(capacity);
    this.#sorted = new Float64Array(capacity);
  }

  /** Numbers held. */
  get count(): number {
    return this.#count;
  }

  /** Takes a finite number. */
  push(value: number): void {
    const sorted = this.#sorted;
    if (this.#count === this.#ring.length) {
      const gone = this.#place(this.#ring[this.#next]!);
      sorted.copyWithin(gone, gone + 1, this.#count);
    } else this.#count++;
    const place = this.#place(value, this.#count - 1);
    sorted.copyWithin(place + 1, place, this.#count - 1);
    // No −0: a snapshot would not keep it.
    sorted[place] = value + 0;
    this.#ring[this.#next] = value + 0;
    this.#next = (this.#next + 1) % this.#ring.length;
  }

  /** See {@linkcode quantileOf}; NaN where nothing is held. */
  quantile(p: number): number {
    return quantileOf(this.#sorted, p, this.#count);
  }

  /** The numbers, oldest first. */
  toJson(): number[] {
    const start = this.#count === this.#ring.length ? this.#next : 0;
    return Array.from({ length: this.#count }, (_, i) => this.#ring[(start + i) % this.#ring.length]!);
  }

  /** From {@linkcode RecentValues.toJson}; of more numbers than there is room for, the newest. */
  static from(numbers: readonly number[], capacity: number): RecentValues {
    const recent = new RecentValues(capacity);
    for (const value of numbers.slice(-capacity)) recent.push(value);
    return recent;
  }

  /** The first place of `count` sorted numbers that is not below `value`. */
  #place(value: number, count = this.#count): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Intervals around the forecasts of one quantity, from the residuals of its recent ones. */
export class ForecastInterval {
  readonly #residuals: RecentValues;

  constructor(residuals: readonly number[] = []) {
    this.#residuals = RecentValues.from(residuals, RESIDUALS_MAX);
  }

  /** Learns how far a forecast was off: outcome − forecast. */
  learn(residual: number): void {
    this.#residuals.push(residual);
  }

  /**
   * The interval around a forecast, never below 0: traffic is not.
   *
   * @param options.coverage share of the outcomes that it shall hold, equal shares below and above
   * @param options.trained quantiles p0 … p100 of residuals in training, used until there are
   * {@linkcode RESIDUALS_MIN} of its own
   */
  around(
    value: number,
    { coverage, trained }: { readonly coverage: number; readonly trained: ArrayLike<number> },
  ): Bounds {
    const tail = (1 - coverage) / 2;
    const residual = (p: number) =>
      this.#residuals.count < RESIDUALS_MIN ? quantileOfTable(trained, p) : this.#residuals.quantile(p);
    return {
      lower: Math.max(0, value + residual(tail)),
      upper: Math.max(0, value + residual(1 - tail)),
    };
  }

  /** The residuals, oldest first. */
  toJson(): number[] {
    return this.#residuals.toJson();
  }
}
