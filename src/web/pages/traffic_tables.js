// @ts-check
/// <reference lib="dom" />
/** The tables of traffic: alerts, anomalies, scores, links. */
import { setAttribute, setText } from "./dom.js";
import {
  formatBytes,
  formatCount,
  formatDateTime,
  formatNumber,
  formatPercent,
  formatRate,
} from "./format.js";
import { createTable } from "./table.js";
import { alertsInOrder, formatTarget, ruleTarget, scoreRows, targetRows } from "./traffic_figures.js";

/** @typedef {import("../../monitor/boards/traffic.ts").TrafficSnapshot} TrafficSnapshot */
/** @typedef {TrafficSnapshot["alerts"][number]} Alert */
/** @typedef {TrafficSnapshot["anomalies"][number]} Anomaly */
/** @typedef {ReturnType<typeof targetRows>[number]} TargetRow */
/** @typedef {ReturnType<typeof scoreRows>[number]} ScoreRow */
/** @typedef {import("./live.js").Live<any>} Live */

/** Alerts, and likewise anomalies, that are shown at first. */
const EVENTS_SHOWN = 6;
/** How a state is shown: by a sign and a word, not by its colour alone. */
const STATES = { active: "▲ active", raised: "△ raised", cleared: "▽ cleared" };

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountAlerts(grid, live) {
  const table = createTable(grid, {
    title: "Alerts",
    note: "Active ones first, then the newest. Times are the traffic's own.",
    columns: [
      {
        name: "State",
        value: (/** @type {Alert} */ { state }) => state,
        draw: (cell, { state }) => {
          setText(cell, STATES[state]);
          setAttribute(cell, "class", `state state-${state}`);
        },
      },
      { name: "Window until", value: ({ endMs }) => endMs, text: ({ endMs }) => formatDateTime(endMs) },
      { name: "Link", value: ({ link }) => link },
      { name: "Rule", value: ({ rule }) => rule },
      { name: "Value", value: ({ value }) => value, text: withTarget("value"), format: formatNumber },
      {
        name: "Limit",
        value: ({ threshold }) => threshold,
        text: withTarget("threshold"),
        format: formatNumber,
      },
      { name: "Basis", value: ({ forecast }) => forecast ? "forecast" : "observed" },
      { name: "Evidence", value: ({ evidence }) => evidence, isText: true },
    ],
    key: ({ id }) => id,
    rows: EVENTS_SHOWN,
    rowClass: ({ state }) => state,
    empty: "No alert was raised. 'streamflow traffic forecast --alert RULE' says when one is.",
    wide: true,
  });
  live.onDraw(() => live.board !== null && table.update(alertsInOrder(live.board)));
}

/** @param {"value" | "threshold"} field */
function withTarget(field) {
  return (/** @type {Alert} */ alert) => formatTarget(ruleTarget(alert.rule), alert[field]);
}

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountAnomalies(grid, live) {
  const table = createTable(grid, {
    title: "Anomalies",
    note: "A score of 1 is as unusual as it can be. Times are the traffic's own.",
    columns: [
      {
        name: "Window until",
        value: (/** @type {Anomaly} */ { endMs }) => endMs,
        text: ({ endMs }) => formatDateTime(endMs),
      },
      { name: "Kind", value: ({ kind }) => kind },
      { name: "Score", value: ({ score }) => score, format: (score) => (score ?? 0).toFixed(2) },
      { name: "Of", value: ({ subject }) => subject },
      { name: "Link", value: ({ link }) => link },
      { name: "Detector", value: ({ detector }) => detector },
      { name: "Evidence", value: ({ evidence }) => evidence, isText: true },
    ],
    key: ({ id }) => id,
    rows: EVENTS_SHOWN,
    empty: "No anomaly was found. 'streamflow traffic watch' looks for them.",
    wide: true,
  });
  live.onDraw(() => live.board !== null && table.update(live.board.anomalies));
}

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountScores(grid, live) {
  const table = createTable(grid, {
    title: "Score of the chosen link",
    note:
      "The network beside answering with the last value: an R² of 1 is best, in the interval as many as wanted.",
    columns: [
      { name: "Figure", value: (/** @type {ScoreRow} */ { name }) => name },
      { name: "Network", value: ({ network }) => network },
      { name: "Last value", value: ({ baseline }) => baseline },
      { name: "Change", value: ({ change }) => change },
    ],
    key: ({ name }) => name,
    empty: "No forecast of the network has come due yet.",
  });
  live.onDraw(() => {
    /** @type {TrafficSnapshot | null} */
    const board = live.board;
    if (board !== null) table.update(scoreRows(board.chosen));
  });
}

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountLinks(grid, live) {
  const table = createTable(grid, {
    title: "Links",
    note: "Every link with every target of its forecasts, busiest first.",
    columns: [
      { name: "Link", value: (/** @type {TargetRow} */ { name }) => name },
      { name: "Target", value: ({ target }) => target },
      { name: "Actual", ...valueOf(({ actual }) => actual) },
      { name: "Next", ...valueOf(({ next }) => next?.value ?? null) },
      { name: "Lower", ...valueOf(({ next }) => next?.lower ?? null) },
      { name: "Upper", ...valueOf(({ next }) => next?.upper ?? null) },
      { name: "Scored", value: ({ score }) => score.scored, format: formatCount },
      { name: "R²", value: ({ score }) => score.r2, format: formatNumber },
      { name: "R² of the last value", value: ({ score }) => score.baselineR2, format: formatNumber },
      { name: "MAE", ...valueOf(({ score }) => score.mae) },
      { name: "MAE of the last value", ...valueOf(({ score }) => score.baselineMae) },
      { name: "Inside", value: ({ score }) => score.coverage, format: formatPercent },
      { name: "Packets", unit: "/s", value: (row) => row.packetsPerSecond, format: formatRate },
      { name: "Bytes", unit: "/s", value: (row) => row.bytesPerSecond, format: formatBytes },
      { name: "Model", value: ({ model }) => model },
    ],
    key: ({ name, target }) => JSON.stringify([name, target]),
    empty: "No forecast yet: run 'streamflow traffic forecast --model traffic.safetensors'.",
    wide: true,
  });
  live.onDraw(() => live.board !== null && table.update(targetRows(live.board)));
}

/**
 * A column in the unit of the row's target.
 *
 * @param {(row: TargetRow) => number | null} value
 */
function valueOf(value) {
  return {
    value,
    text: (/** @type {TargetRow} */ row) => formatTarget(row.target, value(row)),
    format: formatNumber,
  };
}
