// @ts-check
/** Figures of a federation as the page shows them: curves by round, when the open round ends, what was refused. Pure. */
import { formatCount, formatMs } from "./format.js";

/** @typedef {import("../../monitor/boards/federated.ts").FederatedSnapshot} FederatedSnapshot */
/** @typedef {FederatedSnapshot["rounds"][number]} Round */
/** @typedef {import("./history.js").Curves} Curves */

/**
 * A column for each figure, by the number of the published rounds.
 *
 * @param {Pick<FederatedSnapshot, "rounds">} board
 * @param {readonly ((round: Round) => number | null)[]} figures
 * @returns {Curves}
 */
export function roundCurves({ rounds }, figures) {
  const published = rounds.filter(({ state }) => state === "published").reverse();
  return {
    times: published.map(({ round }) => round),
    columns: figures.map((figure) => published.map(figure)),
  };
}

/**
 * A round's number at an axis: there is no round 1.5.
 *
 * @param {number} round
 */
export function formatRound(round) {
  return Number.isInteger(round) ? String(round) : "";
}

/**
 * When the newest round ends, or that there is nobody to end it.
 *
 * @param {Pick<FederatedSnapshot, "round" | "leftMs" | "overdueMs" | "silentMs">} board
 * @returns {[words: string, tone: import("./tiles.js").Tone]}
 */
export function closingInWords({ round, leftMs, overdueMs, silentMs }) {
  if (round === null) return ["no round yet", ""];
  if (overdueMs !== null) {
    return [`its deadline is ${waitInWords(overdueMs)} past: is the server gone?`, "bad"];
  }
  const quiet = silentMs === null ? "" : `; nothing new for ${waitInWords(silentMs)}`;
  if (round.state === "published" || round.state === "aggregating") {
    return [`${round.state}, closed by ${round.closedBy ?? "?"}${quiet}`, ""];
  }
  if (round.counted === 0) return [`${round.state}, waits for its first update${quiet}`, ""];
  return [
    leftMs === null
      ? `${round.state}, without a deadline${quiet}`
      : `${round.state}, closes in ${waitInWords(leftMs)} at the latest${quiet}`,
    silentMs === null ? "" : "bad",
  ];
}

/** In whole seconds: what is shown does not change more often. @param {number} ms */
function waitInWords(ms) {
  return ms < 60_000 ? `${Math.round(ms / 1_000)} s` : formatMs(ms);
}

/**
 * `3 norm, 1 not-finite`
 *
 * @param {Readonly<Record<string, number>>} reasons
 */
export function reasonsInWords(reasons) {
  return Object.entries(reasons).map(([reason, count]) => `${formatCount(count)} ${reason}`).join(", ");
}
