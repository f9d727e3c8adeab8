/**
 * The score of the Numenta Anomaly Benchmark, standard profile (Lavin and Ahmad 2015, Evaluating Real-Time Anomaly
 * Detection Algorithms, arXiv:1510.03336; in the details as NAB 1.1's `sweeper.py`).
 *
 * - The first min(⌊0.15·n⌋, 750) rows of a series are probation: what is found there does not count.
 * - A window counts once, by the best of its rows at or above the threshold, which is the earliest:
 *   σ(y) ÷ σ(−1) with σ(y) = 2/(1 + e^5y) − 1, and y from −1 at the window's first row to −1/width at its last.
 *   Without any it counts −1.
 * - Every row at or above the threshold outside of windows counts 0.11·σ(y), where y ≥ 0 is its distance past the last
 *   window in widths of that window; 0.11·(−1) from three widths on, and before the first window.
 * - The sum over all series is scaled so that no detection at all is 0 and every window found at its first row,
 *   nothing else, is 100. One threshold holds for all series: the best one, where none is given.
 *
 * Left out: the profiles that weigh false positives or false negatives more.
 */

/** A labelled series, scored. */
export interface NabSeries {
  /** Unix time of each row, ms. */
  readonly timesMs: ArrayLike<number>;
  /** Each row's anomaly score. */
  readonly scores: ArrayLike<number>;
  /** First and last time of each labelled window, in order, ms. */
  readonly windows: readonly (readonly [number, number])[];
}

/** The benchmark's verdict. */
export interface NabScore {
  /** 100 = perfect, 0 = no detection at all. */
  readonly score: number;
  /** Rows with this score or a higher one were detections. */
  readonly threshold: number;
  /** Windows that were found. */
  readonly found: number;
  /** Windows that there are. */
  readonly windows: number;
  /** Rows detected outside of windows. */
  readonly falsePositives: number;
}

const PROBATION_SHARE = 0.15;
const PROBATION_ROWS_MAX = 750;
const FALSE_POSITIVE_WEIGHT = 0.11;
const WIDTHS_MAX = 3;

/** What a row counts when it is a detection, and the window that it lies in, or none. */
interface Row {
  readonly score: number;
  readonly worth: number;
  /** Number of the window over all series; −1 outside of windows. */
  readonly window: number;
}

/** How many rows at the beginning of a series do not count. */
export function probationRows(rows: number): number {
  return Math.min(Math.floor(PROBATION_SHARE * rows), PROBATION_ROWS_MAX);
}

function scaledSigmoid(y: number): number {
  return y >= WIDTHS_MAX ? -1 : 2 / (1 + Math.exp(5 * y)) - 1;
}

/** First and last row of each window; a time that no row has is moved inwards. */
function windowRows({ timesMs, windows }: NabSeries): { first: number; last: number }[] {
  const times = Array.from(timesMs);
  return windows.map(([start, end]) => {
    const first = times.indexOf(start), last = times.indexOf(end);
    return {
      first: first >= 0 ? first : times.findIndex((time) => time >= start),
      last: last >= 0 ? last : times.findLastIndex((time) => time <= end),
    };
  });
}

/** The rows after probation. `firstWindow` is the number of the series' first window. */
function rowsOf(series: NabSeries, firstWindow: number): Row[] {
  const count = series.timesMs.length, perfect = scaledSigmoid(-1);
  const windows = windowRows(series);
  const rows: Row[] = [];
  let next = 0;
  for (let row = 0; row < count; row++) {
    while (next < windows.length && row > windows[next]!.last) next++;
    const inside = windows[next], before = windows[next - 1], score = series.scores[row]!;
    if (row < probationRows(count)) continue;
    if (inside !== undefined && row >= inside.first) {
      const width = inside.last - inside.first + 1;
      const worth = scaledSigmoid(-(inside.last - row + 1) / width) / perfect;
      rows.push({ score, worth, window: firstWindow + next });
    } else {
      const y = before === undefined ? WIDTHS_MAX : (row - before.last) / (before.last - before.first);
      rows.push({ score, worth: FALSE_POSITIVE_WEIGHT * scaledSigmoid(y), window: -1 });
    }
  }
  return rows;
}

/**
 * Scores detections on labelled series.
 *
 * @param threshold rows with this score or more are detections. @default the threshold with the best result
 * @returns the verdict; its threshold is `Infinity` where no detection at all is best. Without windows `score` is 100
 * minus what the false positives cost, in windows' worth.
 */
export function scoreNab(series: readonly NabSeries[], threshold?: number): NabScore {
  const rows: Row[] = [];
  let windows = 0;
  for (const one of series) {
    for (const row of rowsOf(one, windows)) rows.push(row);
    windows += one.windows.length;
  }
  rows.sort((a, b) => b.score - a.score);
  const worth = new Float64Array(windows).fill(-1);
  let sum = -windows, found = 0, falsePositives = 0;
  let best = { sum, threshold: threshold ?? Infinity, found, falsePositives };
  for (let at = 0; at < rows.length; at++) {
    const { score, worth: worthNow, window } = rows[at]!;
    if (threshold !== undefined && !(score >= threshold)) break;
    if (window < 0) {
      sum += worthNow;
      falsePositives++;
    } else if (worthNow > worth[window]!) {
      if (worth[window] === -1) found++;
      sum += worthNow - worth[window]!;
      worth[window] = worthNow;
    }
    const whole = rows[at + 1]?.score !== score;
    if (whole && (threshold !== undefined || sum > best.sum)) {
      best = { sum, threshold: threshold ?? score, found, falsePositives };
    }
  }
  const score = 100 * (windows === 0 ? 1 + best.sum : (best.sum + windows) / (2 * windows));
  return {
    score,
    threshold: best.threshold,
    found: best.found,
    windows,
    falsePositives: best.falsePositives,
  };
}
