// @ts-check
/// <reference lib="dom" />
/** The classes: the confusion matrix, and how well each class is recognised. */
import { createChart } from "./chart.js";
import { el, setAttribute, setText } from "./dom.js";
import { formatCount, formatNumber, formatPercent } from "./format.js";
import { createSteps } from "./steps.js";
import { createTable } from "./table.js";
import { createTiles } from "./tiles.js";

/** @typedef {import("../../monitor/boards/snapshot.ts").Snapshot} Snapshot */
/** @typedef {import("../../monitor/boards/snapshot.ts").ClassFigures} ClassFigures */
/** @typedef {import("./chart.js").Page} Page */

const EMPTY =
  "No classification yet. Run 'streamflow train' on readings with a label, then 'streamflow consume'.";
const STEPS = /** @type {const} */ ([
  [
    "streamflow train --dataset nsl-kdd --train KDDTrain+.txt --test KDDTest+.txt --model ids.safetensors",
    "Train a classifier, here of connections as harmless or one of four kinds of attack,",
  ],
  [
    "streamflow produce --dataset nsl-kdd --file KDDTest+.txt --topic connections",
    "stream readings with their true class,",
  ],
  ["streamflow consume --model ids.safetensors --input connections", "and let it predict the class of each."],
]);
/** Classes with a curve of their own. */
const CURVES_MAX = 8;
/** Classes that the matrix has room for. */
const MATRIX_MAX = 30;

/** @param {Page["live"]} live @returns {ClassFigures | null} */
function figuresOf(live) {
  /** @type {Snapshot | null} */
  const board = live.board;
  return board?.classes ?? null;
}

/** @param {Element} root @param {Page["live"]} live */
function mountTiles(root, live) {
  const tile = createTiles(root);
  const accuracy = tile("Accuracy");
  const f1 = tile("F1, mean of the classes");
  const weighted = tile("F1, weighted by frequency");
  const labelled = tile("Readings with a known class");
  live.onDraw(() => {
    const figures = figuresOf(live);
    if (figures === null) return;
    const isBetter = (figures.accuracy ?? 0) >= (figures.baselineAccuracy ?? 0);
    accuracy(
      formatPercent(figures.accuracy),
      figures.accuracy === null
        ? "no reading has a known class yet"
        : `${formatPercent(figures.baselineAccuracy)} by always answering the most frequent class`,
      figures.accuracy === null ? "" : isBetter ? "good" : "bad",
    );
    f1(formatNumber(figures.macroF1), "each class counts alike; 1 is perfect");
    weighted(formatNumber(figures.weightedF1), "frequent classes count more");
    labelled(formatCount(figures.labelled), "of these is known whether the answer was right");
  });
}

/**
 * The confusion matrix: a table whose cells are shaded.
 *
 * @param {Element} grid
 * @param {Page["live"]} live
 */
function mountMatrix(grid, live) {
  let isShare = true;
  const body = el("tbody");
  const head = el("tr");
  const told = el(
    "p",
    { class: "note matrix-told" },
    "Point at a cell, or move to it with the arrow keys, to read it in words.",
  );
  const toggle = el("button", {
    type: "button",
    "aria-pressed": "true",
    onclick: () => {
      isShare = !isShare;
      toggle.setAttribute("aria-pressed", String(isShare));
      draw();
    },
  }, "Share of the row");
  const empty = el("p", { class: "empty" }, EMPTY);
  body.addEventListener("keydown", moveFocus);
  const table = el(
    "table",
    { class: "matrix", "aria-label": "Confusion matrix" },
    el("thead", {}, head),
    body,
  );
  grid.append(
    el(
      "section",
      { class: "card table", "aria-label": "Confusion matrix" },
      el(
        "div",
        { class: "chart-head" },
        el("h2", {}, "Confusion matrix"),
        el("div", { class: "chart-tools" }, toggle),
      ),
      el(
        "p",
        { class: "note" },
        "A row is what was true, a column what the model answered; right answers are on the diagonal.",
      ),
      el(
        "div",
        { class: "scroll", tabindex: 0, role: "group", "aria-label": "Confusion matrix" },
        table,
        empty,
      ),
      told,
    ),
  );
  const draw = () => {
    const figures = figuresOf(live);
    empty.hidden = figures !== null;
    table.hidden = figures === null;
    if (figures === null) return;
    drawMatrix({ head, body, told }, figures, isShare);
  };
  live.onDraw(draw);
}

/**
 * @param {{ head: HTMLTableRowElement, body: HTMLTableSectionElement, told: Element }} parts
 * @param {ClassFigures} figures
 * @param {boolean} isShare
 */
function drawMatrix({ head, body, told }, { classes, matrix }, isShare) {
  const names = classes.slice(0, MATRIX_MAX).map(({ name }) => name);
  cells(head, names.length + 1, (c) => el(c === 0 ? "td" : "th", c === 0 ? {} : { scope: "col" }));
  cells(body, names.length, () => el("tr"));
  names.forEach((name, c) => setText(/** @type {Element} */ (head.children[c + 1]), name));
  names.forEach((actual, r) => {
    const row = /** @type {HTMLTableRowElement} */ (body.children[r]);
    cells(
      row,
      names.length + 1,
      (c) =>
        c === 0
          ? el("th", { scope: "row" })
          : el("td", { class: "number", tabindex: r === 0 && c === 1 ? 0 : -1 }),
    );
    setText(/** @type {Element} */ (row.children[0]), actual);
    const counts = matrix[r] ?? [];
    const total = counts.reduce((sum, count) => sum + count, 0);
    names.forEach((predicted, c) => {
      const cell = /** @type {HTMLElement} */ (row.children[c + 1]);
      const count = counts[c] ?? 0;
      const share = total === 0 ? 0 : count / total;
      setText(cell, isShare ? total === 0 ? "–" : formatPercent(share) : formatCount(count));
      setAttribute(cell, "class", `number heat-${Math.round(share * 10)}${r === c ? " right" : ""}`);
      const words = `${formatCount(count)} of ${formatCount(total)} that were ${actual} (${
        formatPercent(share)
      }) were taken for ${predicted}`;
      cell.onmouseenter = cell.onfocus = () => setText(told, words);
    });
  });
}

/** One cell is reached by Tab, the others from there by the arrow keys. @param {KeyboardEvent} event */
function moveFocus(event) {
  const cell = event.target;
  if (!(cell instanceof HTMLTableCellElement)) return;
  const row = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  const rows = /** @type {HTMLTableSectionElement} */ (row.parentElement).rows;
  const at = rows[0] === undefined ? 0 : [...rows].indexOf(row);
  const next = {
    ArrowLeft: row.cells[cell.cellIndex - 1],
    ArrowRight: row.cells[cell.cellIndex + 1],
    ArrowUp: rows[at - 1]?.cells[cell.cellIndex],
    ArrowDown: rows[at + 1]?.cells[cell.cellIndex],
  }[event.key];
  if (next === undefined || next.cellIndex === 0) return;
  event.preventDefault();
  cell.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** @param {Element} parent @param {number} count @param {(place: number) => Element} make */
function cells(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild?.remove();
  while (parent.children.length < count) parent.append(make(parent.children.length));
}

/** @param {Element} grid @param {Page} page */
function mountCharts(grid, page) {
  const { live } = page;
  createChart(grid, page, {
    title: "Accuracy",
    unit: "",
    note: "Share of right answers. Dashed: always answering the most frequent class.",
    series: [
      { name: "accuracy", label: "network", color: 0 },
      { name: "baselineAccuracy", label: "most frequent class", color: 1 },
    ],
    empty: EMPTY,
    format: formatPercent,
  });
  createChart(grid, page, {
    title: "F1 of each class",
    unit: "",
    note: "1 is perfect; 0 = never recognised.",
    series: () => [
      { name: "macroF1", label: "mean", color: 6 },
      ...live.history.names.filter((name) => name.startsWith("f1.")).slice(0, CURVES_MAX).map((
        name,
        place,
      ) => ({
        name,
        label: name.slice(3),
        color: place % 6,
      })),
    ],
    empty: EMPTY,
  });
}

/** @param {Element} grid @param {Page["live"]} live */
function mountScores(grid, live) {
  /** @typedef {ClassFigures["classes"][number]} Row */
  const table = createTable(grid, {
    title: "Scores of the classes",
    note:
      "Precision: how many of its answers were right. Recall: how many of its readings were found. F1 joins both.",
    columns: [
      { name: "Class", value: (/** @type {Row} */ row) => row.name },
      { name: "Precision", value: (row) => row.precision, format: formatPercent },
      { name: "Recall", value: (row) => row.recall, format: formatPercent },
      { name: "F1", value: (row) => row.f1, format: formatNumber },
      { name: "Readings", value: (row) => row.support, format: formatCount },
      { name: "Answers", value: (row) => row.predicted, format: formatCount },
    ],
    key: (row) => row.name,
    empty: EMPTY,
  });
  live.onDraw(() => table.update(figuresOf(live)?.classes ?? []));
}

/**
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function mount(root, page) {
  const { live } = page;
  const hint = el("p", { class: "card empty", hidden: true });
  const all = el("div");
  const tables = el("div", { class: "grid tables" });
  const charts = el("div", { class: "grid" });
  root.append(hint, all);
  mountTiles(all, live);
  const showSteps = createSteps(all, {
    title: "No classification yet. In terminals of their own, run:",
    steps: STEPS,
  });
  all.append(tables, charts);
  mountMatrix(tables, live);
  mountScores(tables, live);
  mountCharts(charts, page);
  live.onDraw(() => {
    /** @type {Snapshot | null} */
    const board = live.board;
    const isForecasts = board !== null && board.processed > 0 && board.classes === null;
    const isEmpty = board !== null && board.processed === 0;
    hint.hidden = !isForecasts;
    all.hidden = isForecasts;
    showSteps(isEmpty);
    tables.hidden = charts.hidden = isEmpty;
    if (isForecasts) {
      setText(
        hint,
        `The model ${board.modelId ?? board.model} forecasts numbers: there are no classes to tell apart. ` +
          "Train one that does with 'streamflow train --dataset nsl-kdd', and choose it here when it has predicted.",
      );
    }
  });
}
