/**
 * Novelty: how unlike everything before a row is, in five views of it.
 *
 * - value: distance to the nearest value before;
 * - shape: distance of the last 36 rows to the fifth nearest of all stretches as long before (as in Burnaev and
 *   Ishimtsev 2016, Conformalized density- and distance-based anomaly detection, arXiv:1608.04585);
 * - time: distance to the nearest value at the same time of the day, on the seven days before;
 * - ratio: relative distance to the nearest value before;
 * - level: distance of the median of the last 36 rows from that of the 144 rows before them.
 *
 * Each distance becomes a rarity: how small a share of the rows before had as large a one (tail.ts), so that units,
 * noise and season of a series do not matter. The rarest view counts; the last three views have to be a third rarer
 * than the first two, since they are more often rare without reason. A row scores in full only where it is rarer than
 * all of the hundred rows before, else a third: an event that lasts is one alarm.
 *
 * What was expected is the median of the last 36 rows before the newest one.
 *
 * One setting for all series: it learns what it may from the last 16,000 rows (eight weeks of five minutes), and the
 * longer it has learned, the less is new. Costs some 100 µs a row after 4,000 rows, 200 µs after 16,000, and then 2 MB
 * as a snapshot. Left out: trends without end, where every value is a new one.
 */
import { boundedValue, checkOption, checkRows, numbersIn, scoreOf } from "./detector.ts";
import type { Detector, DetectorJson } from "./detector.ts";
import { nearestRatio, NearestShapes, nearestTime, nearestValue, SUM_ROWS } from "./nearest.ts";
import { SortedWindow } from "./sorted_window.ts";
import { Tail } from "./tail.ts";

/** See {@linkcode Novelty}. */
export interface NoveltyOptions {
  /** How many rows are remembered. @default 16000 */
  readonly historyRows?: number;
  /** How many rows make a shape, and a level; four times as many make the level before. @default 36 */
  readonly shapeRows?: number;
  /** An alarm needs to be rarer than so many rows before it. @default 100 */
  readonly restRows?: number;
  /** Rarity (−log₁₀ of a share of rows) from which on it is an alarm. @default 2.5, one row in 300 */
  readonly limit?: number;
}

/** The views, and how much of their rarity counts. */
const VIEWS = { values: 1, shapes: 1, times: 0.75, ratios: 0.75, levels: 0.75 } as const;
type View = keyof typeof VIEWS;

/** Rows before anything is rare. */
const WARM_UP_ROWS = 50;
const SHAPE_NEIGHBOURS = 5;
/** Lengths of the level before, in lengths of the level now. */
const LEVELS = 4;
/** Share of its score that a row keeps which is no rarer than one shortly before. */
const REPEATED = 1 / 3;

/** Distance from what was there before. */
export class Novelty implements Detector {
  expected: number | null = null;
  readonly #options: Required<NoveltyOptions>;
  /** The last rows, oldest first, from `#start` to `#end`; twice as much room, so that they move seldom. */
  readonly #values: Float64Array;
  readonly #timesMs: Float64Array;
  readonly #sums: Float64Array;
  #start = 0;
  #end = 0;
  /** The values before the newest. */
  readonly #sorted: SortedWindow;
  readonly #shapes: NearestShapes;
  readonly #levelNow: SortedWindow;
  readonly #levelBefore: SortedWindow;
  readonly #tails = new Map<View, Tail>();
  /** Rarities of the last rows. */
  readonly #recent: number[] = [];

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @throws RangeError when an option is out of range, or the state is not one of this detector
   */
  constructor(options: NoveltyOptions = {}, state?: DetectorJson["state"]) {
    const rows = checkRows("historyRows", options.historyRows ?? 16_000);
    const shapeRows = checkOption("shapeRows", options.shapeRows ?? 36, {
      from: 2,
      to: rows / 5,
      whole: true,
    });
    this.#options = {
      historyRows: rows,
      shapeRows,
      restRows: checkOption("restRows", options.restRows ?? 100, { from: 0, to: 100_000, whole: true }),
      limit: checkOption("limit", options.limit ?? 2.5, { from: 1e-6, to: 1e6 }),
    };
    this.#values = new Float64Array(2 * rows);
    this.#timesMs = new Float64Array(2 * rows);
    this.#sums = new Float64Array(2 * rows);
    this.#sorted = new SortedWindow(rows);
    const lags = state === undefined ? [] : numbersIn(state, "lags", SHAPE_NEIGHBOURS);
    this.#shapes = new NearestShapes({ length: shapeRows, k: SHAPE_NEIGHBOURS, lags });
    this.#levelNow = new SortedWindow(shapeRows);
    this.#levelBefore = new SortedWindow(LEVELS * shapeRows);
    for (const view of Object.keys(VIEWS) as View[]) {
      const numbers = state === undefined ? [] : numbersIn(state, view, rows);
      this.#tails.set(view, new Tail({ rows, warmUp: WARM_UP_ROWS, numbers }));
    }
    if (state === undefined) return;
    this.#recent = numbersIn(state, "recent", this.#options.restRows);
    const timesMs = numbersIn(state, "historyMs", rows);
    numbersIn(state, "history", rows).forEach((value, row) => {
      this.#remember(value, timesMs[row] ?? 0);
      this.#sorted.push(value);
    });
  }

  update(value: number, timeMs: number): number {
    this.expected = null;
    if (!Number.isFinite(value)) return 0;
    const x = boundedValue(value);
    // What a reader can check, and not the neighbour that happens to be nearest in the rarest view.
    if (this.#levelNow.size > 0) this.expected = this.#levelNow.quantile(0.5);
    this.#remember(x, Number.isFinite(timeMs) ? timeMs : 0);
    const { restRows, limit } = this.#options;
    let rarity = -1;
    for (const [view, distance] of this.#look(x)) {
      if (distance === Infinity) continue;
      rarity = Math.max(rarity, VIEWS[view] * this.#tails.get(view)!.rarity(distance));
    }
    this.#sorted.push(x);
    const isRepeated = this.#recent.some((before) => before >= rarity);
    this.#recent.push(rarity);
    if (this.#recent.length > restRows) this.#recent.shift();
    const score = scoreOf(Math.max(rarity, 0), limit);
    return isRepeated ? REPEATED * score : score;
  }

  /** How far the newest row is from what is nearest, in every view. */
  #look(x: number): readonly (readonly [View, number])[] {
    const rows = {
      ...{ values: this.#values, timesMs: this.#timesMs, sums: this.#sums },
      ...{ start: this.#start, end: this.#end },
    };
    const before = this.#levelBefore.quantile(0.5);
    const isFull = this.#levelBefore.size === LEVELS * this.#options.shapeRows;
    return [
      ["values", nearestValue(x, this.#sorted)],
      ["shapes", this.#shapes.find(rows)],
      ["times", nearestTime(rows)],
      ["ratios", nearestRatio(x, this.#sorted)],
      ["levels", isFull ? Math.abs(this.#levelNow.quantile(0.5) - before) : Infinity],
    ];
  }

  #remember(value: number, timeMs: number): void {
    const { historyRows, shapeRows } = this.#options, values = this.#values, timesMs = this.#timesMs;
    if (this.#end === values.length) {
      values.copyWithin(0, this.#end - historyRows);
      timesMs.copyWithin(0, this.#end - historyRows);
      this.#sums.copyWithin(0, this.#end - historyRows);
      this.#end = historyRows;
    }
    values[this.#end] = value;
    timesMs[this.#end] = timeMs;
    let sum = 0;
    for (let row = Math.max(0, this.#end - SUM_ROWS + 1); row <= this.#end; row++) sum += values[row]!;
    this.#sums[this.#end] = sum;
    this.#end++;
    this.#start = Math.max(0, this.#end - historyRows);
    this.#levelNow.push(value);
    if (this.#end - this.#start > shapeRows) this.#levelBefore.push(values[this.#end - 1 - shapeRows]!);
  }

  toJson(): DetectorJson {
    const state: Record<string, number[]> = {
      history: [...this.#values.subarray(this.#start, this.#end)],
      historyMs: [...this.#timesMs.subarray(this.#start, this.#end)],
      recent: [...this.#recent],
      lags: [...this.#shapes.lags],
    };
    for (const [view, tail] of this.#tails) state[view] = tail.toArray();
    return { name: "novelty", options: { ...this.#options }, state };
  }
}
