// @ts-check
/// <reference lib="dom" />
/** Traffic: what goes over a link against what was forecast, alerts, anomalies with their evidence, top talkers. */
import { createBars } from "./bars.js";
import { createChart } from "./chart.js";
import { createChoice } from "./choice.js";
import { el } from "./dom.js";
import { formatCount } from "./format.js";
import { lagSeries } from "./lag_series.js";
import { createSteps } from "./steps.js";
import { eventMarks, forecastCurves, formatTarget, shares, talkerBars } from "./traffic_figures.js";
import { mountAlerts, mountAnomalies, mountLinks, mountScores } from "./traffic_tables.js";
import { mountTiles } from "./traffic_tiles.js";

/** @typedef {import("../../monitor/boards/traffic.ts").TrafficSnapshot} TrafficSnapshot */
/** @typedef {import("./chart.js").Page} Page */

const STEPS = /** @type {const} */ ([
  [
    "streamflow traffic capture --simulate --rate 500",
    "Packets of a simulated network, at the pace of the traffic; or --pcap, --netflow for yours",
  ],
  [
    "streamflow traffic train --from-topic packets --window 5s",
    "Once there are six minutes of them: a model that forecasts each link",
  ],
  [
    "streamflow traffic forecast --model traffic.safetensors --alert 'packets>p95'",
    "A forecast of every window before it begins, and alerts",
  ],
  [
    "streamflow traffic capture --simulate --rate 500 --output network-traffic",
    "Packets to watch, on a topic of their own",
  ],
  ["streamflow traffic watch", "Anomalies with their evidence, and who sends the most"],
]);
const NO_FORECAST = "No forecast yet: run 'streamflow traffic forecast --model traffic.safetensors'.";
const NO_WINDOW = "No window yet: run 'streamflow traffic watch'.";

/**
 * Whether there is anything of traffic at all.
 *
 * @param {TrafficSnapshot} board
 */
function isEmpty({ chosen, alerts, anomalies, talkers, deadLetters }) {
  return chosen === null && alerts.length === 0 && anomalies.length === 0 && talkers === null &&
    deadLetters === 0;
}

/**
 * @param {Element} grid
 * @param {Page} page
 */
function mountForecast(grid, page) {
  const { live, view } = page;
  /** @returns {TrafficSnapshot["chosen"]} */
  const chosen = () => live.board?.chosen ?? null;
  createChart(grid, page, {
    title: "Actual against forecast",
    unit: "",
    note:
      "Each window of the chosen link at its end, by the traffic's own time. The band is the forecast's interval; " +
      "▲ an active alert, △ raised, ▽ cleared, ◆ an anomaly.",
    series: [
      { name: "actual", label: "actual", color: 6 },
      { name: "forecast", label: "forecast", color: 0, dash: 4 },
      { name: "lower", label: "lower bound", color: 4, dash: 2, thin: true },
      { name: "upper", label: "upper bound", color: 4, dash: 2, thin: true },
    ],
    bands: [["upper", "lower"]],
    read: () => forecastCurves(chosen(), view.rangeMs),
    marks: () => live.board === null ? [] : eventMarks(live.board),
    format: (value) => formatTarget(chosen()?.target ?? "", value),
    empty: NO_FORECAST,
    fromZero: false,
    wide: true,
    tall: true,
  });
}

/**
 * @param {Element} grid
 * @param {Page} page
 */
function mountCourses(grid, page) {
  const { live } = page;
  createChart(grid, page, {
    title: "Lag",
    unit: "packets",
    note: "Packets that wait for each job. A line that falls: the job catches up.",
    series: () => lagSeries(live.history.names, { what: "traffic", color: 0 }),
    empty: "No job has committed yet: run 'streamflow traffic forecast' or 'streamflow traffic watch'.",
    format: formatCount,
    whole: true,
    log: true,
  });
  createChart(grid, page, {
    title: "Active alerts, anomalies so far",
    unit: "",
    series: [
      { name: "activeAlerts", label: "active alerts", color: 1 },
      { name: "anomalies", label: "anomalies since the start", color: 5 },
    ],
    empty: NO_FORECAST,
    format: formatCount,
    whole: true,
  });
}

/**
 * @param {Element} grid
 * @param {Page["live"]} live
 */
function mountBars(grid, live) {
  const talkers = createBars(grid, { title: "Top talkers", empty: NO_WINDOW });
  const kinds = createBars(grid, { title: "Anomalies by kind", empty: "No anomaly so far." });
  const reasons = createBars(grid, {
    title: "Dead letters by reason",
    empty: "None: every packet could be read.",
  });
  live.onDraw(() => {
    /** @type {TrafficSnapshot | null} */
    const board = live.board;
    if (board === null) return;
    const { bars, note } = talkerBars(board.talkers);
    talkers(bars, note);
    kinds(shares(board.anomalyKinds));
    const { otherDeadLetters: others } = board;
    reasons(
      shares(board.deadLettered),
      others === 0 ? "" : `${formatCount(others)} of other topics are not counted here`,
    );
  });
}

/**
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function mount(root, page) {
  const { live } = page;
  const steps = createSteps(root, { title: "No traffic yet. In terminals of their own, run:", steps: STEPS });
  const choices = el("div", { class: "choices" });
  const all = el("div", {}, choices);
  const link = createChoice(choices, "Link", (name) => live.choose({ link: name }));
  const target = createChoice(choices, "Target", (name) => live.choose({ target: name }));
  mountTiles(all, live);
  const events = el("div", { class: "grid" }), figures = el("div", { class: "grid" });
  const courses = el("div", { class: "grid" }), links = el("div", { class: "grid" });
  all.append(events, figures, courses, links);
  root.append(all);
  mountForecast(events, page);
  mountAlerts(events, live);
  mountAnomalies(events, live);
  mountScores(figures, live);
  mountBars(figures, live);
  mountCourses(courses, page);
  mountLinks(links, live);
  live.onDraw(() => {
    /** @type {TrafficSnapshot | null} */
    const board = live.board;
    if (board === null) return;
    steps(isEmpty(board));
    all.hidden = isEmpty(board);
    link(board.links, board.chosen?.link ?? null);
    target(board.chosen?.targets ?? [], board.chosen?.target ?? null);
  });
}
