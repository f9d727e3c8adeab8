/** A federation without a screen: a line of text, a summary, a JSON object. Pure. */
import { isoTime } from "../../runtime/time.ts";
import type { FederatedSnapshot } from "../boards/federated.ts";
import type { RoundRow } from "../boards/federated_rounds.ts";
import { formatCount } from "../../runtime/progress.ts";
import {
  closingText,
  deviceLines,
  devicesText,
  healthLine,
  NOTHING_YET,
  refusalLine,
  roundsLines,
  wantedText,
} from "./federated_panels.ts";
import { paletteOf } from "./panels.ts";
import { change, short } from "./text.ts";

/** Refusals and rounds of the summary. */
const ROWS_SHOWN = 10;
/** Cells of the summary's tables. */
const DEVICES_WIDTH = 118;
const ROUNDS_WIDTH = 64;

const plain = paletteOf(false);

function errorText({ mse }: FederatedSnapshot): string {
  return `MSE global ${short(mse.global)}, last value ${short(mse.lastValue)} (${
    change(mse.global, mse.lastValue)
  }), local ${short(mse.local)}, personalised ${short(mse.personalised)}`;
}

/** One line of everything. */
export function federatedLine(snapshot: FederatedSnapshot, trouble: string | null = null): string {
  const { round, loss } = snapshot;
  return [
    ...(round === null
      ? [NOTHING_YET]
      : [`round ${round.round} ${round.state}`, `updates ${wantedText(round)}`, closingText(snapshot)]),
    `devices ${devicesText(snapshot)}`,
    `loss ${short(loss)}`,
    errorText(snapshot),
    healthLine(snapshot).replaceAll("   ", "  "),
    ...(trouble === null ? [] : [`[${trouble}]`]),
  ].join("  ");
}

function publishedText({ round, closedBy, counted, loss, version, doubt }: RoundRow): string {
  return `round ${round} closed by ${closedBy ?? "?"}: ${formatCount(counted)} updates, loss ${
    short(loss)
  }, global model ${round + 1}${version === null ? "" : ` (${version})`}${
    doubt === null ? "" : `; doubt: ${doubt}`
  }`;
}

/** Lines for what is new among published rounds and refusals, oldest first; `isNew` is asked once for each. */
export function federatedNews(
  { rounds, refusals }: FederatedSnapshot,
  isNew: (id: string) => boolean,
): string[] {
  const events = [
    ...rounds.filter(({ state }) => state === "published").map((one) => ({
      id: `round ${one.round} ${one.openedMs}`,
      timeMs: one.closedMs ?? one.openedMs,
      line: publishedText(one),
    })),
    ...refusals.map((one) => ({
      ...{ id: `refusal ${one.id}`, timeMs: one.timeMs },
      line: `refused ${refusalLine(one, plain)}`,
    })),
  ];
  return events.filter(({ id }) => isNew(id)).toSorted((a, b) => a.timeMs - b.timeMs).map(({ line }) => line);
}

/** A few lines and the tables: what `--once` prints. */
export function federatedSummary(snapshot: FederatedSnapshot): string[] {
  const { round, model, published, updates, deviceCount, devices, refusals, rounds } = snapshot;
  if (round === null && deviceCount === 0) return [NOTHING_YET, healthLine(snapshot)];
  const table = (width: number, rows: number) => ({ palette: plain, size: { width, height: rows + 1 } });
  return [
    ...(round === null
      ? []
      : [`round ${round.round} ${round.state}, updates ${wantedText(round)}: ${closingText(snapshot)}`]),
    `strategy ${round?.strategy ?? "?"}, global model ${model?.round ?? 0}${
      model?.version == null ? "" : ` (${model.version})`
    }, ${formatCount(published)} rounds published, ${formatCount(updates)} updates`,
    ...(snapshot.doubt === null ? [] : [`doubt: ${snapshot.doubt}`]),
    ...(snapshot.epsilon === null ? [] : [`privacy ε ${short(snapshot.epsilon)}`]),
    `devices ${devicesText(snapshot)}`,
    errorText(snapshot),
    ...deviceLines(snapshot, table(DEVICES_WIDTH, devices.length)).map((line) => `  ${line.trimEnd()}`),
    "rounds",
    ...roundsLines(snapshot, table(ROUNDS_WIDTH, Math.min(ROWS_SHOWN, rounds.length))).map((line) =>
      `  ${line.trimEnd()}`
    ),
    healthLine(snapshot).replaceAll("   ", ", "),
    ...refusals.slice(0, ROWS_SHOWN).map((one) => `  ${refusalLine(one, plain)}`),
  ];
}

/** The object of `--json`: figures are `null` where there is none; times are ISO 8601 UTC. */
export function federatedToJson(
  snapshot: FederatedSnapshot,
  trouble: string | null = null,
): Record<string, unknown> {
  const { round, rounds, devices, refusals, serverStartedMs, order: _order, ...figures } = snapshot;
  return {
    round: round === null ? null : roundOf(round),
    ...figures,
    serverStarted: timeOf(serverStartedMs),
    devices: devices.map(({ id: _id, device, firstSeenMs, lastSeenMs, ...more }) => ({
      ...{ device, firstSeen: timeOf(firstSeenMs), lastSeen: timeOf(lastSeenMs) },
      ...more,
    })),
    refusals: refusals.map(({ id: _id, timeMs, ...refusal }) => ({ time: timeOf(timeMs), ...refusal })),
    rounds: rounds.map(roundOf),
    ...(trouble === null ? {} : { trouble }),
  };
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : isoTime(ms);
}

function roundOf({ openedMs, deadlineMs, closedMs, ...round }: RoundRow) {
  return { ...round, opened: timeOf(openedMs), deadline: timeOf(deadlineMs), closed: timeOf(closedMs) };
}
