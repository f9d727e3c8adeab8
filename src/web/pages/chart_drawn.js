// @ts-check
/** When a chart is drawn again: curves that have moved by less than half a pixel look the same. */
import { newestPlace } from "./chart_parts.js";

/** @typedef {import("./view.js").Span} Span */

/** Between two drawings of curves that hardly move, ms. */
const DRAW_EVERY_MS_MAX = 1_000;

/** What is drawn, and since when. */
export class Drawn {
  /** @type {(Span & { now: number, of: string }) | null} */
  #last = null;

  /** The next curves are drawn, whatever they are. */
  forget() {
    this.#last = null;
  }

  /**
   * Whether curves are to be drawn, and they are then: at least once a second, however often points come.
   *
   * @param {Span} span
   * @param {{ now: number, of: string, width: number }} options `of` tells other curves from those that only went on;
   *   width in pixels
   */
  isDue({ fromMs, toMs }, { now, of, width }) {
    const last = this.#last;
    if (last !== null && now - last.now < DRAW_EVERY_MS_MAX && last.of === of) {
      const halfPixelMs = (toMs - fromMs) / width / 2;
      if (Math.abs(toMs - last.toMs) < halfPixelMs && Math.abs(fromMs - last.fromMs) < halfPixelMs) {
        return false;
      }
    }
    this.#last = { fromMs, toMs, now, of };
    return true;
  }
}

/** What tells curves from others: how many points, and the newest values. @param {import("./history.js").Curves} curves */
export function fingerprintOf({ times, columns }) {
  return [times.length, ...columns.map((column) => column[newestPlace({ times, columns: [column] })])].join();
}

/** From the first point to the last. @param {readonly number[]} times @returns {Span} */
export function spanOf(times) {
  const fromMs = times[0] ?? 0;
  return { fromMs, toMs: Math.max(times.at(-1) ?? 1, fromMs + 1e-9) };
}
