/**
 * Seasonal: distance from what the same hour of the week used to be; while that hour was not seen in an earlier week,
 * from the same hour of the day; before that, from all hours so far. Hours are UTC.
 *
 * Each of the 168 hours of the week and of the 24 of the day keeps an exponentially weighted mean and variance of its
 * rows over past visits, as in Holt and Winters' seasonal terms (Winters 1960, Forecasting Sales by Exponentially
 * Weighted Moving Averages). An hour with few visits has its variance shrunk towards that of all errors so far, as if
 * it had been visited again. Rows of the present hour count when it is over: an event does not excuse itself.
 */
import { boundedValue, checkOption, deviation, numberIn, numbersIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";

/** See {@linkcode Seasonal}. */
export interface SeasonalOptions {
  /** Weight of the newest visit of an hour, above 0, at most 1. @default 0.3 */
  readonly weight?: number;
  /** Standard deviations from which on it is an alarm. @default 4 */
  readonly limit?: number;
}

const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
const DAY_HOURS = 24;
/** Slots: the hours of the week, the hours of the day, everything. */
const SLOTS = WEEK_HOURS + DAY_HOURS + 1;
/** Least weight of an error in the variance of all errors. */
const ERROR_WEIGHT = 0.002;

/** Mean and variance of the rows of the present hour, Welford's way. */
interface HourSoFar {
  hour: number;
  rows: number;
  mean: number;
  squares: number;
}

/** Distance from the same hour of the week or the day. */
export class Seasonal implements Detector {
  expected: number | null = null;
  readonly #options: Required<SeasonalOptions>;
  readonly #visits = new Float64Array(SLOTS);
  readonly #mean = new Float64Array(SLOTS);
  readonly #variance = new Float64Array(SLOTS);
  readonly #now: HourSoFar = { hour: 0, rows: 0, mean: 0, squares: 0 };
  #errors = 0;
  #errorVariance = 0;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: SeasonalOptions = {}, state?: DetectorJson["state"]) {
    this.#options = {
      weight: checkOption("weight", options.weight ?? 0.3, { from: 1e-6, to: 1 }),
      limit: checkOption("limit", options.limit ?? 4, { from: 1e-6, to: 1e6 }),
    };
    if (state === undefined) return;
    this.#visits.set(numbersIn(state, "visits", SLOTS));
    this.#mean.set(numbersIn(state, "mean", SLOTS));
    this.#variance.set(numbersIn(state, "variance", SLOTS));
    this.#errors = numberIn(state, "errors");
    this.#errorVariance = numberIn(state, "errorVariance");
    this.#now = {
      hour: numberIn(state, "hour"),
      rows: numberIn(state, "hourRows"),
      mean: numberIn(state, "hourMean"),
      squares: numberIn(state, "hourSquares"),
    };
  }

  update(value: number, timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const x = boundedValue(value);
    const hour = Math.floor((Number.isFinite(timeMs) ? timeMs : 0) / HOUR_MS);
    const now = this.#now;
    if (hour !== now.hour && now.rows > 0) this.#close();
    now.hour = hour;
    const slot = slotsOf(hour).find((slot) => this.#visits[slot]! > 0);
    const score = slot === undefined ? 0 : this.#compare(x, slot);
    now.rows++;
    const error = x - now.mean;
    now.mean += error / now.rows;
    now.squares += error * (x - now.mean);
    return score;
  }

  #compare(x: number, slot: number): number {
    const { limit } = this.#options, visits = this.#visits[slot]!;
    this.expected = this.#mean[slot]!;
    const spread = Math.sqrt((visits * this.#variance[slot]! + this.#errorVariance) / (visits + 1));
    const score = scoreOf(deviation(x, { center: this.expected, spread }), limit);
    const bound = spread > 0 ? limit * spread : Infinity;
    const error = Math.min(Math.abs(x - this.expected), bound);
    this.#errorVariance += Math.max(ERROR_WEIGHT, 1 / ++this.#errors) * (error * error - this.#errorVariance);
    return score;
  }

  /** The hour that is over teaches its three slots. */
  #close(): void {
    const now = this.#now, within = now.squares / now.rows;
    for (const slot of slotsOf(now.hour)) {
      const visits = ++this.#visits[slot]!;
      const gain = Math.max(
        slot === SLOTS - 1 ? this.#options.weight / DAY_HOURS : this.#options.weight,
        1 / visits,
      );
      const error = now.mean - this.#mean[slot]!;
      this.#mean[slot]! += gain * error;
      this.#variance[slot] = (1 - gain) * (this.#variance[slot]! + gain * error * error) + gain * within;
    }
    now.rows = now.mean = now.squares = 0;
  }

  toJson(): DetectorJson {
    const { hour, rows, mean, squares } = this.#now;
    return {
      name: "seasonal",
      options: { ...this.#options },
      state: {
        visits: [...this.#visits],
        mean: [...this.#mean],
        variance: [...this.#variance],
        ...{ errors: this.#errors, errorVariance: this.#errorVariance },
        ...{ hour, hourRows: rows, hourMean: mean, hourSquares: squares },
      },
    };
  }
}

/** The hour of the week, the hour of the day, everything: the first that was visited is compared with. */
function slotsOf(hour: number): readonly number[] {
  const ofWeek = ((hour % WEEK_HOURS) + WEEK_HOURS) % WEEK_HOURS;
  return [ofWeek, WEEK_HOURS + ofWeek % DAY_HOURS, SLOTS - 1];
}
