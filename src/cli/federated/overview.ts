/** `streamflow federated status | history | devices`: what a running server says of its federation. */
import type { z } from "zod";
import { secondText } from "../../runtime/time.ts";
import { plainName } from "../../runtime/plain_text.ts";
import { formatCount } from "../../runtime/progress.ts";
import { tableLines } from "../../runtime/text_table.ts";
import { devicesSchema, historySchema, statusSchema } from "../../web/federated/schemas.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { ask, ASKING_KEYS, ASKING_WORDING, serverOf } from "./asking.ts";

type Status = z.output<typeof statusSchema>;
type Round = NonNullable<Status["last"]>;
type Device = z.output<typeof devicesSchema>["devices"][number];

const KEYS = [...ASKING_KEYS, "json"] as const;

/** Where the federation stands. */
export const federatedStatusCommand = defineCommand({
  name: "status",
  summary: "Show a running server's newest global model and its open round",
  examples: [
    "federated status",
    "federated status --server http://fl.example:8080 --token-file token --json",
  ],
  settings: KEYS,
  wording: ASKING_WORDING,
  async run(settings, context) {
    const server = await serverOf(settings, context.log);
    const status = await ask(server, {
      path: "status",
      schema: statusSchema,
      signal: context.signal,
    });
    if (settings.json) context.out(JSON.stringify(status));
    else for (const line of statusLines(status)) context.out(line);
    return 0;
  },
});

/** Rounds that `history` shows where nobody says how many. */
const ROUNDS_SHOWN = 20;

/** Rounds. */
export const federatedHistoryCommand = defineCommand({
  name: "history",
  summary: "List a running server's rounds, the newest first",
  examples: ["federated history", "federated history --limit 100 --json"],
  settings: [...KEYS, "limit"],
  wording: {
    ...ASKING_WORDING,
    limit: { description: `Show the last N rounds [default: ${ROUNDS_SHOWN}]`, placeholder: "N" },
  },
  async run(settings, context) {
    const server = await serverOf(settings, context.log);
    const wanted = settings.limit ?? ROUNDS_SHOWN;
    const rounds: Round[] = [];
    for (let before: number | null = null; rounds.length < wanted;) {
      const page = new URLSearchParams({ limit: String(Math.min(PAGE, wanted - rounds.length)) });
      if (before !== null) page.set("before", String(before));
      const found = await ask(server, {
        path: `history?${page}`,
        schema: historySchema,
        signal: context.signal,
      });
      rounds.push(...found.rounds);
      before = found.next;
      if (before === null) break;
    }
    show(rounds, { settings, context, lines: roundLines });
    return 0;
  },
});

/** Devices. */
export const federatedDevicesCommand = defineCommand({
  name: "devices",
  summary: "List the devices that a running server has seen",
  examples: ["federated devices", "federated devices --json"],
  settings: KEYS,
  wording: ASKING_WORDING,
  async run(settings, context) {
    const server = await serverOf(settings, context.log);
    const devices: Device[] = [];
    for (let after: string | null = null;;) {
      const page = new URLSearchParams({ limit: String(PAGE), ...(after === null ? {} : { after }) });
      const found: z.output<typeof devicesSchema> = await ask(server, {
        path: `devices?${page}`,
        schema: devicesSchema,
        signal: context.signal,
      });
      devices.push(...found.devices);
      after = found.next;
      if (after === null) break;
    }
    show(devices, { settings, context, lines: deviceLines });
    return 0;
  },
});

/** Of one answer. */
const PAGE = 500;

function show<T>(
  rows: readonly T[],
  { settings, context, lines }: {
    readonly settings: { readonly json: boolean };
    readonly context: CommandContext;
    readonly lines: (rows: readonly T[]) => readonly string[];
  },
): void {
  if (settings.json) context.out(JSON.stringify(rows));
  else if (rows.length === 0) context.log.info("there are none yet");
  else for (const line of lines(rows)) context.out(line);
}

function statusLines(status: Status): string[] {
  const { round, version, strategy, state, updates, wanted, participants, quorum, refused, last } = status;
  const { openedMs, deadlineMs, scheduleMs, devices, message } = status;
  return [
    ["Global model", `${round}, version ${version}`],
    ["Strategy", strategy],
    ["Round", `${round}, ${state}, opened ${secondText(openedMs)}`],
    [
      "Closes",
      [
        ...(wanted === null ? [] : [`with ${formatCount(wanted)} updates`]),
        ...(deadlineMs === null ? [] : [`at its deadline, ${secondText(deadlineMs)}`]),
        ...(scheduleMs === null ? [] : [`by schedule, ${secondText(scheduleMs)}`]),
      ].join("; ") || "after its first update",
    ],
    ["Updates", formatCount(updates)],
    ["Refused", reasonsOf(refused)],
    ["Participants", `${formatCount(participants)}, ${formatCount(quorum)} are needed`],
    ["Last round", last === null ? "-" : `${formatCount(last.updates)} updates, loss ${figure(last.loss)}`],
    ["Devices", formatCount(devices)],
    ["Now", message],
  ].map(([name, text]) => `${name!.padEnd(13)} ${text}`);
}

function roundLines(rounds: readonly Round[]): string[] {
  return tableLines([
    ["round", "state", "closed by", "closed", "updates", "late", "refused", "examples", "loss"],
    ...rounds.map((round) => [
      formatCount(round.round),
      round.state,
      round.closedBy ?? "-",
      round.closedMs === null ? "-" : secondText(round.closedMs),
      formatCount(round.updates),
      formatCount(round.late),
      reasonsOf(round.refused),
      formatCount(round.numExamples),
      figure(round.loss),
    ]),
  ], (column) => [1, 2, 3, 6].includes(column));
}

/** `2: not-finite 1, shape 1`; `0` where nothing was refused. */
function reasonsOf(refused: Round["refused"]): string {
  const reasons = Object.entries(refused).filter(([, times]) => times > 0);
  const sum = reasons.reduce((all, [, times]) => all + times, 0);
  const listed = reasons.map(([reason, times]) => `${plainName(reason)} ${formatCount(times)}`).join(", ");
  return reasons.length === 0 ? "0" : `${formatCount(sum)}: ${listed}`;
}

function deviceLines(devices: readonly Device[]): string[] {
  return tableLines([
    [
      "device",
      "participant",
      "last seen",
      "last round",
      "updates",
      "refused",
      "examples",
      "loss",
      "anomalies",
    ],
    ...devices.map((device) => [
      plainName(device.device),
      plainName(device.participant ?? "-"),
      secondText(device.lastSeenMs),
      formatCount(device.lastRound),
      formatCount(device.updates),
      formatCount(device.refused),
      formatCount(device.numExamples),
      figure(device.metrics["loss"] ?? null),
      formatCount(device.anomalies),
    ]),
  ], (column) => column <= 2);
}

function figure(value: number | null): string {
  return value === null ? "-" : Math.abs(value) < 1e4 ? value.toFixed(4) : value.toExponential(2);
}
