/** The parts of the screen of a federation: lines that fit their width, whatever is in them. Pure. */
import type { FederatedSnapshot, RefusalRow } from "../boards/federated.ts";
import { PREDICTORS } from "../../records/federated_rounds/errors.ts";
import type { DeviceRow } from "../boards/federated_devices.ts";
import type { RoundRow } from "../boards/federated_rounds.ts";
import { formatCount } from "../../runtime/progress.ts";
import { type BoxSize, judged, type Palette, row } from "./panels.ts";
import { change, duration, fit, short, timeOfDay } from "./text.ts";

/** How a panel is drawn. */
export interface PanelOptions {
  /** Inside of its border. */
  readonly size: BoxSize;
  readonly palette: Palette;
}

/** What to run where nothing is there yet. */
export const NOTHING_YET = "no round yet: run 'streamflow federated server'";

/** What predicts, in words. */
const NAMES = {
  lastValue: "last value",
  local: "local",
  global: "global",
  personalised: "personalised",
} as const;

/** Cells of the bar of updates. */
const BAR_WIDTH = 8;

/** `14 of 18`; `14` where nobody said how many are waited for. */
export function countedText({ counted, wanted }: RoundRow): string {
  return wanted === null ? formatCount(counted) : `${formatCount(counted)} of ${formatCount(wanted)}`;
}

/** The same in words. */
export function wantedText(round: RoundRow): string {
  return `${countedText(round)}${round.wanted === null ? "" : " wanted"}`;
}

/** When the newest round ends, or that there is nobody to end it. */
export function closingText({ round, leftMs, overdueMs }: FederatedSnapshot): string {
  if (round === null) return NOTHING_YET;
  if (overdueMs !== null) return `its deadline is ${duration(overdueMs)} past: is the server gone?`;
  if (round.state === "published") return `closed by ${round.closedBy ?? "?"}, published`;
  if (round.state === "aggregating") return `closed by ${round.closedBy ?? "?"}, aggregating`;
  if (round.counted === 0) return "waits for its first update";
  return leftMs === null
    ? "no deadline: it waits for its updates"
    : `closes in ${duration(leftMs)} at the latest`;
}

/** `3 norm, 1 not-finite`; `none` */
export function reasonsText(reasons: Readonly<Record<string, number>>): string {
  const named = Object.entries(reasons).map(([reason, count]) => `${formatCount(count)} ${reason}`);
  return named.length === 0 ? "none" : named.join(", ");
}

function bar({ counted, wanted }: RoundRow, { palette }: Pick<PanelOptions, "palette">): string {
  if (wanted === null) return "";
  const full = Math.round(Math.min(1, counted / Math.max(1, wanted)) * BAR_WIDTH);
  return ` ${palette.network("█".repeat(full))}${palette.dim("░".repeat(BAR_WIDTH - full))}`;
}

/** The newest round: how many updates, when it ends, by which strategy. */
export function roundLines(snapshot: FederatedSnapshot, options: PanelOptions): string[] {
  const { round, model, doubt, epsilon, published } = snapshot;
  const { palette, size: { height } } = options;
  if (round === null) {
    return ["no round yet: run", "  streamflow federated server", "  streamflow federated participate"];
  }
  return [
    `updates   ${wantedText(round)}${bar(round, options)}`,
    ...closingText(snapshot).split(/(?<=:) /).map((line) =>
      snapshot.overdueMs === null ? line : palette.bad(line)
    ),
    `strategy  ${palette.bold(round.strategy)}${epsilon === null ? "" : `   privacy ε ${short(epsilon)}`}`,
    ...(doubt === null ? [] : [palette.baseline(`! ${doubt}`)]),
    `model     ${
      model === null ? "0, the first" : `${model.round}${model.version === null ? "" : `, ${model.version}`}`
    }`,
    `refused ${formatCount(round.refused)}   late ${formatCount(round.late)}   dropped ${
      formatCount(round.dropped)
    }`,
    `published rounds ${formatCount(published)}`,
  ].slice(0, height);
}

/** `Round 12  collecting` */
export function roundTitle({ round }: FederatedSnapshot): string {
  return round === null ? "Round" : `Round ${formatCount(round.round)}  ${round.state}`;
}

/** Mean error over the devices, by what predicts, beside the last value. */
export function errorLines(
  { mse, loss }: FederatedSnapshot,
  { size: { width }, palette }: PanelOptions,
): string[] {
  const widths = [width - 22, 10, 12];
  return [
    palette.dim(row(["", "MSE", "change"], widths)),
    ...PREDICTORS.map((by) => {
      const text = by === "lastValue" ? "" : judged(change(mse[by], mse.lastValue), palette);
      return row([NAMES[by], short(mse[by]), text], widths);
    }),
    palette.dim(row(["round's loss", short(loss), ""], widths)),
  ];
}

/** `Errors  mean of 18 devices` */
export function errorTitle({ deviceCount }: FederatedSnapshot): string {
  return deviceCount === 0 ? "Errors" : `Errors  mean of ${formatCount(deviceCount)} devices`;
}

/** A column of a table; those with the largest rank go first where there is no room. */
interface Column<T> {
  readonly name: string;
  readonly width: number;
  readonly rank: number;
  readonly text: (one: T) => string;
}

/** A head and a line for each; the first column takes what is left. */
function tableLines<T>(
  rows: readonly T[],
  { columns, size: { width, height }, palette, most }: PanelOptions & {
    readonly columns: readonly Column<T>[];
    /** What they are called, where not all have room. */
    readonly most: string;
  },
): string[] {
  let shown = columns;
  const widthOf = () => shown.reduce((sum, one) => sum + one.width, 0);
  while (shown.length > 1 && widthOf() > width) {
    const last = Math.max(...shown.map(({ rank }) => rank));
    shown = shown.filter(({ rank }) => rank !== last);
  }
  const widths = shown.map((one) => one.width);
  widths[0] = width - widths.slice(1).reduce((sum, one) => sum + one, 0);
  const room = Math.max(0, height - 1);
  const kept = rows.length <= room ? rows : rows.slice(0, Math.max(0, room - 1));
  const rest = rows.length - kept.length;
  return [
    palette.dim(row(shown.map(({ name }) => name), widths)),
    ...kept.map((one) =>
      row(shown.map(({ text }, at) => at === 0 ? fit(text(one), widths[0]! - 1) : text(one)), widths)
    ),
    ...(rest > 0 && room > 0 ? [palette.dim(`and ${formatCount(rest)} ${most}`)] : []),
  ];
}

function participantText({ participant }: DeviceRow): string {
  return ` ${participant ?? "-"}`;
}

/** A row for each device. */
export function deviceLines(
  { devices, participantCount }: FederatedSnapshot,
  options: PanelOptions,
): string[] {
  if (devices.length === 0) return ["none yet: run 'streamflow federated participate'"];
  const { palette } = options;
  const columns: readonly Column<DeviceRow>[] = [
    { name: "device", width: 14, rank: 0, text: ({ device }) => device },
    ...(participantCount === 0 ? [] : [{ name: "participant", width: 12, rank: 9, text: participantText }]),
    { name: "seen", width: 10, rank: 6, text: ({ lastSeenMs }) => timeOfDay(lastSeenMs) },
    { name: "round", width: 7, rank: 1, text: ({ lastRound }) => String(lastRound) },
    { name: "updates", width: 9, rank: 4, text: ({ updates }) => formatCount(updates) },
    {
      ...{ name: "refused", width: 9, rank: 3 },
      text: ({ refused }) => refused > 0 ? palette.bad(formatCount(refused)) : "0",
    },
    { name: "last", width: 8, rank: 5, text: ({ mse }) => short(mse.lastValue) },
    { name: "local", width: 8, rank: 7, text: ({ mse }) => short(mse.local) },
    { name: "global", width: 8, rank: 0, text: ({ mse }) => short(mse.global) },
    {
      name: "change",
      width: 10,
      rank: 2,
      text: ({ mse }) => judged(change(mse.global, mse.lastValue), palette),
    },
    { name: "personal.", width: 10, rank: 8, text: ({ mse }) => short(mse.personalised) },
    { name: "anomal.", width: 9, rank: 5, text: ({ anomalies }) => formatCount(anomalies) },
  ];
  return tableLines(devices, { ...options, columns, most: "devices more" });
}

/** `18 of 3 participants`; a server without tokens knows no participants. */
export function devicesText({ deviceCount, participantCount }: FederatedSnapshot): string {
  const devices = formatCount(deviceCount);
  if (participantCount === 0) return devices;
  return `${devices} of ${formatCount(participantCount)} participant${participantCount === 1 ? "" : "s"}`;
}

/** `Devices 18 of 3 participants, by name; errors are MSE` */
export function deviceTitle(snapshot: FederatedSnapshot): string {
  if (snapshot.deviceCount === 0) return "Devices";
  return `Devices ${devicesText(snapshot)}, by ${snapshot.order}; errors are MSE`;
}

/** A row for each round, newest first. */
export function roundsLines({ rounds }: FederatedSnapshot, options: PanelOptions): string[] {
  if (rounds.length === 0) return ["none yet"];
  const took = ({ openedMs, closedMs }: RoundRow) => closedMs === null ? null : closedMs - openedMs;
  const columns: readonly Column<RoundRow>[] = [
    { name: "round", width: 7, rank: 0, text: ({ round }) => String(round) },
    { name: "updates", width: 10, rank: 1, text: countedText },
    { name: "closed by", width: 12, rank: 2, text: ({ closedBy, state }) => closedBy ?? state },
    { name: "took", width: 8, rank: 4, text: (one) => duration(took(one)) },
    { name: "loss", width: 9, rank: 3, text: ({ loss }) => short(loss) },
    { name: "refused", width: 9, rank: 3, text: ({ refused }) => formatCount(refused) },
  ];
  return tableLines(rounds, { ...options, columns, most: "rounds before" });
}

/** Time, device, round, reason and detail of a refused update. */
export function refusalLine(
  { timeMs, device, participant, round, reason, detail }: RefusalRow,
  { bold }: Palette,
): string {
  const who = participant === null || participant === device ? device : `${device} (${participant})`;
  return `${timeOfDay(timeMs)} ${who} round ${round} ${bold(reason)}: ${detail}`;
}

/** Refused updates, newest first. */
export function refusalLines(
  { refusals }: FederatedSnapshot,
  { size: { height }, palette }: PanelOptions,
): string[] {
  if (refusals.length === 0) return ["none"];
  return refusals.slice(0, height).map((one) => refusalLine(one, palette));
}

/** `Refused 4  3 norm, 1 not-finite` */
export function refusalTitle({ refused, refusedBy }: FederatedSnapshot, palette: Palette): string {
  return refused === 0
    ? "Refused"
    : `Refused ${palette.bad(formatCount(refused))}  ${reasonsText(refusedBy)}`;
}

/** `refused 4: 3 norm, 1 not-finite   anomalies 2` */
export function healthLine({ refused, refusedBy, anomalies, unreadable }: FederatedSnapshot): string {
  return [
    `refused ${formatCount(refused)}${refused === 0 ? "" : `: ${reasonsText(refusedBy)}`}`,
    `anomalies ${formatCount(anomalies)}`,
    ...(unreadable > 0 ? [`not readable ${formatCount(unreadable)}`] : []),
  ].join("   ");
}
