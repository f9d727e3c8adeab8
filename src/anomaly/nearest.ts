/** Nearest neighbours of the newest row among the rows before it: value, relative value, time of the day, shape. */

/** The nearest neighbour of a row. */
export interface Neighbour {
  /** Infinite where there is none yet. */
  readonly distance: number;
  /** Its value; NaN where there is none. */
  readonly value: number;
}

/** Rows `start` to `end` − 1 of a series, oldest first; the newest is the one that neighbours are looked for. */
export interface Rows {
  readonly values: Float64Array;
  readonly timesMs: Float64Array;
  readonly start: number;
  readonly end: number;
}

const DAY_MS = 86_400_000;
const HALF_HOUR_MS = 1_800_000;
/** Days with the same time of the day: a week, so that a weekend has its like. */
const DAYS_MAX = 7;

/** The nearest among all values before. */
export function nearestValue({ values, start, end }: Rows): Neighbour {
  const x = values[end - 1]!;
  let distance = Infinity, value = NaN;
  for (let row = start; row < end - 1; row++) {
    const d = Math.abs(values[row]! - x);
    if (d < distance) {
      distance = d;
      value = values[row]!;
    }
  }
  return { distance, value };
}

/** The nearest by |x − y| / (|x| + |y|) (Lance and Williams 1967), for which 1 and 2 are as far as 1,000 and 2,000. */
export function nearestRelative({ values, start, end }: Rows): Neighbour {
  const x = values[end - 1]!, size = Math.abs(x);
  let distance = Infinity, value = NaN;
  for (let row = start; row < end - 1; row++) {
    const y = values[row]!, apart = Math.abs(y - x);
    const d = apart === 0 ? 0 : apart / (size + Math.abs(y));
    if (d < distance) {
      distance = d;
      value = y;
    }
  }
  return { distance, value };
}

/** The nearest among the values at the same time of the day, half an hour more or less, on the seven days before. */
export function nearestTime({ values, timesMs, start, end }: Rows): Neighbour {
  const x = values[end - 1]!, nowMs = timesMs[end - 1]!;
  let distance = Infinity, value = NaN;
  for (let row = start; row < end - 1; row++) {
    const days = (nowMs - timesMs[row]!) / DAY_MS, whole = Math.round(days);
    if (whole < 1 || whole > DAYS_MAX || Math.abs(days - whole) * DAY_MS > HALF_HOUR_MS) continue;
    const d = Math.abs(values[row]! - x);
    if (d < distance) {
      distance = d;
      value = values[row]!;
    }
  }
  return { distance, value };
}

/**
 * The distance to the k-th nearest among the stretches of `length` rows that end before the newest begins, and the
 * value that the nearest ends with. Euclidean; a stretch is left as soon as it is farther than k others.
 */
export function nearestShape(
  { values, start, end }: Rows,
  { length, k }: { length: number; k: number },
): Neighbour {
  const last = end - 1, nearest = new Array<number>(k).fill(Infinity);
  let value = NaN;
  for (let row = start + length - 1; row <= last - length; row++) {
    const bound = nearest[k - 1]!;
    let sum = 0;
    for (let back = 0; back < length && sum < bound; back++) {
      const d = values[last - back]! - values[row - back]!;
      sum += d * d;
    }
    if (sum >= bound) continue;
    if (sum < nearest[0]!) value = values[row]!;
    let place = k - 1;
    for (; place > 0 && nearest[place - 1]! > sum; place--) nearest[place] = nearest[place - 1]!;
    nearest[place] = sum;
  }
  return { distance: Math.sqrt(nearest[k - 1]!), value };
}
