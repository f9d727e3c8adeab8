/**
 * EWMA: distance from the exponentially weighted mean of the rows before, in units of their exponentially weighted
 * standard deviation (Roberts 1959, Control Chart Tests Based on Geometric Moving Averages; the variance as in
 * Finch 2009, Incremental Calculation of Weighted Mean and Variance).
 *
 * A deviation teaches the variance no more than `limit` standard deviations would, so that an event does not hide
 * itself and what follows. While few rows were seen, the weights are those of the plain mean.
 */
import { boundedValue, checkOption, deviation, numberIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";

/** See {@linkcode Ewma}. */
export interface EwmaOptions {
  /** Weight of the newest row, above 0, at most 1. @default 0.05 */
  readonly weight?: number;
  /** Standard deviations from which on it is an alarm. @default 4 */
  readonly limit?: number;
  /** Rows before the first score above 0. @default 10 */
  readonly warmUpRows?: number;
}

/** Distance from the exponentially weighted mean. */
export class Ewma implements Detector {
  expected: number | null = null;
  readonly #options: Required<EwmaOptions>;
  #rows = 0;
  #mean = 0;
  #variance = 0;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: EwmaOptions = {}, state?: DetectorJson["state"]) {
    this.#options = {
      weight: checkOption("weight", options.weight ?? 0.05, { from: 1e-6, to: 1 }),
      limit: checkOption("limit", options.limit ?? 4, { from: 1e-6, to: 1e6 }),
      warmUpRows: checkOption("warmUpRows", options.warmUpRows ?? 10, { from: 1, to: 1e6, whole: true }),
    };
    if (state === undefined) return;
    this.#rows = numberIn(state, "rows");
    this.#mean = numberIn(state, "mean");
    this.#variance = numberIn(state, "variance");
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const { limit, weight, warmUpRows } = this.#options;
    const x = boundedValue(value), spread = Math.sqrt(this.#variance);
    let score = 0, error = x - this.#mean;
    const trusted = this.#rows >= warmUpRows;
    if (trusted) {
      this.expected = this.#mean;
      score = scoreOf(deviation(x, { center: this.#mean, spread }), limit);
    }
    this.#rows++;
    const gain = Math.max(weight, 1 / this.#rows);
    this.#mean += gain * error;
    // A constant series has no spread to be bounded by: it has to be able to learn one.
    if (trusted && spread > 0) error = Math.min(Math.max(error, -limit * spread), limit * spread);
    this.#variance = (1 - gain) * (this.#variance + gain * error * error);
    return score;
  }

  toJson(): DetectorJson {
    return {
      name: "ewma",
      options: { ...this.#options },
      state: { rows: this.#rows, mean: this.#mean, variance: this.#variance },
    };
  }
}
