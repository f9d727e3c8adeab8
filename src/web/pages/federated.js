// @ts-check
/// <reference lib="dom" />
/** Devices that learn together: the open round, losses and errors by round, devices, refused updates. */
import { createChart } from "./chart.js";
import { el } from "./dom.js";
import { closingInWords, formatRound, reasonsInWords, roundCurves } from "./federated_figures.js";
import { mountDevices, mountRefusals, mountRounds } from "./federated_tables.js";
import { formatCount, formatNumber, NONE, ratioInWords } from "./format.js";
import { createSteps } from "./steps.js";
import { createTiles } from "./tiles.js";

/** @typedef {import("../../monitor/boards/federated.ts").FederatedSnapshot} FederatedSnapshot */
/** @typedef {import("./chart.js").Page} Page */
/** @typedef {[value: string, words: string, tone: import("./tiles.js").Tone]} Tile */

const STEPS = /** @type {const} */ ([
  [
    "streamflow federated server",
    "A server that averages what devices send, and publishes a global model for each round",
  ],
  ["streamflow produce", "Readings of devices on a topic; their sources are the devices"],
  [
    "streamflow federated participate",
    "A model for each device, which learns from its readings and sends weights, no reading",
  ],
]);
const NO_ROUND = "No round was published yet: run 'streamflow federated participate'.";

/** @param {FederatedSnapshot} board @returns {Tile} */
function roundTile(board) {
  const [words, tone] = closingInWords(board);
  return [board.round === null ? NONE : formatCount(board.round.round), words, tone];
}

/** @param {FederatedSnapshot} board @returns {Tile} */
function updatesTile({ round, updates }) {
  const all = `${formatCount(updates)} in all rounds`;
  if (round === null) return [NONE, all, ""];
  const { counted, wanted } = round;
  if (wanted === null) return [formatCount(counted), all, ""];
  return [`${formatCount(counted)} of ${formatCount(wanted)}`, all, counted >= wanted ? "good" : ""];
}

/** @param {FederatedSnapshot} board @returns {Tile} */
function strategyTile({ round, doubt, epsilon }) {
  const privacy = epsilon === null ? "" : `ε ${formatNumber(epsilon)} of privacy spent`;
  if (round === null) return [NONE, "", ""];
  if (doubt !== null) return [round.strategy, [`doubt: ${doubt}`, privacy].filter(Boolean).join("; "), "bad"];
  return [round.strategy, privacy, ""];
}

/** @param {FederatedSnapshot} board @returns {Tile} */
function devicesTile({ deviceCount, participantCount, anomalies }) {
  const named = participantCount === 1 ? "one participant" : `${formatCount(participantCount)} participants`;
  // A server without tokens knows no participants.
  const of = participantCount === 0 ? "" : `of ${named}; `;
  return [formatCount(deviceCount), `${of}${formatCount(anomalies)} anomalies`, ""];
}

/** @param {FederatedSnapshot} board @returns {Tile} */
function errorTile({ mse: { global, lastValue, personalised } }) {
  if (global === null) return [NONE, "no device has scored the global model yet", ""];
  const head = personalised === null ? "" : `; ${formatNumber(personalised)} under heads of their own`;
  return [
    formatNumber(global),
    `mean of the devices; ${ratioInWords(global, lastValue, "the last value")}${head}`,
    lastValue === null ? "" : global <= lastValue ? "good" : "bad",
  ];
}

/** @param {FederatedSnapshot} board @returns {Tile} */
function refusedTile({ refused, refusedBy, unreadable }) {
  const unread = unreadable === 0 ? [] : [`${formatCount(unreadable)} records cannot be read`];
  const reasons = refused === 0 ? ["every update could be used"] : [reasonsInWords(refusedBy)];
  return [
    formatCount(refused),
    [...reasons, ...unread].join("; "),
    refused > 0 || unreadable > 0 ? "bad" : "good",
  ];
}

/**
 * @param {Element} root
 * @param {Page["live"]} live
 */
function mountTiles(root, live) {
  const add = createTiles(root);
  const tiles = /** @type {const} */ ([
    ["Round", roundTile],
    ["Updates of the round", updatesTile],
    ["Strategy", strategyTile],
    ["Devices", devicesTile],
    ["Error of the global model", errorTile],
    ["Refused updates", refusedTile],
  ]);
  const made = tiles.map(([name, read]) => ({ show: add(name), read }));
  live.onDraw(() => {
    if (live.board !== null) { for (const { show, read } of made) show(...read(live.board)); }
  });
}

/**
 * @param {Element} grid
 * @param {Page} page
 */
function mountCharts(grid, page) {
  const { live } = page;
  /** @param {readonly ((round: FederatedSnapshot["rounds"][number]) => number | null)[]} figures */
  const byRound = (figures) => () => roundCurves(live.board ?? { rounds: [] }, figures);
  const x = { name: "round", format: formatRound };
  createChart(grid, page, {
    ...{ title: "Loss by round", unit: "", x, empty: NO_ROUND, fromZero: false, log: true },
    note: "Mean of what the devices report after learning, by their examples.",
    series: [{ name: "loss", label: "loss", color: 0 }],
    read: byRound([({ loss }) => loss]),
  });
  createChart(grid, page, {
    ...{ title: "Squared error by round", unit: "", x, empty: NO_ROUND, fromZero: false, log: true },
    note: "Of readings that a device had not learned from, in units of its variance, by its examples.",
    series: [
      { name: "global", label: "global", color: 0 },
      { name: "personalised", label: "personalised", color: 2 },
      { name: "local", label: "local", color: 3 },
      { name: "lastValue", label: "last value", color: 1 },
    ],
    read: byRound([
      ({ mse }) => mse.global,
      ({ mse }) => mse.personalised,
      ({ mse }) => mse.local,
      ({ mse }) => mse.lastValue,
    ]),
  });
  createChart(grid, page, {
    ...{ title: "Updates by round", unit: "", x, empty: NO_ROUND, format: formatCount, whole: true },
    note:
      "Late ones learned from an older global model and count. Dropped: devices that sent the round before.",
    series: [
      { name: "counted", label: "counted", color: 0 },
      { name: "late", label: "late", color: 3 },
      { name: "refused", label: "refused", color: 1 },
      { name: "dropped", label: "dropped", color: 5 },
    ],
    read: byRound([
      ({ counted }) => counted,
      ({ late }) => late,
      ({ refused }) => refused,
      ({ dropped }) => dropped,
    ]),
  });
  createChart(grid, page, {
    ...{ title: "Updates over time", unit: "", format: formatCount, whole: true },
    note: "Since the first round that is known. Lines where a global model was published.",
    series: [
      { name: "updates", label: "counted", color: 0 },
      { name: "refused", label: "refused", color: 1 },
      { name: "anomalies", label: "anomalies", color: 5 },
    ],
    empty: "No update yet: run 'streamflow federated participate'.",
  });
}

/**
 * @param {HTMLElement} root
 * @param {Page} page
 */
export function mount(root, page) {
  const { live } = page;
  const steps = createSteps(root, {
    title: "No devices learn together yet. In terminals of their own, run:",
    steps: STEPS,
  });
  const charts = el("div", { class: "grid" }), tables = el("div", { class: "grid tables" });
  const all = el("div", {});
  root.append(all);
  mountTiles(all, live);
  all.append(charts, tables);
  mountCharts(charts, page);
  mountDevices(tables, live);
  mountRefusals(tables, live);
  mountRounds(tables, live);
  live.onDraw(() => {
    /** @type {FederatedSnapshot | null} */
    const board = live.board;
    if (board === null) return;
    const isEmpty = board.round === null && board.deviceCount === 0 && board.unreadable === 0;
    steps(isEmpty);
    all.hidden = isEmpty;
  });
}
