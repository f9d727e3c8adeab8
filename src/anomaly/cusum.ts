/**
 * CUSUM: two-sided cumulative sums of standardised deviations (Page 1954, Continuous Inspection Schemes):
 * S⁺ ← max(0, S⁺ + z − k), S⁻ ← max(0, S⁻ − z − k), an alarm at S ≥ h; with k = 0.5 and h = 5 (Montgomery,
 * Introduction to Statistical Quality Control) a shift of one standard deviation is found after some ten rows.
 *
 * For: small shifts of the level that no single row shows. z is taken from a slow mean and variance of the series
 * itself. At an alarm the sums start over and the mean follows the newest rows faster until it has the new level.
 */
import { boundedValue, checkOption, deviation, numberIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";

/** See {@linkcode Cusum}. */
export interface CusumOptions {
  /** k: standard deviations that are let pass each row. @default 0.5 */
  readonly allowance?: number;
  /** h: the sum from which on it is an alarm. @default 5 */
  readonly limit?: number;
  /** Rows whose mean is the level. @default 500 */
  readonly levelRows?: number;
  /** Rows before the first score above 0. @default 50 */
  readonly warmUpRows?: number;
}

/** How many rows the level is of right after an alarm. */
const ROWS_AFTER_ALARM = 10;

/** Cumulative sums of deviations from the level. */
export class Cusum implements Detector {
  expected: number | null = null;
  readonly #options: Required<CusumOptions>;
  #rows = 0;
  /** Rows that the level is of. */
  #weight = 0;
  #mean = 0;
  #variance = 0;
  #above = 0;
  #below = 0;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: CusumOptions = {}, state?: DetectorJson["state"]) {
    this.#options = {
      allowance: checkOption("allowance", options.allowance ?? 0.5, { from: 0, to: 1e3 }),
      limit: checkOption("limit", options.limit ?? 5, { from: 1e-6, to: 1e6 }),
      levelRows: checkOption("levelRows", options.levelRows ?? 500, { from: 2, to: 1e6, whole: true }),
      warmUpRows: checkOption("warmUpRows", options.warmUpRows ?? 50, { from: 1, to: 1e6, whole: true }),
    };
    if (state === undefined) return;
    this.#rows = numberIn(state, "rows");
    this.#weight = numberIn(state, "weight");
    this.#mean = numberIn(state, "mean");
    this.#variance = numberIn(state, "variance");
    this.#above = numberIn(state, "above");
    this.#below = numberIn(state, "below");
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const { levelRows, warmUpRows } = this.#options;
    const x = boundedValue(value);
    const score = this.#rows >= warmUpRows ? this.#sum(x) : 0;
    this.#learn(x, this.#rows >= warmUpRows);
    this.#rows++;
    this.#weight = Math.min(this.#weight, levelRows);
    return score;
  }

  #sum(x: number): number {
    const { allowance, limit } = this.#options;
    const spread = Math.sqrt(this.#variance);
    this.expected = this.#mean;
    const z = Math.sign(x - this.#mean) * deviation(x, { center: this.#mean, spread });
    this.#above = Math.max(0, this.#above + z - allowance);
    this.#below = Math.max(0, this.#below - z - allowance);
    const sum = Math.max(this.#above, this.#below);
    if (sum >= limit) {
      this.#above = this.#below = 0;
      this.#weight = Math.min(this.#weight, ROWS_AFTER_ALARM);
    }
    return scoreOf(sum, limit);
  }

  #learn(x: number, bounded: boolean): void {
    const { limit } = this.#options;
    const spread = Math.sqrt(this.#variance);
    let error = x - this.#mean;
    this.#weight++;
    this.#mean += error / this.#weight;
    if (bounded && spread > 0) error = Math.min(Math.max(error, -limit * spread), limit * spread);
    // The variance keeps its long memory: after an alarm the level is new, the noise is not.
    const gain = 1 / Math.min(this.#rows + 1, this.#options.levelRows);
    this.#variance = (1 - gain) * (this.#variance + gain * error * error);
  }

  toJson(): DetectorJson {
    return {
      name: "cusum",
      options: { ...this.#options },
      state: {
        ...{ rows: this.#rows, weight: this.#weight, mean: this.#mean, variance: this.#variance },
        ...{ above: this.#above, below: this.#below },
      },
    };
  }
}
