// @ts-check
/// <reference lib="dom" />
/** The tables of a federation: devices, refused updates, rounds. */
import { reasonsInWords } from "./federated_figures.js";
import { formatCount, formatDateTime, formatMs, formatNumber, NONE } from "./format.js";
import { createTable } from "./table.js";

/** @typedef {import("../../monitor/boards/federated.ts").FederatedSnapshot} FederatedSnapshot */
/** @typedef {FederatedSnapshot["devices"][number]} Device */
/** @typedef {FederatedSnapshot["refusals"][number]} Refusal */
/** @typedef {FederatedSnapshot["rounds"][number]} Round */
/** @typedef {import("./live.js").Live<any>} Live */

/** Refusals, and likewise rounds, that are shown at first. */
const ROWS_SHOWN = 8;
const NO_DEVICE = "No device yet: run 'streamflow federated participate'.";

/** @param {number | null} timeMs */
function timeText(timeMs) {
  return timeMs === null ? NONE : formatDateTime(timeMs);
}

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountDevices(grid, live) {
  const table = createTable(grid, {
    title: "Devices",
    note:
      "Squared errors are what each device reports of readings before it learned from them, in units of its variance.",
    columns: [
      { name: "Device", value: (/** @type {Device} */ { device }) => device },
      { name: "Participant", value: ({ participant }) => participant },
      {
        name: "Last seen",
        value: ({ lastSeenMs }) => lastSeenMs,
        text: ({ lastSeenMs }) => timeText(lastSeenMs),
      },
      { name: "Last round", value: ({ lastRound }) => lastRound, format: formatCount },
      { name: "Updates", value: ({ updates }) => updates, format: formatCount },
      { name: "Refused", value: ({ refused }) => refused, format: formatCount },
      { name: "Examples", value: ({ numExamples }) => numExamples, format: formatCount },
      { name: "MSE, last value", value: ({ mse }) => mse.lastValue, format: formatNumber },
      { name: "MSE, local", value: ({ mse }) => mse.local, format: formatNumber },
      { name: "MSE, global", value: ({ mse }) => mse.global, format: formatNumber },
      { name: "MSE, personalised", value: ({ mse }) => mse.personalised, format: formatNumber },
      { name: "Loss", value: ({ loss }) => loss, format: formatNumber },
      { name: "Anomalies", value: ({ anomalies }) => anomalies, format: formatCount },
    ],
    key: ({ id }) => id,
    empty: NO_DEVICE,
    wide: true,
  });
  live.onDraw(() => live.board !== null && table.update(live.board.devices));
}

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountRefusals(grid, live) {
  const table = createTable(grid, {
    title: "Refused updates",
    note: "Newest first. They change no model; the device is sent the reason, too.",
    columns: [
      {
        name: "Time",
        value: (/** @type {Refusal} */ { timeMs }) => timeMs,
        text: ({ timeMs }) => timeText(timeMs),
      },
      { name: "Device", value: ({ device }) => device },
      { name: "Participant", value: ({ participant }) => participant },
      { name: "Round", value: ({ round }) => round, format: formatCount },
      { name: "Reason", value: ({ reason }) => reason },
      { name: "Detail", value: ({ detail }) => detail, isText: true },
    ],
    key: ({ id }) => id,
    rows: ROWS_SHOWN,
    empty: "No update was refused.",
    wide: true,
  });
  live.onDraw(() => live.board !== null && table.update(live.board.refusals));
}

/**
 * @param {Element} grid
 * @param {Live} live
 */
export function mountRounds(grid, live) {
  const table = createTable(grid, {
    title: "Rounds",
    note: "Newest first. Global model n + 1 is made of the updates of round n.",
    columns: [
      { name: "Round", value: (/** @type {Round} */ { round }) => round, format: formatCount },
      { name: "State", value: ({ state }) => state },
      { name: "Closed by", value: ({ closedBy }) => closedBy },
      { name: "Updates", value: ({ counted }) => counted, format: formatCount },
      { name: "Wanted", value: ({ wanted }) => wanted, format: formatCount },
      { name: "Late", value: ({ late }) => late, format: formatCount },
      { name: "Dropped", value: ({ dropped }) => dropped, format: formatCount },
      {
        name: "Refused",
        value: ({ refused }) => refused,
        text: ({ refused, refusedBy }) => refused === 0 ? "0" : reasonsInWords(refusedBy),
        format: formatCount,
      },
      { name: "Loss", value: ({ loss }) => loss, format: formatNumber },
      { name: "MSE, global", value: ({ mse }) => mse.global, format: formatNumber },
      {
        name: "Took",
        value: ({ openedMs, closedMs }) => closedMs === null ? null : closedMs - openedMs,
        format: formatMs,
      },
      { name: "Model", value: ({ version }) => version },
      { name: "Doubt", value: ({ doubt }) => doubt, isText: true },
    ],
    key: ({ round }) => String(round),
    rows: ROWS_SHOWN,
    empty: "No round yet: run 'streamflow federated server'.",
    wide: true,
  });
  live.onDraw(() => live.board !== null && table.update(live.board.rounds));
}
