// @ts-check
/**
 * The past of a board as the live stream sends it: columns by name at 1 s for the last hour and at 10 s for the last
 * day. Bounded; downsampled to what a chart can show. Pure.
 */

/** Points of a chart at most. */
export const POINTS_MAX = 3_600;
/** Points at 10 s that are kept: a day. */
const COARSE_MAX = 8_640;
/** Events that are kept. */
const EVENTS_MAX = 200;
/** Two points further apart than so many steps have a gap between them. */
const GAP_STEPS = 3;

/** @typedef {(number | null)[]} Column */
/** @typedef {{ stepMs: number, times: number[], columns: Column[] }} Resolution */
/** @typedef {{ timeMs: number, text: string }} Mark */
/** @typedef {{ names: string[], fine: Resolution, coarse: Resolution, events: Mark[] }} HistoryMessage */
/** @typedef {{ times: number[], columns: Column[] }} Curves times in Unix ms */

/** The past that a page holds. */
export class History {
  /** @type {string[]} */
  names = [];
  /** @type {Resolution} */
  #fine = { stepMs: 1_000, times: [], columns: [] };
  /** @type {Resolution} */
  #coarse = { stepMs: 10_000, times: [], columns: [] };
  /** @type {Mark[]} */
  events = [];

  /** How often all of it became another one. */
  loads = 0;

  /** Time of the newest point, Unix ms; `null` before the first. */
  get newestMs() {
    return this.#fine.times.at(-1) ?? this.#coarse.times.at(-1) ?? null;
  }

  /** Time of the oldest point, Unix ms; `null` before the first. */
  get oldestMs() {
    const oldest = Math.min(this.#fine.times[0] ?? Infinity, this.#coarse.times[0] ?? Infinity);
    return oldest === Infinity ? null : oldest;
  }

  /** @param {HistoryMessage} message the whole of it */
  load({ names, fine, coarse, events }) {
    this.loads++;
    this.names = names;
    this.#fine = fine;
    this.#coarse = coarse;
    this.events = events.slice(-EVENTS_MAX);
  }

  /**
   * Adds points: time and a value per name. One of the newest time takes its place, an older one is left out.
   *
   * @param {readonly (readonly (number | null)[])[]} points
   * @param {readonly Mark[]} [events]
   */
  append(points, events = []) {
    for (const [timeMs, ...values] of points) {
      const newestMs = this.#fine.times.at(-1) ?? -Infinity;
      if (typeof timeMs !== "number" || timeMs < newestMs) continue;
      if (timeMs === newestMs) {
        this.#fine.columns.forEach((column, c) => column[column.length - 1] = values[c] ?? null);
        continue;
      }
      push(this.#fine, timeMs, values, POINTS_MAX);
      if (timeMs - (this.#coarse.times.at(-1) ?? -Infinity) >= this.#coarse.stepMs) {
        push(this.#coarse, timeMs, values, COARSE_MAX);
      }
    }
    if (events.length > 0) this.events = [...this.events, ...events].slice(-EVENTS_MAX);
  }

  /**
   * Columns by name from `fromMs` to `toMs`, at most {@linkcode POINTS_MAX} points, with `null` where there is a gap; a
   * name that is not known is a column of `null`.
   *
   * @param {readonly string[]} names
   * @param {{ fromMs: number, toMs: number }} range
   * @returns {Curves}
   */
  select(names, { fromMs, toMs }) {
    const fine = this.#fine, coarse = this.#coarse;
    const isFineEnough = coarse.times.length === 0 || fine.times.length > 0 &&
        (fromMs >= /** @type {number} */ (fine.times[0]) ||
          /** @type {number} */ (fine.times[0]) <= /** @type {number} */ (coarse.times[0]) + coarse.stepMs);
    const { stepMs, times, columns } = isFineEnough ? fine : coarse;
    const from = lowerBound(times, fromMs), to = lowerBound(times, toMs + 1);
    const places = names.map((name) => this.names.indexOf(name));
    const part = {
      times: times.slice(from, to),
      columns: places.map((place) =>
        columns[place]?.slice(from, to) ?? /** @type {Column} */ (new Array(to - from).fill(null))
      ),
    };
    return withGaps(downsample(part, POINTS_MAX), stepMs * Math.max(1, (to - from) / POINTS_MAX * 2));
  }
}

/**
 * @param {Resolution} resolution
 * @param {number} timeMs
 * @param {readonly (number | null)[]} values
 * @param {number} max
 */
function push({ times, columns }, timeMs, values, max) {
  times.push(timeMs);
  columns.forEach((column, c) => column.push(values[c] ?? null));
  if (times.length <= max) return;
  times.shift();
  for (const column of columns) column.shift();
}

/**
 * Place of the first time that is not below.
 *
 * @param {readonly number[]} times ascending
 * @param {number} timeMs
 */
export function lowerBound(times, timeMs) {
  let low = 0, high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (times[middle]) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * At most `max` points: of each bucket the least and the greatest value, in the order in which they came, so that
 * peaks stay.
 *
 * @param {Curves} curves
 * @param {number} max
 * @returns {Curves}
 */
export function downsample(curves, max) {
  const { times, columns } = curves;
  if (times.length <= max) return curves;
  const size = Math.ceil(times.length / max) * 2;
  /** @type {Curves} */
  const out = { times: [], columns: columns.map(() => []) };
  for (let from = 0; from < times.length; from += size) {
    const to = Math.min(times.length, from + size);
    out.times.push(/** @type {number} */ (times[from]));
    if (to - from > 1) out.times.push(/** @type {number} */ (times[(from + to) >> 1]));
    columns.forEach((column, c) => {
      const [first, second] = extremes(column, from, to);
      out.columns[c]?.push(first);
      if (to - from > 1) out.columns[c]?.push(second);
    });
  }
  return out;
}

/**
 * @param {Column} column
 * @param {number} from
 * @param {number} to
 * @returns {[first: number | null, second: number | null]}
 */
function extremes(column, from, to) {
  let least = -1, most = -1;
  for (let i = from; i < to; i++) {
    const value = column[i];
    if (typeof value !== "number") continue;
    if (least < 0 || value < /** @type {number} */ (column[least])) least = i;
    if (most < 0 || value > /** @type {number} */ (column[most])) most = i;
  }
  if (least < 0) return [null, null];
  const [first, second] = least < most ? [least, most] : [most, least];
  return [column[first] ?? null, column[second] ?? null];
}

/**
 * A point without values in every gap, so that no line is drawn over it.
 *
 * @param {Curves} curves
 * @param {number} stepMs
 * @returns {Curves}
 */
export function withGaps(curves, stepMs) {
  const { times, columns } = curves;
  const far = (/** @type {number} */ time, /** @type {number} */ i) =>
    i > 0 && time - /** @type {number} */ (times[i - 1]) > GAP_STEPS * stepMs;
  if (!times.some(far)) return curves;
  /** @type {Curves} */
  const out = { times: [], columns: columns.map(() => []) };
  times.forEach((time, i) => {
    if (far(time, i)) {
      out.times.push(/** @type {number} */ (times[i - 1]) + stepMs);
      for (const column of out.columns) column.push(null);
    }
    out.times.push(time);
    columns.forEach((column, c) => out.columns[c]?.push(column[i] ?? null));
  });
  return out;
}
