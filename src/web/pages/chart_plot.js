// @ts-check
/// <reference lib="dom" />
/** How a chart is drawn by uPlot: colours with dashes, axes in local time, lines at events, bands of intervals. */
import uPlot from "./uplot.js";

/** @typedef {import("./history.js").Mark} Mark */
/**
 * A curve. `color` is a place in the palette (0 to 7; 6 is the text's) and chooses the dashes, unless `dash` is another
 * place; `points` draws dots instead of a line, `thin` a line that stays in the background.
 * @typedef {object} SeriesSpec
 * @property {string} name
 * @property {string} label
 * @property {number} [color]
 * @property {boolean} [thin]
 * @property {number} [dash]
 * @property {boolean} [hidden] whether it is switched off at first
 * @property {boolean} [points]
 */
/**
 * @typedef {object} PlotOptions
 * @property {readonly SeriesSpec[]} series
 * @property {ReadonlySet<string>} hidden names of the curves that are switched off
 * @property {boolean} isLog
 * @property {boolean} fromZero whether the axis of values begins at 0
 * @property {boolean} whole whether values are whole numbers
 * @property {readonly (readonly [upper: string, lower: string])[]} bands
 * @property {string | null} sync what its cursor moves with
 * @property {(value: number | null) => string} format
 * @property {((value: number) => string) | null} formatX `null` = times
 * @property {() => readonly Mark[]} marks
 * @property {(fromX: number, toX: number) => void} onSelect
 * @property {(place: number | null) => void} onCursor
 */

/** Dashes by place in the palette, px: curves differ without their colour. */
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 2], [12, 4], [], [6, 2, 1, 2, 1, 2]];
const COLORS = 8;
/** Steps of an axis of whole numbers. */
const WHOLE_STEPS = Array.from({ length: 16 }, (_, power) => [1, 2, 5].map((one) => one * 10 ** power))
  .flat();

/** @param {SeriesSpec} series */
export function dashOf({ color = 0, dash = color }) {
  return DASHES[dash % COLORS] ?? [];
}

/** A label of an axis has no zeros at its end: `0.5`, `93 %`. @param {string} text */
export function withoutZeros(text) {
  return text.replace(/(\.\d*?)0+(?=(?:e[+-]\d+|\D*)$)/, "$1").replace(/\.(?=(?:e[+-]\d+|\D*)$)/, "");
}

/** The palette as the theme has it now. */
function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const read = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return {
    series: Array.from({ length: COLORS }, (_, color) => read(`--series-${color + 1}`)),
    text: read("--muted"),
    grid: read("--grid"),
    mark: read("--mark"),
    band: read("--band"),
    card: read("--card"),
    strong: read("--text"),
    font: `11px ${read("--font")}`,
  };
}

let palette = /** @type {ReturnType<typeof readPalette> | null} */ (null);

/** The palette; read once for each theme. */
export function colors() {
  return palette ??= readPalette();
}

/** The theme is another one. */
export function forgetColors() {
  palette = null;
}

const two = (/** @type {number} */ value) => String(value).padStart(2, "0");

/** @param {Date} date */
function dayOf(date) {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * Labels of a time axis: as fine as its steps; the day where it is another one than before, at first than today.
 *
 * @param {readonly number[]} splits Unix ms
 * @param {number} stepMs
 * @param {number} [nowMs]
 */
export function timeLabels(splits, stepMs, nowMs = Date.now()) {
  let day = dayOf(new Date(nowMs));
  return splits.map((split) => {
    const date = new Date(split);
    const hours = `${two(date.getHours())}:${two(date.getMinutes())}`;
    const today = dayOf(date);
    const time = stepMs < 60_000 ? `${hours}:${two(date.getSeconds())}` : hours;
    const isNew = today !== day;
    day = today;
    if (stepMs >= 86_400_000) return today;
    return isNew ? `${time}\n${today}` : time;
  });
}

/**
 * @param {PlotOptions} options
 * @returns {uPlot.Axis[]}
 */
function axesOf({ format, formatX, whole, isLog }) {
  const shared = {
    stroke: () => colors().text,
    font: colors().font,
    ticks: { show: false },
    border: { show: false },
    gap: 6,
  };
  return [
    {
      ...shared,
      size: 36,
      space: 84,
      grid: { show: false },
      values: (_, splits, _axis, _space, step) =>
        formatX === null ? timeLabels(splits, step) : splits.map(formatX),
    },
    {
      ...shared,
      size: 58,
      space: 36,
      ...(whole && !isLog ? { incrs: WHOLE_STEPS } : {}),
      grid: { stroke: () => colors().grid, width: 1 },
      // Of a logarithmic axis uPlot leaves out those that would not fit.
      values: (_, splits) => splits.map((split) => split === null ? "" : withoutZeros(format(split))),
    },
  ];
}

/**
 * Range of the axis of values: room above, and below where it does not begin at 0.
 *
 * @param {number | null} least
 * @param {number | null} most
 * @param {{ isLog: boolean, fromZero: boolean }} how
 * @returns {[number, number]}
 */
export function rangeOf(least, most, { isLog, fromZero }) {
  if (least === null || most === null) return isLog ? [0.1, 1] : [0, 1];
  if (isLog) return [10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most) + 1e-9)];
  const size = most - least || Math.abs(most) || 1;
  if (fromZero && least >= 0) return [0, most === 0 ? 1 : most * 1.08];
  return [least - size * 0.08, most + size * 0.08];
}

/**
 * Lines at events, with their text where there is room.
 *
 * @param {uPlot} plot
 * @param {readonly Mark[]} marks
 */
function drawMarks(plot, marks) {
  const { ctx, bbox: { left, top, width, height } } = plot;
  const ratio = devicePixelRatio;
  const { mark, font } = colors();
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = mark;
  ctx.lineWidth = ratio;
  ctx.font = font.replace("11px", `${11 * ratio}px`);
  ctx.textBaseline = "top";
  ctx.textAlign = "left"; // uPlot leaves its axes' alignment behind
  let free = left;
  for (const { timeMs, text } of marks) {
    const x = Math.round(plot.valToPos(timeMs, "x", true));
    if (x < left || x > left + width) continue;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, top);
    ctx.lineTo(x, top + height);
    ctx.stroke();
    const wide = ctx.measureText(text).width;
    const at = x + wide + 6 * ratio > left + width ? x - wide - 4 * ratio : x + 4 * ratio;
    if (at < free || at < left) continue;
    ctx.fillText(text, at, top + 2 * ratio);
    free = at + wide + 8 * ratio;
  }
  ctx.restore();
}

/**
 * Places of the values that have none beside them.
 *
 * @param {ArrayLike<number | null | undefined>} values
 */
export function lonePlaces(values) {
  const isNone = (/** @type {number} */ place) => (values[place] ?? null) === null;
  const places = [];
  for (let place = 0; place < values.length; place++) {
    if (!isNone(place) && isNone(place - 1) && isNone(place + 1)) places.push(place);
  }
  return places;
}

/**
 * @param {PlotOptions} options
 * @returns {uPlot.Series[]}
 */
function seriesOf({ series, hidden }) {
  return [
    {},
    ...series.map((one) => {
      const stroke = () => colors().series[(one.color ?? 0) % COLORS] ?? "";
      const lone = (/** @type {uPlot} */ plot, /** @type {number} */ place) =>
        lonePlaces(plot.data[place] ?? []);
      return {
        label: one.label,
        show: !hidden.has(one.name),
        stroke,
        width: one.points ? 0 : one.thin ? 0.75 : 1.75,
        dash: dashOf(one),
        // No line shows a value without neighbours.
        points: { show: true, size: 6, fill: stroke, ...(one.points ? {} : { filter: lone }) },
      };
    }),
  ];
}

/**
 * A plot in an element. Values of x are Unix ms unless they are something else.
 *
 * @param {HTMLElement} parent
 * @param {PlotOptions} options
 */
export function createPlot(parent, options) {
  const { series, bands, isLog, fromZero, sync, formatX, marks, onSelect, onCursor } = options;
  const place = (/** @type {string} */ name) => series.findIndex((one) => one.name === name) + 1;
  /** @type {uPlot.Options} */
  const setup = {
    width: Math.max(parent.clientWidth, 50),
    height: Math.max(parent.clientHeight, 50),
    ms: 1,
    padding: [10, 28, 0, 0],
    legend: { show: false },
    cursor: {
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      ...(sync === null ? {} : { sync: { key: sync, setSeries: false, scales: ["x", null] } }),
    },
    scales: {
      x: { time: formatX === null, auto: false },
      y: { distr: isLog ? 3 : 1, range: (_, least, most) => rangeOf(least, most, { isLog, fromZero }) },
    },
    axes: axesOf(options),
    series: seriesOf(options),
    bands: bands.map(([upper, lower]) => ({
      series: [place(upper), place(lower)],
      fill: () => colors().band,
    })),
    hooks: {
      draw: [(plot) => drawMarks(plot, marks())],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [(plot) => {
        const { left, width } = plot.select;
        if (width < 4) return;
        plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        onSelect(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
      }],
    },
  };
  return new uPlot(setup, /** @type {any} */ ([[], ...series.map(() => [])]), parent);
}
