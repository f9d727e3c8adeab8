// @ts-check
/** What a key does with a chart's cursor and zoom. Pure. */
import { lowerBound } from "./history.js";

/** Points that an arrow key moves by with Shift. */
const LEAP = 10;

/**
 * Where a chart stands: its points, what of them is shown, and the place of the cursor.
 * @typedef {object} Stand
 * @property {readonly number[]} times
 * @property {number} min
 * @property {number} max
 * @property {number | null} place
 * @property {boolean} isZoomed
 */

/**
 * What a key asks for: the cursor at another place, another part (`null` = none, all); `null` = the key means nothing.
 *
 * @param {{ readonly key: string, readonly shiftKey: boolean }} event
 * @param {Stand} stand
 * @returns {{ place: number | null } | { zoom: import("./view.js").Span | null } | null}
 */
export function actionOf({ key, shiftKey }, { times, min, max, place, isZoomed }) {
  const first = lowerBound(times, min), last = lowerBound(times, max + 1e-9) - 1;
  const at = place ?? last;
  const step = shiftKey ? LEAP : 1;
  switch (key) {
    case "ArrowLeft":
      return { place: Math.max(first, at - step) };
    case "ArrowRight":
      return { place: Math.min(last, at + step) };
    case "Home":
      return { place: first };
    case "End":
      return { place: last };
    case "Escape":
      return { place: null };
    case "+":
      return { zoom: around(times[at] ?? (min + max) / 2, { min, max, factor: 0.5 }) };
    case "-":
      return isZoomed ? { zoom: around((min + max) / 2, { min, max, factor: 2 }) } : null;
    case "0":
      return { zoom: null };
    default:
      return null;
  }
}

/**
 * A part of another size around a point; a smaller one stays inside.
 *
 * @param {number} middle
 * @param {{ min: number, max: number, factor: number }} part
 */
function around(middle, { min, max, factor }) {
  const half = (max - min) * factor / 2;
  const center = factor > 1 ? middle : Math.min(max - half, Math.max(min + half, middle));
  return { fromMs: center - half, toMs: center + half };
}
