// @ts-check
/** Figures of traffic as the page shows them: curves by the traffic's own time, marks, rows of tables. Pure. */
import { formatBytes, formatCount, formatMs, formatNumber, formatPercent, formatTime } from "./format.js";

/** @typedef {import("../../monitor/boards/traffic.ts").TrafficSnapshot} TrafficSnapshot */
/** @typedef {NonNullable<TrafficSnapshot["chosen"]>} Chosen */
/** @typedef {import("./history.js").Curves} Curves */
/** @typedef {import("./history.js").Mark} Mark */

/** A chart of windows has at least so many. */
const WINDOWS_MIN = 60;

/**
 * A value of a target in its unit.
 *
 * @param {string} target
 * @param {number | null | undefined} value
 */
export function formatTarget(target, value) {
  if (target === "bytes") return formatBytes(value);
  if (target === "interarrival") return formatMs(typeof value === "number" ? value / 1_000 : null); // µs
  return typeof value === "number" && Math.abs(value) >= 100 ? formatCount(value) : formatNumber(value);
}

/**
 * Actual, forecast, lower and upper bound of the newest windows, each at its end; the last one is still to come.
 *
 * @param {Chosen | null} chosen
 * @param {number} rangeMs how far back, by the traffic's own time; some windows at least
 * @returns {Curves}
 */
export function forecastCurves(chosen, rangeMs) {
  if (chosen === null) return { times: [], columns: [[], [], [], []] };
  const { startMs, endMs, actual, forecast, lower, upper } = chosen.curves;
  const stepMs = (endMs - startMs) / actual.length;
  const from = Math.max(0, actual.length - Math.max(WINDOWS_MIN, Math.ceil(rangeMs / stepMs)));
  return {
    times: actual.slice(from).map((_, at) => startMs + (from + at + 1) * stepMs),
    columns: [actual, forecast, lower, upper].map((column) => column.slice(from)),
  };
}

/**
 * The link itself, where the name that chooses it has the model's with it.
 *
 * @param {TrafficSnapshot} board
 */
export function chosenLink({ chosen, linkFigures }) {
  return linkFigures.find(({ name }) => name === chosen?.link)?.link ?? null;
}

/**
 * Alerts and anomalies of the chosen link, oldest first, each at the end of its window.
 *
 * @param {TrafficSnapshot} board
 * @returns {Mark[]}
 */
export function eventMarks(board) {
  const link = chosenLink(board);
  const signs = { active: "▲", raised: "△", cleared: "▽" };
  const alerts = board.alerts.map(({ link, endMs, state, rule }) => ({
    ...{ link, timeMs: endMs, text: `${signs[state]} ${rule}` },
  }));
  const anomalies = board.anomalies.map(({ link, endMs, kind }) => ({
    ...{ link, timeMs: endMs, text: `◆ ${kind}` },
  }));
  return [...alerts, ...anomalies].filter((one) => one.link === link)
    .sort((a, b) => a.timeMs - b.timeMs).map(({ timeMs, text }) => ({ timeMs, text }));
}

/**
 * Alerts: active ones first, then the newest.
 *
 * @param {TrafficSnapshot} board
 */
export function alertsInOrder({ alerts }) {
  return [
    ...alerts.filter(({ state }) => state === "active"),
    ...alerts.filter(({ state }) => state !== "active"),
  ];
}

/**
 * A row for each target of each link.
 *
 * @param {TrafficSnapshot} board
 */
export function targetRows({ linkFigures }) {
  return linkFigures.flatMap(({ targets, ...link }) => targets.map((target) => ({ ...link, ...target })));
}

/**
 * What a rule is about: `packets` of `packets.upper>2k`, `actual.packets<10`.
 *
 * @param {string} rule
 */
export function ruleTarget(rule) {
  return /^(?:actual\.)?([A-Za-z]+)/.exec(rule)?.[1] ?? "";
}

/**
 * The network beside the last value: a row for each figure, since the start and of the last outcomes.
 *
 * @param {Chosen | null} chosen
 */
export function scoreRows(chosen) {
  if (chosen === null || chosen.score.scored === 0) return [];
  const { target, nominal, score, recentScore } = chosen;
  return [
    ...figureRows(score, { target, nominal, when: "" }),
    ...figureRows(recentScore, { target, nominal, when: `, last ${formatCount(recentScore.scored)}` }),
  ];
}

/**
 * How a value stands to another: `−27.1 %`.
 *
 * @param {number | null} value
 * @param {number | null} baseline
 */
function change(value, baseline) {
  if (value === null || baseline === null || baseline <= 0) return "";
  const share = value / baseline - 1;
  return `${share > 0 ? "+" : ""}${formatPercent(share)}`;
}

/**
 * @param {Chosen["score"]} score
 * @param {{ target: string, nominal: number, when: string }} of
 */
function figureRows(
  { r2, baselineR2, mse, baselineMse, mae, baselineMae, coverage },
  { target, nominal, when },
) {
  return [
    {
      ...{ name: `R²${when}`, network: formatNumber(r2), baseline: formatNumber(baselineR2) },
      change: "",
    },
    {
      ...{ name: `MSE${when}`, network: formatNumber(mse), baseline: formatNumber(baselineMse) },
      change: change(mse, baselineMse),
    },
    {
      ...{
        name: `MAE${when}`,
        network: formatTarget(target, mae),
        baseline: formatTarget(target, baselineMae),
      },
      change: change(mae, baselineMae),
    },
    {
      ...{ name: `In interval${when}`, network: formatPercent(coverage), baseline: "" },
      change: `of ${formatPercent(nominal)}`,
    },
  ];
}

/**
 * Sources with the most bytes, each with its share of the window, and what is to be said of the others.
 *
 * @param {TrafficSnapshot["talkers"]} talkers
 */
export function talkerBars(talkers) {
  if (talkers === null) return { bars: [], note: "" };
  const { link, endMs, top, bytes, sources } = talkers;
  const bars = top.map((one) => {
    const share = bytes > 0 ? Math.min(1, one.bytes / bytes) : 0;
    return { label: one.source, share, value: `${formatBytes(one.bytes)} · ${formatPercent(share)}` };
  });
  const others = Math.max(0, sources - top.length);
  const rest = others === 0 ? "" : `; ${formatCount(others)} sources more`;
  return { bars, note: `Bytes over ${link} in the window until ${formatTime(endMs)}${rest}.` };
}

/**
 * Counts by name as bars, each with its share of all.
 *
 * @param {Readonly<Record<string, number>>} counts
 */
export function shares(counts) {
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return Object.entries(counts).map(([label, count]) => ({
    ...{ label, share: all === 0 ? 0 : count / all, value: formatCount(count) },
  }));
}

/**
 * Packets per second of all links, each once, whoever forecasts it.
 *
 * @param {TrafficSnapshot["linkFigures"]} linkFigures
 */
export function packetRate(linkFigures) {
  const rates = new Map(linkFigures.map(({ link, packetsPerSecond }) => [link, packetsPerSecond]));
  return [...rates.values()].reduce((sum, rate) => sum + rate, 0);
}

/**
 * Records that a job has not committed yet.
 *
 * @param {{ lags: readonly { lag: number }[] }} job
 */
export function lagOf({ lags }) {
  return lags.reduce((sum, { lag }) => sum + lag, 0);
}
