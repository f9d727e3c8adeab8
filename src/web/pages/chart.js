// @ts-check
/// <reference lib="dom" />
/**
 * A chart of a page:
 *
 *     createChart(root, { live, view }, {
 *       title: "Latency", unit: "ms", format: formatNumber,
 *       series: [{ name: "p50", label: "p50", color: 0 }, { name: "p99", label: "p99", color: 1 }],
 *       empty: "No prediction yet: run 'streamflow consume'.",
 *     });
 *
 * draws the columns `p50` and `p99` of the live stream's history in the range that the reader chose. Curves from
 * elsewhere come by `read`. It has a legend with values and switches, zoom, a table, PNG and CSV, all of it by keyboard.
 */
import { inWords, Legend, newestPlace, RowsTable, saveCsv, savePng } from "./chart_parts.js";
import { Drawn, fingerprintOf, spanOf } from "./chart_drawn.js";
import { createFigure } from "./chart_figure.js";
import { actionOf } from "./chart_keys.js";
import { createPlot, forgetColors } from "./chart_plot.js";
import { setAttribute, setText } from "./dom.js";
import { formatNumber } from "./format.js";
import { lowerBound } from "./history.js";

/** A screen reader hears a value when the cursor has rested so long, ms. */
const REST_MS = 350;
/** Between two updates of what nobody sees: the table, the label of the figure, ms. */
const WORDS_EVERY_MS = 2_000;
/** @typedef {import("./chart_plot.js").SeriesSpec} SeriesSpec */
/** @typedef {import("./history.js").Curves} Curves */
/** @typedef {import("./history.js").Mark} Mark */
/** @typedef {{ live: import("./live.js").Live<any>, view: import("./view.js").View }} Page what a page's `mount` gets */
/**
 * @typedef {object} ChartOptions
 * @property {string} title
 * @property {string} unit "" where there is none
 * @property {readonly SeriesSpec[] | (() => readonly SeriesSpec[])} series
 * @property {string} empty what to run, where there is nothing to show
 * @property {string} [note] one sentence under the title
 * @property {() => Curves} [read] a column for each of the series; by default those of the history
 * @property {(curves: Curves) => Curves} [map] what is drawn of the history's columns
 * @property {(value: number | null) => string} [format]
 * @property {() => readonly Mark[]} [marks] by default the history's events; none where `read` is given
 * @property {readonly (readonly [upper: string, lower: string])[]} [bands] areas between two curves
 * @property {boolean} [log] whether a logarithmic axis is offered
 * @property {boolean} [fromZero] whether the axis of values begins at 0; by default it does
 * @property {boolean} [whole] whether values are whole numbers
 * @property {boolean} [wide] whether it is as wide as the page
 * @property {boolean} [tall] whether it is the main thing of its page
 * @property {{ name: string, format: (value: number) => string }} [x] where the axis is not time
 * @property {HTMLElement} [controls] what the reader chooses for this chart alone
 */

/** A chart. */
class Chart {
  #page;
  #options;
  /** @type {import("./chart_parts.js").Words} */
  #words;
  /** Whether it shares time, zoom and cursor with the page's other charts. */
  #isShared;
  /** @type {import("./view.js").Span | null} */
  #ownZoom = null;
  /** @type {Set<string>} */
  #hidden = new Set();
  #isLog = false;
  #isVisible = true;
  #hasDrawn = false;
  #wordsAt = -Infinity;
  #drawn = new Drawn();
  /** @type {readonly SeriesSpec[]} */
  #series = [];
  /** @type {Curves} */
  #curves = { times: [], columns: [] };
  /** @type {ReturnType<typeof createPlot> | null} */
  #plot = null;
  #key = "";
  /** @type {number | null} */
  #place = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #rest;
  #legend = new Legend();
  #rows = new RowsTable();
  figure;

  /** @param {Page} page @param {ChartOptions} options */
  constructor(page, options) {
    this.#page = page;
    this.#options = options;
    this.#isShared = options.read === undefined && options.x === undefined;
    const { title, unit, format = formatNumber, x } = options;
    this.#words = { title, unit, format, formatX: x?.format ?? null, nameX: x?.name ?? "time" };
    this.figure = createFigure(options, { legend: this.#legend.element, rows: this.#rows.element }, {
      onReset: () => this.#zoomTo(null),
      onTable: () => {
        this.#wordsAt = -Infinity;
        this.#draw();
      },
      onLog: (isLog) => {
        this.#isLog = isLog;
        this.#key = "";
        this.#draw();
      },
      onCsv: () => saveCsv(this.#shown(), this.#visible(), this.#words),
      onPng: () => {
        const canvas = this.#plot?.ctx.canvas;
        if (canvas !== undefined) savePng(canvas, this.#shown(), this.#words);
      },
    });
    this.figure.box.addEventListener("keydown", (event) => this.#press(event));
    new ResizeObserver(() => this.#resize()).observe(this.figure.box);
    new IntersectionObserver(([entry]) => {
      this.#isVisible = entry?.isIntersecting ?? true;
      if (this.#isVisible) this.#draw();
    }, { rootMargin: "200px" }).observe(this.figure.element);
    page.live.onDraw(() => this.#draw());
    page.view.onChange(() => {
      forgetColors();
      this.#drawn.forget();
      this.#draw();
    });
  }

  #shown() {
    return this.#series.filter(({ name }) => !this.#hidden.has(name));
  }

  /** The visible curves in the visible range. @returns {Curves} */
  #visible() {
    const { min = -Infinity, max = Infinity } = this.#plot?.scales["x"] ?? {};
    const { times, columns } = this.#curvesShown();
    const from = lowerBound(times, min), to = lowerBound(times, max + 1e-9);
    return { times: times.slice(from, to), columns: columns.map((column) => column.slice(from, to)) };
  }

  /** @returns {Curves} */
  #curvesShown() {
    const { times, columns } = this.#curves;
    return { times, columns: columns.filter((_, c) => !this.#hidden.has(this.#series[c]?.name ?? "")) };
  }

  #zoom() {
    return this.#isShared ? this.#page.view.zoom : this.#ownZoom;
  }

  /** @param {import("./view.js").Span | null} span */
  #zoomTo(span) {
    if (span !== null && !(span.toMs > span.fromMs)) return;
    if (this.#isShared) this.#page.view.setZoom(span);
    else {
      this.#ownZoom = span;
      this.#draw();
    }
  }

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.figure.box;
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  /** What is to be shown, and from where to where. */
  #read() {
    const { series, read, map = (curves) => curves } = this.#options;
    const { live: { history }, view } = this.#page;
    this.#series = typeof series === "function" ? series() : series;
    const own = read?.();
    const span = own === undefined ? view.spanOf(history) : this.#ownZoom ?? spanOf(own.times);
    this.#curves = own ?? map(history.select(this.#series.map(({ name }) => name), span));
    return span;
  }

  #build() {
    const key = this.#series.map(({ name, label }) => `${name}=${label}`).join("\n");
    if (key === this.#key && this.#plot !== null) return this.#plot;
    if (this.#key === "") {
      for (const { name, hidden } of this.#series) {
        if (hidden && this.#plot === null) this.#hidden.add(name);
      }
    }
    this.#key = key;
    this.#drawn.forget();
    this.#plot?.destroy();
    const { bands = [], marks, fromZero = true, whole = false, read } = this.#options;
    this.#plot = createPlot(this.figure.box, {
      ...{ series: this.#series, hidden: this.#hidden, isLog: this.#isLog, fromZero, whole, bands },
      sync: this.#isShared ? "page" : null,
      format: this.#words.format,
      formatX: this.#words.formatX,
      marks: marks ?? (read === undefined ? () => this.#page.live.history.events : () => []),
      onSelect: (fromMs, toMs) => this.#zoomTo({ fromMs, toMs }),
      onCursor: (place) => {
        this.#place = place;
        this.#values();
      },
    });
    this.#legend.build(this.#series, this.#hidden, (name) => this.#toggle(name));
    return this.#plot;
  }

  /** @param {string} name */
  #toggle(name) {
    if (!this.#hidden.delete(name)) this.#hidden.add(name);
    this.#plot?.setSeries(this.#series.findIndex((one) => one.name === name) + 1, {
      show: !this.#hidden.has(name),
    });
    this.#values();
  }

  /** Draws; what is out of sight more rarely, like what is said in words. */
  #draw() {
    const now = performance.now();
    const isDue = now - this.#wordsAt >= WORDS_EVERY_MS;
    if (!this.#isVisible && !isDue && this.#hasDrawn) return;
    const { fromMs, toMs } = this.#read();
    const { times, columns } = this.#curves;
    const newest = newestPlace(this.#curves);
    const isWaiting = newest < 0 && this.#page.live.board === null;
    setText(this.figure.empty, isWaiting ? "Waiting for the first figures …" : this.figure.nothing);
    if (isWaiting) return; // axes without curves would only keep the first curves waiting
    const plot = this.#build();
    const of = this.#isShared ? String(this.#page.live.history.loads) : fingerprintOf(this.#curves);
    if (
      this.#options.x !== undefined || this.#drawn.isDue({ fromMs, toMs }, { now, of, width: plot.width })
    ) {
      const drawn = this.#isLog
        ? columns.map((column) => column.map((value) => value !== null && value > 0 ? value : null))
        : columns;
      plot.batch(() => {
        plot.setData([times, ...drawn], false);
        plot.setScale("x", { min: fromMs, max: toMs });
      });
    }
    this.figure.empty.hidden = newest >= 0;
    this.figure.reset.hidden = this.#zoom() === null;
    this.#values();
    if (!isDue && this.#hasDrawn) return;
    this.#hasDrawn = newest >= 0;
    this.#wordsAt = now;
    this.#rows.update(this.#series, this.#curves, this.#words);
    setAttribute(this.figure.element, "aria-label", this.#inWords(newest));
  }

  /**
   * The values under the cursor, else the newest: of curves that end at different times, each its own. Where the axis
   * is not time, none is newer than another.
   */
  #values() {
    const { times, columns } = this.#curves;
    const newest = newestPlace(this.#curves);
    this.#legend.update(this.#hidden, (column) => {
      const values = columns[column] ?? [];
      if (this.#place === null && this.#options.x !== undefined) return "";
      const own = this.#isShared ? newest : newestPlace({ times, columns: [values] });
      return this.#words.format(values[this.#place ?? own] ?? null);
    });
  }

  /** @param {number} place */
  #inWords(place) {
    return inWords({ words: this.#words, series: this.#shown(), place }, this.#curvesShown());
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { min = 0, max = 1 } = this.#plot?.scales["x"] ?? {};
    const isZoomed = this.#zoom() !== null;
    const action = actionOf(event, { times: this.#curves.times, min, max, place: this.#place, isZoomed });
    if (action === null) return;
    event.preventDefault();
    if ("zoom" in action) this.#zoomTo(action.zoom);
    else this.#moveTo(action.place);
  }

  /** @param {number | null} place */
  #moveTo(place) {
    const plot = this.#plot;
    const time = place === null ? undefined : this.#curves.times[place];
    clearTimeout(this.#rest);
    if (plot === null || place === null || time === undefined) {
      plot?.setCursor({ left: -10, top: -10 });
      return;
    }
    plot.setCursor({ left: plot.valToPos(time, "x"), top: plot.over.clientHeight / 2 });
    this.#rest = setTimeout(() => setText(this.figure.spoken, this.#inWords(place)), REST_MS);
  }
}

/**
 * Adds a chart to an element.
 *
 * @param {Element} parent
 * @param {Page} page
 * @param {ChartOptions} options
 * @returns {HTMLElement} the chart, for who hides it where it says nothing
 */
export function createChart(parent, page, options) {
  const { element } = new Chart(page, options).figure;
  parent.append(element);
  return element;
}
