/**
 * Distances of the newest row to its nearest neighbours among the rows before it: by value, ratio, time of the day,
 * shape. Infinite where there is none yet.
 */
import type { SortedWindow } from "./sorted_window.ts";

/** Rows `start` to `end` − 1 of a series, oldest first; the last is the one that neighbours are looked for. */
export interface Rows {
  /** One a row. */
  readonly values: Float64Array;
  /** Unix time of each row, in ms, ascending. */
  readonly timesMs: Float64Array;
  /** Of each row and the {@linkcode SUM_ROWS} − 1 before it, where there are so many. */
  readonly sums: Float64Array;
  /** First row. */
  readonly start: number;
  /** Row after the last. */
  readonly end: number;
}

/** Rows of a sum. */
export const SUM_ROWS = 6;

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
/** Days with the same time of the day: a week, so that a weekend has its like. */
const DAYS_MAX = 7;

/** To the nearest among all values before, which are those in the window. */
export function nearestValue(x: number, before: SortedWindow): number {
  return nearer(before, x, (y) => Math.abs(y - x));
}

/** To the nearest by |x − y| / (|x| + |y|) (Lance and Williams 1967), for which 1 and 2 are as far as 1,000 and 2,000. */
export function nearestRatio(x: number, before: SortedWindow): number {
  return nearer(before, x, (y) => y === x ? 0 : Math.abs(y - x) / (Math.abs(x) + Math.abs(y)));
}

/** Both distances grow on either side of x, so that one of the two values around it is the nearest. */
function nearer(before: SortedWindow, x: number, distanceTo: (y: number) => number): number {
  let nearest = Infinity;
  const above = before.size - before.countFrom(x);
  for (const place of [above - 1, above]) {
    if (place < 0 || place >= before.size) continue;
    nearest = Math.min(nearest, distanceTo(before.at(place)));
  }
  return nearest;
}

/**
 * To the nearest among the values at the same time of the day, half an hour more or less, on the seven days before. Looks
 * back as far as the first row that is older.
 */
export function nearestTime({ values, timesMs, start, end }: Rows): number {
  const x = values[end - 1]!, nowMs = timesMs[end - 1]!;
  let nearest = Infinity;
  for (let row = end - 2; row >= start; row--) {
    const days = (nowMs - timesMs[row]!) / DAY_MS, whole = Math.round(days);
    if (whole > DAYS_MAX) break;
    if (whole < 1 || Math.abs(days - whole) * DAY_MS > HALF_HOUR_MS) continue;
    nearest = Math.min(nearest, Math.abs(values[row]! - x));
  }
  return nearest;
}

/**
 * The k-th nearest of all stretches of rows that end before the newest stretch begins, by Euclidean distance. What was
 * near one row ago is tried first, one row on: most others are then left after a few of their rows, or after a few
 * sums of rows, whose distance is never above that of the rows (Keogh et al. 2001, Dimensionality Reduction for Fast
 * Similarity Search in Large Time Series Databases).
 */
export class NearestShapes {
  readonly #length: number;
  readonly #k: number;
  /** Squared distances of the nearest, and how many rows before the newest they end. */
  readonly #nearest: Float64Array;
  #lags: number[];

  /** Stretches of `length` rows. `lags` are those of a snapshot. */
  constructor({ length, k, lags = [] }: { length: number; k: number; lags?: readonly number[] }) {
    this.#length = length;
    this.#k = k;
    this.#nearest = new Float64Array(k);
    this.#lags = [...lags];
  }

  /** How many rows before the newest the nearest of the last search end: a part of its owner's snapshot. */
  get lags(): readonly number[] {
    return this.#lags;
  }

  /** To the k-th nearest. */
  find({ values, sums, start, end }: Rows): number {
    const length = this.#length, last = end - 1, first = start + length - 1, final = last - length;
    const tried = this.#lags.map((lag) => last - lag).filter((row) => row >= first && row <= final)
      .sort((a, b) => a - b);
    this.#nearest.fill(Infinity);
    this.#lags = [];
    for (const row of tried) this.#search({ values, sums }, { last, from: row, to: row });
    let from = first;
    for (const row of tried) {
      this.#search({ values, sums }, { last, from, to: row - 1 });
      from = row + 1;
    }
    this.#search({ values, sums }, { last, from, to: final });
    return Math.sqrt(this.#nearest[this.#k - 1]!);
  }

  #search(
    { values, sums }: { values: Float64Array; sums: Float64Array },
    { last, from, to }: { last: number; from: number; to: number },
  ): void {
    const length = this.#length, nearest = this.#nearest, k = this.#k, whole = length - SUM_ROWS;
    for (let row = from; row <= to; row++) {
      const bound = nearest[k - 1]!;
      let least = 0;
      for (let back = 0; back <= whole && least < bound; back += SUM_ROWS) {
        const d = sums[last - back]! - sums[row - back]!;
        least += d * d / SUM_ROWS;
      }
      if (least >= bound) continue;
      let sum = 0;
      for (let back = 0; back < length && sum < bound; back++) {
        const d = values[last - back]! - values[row - back]!;
        sum += d * d;
      }
      if (sum >= bound) continue;
      let place = k - 1;
      for (; place > 0 && nearest[place - 1]! > sum; place--) nearest[place] = nearest[place - 1]!;
      nearest[place] = sum;
      this.#lags.splice(place, 0, last - row);
      if (this.#lags.length > k) this.#lags.pop();
    }
  }
}
