/**
 * Exponentially weighted mean and variance (Finch 2009, Incremental Calculation of Weighted Mean and Variance). While
 * few values were seen, the weights are those of the plain mean. A value teaches the variance no more than `bound`
 * standard deviations would, so that an event does not hide itself and what follows.
 */
import { type DetectorJson, numberIn } from "./detector.ts";

/** Running mean and variance of a series. */
export class Moments {
  readonly #weight: number;
  readonly #bound: number;
  readonly #trustedRows: number;
  #rows = 0;
  #mean = 0;
  #variance = 0;

  /**
   * Of nothing, or going on from a state.
   *
   * @param options the newest value's weight, the bound, and the rows that are not bounded yet
   * @throws RangeError when the state lacks a number
   */
  constructor(
    { weight, bound, trustedRows }: { weight: number; bound: number; trustedRows: number },
    state?: DetectorJson["state"],
  ) {
    this.#weight = weight;
    this.#bound = bound;
    this.#trustedRows = trustedRows;
    if (state === undefined) return;
    this.#rows = numberIn(state, "rows");
    this.#mean = numberIn(state, "mean");
    this.#variance = numberIn(state, "variance");
  }

  /** How many values were taken. */
  get rows(): number {
    return this.#rows;
  }

  /** 0 before the first. */
  get center(): number {
    return this.#mean;
  }

  /** Standard deviation; 0 before the second. */
  get spread(): number {
    return Math.sqrt(this.#variance);
  }

  /** Takes a value within ±VALUE_MAX. */
  take(value: number): void {
    const limit = this.#bound * this.spread;
    let error = value - this.#mean;
    // A constant series has no spread to be bounded by: it has to be able to learn one.
    const isBounded = this.#rows >= this.#trustedRows && limit > 0;
    this.#rows++;
    const gain = Math.max(this.#weight, 1 / this.#rows);
    this.#mean += gain * error;
    if (isBounded) error = Math.min(Math.max(error, -limit), limit);
    this.#variance = (1 - gain) * (this.#variance + gain * error * error);
  }

  /** The state. */
  toJson(): { rows: number; mean: number; variance: number } {
    return { rows: this.#rows, mean: this.#mean, variance: this.#variance };
  }
}
