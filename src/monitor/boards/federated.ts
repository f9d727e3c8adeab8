/** What the monitor knows of a federation: its rounds, its devices, what was refused, how it stands. Pure. */
import type { IncomingRecord } from "../../kafka/port.ts";
import { readAnomaly } from "../../records/anomalies.ts";
import type { ErrorsByPredictor } from "../../records/federated_rounds/errors.ts";
import { headerOf, readRounds } from "../../records/federated_rounds/read.ts";
import type { RefusalRecord, RoundRecord } from "../../records/federated_rounds/schema.ts";
import { plainName, plainText } from "../../runtime/plain_text.ts";
import { type Board, type Counters, countRecords, type TopicRecords, topicsOf } from "./board.ts";
import { type DeviceOrder, type DeviceRow, DeviceRows } from "./federated_devices.ts";
import { type RoundRow, RoundRows } from "./federated_rounds.ts";
import { Freshness } from "./freshness.ts";
import { DETAIL_LENGTH_MAX, OVERDUE_MS_MIN, RECENT_IDS_MAX, REFUSALS_MAX } from "./limits.ts";
import { RecentIds } from "./recent_ids.ts";

/** An update that was refused, its names made harmless. */
export interface RefusalRow {
  /** What tells it from the others. */
  readonly id: string;
  readonly timeMs: number;
  readonly device: string;
  readonly participant: string | null;
  readonly round: number;
  readonly reason: string;
  readonly detail: string;
}

/** A federation at one moment. */
export interface FederatedSnapshot {
  /** How long the server has written nothing, in ms, where that is longer than usual; else `null`. */
  readonly silentMs: number | null;
  /** How long the open round's deadline is past, in ms, where that says that there is no server; else `null`. */
  readonly overdueMs: number | null;
  /** The newest round; `null` before the first. */
  readonly round: RoundRow | null;
  /** Until its deadline, in ms; `null` where it has none, or is not open. */
  readonly leftMs: number | null;
  readonly published: number;
  /** Number and version of the newest global model that is known; `null` before the first round was published. */
  readonly model: { readonly round: number; readonly version: string | null } | null;
  /** Of the last published round; `null` before the first. */
  readonly loss: number | null;
  /** The newest doubt of the strategy about its own result. */
  readonly doubt: string | null;
  /** Privacy spent so far; `null` where no noise is added. */
  readonly epsilon: number | null;
  /** Newest first. */
  readonly rounds: readonly RoundRow[];
  /** Those that sent last, in the order that was asked for. */
  readonly devices: readonly DeviceRow[];
  readonly order: DeviceOrder;
  readonly deviceCount: number;
  readonly participantCount: number;
  /** Means over the devices. */
  readonly mse: ErrorsByPredictor;
  /** Newest first. */
  readonly refusals: readonly RefusalRow[];
  /** When the server that writes now began, Unix ms; `null` where it did not say so. */
  readonly serverStartedMs: number | null;
  /** Updates that counted, of all rounds that were seen. */
  readonly updates: number;
  /** Refused updates of all rounds that were seen, by reason, most first. */
  readonly refusedBy: Readonly<Record<string, number>>;
  readonly refused: number;
  /** Anomalies of devices that were seen. */
  readonly anomalies: number;
  readonly unreadable: number;
}

/** What is asked of the board: which devices come first. */
export interface FederatedChoice {
  readonly order: DeviceOrder;
}

/** What is watched. */
export interface FederatedBoardOptions {
  /** Unix ms. @default 0 */
  readonly nowMs?: number;
  /** @default those of the federated commands */
  readonly topics?: { readonly rounds: string; readonly anomalies: string };
}

/** How long a server may have nothing to write, in ms: a round may pass without an update. */
function pauseOf({ openedMs, deadlineMs, closedMs }: RoundRecord): number {
  return Math.max(0, (deadlineMs ?? openedMs) - openedMs, (closedMs ?? openedMs) - openedMs);
}

/** Gathers what the server of a federation writes, and the anomalies that its participants find. */
export class FederatedBoard implements Board<FederatedSnapshot, FederatedChoice> {
  /** The topics whose records it counts, each once. */
  readonly topics: readonly string[];
  readonly #counters: Counters;
  readonly #freshness: Freshness;
  readonly #rounds = new RoundRows();
  readonly #devices = new DeviceRows();
  readonly #ids = new RecentIds(RECENT_IDS_MAX);
  #refusals: RefusalRow[] = [];
  #run: string | null = null;
  #serverStartedMs: number | null = null;
  #counts = { anomalies: 0, unreadable: 0 };

  constructor(
    { nowMs = 0, topics = { rounds: "federated-rounds", anomalies: "anomalies" } }: FederatedBoardOptions =
      {},
  ) {
    this.#freshness = new Freshness(nowMs);
    this.#counters = [
      [topics.rounds, (record, { nowMs }) => this.#takeRecord(record, nowMs)],
      [topics.anomalies, ({ value }) => this.#takeAnomaly(value)],
    ];
    this.topics = topicsOf(this.#counters);
  }

  /** Counts records of one of its topics. */
  take(records: TopicRecords, nowMs: number): void {
    countRecords(this.#counters, records, nowMs);
  }

  #takeRecord(record: IncomingRecord, nowMs: number): void {
    this.#freshness.take(nowMs);
    const found = readRounds(record);
    // A server that was replaced and does not know it yet: what it writes does not count.
    const run = headerOf(record.headers, "run") ?? this.#run;
    if (this.#run !== null && run !== this.#run && found?.kind !== "server") return;
    switch (found?.kind) {
      case "round":
        this.#freshness.usualMs = pauseOf(found.value) || this.#freshness.usualMs;
        return this.#rounds.take(found.value);
      case "update":
        return this.#rounds.takeUpdate(found.countedIn, `${found.round}/${found.device}`);
      case "device":
        return this.#devices.take(found.value);
      case "refusal":
        return this.#takeRefusal(found.value, record.offset);
      case "server":
        this.#run = found.value.run;
        this.#serverStartedMs = found.value.startedMs;
        return;
      case undefined:
        this.#counts.unreadable++;
    }
  }

  #takeRefusal({ device, participant, round, timeMs, reason, detail }: RefusalRecord, offset: number): void {
    this.#rounds.takeRefusal(plainName(reason));
    const row: RefusalRow = {
      ...{ id: String(offset), timeMs, round },
      device: plainName(device),
      participant: participant === null ? null : plainName(participant),
      reason: plainName(reason),
      detail: plainText(detail, DETAIL_LENGTH_MAX),
    };
    this.#refusals = [row, ...this.#refusals].slice(0, REFUSALS_MAX);
  }

  /** Anomalies of other things than devices are none of a federation's. */
  #takeAnomaly(value: Uint8Array | null): void {
    const anomaly = readAnomaly(value);
    if (anomaly === null) return void this.#counts.unreadable++;
    if (anomaly.subject.dimension !== "device" || !this.#ids.add(anomaly.id)) return;
    this.#counts.anomalies++;
    this.#devices.takeAnomaly(anomaly.link);
  }

  /** Everything now. */
  snapshot(nowMs: number, { order }: FederatedChoice = { order: "name" }): FederatedSnapshot {
    const rounds = this.#rounds.list();
    const round = rounds[0] ?? null;
    const last = rounds.find(({ state }) => state === "published");
    const leftMs = round === null || round.deadlineMs === null || round.state === "published"
      ? null
      : round.deadlineMs - nowMs;
    return {
      ...this.#counts,
      silentMs: this.#freshness.silentMs(nowMs),
      overdueMs: leftMs !== null && -leftMs >= OVERDUE_MS_MIN ? -leftMs : null,
      round,
      leftMs: leftMs === null ? null : Math.max(0, leftMs),
      model: last === undefined ? null : { round: last.round + 1, version: last.version },
      loss: last?.loss ?? null,
      doubt: rounds.find(({ doubt }) => doubt !== null)?.doubt ?? null,
      epsilon: rounds.find(({ epsilon }) => epsilon !== null)?.epsilon ?? null,
      rounds,
      devices: this.#devices.list(order),
      order,
      deviceCount: this.#devices.count,
      participantCount: this.#devices.participants,
      mse: this.#devices.means(),
      refusals: this.#refusals,
      serverStartedMs: this.#serverStartedMs,
      ...this.#rounds.totals(),
    };
  }
}
