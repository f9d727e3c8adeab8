// @ts-check
/// <reference lib="dom" />
/**
 * What the reader of a page has chosen and all its charts share: the time range, the part that is zoomed into, the
 * theme. The range and the theme are remembered by the browser.
 */

/** The ranges that can be chosen, by label. */
export const RANGES = /** @type {const} */ ([
  ["5 min", 300_000],
  ["15 min", 900_000],
  ["1 h", 3_600_000],
  ["6 h", 21_600_000],
  ["24 h", 86_400_000],
  ["all", Infinity],
]);
/** A chart never shows less, ms. */
const SPAN_MS_MIN = 20_000;

/** @typedef {{ fromMs: number, toMs: number }} Span Unix ms, both included */

/** What is chosen; `changes` are reported to who listens. */
export class View {
  rangeMs = Number(remembered("range") ?? 900_000) || Infinity;
  /** @type {Span | null} */
  zoom = null;
  /** @type {Set<() => void>} */
  #watchers = new Set();

  constructor() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#report());
  }

  /** @param {() => void} watch called after each change */
  onChange(watch) {
    this.#watchers.add(watch);
  }

  /** @param {number} rangeMs */
  setRange(rangeMs) {
    this.rangeMs = rangeMs;
    this.zoom = null;
    remember("range", rangeMs === Infinity ? "0" : String(rangeMs));
    this.#report();
  }

  /** @param {Span | null} span `null` = as far as the range goes */
  setZoom(span) {
    this.zoom = span;
    this.#report();
  }

  /** @param {string} theme `auto`, `light` or `dark` */
  setTheme(theme) {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    remember("theme", theme);
    this.#report();
  }

  /**
   * What a chart shows of a past: the part that is zoomed into, else the range up to the newest, from the oldest on.
   *
   * @param {{ oldestMs: number | null, newestMs: number | null }} past
   * @returns {Span}
   */
  spanOf({ oldestMs, newestMs }) {
    if (this.zoom !== null) return this.zoom;
    const toMs = newestMs ?? Date.now();
    const fromMs = Math.max(toMs - this.rangeMs, oldestMs ?? -Infinity);
    return { fromMs: Math.min(fromMs, toMs - SPAN_MS_MIN), toMs };
  }

  #report() {
    for (const watch of this.#watchers) watch();
  }
}

/**
 * What the browser has kept; `null` where it keeps nothing.
 *
 * @param {string} name
 */
export function remembered(name) {
  try {
    return localStorage.getItem(`streamflow.${name}`);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
function remember(name, value) {
  try {
    localStorage.setItem(`streamflow.${name}`, value);
  } catch {
    // A browser that keeps nothing: the choice holds for this page.
  }
}
