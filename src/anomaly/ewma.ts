/**
 * EWMA: distance from the exponentially weighted mean of the rows before, in units of their exponentially weighted
 * standard deviation (Roberts 1959, Control Chart Tests Based on Geometric Moving Averages; see moments.ts). A
 * deviation beyond the limit teaches the variance no more than one at the limit.
 */
import { boundedValue, checkOption, deviation, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { Moments } from "./moments.ts";

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
  readonly #moments: Moments;

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
    const { weight, limit: bound, warmUpRows: trustedRows } = this.#options;
    this.#moments = new Moments({ weight, bound, trustedRows }, state);
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const x = boundedValue(value), moments = this.#moments;
    let score = 0;
    if (moments.rows >= this.#options.warmUpRows) {
      this.expected = moments.center;
      score = scoreOf(deviation(x, moments), this.#options.limit);
    }
    moments.take(x);
    return score;
  }

  toJson(): DetectorJson {
    return { name: "ewma", options: { ...this.#options }, state: this.#moments.toJson() };
  }
}
