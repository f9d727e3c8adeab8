// @ts-check
/// <reference lib="dom" />
/** The overview: how the predictions of a model fare beside the baseline, how fast they come, and what lags behind. */
import { createChart } from "./chart.js";
import { el, setText } from "./dom.js";
import {
  formatCount,
  formatMs,
  formatNumber,
  formatPercent,
  formatRate,
  ratioInWords,
  sinceInWords,
} from "./format.js";
import { createChoice } from "./choice.js";
import { lagSeries } from "./lag_series.js";
import { createSteps } from "./steps.js";
import { mountTables } from "./overview_tables.js";
import { createTiles } from "./tiles.js";
import { mountTraining } from "./training.js";

/** @typedef {import("../../monitor/boards/snapshot.ts").Snapshot} Snapshot */
/** @typedef {import("../boards/served.ts").ServedPredictions} Board */
/** @typedef {import("./chart.js").Page} Page */

/** What to run where nothing is there. */
const EMPTY = "No prediction yet. Run 'streamflow demo', or 'streamflow consume' on a topic of readings.";
const NOT_SCORED = "No forecast has come due yet: the first is scored when the reading it is about arrives.";
const STEPS = /** @type {const} */ ([
  ["streamflow demo", "To look around: a whole pipeline with sample data."],
  ["streamflow train", "With data of your own: train a model on a CSV file or a topic,"],
  ["streamflow produce", "stream readings from a CSV file into a topic,"],
  ["streamflow consume", "and predict every reading of the topic."],
]);
/** Partitions with a curve of their own. */
const PARTITIONS_SHOWN = 8;

/** @param {string} name what the baseline is called */
function baselineOf(name) {
  return { name, label: "last value", color: 1 };
}

/**
 * The tiles.
 *
 * @param {Element} root
 * @param {Page["live"]} live
 */
function mountTiles(root, live) {
  const tile = createTiles(root);
  const predicted = tile("Predictions");
  const rate = tile("Per second");
  const error = tile("Error");
  const latency = tile("Latency, last minute");
  const lag = tile("Lag");
  const dead = tile("Dead letters");
  live.onDraw(() => {
    /** @type {Board | null} */
    const board = live.board;
    if (board === null) return;
    const { network, baseline } = board.predicted;
    predicted(
      formatCount(board.processed),
      `${formatCount(network)} by the network, ${formatCount(baseline)} by the baseline`,
    );
    rate(
      formatRate(board.perSecond),
      board.silentMs === null || board.processed === 0
        ? board.perSecondOverall === null ? "" : `${formatRate(board.perSecondOverall)} since the start`
        : `nothing new for ${formatMs(board.silentMs)}`,
      board.silentMs === null || board.processed === 0 ? "" : "bad",
    );
    error(...errorTile(board));
    const { p50, p95, p99 } = board.recentLatencyMs;
    latency(formatMs(p50), p50 === null ? "none" : `p95 ${formatMs(p95)}, p99 ${formatMs(p99)}`);
    lag(...lagTile(board));
    dead(formatCount(board.deadLetters), reasonsOf(board), board.deadLetters > 0 ? "bad" : "");
  });
}

/** @param {Snapshot} board @returns {[string, string, import("./tiles.js").Tone]} */
function errorTile({ classes, recentErrors, errors }) {
  if (classes !== null) {
    const { accuracy, baselineAccuracy } = classes;
    const isBetter = (accuracy ?? 0) >= (baselineAccuracy ?? 0);
    return [
      accuracy === null ? "–" : formatPercent(1 - accuracy),
      accuracy === null
        ? "no reading has a known class yet"
        : `wrong answers; ${formatPercent(1 - (baselineAccuracy ?? 0))} by the most frequent class`,
      isBetter ? "good" : "bad",
    ];
  }
  const { mse, baselineMse } = recentErrors.scored > 0 ? recentErrors : errors;
  if (mse === null || baselineMse === null) return ["–", "no forecast has come due yet", ""];
  return [
    formatNumber(mse),
    `MSE of the last minute; ${ratioInWords(mse, baselineMse, "the last value")} (${
      formatNumber(baselineMse)
    })`,
    mse <= baselineMse ? "good" : "bad",
  ];
}

/** @param {Board} board @returns {[string, string, import("./tiles.js").Tone]} */
function lagTile({ lag, lagTrend, reader: { group, input } }) {
  const read = `of ${input}, read by the group ${group}`;
  if (lag.length === 0) return ["–", `${read}: nothing is committed yet`, ""];
  return [
    formatCount(lag.reduce((sum, one) => sum + one.lag, 0)),
    `${lagTrend}; ${lag.length === 1 ? "one partition" : `${lag.length} partitions`} ${read}`,
    lagTrend === "growing" ? "bad" : lagTrend === "draining" ? "good" : "",
  ];
}

/** @param {Snapshot} board */
function reasonsOf({ deadLettered, deadLetters }) {
  if (deadLetters === 0) return "every record could be read";
  return Object.entries(deadLettered).map(([reason, count]) => `${formatCount(count)} ${reason}`).join(", ");
}

/**
 * How right the predictions are: errors of forecasts, or the accuracy where classes are predicted.
 *
 * @param {Element} grid
 * @param {Page} page
 */
function mountErrors(grid, page) {
  const { live } = page;
  const course = mountCourse(grid, page);
  /** @param {[network: string, baseline: string]} names @param {string} title @param {string} note */
  const errorChart = ([network, baseline], title, note) =>
    createChart(grid, page, {
      ...{ title, note, unit: "", empty: NOT_SCORED, log: true },
      series: [{ name: network, label: "network", color: 0 }, baselineOf(baseline)],
    });
  const mse = errorChart(
    ["mse", "baselineMse"],
    "Squared error (MSE)",
    "Mean over a minute; lower is better. Dashed: answering with the last value.",
  );
  const mae = errorChart(
    ["mae", "baselineMae"],
    "Absolute error (MAE)",
    "How far a forecast is off on average, in the unit of what is forecast.",
  );
  const accuracy = createChart(grid, page, {
    title: "Accuracy",
    unit: "",
    note: "Share of right answers over time. Dashed: always answering the most frequent class.",
    series: [
      { name: "accuracy", label: "network", color: 0 },
      { name: "baselineAccuracy", label: "most frequent class", color: 1 },
    ],
    empty: "No reading has come with its true class yet.",
    format: formatPercent,
    wide: true,
  });
  live.onDraw(() => {
    const isClasses = live.board !== null && live.board.classes !== null;
    for (const chart of [course, mse, mae]) chart.hidden = isClasses;
    accuracy.hidden = !isClasses;
  });
}

/**
 * How fast the predictions come, and what waits or is left over.
 *
 * @param {Element} grid
 * @param {Page} page
 */
function mountPace(grid, page) {
  const { live } = page;
  createChart(grid, page, {
    title: "Latency",
    unit: "ms",
    note: "From the sending of a reading to its prediction.",
    series: [
      { name: "p50", label: "p50", color: 0 },
      { name: "p95", label: "p95", color: 3 },
      { name: "p99", label: "p99", color: 1 },
    ],
    empty: EMPTY,
    log: true,
  });
  createChart(grid, page, {
    title: "Predictions per second",
    unit: "",
    series: [{ name: "perSecond", label: "predictions", color: 2, dash: 0 }],
    empty: EMPTY,
    format: formatRate,
  });
  createChart(grid, page, {
    title: "Lag",
    unit: "records",
    note: "Records that wait to be predicted.",
    series: () => partitionSeries(live.history.names),
    empty: "Nobody has committed yet: 'streamflow consume' commits what it has predicted.",
    format: formatCount,
    whole: true,
    log: true,
  });
  createChart(grid, page, {
    title: "Dead letters",
    unit: "records",
    note: "Records that could not be used, since the start.",
    series: [{ name: "deadLetters", label: "dead letters", color: 5, dash: 0 }],
    empty: EMPTY,
    format: formatCount,
    whole: true,
  });
}

/** @param {readonly string[]} names @returns {import("./chart.js").SeriesSpec[]} */
function partitionSeries(names) {
  const all = lagSeries(names, { what: "partition", color: 1 });
  return [
    { name: "lag", label: all.length > PARTITIONS_SHOWN ? `all ${all.length} partitions` : "all", color: 0 },
    ...(all.length < 2 ? [] : all.slice(0, PARTITIONS_SHOWN)),
  ];
}

/**
 * Forecasts beside what came, of a source that the reader chooses.
 *
 * @param {Element} grid
 * @param {Page} page
 */
function mountCourse(grid, page) {
  const { live } = page;
  const bar = el("span");
  const choice = createChoice(bar, "Source", (source) => live.choose({ source }));
  live.onDraw(() => {
    /** @type {Snapshot["contest"] | undefined} */
    const contest = live.board?.contest;
    choice(contest?.courses ?? [], contest?.course?.source ?? null);
  });
  return createChart(grid, page, {
    title: "Forecasts against actual values",
    unit: "",
    note: "The last forecasts of a source that came due, each at the time of its reading.",
    series: [{ name: "actual", label: "actual", color: 6 }, {
      name: "predicted",
      label: "forecast",
      color: 0,
      dash: 1,
    }],
    read: () => {
      /** @type {Snapshot["contest"]["course"] | undefined} */
      const course = live.board?.contest.course;
      const points = (course?.times ?? []).map((time, i) => ({
        time,
        actual: course?.actual[i] ?? null,
        predicted: course?.predicted[i] ?? null,
      })).sort((a, b) => a.time - b.time);
      return {
        times: points.map(({ time }) => time),
        columns: [points.map(({ actual }) => actual), points.map(({ predicted }) => predicted)],
      };
    },
    empty: NOT_SCORED,
    fromZero: false,
    wide: true,
    controls: bar,
  });
}

/**
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function mount(root, page) {
  const { live } = page;
  const charts = el("div", { class: "grid" });
  const tables = el("div", { class: "grid tables" });
  const since = el("p", { class: "since" });
  const tiles = root.appendChild(el("div"));
  mountTiles(tiles, live);
  const showSteps = createSteps(root, {
    title: "Nothing is predicted on this cluster yet. In a terminal, run:",
    steps: STEPS,
  });
  mountTraining(root, page);
  root.append(charts, tables, since);
  mountErrors(charts, page);
  mountPace(charts, page);
  mountTables(tables, live);
  live.onDraw(() => {
    /** @type {Board | null} */
    const board = live.board;
    const isEmpty = board !== null && board.processed === 0 && board.deadLetters === 0;
    const isTraining = board !== null && board.training !== null;
    showSteps(isEmpty && !isTraining);
    tiles.hidden = isTraining;
    charts.hidden = tables.hidden = isEmpty;
    setText(since, board === null ? "" : sinceInWords(board.sinceMs, Date.now()));
  });
}
