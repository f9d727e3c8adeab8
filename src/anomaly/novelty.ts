/**
 * Novelty: how unlike everything before a row is, in three views of it, each by its nearest neighbour in the past:
 *
 * - the value alone, among all values before;
 * - the value among those at the same time of the day, half an hour more or less, on the days before;
 * - the shape of the last three dozen rows, among all stretches as long before (Euclidean distance, as in Burnaev and
 *   Ishimtsev 2016, Conformalized density- and distance-based anomaly detection in time-series data, arXiv:1608.04585).
 *
 * The distance in each view becomes a rarity: how small a share of the rows before was as far from its neighbour (see
 * tail.ts), so that units, noise and season of a series do not matter. The rarest view counts. A row scores in full
 * only where it is rarer than all of the last hundred rows, else half: an event that lasts is one alarm.
 *
 * Needs no parameter of the series: it learns what it may from the last 4,000 rows (two weeks of five minutes). Costs
 * some 50 µs a row then, and 200 KB as a snapshot. Left out: trends without end, where every value is a new one.
 */
import { boundedValue, checkOption, checkRows, numbersIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { Tail } from "./tail.ts";

/** See {@linkcode Novelty}. */
export interface NoveltyOptions {
  /** How many rows are remembered. @default 4000 */
  readonly historyRows?: number;
  /** How many rows make a shape. @default 36 */
  readonly shapeRows?: number;
  /** An alarm needs to be rarer than so many rows before it. @default 100 */
  readonly restRows?: number;
  /** Rarity (−log₁₀ of a share of rows) from which on it is an alarm. @default 2.7 */
  readonly limit?: number;
}

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
/** Rows before anything is rare. */
const WARM_UP_ROWS = 50;
/** What a row scores that is no rarer than one shortly before. */
const REPEATED = 0.5;
const VIEWS = ["values", "times", "shapes"] as const;

/** The nearest neighbour of a row in one view. */
interface Neighbour {
  /** Infinite where there is none yet. */
  distance: number;
  /** The neighbour's value. */
  value: number;
}

/** Distance to the nearest neighbour in the past. */
export class Novelty implements Detector {
  expected: number | null = null;
  readonly #options: Required<NoveltyOptions>;
  /** The last rows, oldest first, from `#start` to `#end`; twice as much room, so that they move seldom. */
  readonly #values: Float64Array;
  readonly #timesMs: Float64Array;
  #start = 0;
  #end = 0;
  readonly #tails: readonly Tail[];
  /** Rarities of the last rows. */
  #recent: number[];

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: NoveltyOptions = {}, state?: DetectorJson["state"]) {
    const historyRows = checkRows("historyRows", options.historyRows ?? 4_000);
    this.#options = {
      historyRows,
      shapeRows: checkOption("shapeRows", options.shapeRows ?? 36, { from: 2, to: historyRows, whole: true }),
      restRows: checkOption("restRows", options.restRows ?? 100, { from: 0, to: 100_000, whole: true }),
      limit: checkOption("limit", options.limit ?? 2.7, { from: 1e-6, to: 1e6 }),
    };
    this.#values = new Float64Array(2 * historyRows);
    this.#timesMs = new Float64Array(2 * historyRows);
    this.#tails = VIEWS.map((view) =>
      new Tail({
        rows: historyRows,
        warmUp: WARM_UP_ROWS,
        numbers: state === undefined ? [] : numbersIn(state, view, historyRows),
      })
    );
    this.#recent = state === undefined ? [] : numbersIn(state, "recent", this.#options.restRows);
    if (state === undefined) return;
    this.#values.set(numbersIn(state, "history", historyRows));
    this.#timesMs.set(numbersIn(state, "historyMs", historyRows));
    this.#end = numbersIn(state, "history").length;
  }

  update(value: number, timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    this.#remember(boundedValue(value), Number.isFinite(timeMs) ? timeMs : 0);
    let rarity = 0;
    [this.#nearestValue(), this.#nearestTime(), this.#nearestShape()].forEach((found, view) => {
      if (found.distance === Infinity) return;
      const ofView = this.#tails[view]!.rarity(found.distance);
      if (ofView <= rarity && this.expected !== null) return;
      rarity = Math.max(rarity, ofView);
      this.expected = found.value;
    });
    const { restRows, limit } = this.#options;
    const isNew = this.#recent.every((before) => rarity > before);
    this.#recent.push(rarity);
    if (this.#recent.length > restRows) this.#recent.shift();
    const score = scoreOf(rarity, limit);
    return isNew ? score : REPEATED * score;
  }

  #remember(value: number, timeMs: number): void {
    const { historyRows } = this.#options, values = this.#values, timesMs = this.#timesMs;
    if (this.#end === values.length) {
      values.copyWithin(0, this.#end - historyRows);
      timesMs.copyWithin(0, this.#end - historyRows);
      this.#end = historyRows;
    }
    values[this.#end] = value;
    timesMs[this.#end] = timeMs;
    this.#end++;
    this.#start = Math.max(0, this.#end - historyRows);
  }

  /** Among all values before the last one. */
  #nearestValue(): Neighbour {
    const values = this.#values, last = this.#end - 1, x = values[last]!;
    let distance = Infinity, at = last;
    for (let row = this.#start; row < last; row++) {
      const d = Math.abs(values[row]! - x);
      if (d < distance) {
        distance = d;
        at = row;
      }
    }
    return { distance, value: values[at]! };
  }

  /** Among the values at the same time of the day, on other days. */
  #nearestTime(): Neighbour {
    const values = this.#values, timesMs = this.#timesMs, last = this.#end - 1;
    const x = values[last]!, now = timesMs[last]!;
    let distance = Infinity, at = last;
    for (let row = this.#start; row < last; row++) {
      const days = (now - timesMs[row]!) / DAY_MS, whole = Math.round(days);
      if (whole < 1 || Math.abs(days - whole) * DAY_MS > HALF_HOUR_MS) continue;
      const d = Math.abs(values[row]! - x);
      if (d < distance) {
        distance = d;
        at = row;
      }
    }
    return { distance, value: values[at]! };
  }

  /** Among the stretches that end before the last one begins. */
  #nearestShape(): Neighbour {
    const values = this.#values, last = this.#end - 1, { shapeRows } = this.#options;
    let least = Infinity, at = last;
    for (let row = this.#start + shapeRows - 1; row <= last - shapeRows; row++) {
      let sum = 0;
      for (let back = 0; back < shapeRows && sum < least; back++) {
        const d = values[last - back]! - values[row - back]!;
        sum += d * d;
      }
      if (sum < least) {
        least = sum;
        at = row;
      }
    }
    return { distance: Math.sqrt(least), value: values[at]! };
  }

  toJson(): DetectorJson {
    const state: Record<string, number[]> = {
      history: [...this.#values.subarray(this.#start, this.#end)],
      historyMs: [...this.#timesMs.subarray(this.#start, this.#end)],
      recent: [...this.#recent],
    };
    VIEWS.forEach((view, index) => state[view] = this.#tails[index]!.toArray());
    return { name: "novelty", options: { ...this.#options }, state };
  }
}
