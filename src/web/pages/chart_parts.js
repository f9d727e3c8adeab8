// @ts-check
/// <reference lib="dom" />
/** What stands around a plot: the legend with its switches and values, the table of the last rows, PNG and CSV. */
import { colors, dashOf } from "./chart_plot.js";
import { csvOf, download, el, fileName, setAttribute, setText, svg } from "./dom.js";
import { formatDateTime } from "./format.js";

/** Rows of the table behind a chart: the newest. */
const ROWS_MAX = 20;

/** @typedef {import("./chart_plot.js").SeriesSpec} SeriesSpec */
/** @typedef {import("./history.js").Curves} Curves */

/**
 * How a chart writes things.
 * @typedef {object} Words
 * @property {string} title
 * @property {string} unit
 * @property {(value: number | null) => string} format
 * @property {((value: number) => string) | null} formatX
 * @property {string} nameX
 */

/** @param {Words} words @param {number} x */
function wordsOfX({ formatX }, x) {
  return formatX === null ? formatDateTime(x) : formatX(x);
}

/**
 * Place of the newest point that has a value in one of the columns; -1 where there is none.
 *
 * @param {Curves} curves
 */
export function newestPlace({ times, columns }) {
  for (let place = times.length - 1; place >= 0; place--) {
    if (columns.some((column) => typeof column[place] === "number")) return place;
  }
  return -1;
}

/**
 * A point in words, for who does not see it: `Latency in ms, 12:03:10: p50 1.2, p99 4.5`.
 *
 * @param {{ words: Words, series: readonly SeriesSpec[], place: number }} what
 * @param {Curves} curves a column for each of the series
 */
export function inWords({ words, series, place }, { times, columns }) {
  const { title, unit, format, formatX, nameX } = words;
  const time = times[place];
  if (time === undefined) return `${title}: no values`;
  const values = series.map(({ label }, c) => `${label} ${format(columns[c]?.[place] ?? null)}`);
  const at = `${formatX === null ? "" : `${nameX} `}${wordsOfX(words, time)}`;
  return `${title}${unit === "" ? "" : ` in ${unit}`}, ${at}: ${values.join(", ")}`;
}

/** The legend: a switch for each curve, with its value under the cursor or its newest. */
export class Legend {
  element = el("div", { class: "legend" });
  /** @type {{ button: HTMLElement, value: HTMLElement, name: string }[]} */
  #entries = [];

  /**
   * @param {readonly SeriesSpec[]} series
   * @param {ReadonlySet<string>} hidden
   * @param {(name: string) => void} toggle
   */
  build(series, hidden, toggle) {
    this.#entries = series.map((one) => {
      const { name, label, color = 0, points = false } = one;
      const value = el("span", { class: "legend-value" });
      const swatch = svg(
        "svg",
        { viewBox: "0 0 26 8", class: `swatch series-${color % 8 + 1}`, "aria-hidden": "true" },
        points
          ? svg("circle", { cx: 13, cy: 4, r: 3, fill: "currentColor" })
          : svg("line", { x1: 0, y1: 4, x2: 26, y2: 4, "stroke-dasharray": dashOf(one).join(" ") }),
      );
      const button = el(
        "button",
        { type: "button", "aria-pressed": String(!hidden.has(name)), onclick: () => toggle(name) },
        swatch,
        el("span", {}, label),
        value,
      );
      return { button, value, name };
    });
    this.element.replaceChildren(...this.#entries.map(({ button }) => button));
  }

  /**
   * @param {ReadonlySet<string>} hidden
   * @param {(column: number) => string} valueOf
   */
  update(hidden, valueOf) {
    this.#entries.forEach(({ button, value, name }, column) => {
      setAttribute(button, "aria-pressed", String(!hidden.has(name)));
      setText(value, valueOf(column));
    });
  }
}

/** The newest rows of a chart, for who does not see it. */
export class RowsTable {
  #head = el("tr");
  #body = el("tbody");
  #caption = el("caption");
  element = el("table", {}, this.#caption, el("thead", {}, this.#head), this.#body);

  /**
   * @param {readonly SeriesSpec[]} series
   * @param {Curves} curves
   * @param {Words} words
   */
  update(series, { times, columns }, words) {
    setText(
      this.#caption,
      `${words.title}${words.unit === "" ? "" : ` in ${words.unit}`}: the newest ${ROWS_MAX} rows`,
    );
    const names = [words.nameX, ...series.map(({ label }) => label)];
    fill(this.#head, names, (name) => el("th", { scope: "col" }, name));
    /** @type {string[][]} */
    const rows = [];
    for (let place = times.length - 1; place >= 0 && rows.length < ROWS_MAX; place--) {
      if (columns.every((column) => typeof column[place] !== "number")) continue;
      rows.push([
        wordsOfX(words, /** @type {number} */ (times[place])),
        ...columns.map((column) => words.format(column[place] ?? null)),
      ]);
    }
    while (this.#body.rows.length > rows.length) this.#body.deleteRow(-1);
    rows.forEach((cells, r) => fill(this.#body.rows[r] ?? this.#body.insertRow(), cells, () => el("td")));
  }
}

/**
 * As many cells as texts, each with its text.
 *
 * @param {HTMLTableRowElement} row
 * @param {readonly string[]} texts
 * @param {(text: string) => HTMLElement} make
 */
function fill(row, texts, make) {
  while (row.cells.length > texts.length) row.deleteCell(-1);
  texts.forEach((text, c) => {
    const cell = row.cells[c] ?? row.appendChild(make(text));
    setText(cell, text);
  });
}

/**
 * Saves what is shown as CSV: the visible range of the visible curves.
 *
 * @param {readonly SeriesSpec[]} series those that are visible
 * @param {Curves} curves their columns
 * @param {Words} words
 */
export function saveCsv(series, { times, columns }, { title, unit, formatX, nameX }) {
  const head = [nameX, ...series.map(({ label }) => unit === "" ? label : `${label} (${unit})`)];
  const rows = times.map((time, place) => [
    formatX === null ? new Date(time).toISOString() : time,
    ...columns.map((column) => column[place] ?? null),
  ]);
  download(new Blob([csvOf([head, ...rows])], { type: "text/csv" }), fileName(title, "csv"));
}

/**
 * Saves what is shown as PNG: title, legend and plot.
 *
 * @param {HTMLCanvasElement} plot
 * @param {readonly SeriesSpec[]} series those that are visible
 * @param {Words} words
 */
export function savePng(plot, series, { title, unit }) {
  const ratio = devicePixelRatio;
  const above = 52 * ratio;
  const picture = el("canvas", { width: plot.width, height: plot.height + above });
  const ctx = picture.getContext("2d");
  if (ctx === null) return;
  const { card, strong, text, series: strokes, font } = colors();
  ctx.fillStyle = card;
  ctx.fillRect(0, 0, picture.width, picture.height);
  ctx.fillStyle = strong;
  ctx.font = `600 ${font.replace("11px", `${14 * ratio}px`)}`;
  ctx.fillText(unit === "" ? title : `${title} (${unit})`, 12 * ratio, 20 * ratio);
  ctx.font = font.replace("11px", `${12 * ratio}px`);
  let x = 12 * ratio;
  for (const one of series) {
    const { label, color = 0 } = one;
    ctx.strokeStyle = strokes[color % 8] ?? text;
    ctx.lineWidth = 2 * ratio;
    ctx.setLineDash(dashOf(one).map((length) => length * ratio));
    ctx.beginPath();
    ctx.moveTo(x, 37 * ratio);
    ctx.lineTo(x + 26 * ratio, 37 * ratio);
    ctx.stroke();
    ctx.fillStyle = text;
    ctx.fillText(label, x + 32 * ratio, 41 * ratio);
    x += 48 * ratio + ctx.measureText(label).width;
  }
  ctx.drawImage(plot, 0, above);
  picture.toBlob((blob) => blob !== null && download(blob, fileName(title, "png")));
}
