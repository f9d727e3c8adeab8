/**
 * Robust z-score: distance from the median of the last rows in units of their median absolute deviation
 * (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers: 0.6745·|x − median| / MAD, outlier above 3.5; where
 * the MAD is 0, the mean absolute deviation × 1.2533, as they advise).
 *
 * For: spikes and drops against a level that stays or moves slowly. A new level is learned within half a window.
 * Left out: seasons and trends (see seasonal.ts, forecast.ts).
 */
import { boundedValue, checkOption, checkRows, deviation, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { numbersIn } from "./detector.ts";
import { SortedWindow } from "./sorted_window.ts";

/** See {@linkcode RobustZScore}. */
export interface RobustZScoreOptions {
  /** How many rows the median is of. @default 288 */
  readonly windowRows?: number;
  /** Robust z from which on it is an alarm. @default 3.5 */
  readonly limit?: number;
  /** Rows before the first score above 0. @default 10 */
  readonly warmUpRows?: number;
}

/** MAD of a normal distribution = 0.6745 standard deviations. */
const SD_PER_MAD = 1.4826;
/** Mean absolute deviation of a normal distribution = 0.7979 standard deviations. */
const SD_PER_MEAN_DISTANCE = 1.2533;

/** Median and standard deviation, both robust, of a window that is not empty. */
export function robustMoments(window: SortedWindow): { center: number; spread: number } {
  const center = window.quantile(0.5);
  const mad = window.medianDistance(center);
  return { center, spread: mad > 0 ? SD_PER_MAD * mad : SD_PER_MEAN_DISTANCE * window.meanDistance(center) };
}

/** Distance from the rolling median in rolling MADs. */
export class RobustZScore implements Detector {
  expected: number | null = null;
  readonly #options: Required<RobustZScoreOptions>;
  readonly #window: SortedWindow;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: RobustZScoreOptions = {}, state?: DetectorJson["state"]) {
    const windowRows = checkRows("windowRows", options.windowRows ?? 288);
    this.#options = {
      windowRows,
      limit: checkOption("limit", options.limit ?? 3.5, { from: 1e-6, to: 1e6 }),
      warmUpRows: checkOption("warmUpRows", options.warmUpRows ?? 10, {
        from: 1,
        to: windowRows,
        whole: true,
      }),
    };
    this.#window = new SortedWindow(windowRows, state && numbersIn(state, "window", windowRows));
  }

  update(value: number, _timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const x = boundedValue(value);
    let score = 0;
    if (this.#window.size >= this.#options.warmUpRows) {
      const moments = robustMoments(this.#window);
      this.expected = moments.center;
      score = scoreOf(deviation(x, moments), this.#options.limit);
    }
    this.#window.push(x);
    return score;
  }

  toJson(): DetectorJson {
    return { name: "z-score", options: { ...this.#options }, state: { window: this.#window.toArray() } };
  }
}
