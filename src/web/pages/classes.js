// @ts-check
/// <reference lib="dom" />
/** The classes: how well each is recognised, and which is taken for which. */
import { createChart } from "./chart.js";
import { figuresOf, mountMatrix } from "./classes_matrix.js";
import { el, setText } from "./dom.js";
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
  mountMatrix(tables, live, EMPTY);
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
