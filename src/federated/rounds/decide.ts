/** When a round closes, and the records of its life: opened, collecting, closed, published. Times are Unix ms. */
import type { OutgoingRecord } from "../../kafka/port.ts";
import {
  printRoundsBytes,
  printRoundsJson,
  printRoundsTombstone,
} from "../../records/federated_rounds/print.ts";
import type { ClosedBy, RoundRecord } from "../../records/federated_rounds/schema.ts";
import { sha256Of, versionOf } from "../../models/container.ts";
import { nextGlobalFile } from "./global_file.ts";
import { KNOWN_DEVICES_KEPT, REFUSALS_KEPT_MAX, SERVERS_KEPT_MAX, STALENESS_MAX } from "../limits.ts";
import { writeStrategyState } from "../update_file.ts";
import { stateNameOf } from "./policy.ts";
import type { Rounds } from "./rounds.ts";

/** The open round as it stands. Only where one is open. */
export function currentRound(rounds: Rounds): RoundRecord {
  const open = rounds.open!, record = open.record;
  const before = rounds.history.get(open.round - 1)?.devices ?? [];
  const { closedMs = null, closedBy = null } = record ?? {};
  const { rules: { goal, quorum } } = rounds;
  return {
    ...open.summary(before),
    wanted: Number.isFinite(goal) ? goal : quorum,
    state: record?.state ?? "open",
    openedMs: record?.openedMs ?? 0,
    deadlineMs: record?.deadlineMs ?? null,
    closedMs,
    closedBy,
  };
}

/** What a server writes that finds a round without its beginning: the strategy's state, and that the round is open. */
export function openRecords(rounds: Rounds, nowMs: number): readonly OutgoingRecord[] {
  const { round, record } = rounds.open!;
  return [
    ...(rounds.hasState ? [] : stateRecords(rounds, round)),
    ...(record === null
      ? [printRoundsJson({ ...currentRound(rounds), state: "open", openedMs: nowMs } as const)]
      : []),
  ];
}

/**
 * What is to be written of a round that stays open: the first update has come, its deadline has passed without the
 * quorum, or lies further ahead than it may (a clock that was set back); and refusals that are too many. None where
 * nothing has changed.
 */
export function progressRecords(rounds: Rounds, nowMs: number): readonly OutgoingRecord[] {
  const { updates, record } = rounds.open!;
  const { deadlineMs: length } = rounds.policy;
  const atMs = record?.deadlineMs ?? null;
  const isDue = atMs !== null && (length === null || isPassed(atMs, { nowMs, length }));
  const isFull = rounds.refusals.size >= 2 * REFUSALS_KEPT_MAX;
  const gone = isFull ? refusalTombstones(rounds) : [];
  if (!isDue && (record?.state !== "open" || updates === 0)) return gone;
  const deadlineMs = length === null || updates === 0 ? null : nowMs + length;
  return [
    ...gone,
    printRoundsJson({ ...currentRound(rounds), state: updates > 0 ? "collecting" : "open", deadlineMs }),
  ];
}

/** A time that was set `length` ahead is due: it has passed, or the clock has been set back. */
function isPassed(
  atMs: number,
  { nowMs, length }: { readonly nowMs: number; readonly length: number },
): boolean {
  return nowMs >= atMs || atMs - nowMs > length;
}

/** What closes the open round now; `null` where nothing does. @param scheduleMs when the schedule is due */
export function closingOf(
  rounds: Rounds,
  { nowMs, scheduleMs }: { readonly nowMs: number; readonly scheduleMs: number | null },
): ClosedBy | null {
  const open = rounds.open!, { rules: { quorum, goal }, policy: { after, deadlineMs: length } } = rounds;
  if (open.participants < quorum || open.updates < open.strategy.minUpdates) return null;
  if (open.updates >= goal) return after === null && goal === quorum ? "quorum" : "threshold";
  const deadlineMs = open.record?.deadlineMs ?? null;
  if (deadlineMs !== null && length !== null && nowMs >= deadlineMs) return "deadline";
  return scheduleMs !== null && nowMs >= scheduleMs ? "schedule" : null;
}

/** When the schedule is due: so long after the opening, then as often; where the clock was set back, from now on. */
export function scheduleOf(
  rounds: Rounds,
  { nowMs, dueMs }: { readonly nowMs: number; readonly dueMs: number | null },
): number | null {
  const { everyMs } = rounds.policy;
  if (everyMs === null) return null;
  const atMs = dueMs ?? (rounds.open?.record?.openedMs ?? nowMs) + everyMs;
  return atMs - nowMs > everyMs ? nowMs + everyMs : atMs;
}

/** The round is closed: what counts is what stands before this on the topic. */
export function closeRecords(
  rounds: Rounds,
  { by, nowMs }: { readonly by: ClosedBy; readonly nowMs: number },
): readonly OutgoingRecord[] {
  return [
    printRoundsJson({ ...currentRound(rounds), state: "aggregating", closedMs: nowMs, closedBy: by }),
  ];
}

/** The next global model of a closed round, and what it leaves. Once: the updates are used up. */
export function publishRecords(rounds: Rounds, nowMs: number): readonly OutgoingRecord[] {
  const open = rounds.open!, global = rounds.global!;
  const { strategy, round } = open;
  const current = currentRound(rounds);
  const isPrivate = rounds.policy.strategyOptions.clipNorm !== undefined;
  const bytes = nextGlobalFile(global, open.finish(), {
    ...{ round: round + 1, strategy: strategy.name, proximal: strategy.proximal },
    // The devices' means have no noise: who sees the model must not find them in it.
    metrics: isPrivate ? {} : current.metrics,
  });
  const version = versionOf(sha256Of(bytes));
  const fresh = {
    updates: 0,
    participants: 0,
    numExamples: 0,
    late: 0,
    dropped: 0,
    devices: [],
    refused: {},
  };
  return [
    printRoundsBytes({ kind: "global", round: round + 1 }, bytes),
    ...stateRecords(rounds, round + 1),
    printRoundsJson({ ...current, state: "published", version, epsilon: strategy.epsilon() }),
    printRoundsJson({
      ...{ ...current, ...fresh, round: round + 1, state: "open", openedMs: nowMs, deadlineMs: null },
      ...{ closedMs: null, closedBy: null, version: null, loss: null, metrics: {}, doubt: null },
    }),
  ];
}

function stateRecords(rounds: Rounds, round: number): readonly OutgoingRecord[] {
  const state = rounds.open!.strategy.state();
  return state === null ? [] : [
    printRoundsBytes({ kind: "strategy", round }, writeStrategyState(state), {
      strategy: stateNameOf(rounds.policy),
    }),
  ];
}

/**
 * What the topic can do without: updates of published rounds, global models that no late update has learned from,
 * states of before. Devices first whose records lack their newest update, so that none is counted again.
 */
export function cleaningRecords(rounds: Rounds): readonly OutgoingRecord[] {
  const { round } = rounds.open!;
  const gone = [...rounds.disposable.values()].filter((key) =>
    key.kind === "update"
      ? !rounds.open!.has(key)
      : key.kind === "global"
      ? key.round < round - STALENESS_MAX
      : key.round < round
  );
  const forgotten = forgottenDevices(rounds);
  if (gone.length === 0 && forgotten.length === 0) return [];
  return [
    ...refusalTombstones(rounds),
    ...[...rounds.updated].map((device) => printRoundsJson(rounds.devices.get(device)!)),
    ...forgotten.map((device) => printRoundsTombstone({ kind: "device", device })),
    ...gone.map(printRoundsTombstone),
    ...rounds.runs.slice(0, -SERVERS_KEPT_MAX).map((run) => printRoundsTombstone({ kind: "server", run })),
  ];
}

/** Those that were silent longest, where there are too many: none whose update of before could still count again. */
function forgottenDevices({ devices, open }: Rounds): readonly string[] {
  const excess = devices.size - KNOWN_DEVICES_KEPT;
  if (excess <= 0) return [];
  return [...devices.values()].filter(({ lastRound }) => lastRound < open!.round - STALENESS_MAX)
    .sort((a, b) => a.lastSeenMs - b.lastSeenMs).slice(0, excess).map(({ device }) => device);
}

/** All but the newest refusals go: whoever sends names without end leaves none behind. */
function refusalTombstones({ refusals }: Rounds): readonly OutgoingRecord[] {
  return [...refusals].slice(0, -REFUSALS_KEPT_MAX).map((device) =>
    printRoundsTombstone({ kind: "refusal", device })
  );
}
