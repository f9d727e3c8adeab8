// @ts-check
/// <reference lib="dom" />
/** The tiles of traffic: load, what comes next, alerts, anomalies, error, lag. */
import {
  formatBytes,
  formatCount,
  formatMs,
  formatPercent,
  formatRate,
  NONE,
  ratioInWords,
} from "./format.js";
import { createTiles } from "./tiles.js";
import { alertsInOrder, formatTarget, lagOf, packetRate } from "./traffic_figures.js";

/** @typedef {import("../../monitor/boards/traffic.ts").TrafficSnapshot} TrafficSnapshot */
/** @typedef {[value: string, words: string, tone: import("./tiles.js").Tone]} Tile */

/** What comes in so many seconds is between two commits: no lag that matters, whether it grows or not. */
const LAG_S_MIN = 10;

/** @param {TrafficSnapshot} board @returns {Tile} */
function loadTile({ chosen, silentMs }) {
  if (chosen === null) return [NONE, "no forecast yet", ""];
  const rate = formatRate(chosen.packetsPerSecond);
  return silentMs === null
    ? [rate, `${formatBytes(chosen.bytesPerSecond)}/s over ${chosen.link}`, ""]
    : [rate, `nothing new for ${formatMs(silentMs)}`, "bad"];
}

/** @param {TrafficSnapshot} board @returns {Tile} */
function nextTile({ chosen }) {
  if (chosen === null || chosen.next === null) return [NONE, "no forecast yet", ""];
  const { target, next: { value, lower, upper }, by } = chosen;
  const bounds = `${formatTarget(target, lower)} to ${formatTarget(target, upper)}`;
  return [
    formatTarget(target, value),
    by === "network" ? `${target}, ${bounds}` : `${bounds}; the last value, until there are windows enough`,
    "",
  ];
}

/** @param {TrafficSnapshot} board @returns {Tile} */
function alertTile(board) {
  const { activeAlerts, raised } = board;
  const first = alertsInOrder(board)[0];
  if (activeAlerts === 0 || first === undefined) {
    return ["0", raised === 0 ? "none was raised" : `${formatCount(raised)} raised before`, "good"];
  }
  return [formatCount(activeAlerts), `${first.rule} on ${first.link}`, "bad"];
}

/** @param {TrafficSnapshot} board @returns {Tile} */
function anomalyTile({ anomalyCount, anomalies }) {
  const newest = anomalies[0];
  return newest === undefined
    ? [formatCount(anomalyCount), "none was found", "good"]
    : [formatCount(anomalyCount), `newest: ${newest.kind} of ${newest.subject}`, ""];
}

/** @param {TrafficSnapshot} board @returns {Tile} */
function errorTile({ chosen }) {
  if (chosen === null || chosen.score.scored === 0) {
    return [NONE, "no forecast of the network has come due", ""];
  }
  const { recentScore: { mae, baselineMae, coverage }, target, nominal } = chosen;
  const isBetter = mae !== null && baselineMae !== null && mae <= baselineMae;
  const inside = `${formatPercent(coverage)} inside the interval (${formatPercent(nominal)} wanted)`;
  return [
    `±${formatTarget(target, mae)}`,
    `${ratioInWords(mae, baselineMae, "the last value")}; ${inside}`,
    isBetter ? "good" : "bad",
  ];
}

/** @param {TrafficSnapshot} board @returns {Tile} */
function lagTile({ lag, deadLetters, linkFigures }) {
  const dead = deadLetters === 0 ? "" : `${formatCount(deadLetters)} dead letters`;
  if (lag.length === 0) return [NONE, dead || "no job has committed yet", dead === "" ? "" : "bad"];
  const jobs = lag.map((job) => `${job.job} ${formatCount(lagOf(job))} ${job.trend}`);
  const isGrowing = lag.some((job) =>
    job.trend === "growing" && lagOf(job) > LAG_S_MIN * packetRate(linkFigures)
  );
  return [
    formatCount(lag.reduce((sum, job) => sum + lagOf(job), 0)),
    [...jobs, ...(dead === "" ? [] : [dead])].join("; "),
    isGrowing || deadLetters > 0 ? "bad" : "",
  ];
}

/**
 * @param {Element} root
 * @param {import("./live.js").Live<any>} live
 */
export function mountTiles(root, live) {
  const add = createTiles(root);
  const tiles = /** @type {const} */ ([
    ["Packets per second", loadTile],
    ["Next window", nextTile],
    ["Active alerts", alertTile],
    ["Anomalies", anomalyTile],
    ["Error, last windows", errorTile],
    ["Lag", lagTile],
  ]);
  const made = tiles.map(([name, read]) => ({ show: add(name), read }));
  live.onDraw(() => {
    if (live.board !== null) { for (const { show, read } of made) show(...read(live.board)); }
  });
}
