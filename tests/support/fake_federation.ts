/**
 * Rounds, devices, refusals and anomalies of a federation that nobody ran, for looking at the monitor:
 * `deno run -A tests/support/fake_federation.ts` starts a broker in memory, sends an update every quarter of a second,
 * and names the broker for `streamflow monitor --view federated --bootstrap-server …`; Ctrl-C ends it.
 */
import { Random } from "../../nn/mod.ts";
import { startBroker } from "../../src/broker/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { OutgoingRecord, RecordChunk } from "../../src/kafka/port.ts";
import { forecastErrorAnomaly } from "../../src/records/anomalies.ts";
import {
  printRoundsBytes,
  printRoundsJson,
  printRoundsTombstone,
} from "../../src/records/federated_rounds/print.ts";
import type { DeviceRecord, RoundRecord } from "../../src/records/federated_rounds/schema.ts";
import { jsonRecord } from "../../src/records/formats/json.ts";
import { fakeChunk } from "./fake_predictions.ts";

/** Time of the first round, Unix ms. */
export const START_MS = Date.UTC(2026, 0, 5, 14);
/** Between two updates, ms. */
export const UPDATE_EVERY_MS = 1_000;

/** What goes to which topic. */
export interface FakeRecord {
  readonly topic: "federated-rounds" | "anomalies";
  readonly record: OutgoingRecord;
}

const encoder = new TextEncoder();
let offset = 0;

/** Records as they are read back, each at an offset of its own. */
export function chunkOf(topic: string, records: readonly OutgoingRecord[]): RecordChunk {
  return fakeChunk(
    topic,
    records.map(({ key, value, headers = [] }) => ({
      ...{ offset: offset++, timestampMs: START_MS, value, headers },
      key: typeof key === "string" ? encoder.encode(key) : key,
    })),
  );
}

/** How it is made up. */
export interface FakeFederationOptions {
  readonly devices?: readonly string[];
  /** Time of the first round, Unix ms. */
  readonly startMs?: number;
  /** From a round's first update to its deadline, ms. @default 1 min */
  readonly deadlineMs?: number;
}

/** Devices whose loss falls from round to round; the third one's updates are refused now and then. */
export class FakeFederation {
  readonly #random = new Random(11);
  readonly #devices: readonly string[];
  readonly #deadlineMs: number;
  readonly #known = new Map<string, DeviceRecord>();
  #nowMs: number;
  #round = 0;
  #opened = false;
  #sent: string[] = [];
  #refused: Record<string, number> = {};
  #openedMs: number;

  constructor({ devices, startMs = START_MS, deadlineMs = 60_000 }: FakeFederationOptions = {}) {
    this.#devices = devices ?? Array.from({ length: 18 }, (_, at) => `meter-${at + 1}`);
    this.#deadlineMs = deadlineMs;
    this.#openedMs = this.#nowMs = startMs;
  }

  /** Time of what was made last, Unix ms. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The server begins. */
  begin(): FakeRecord[] {
    return [
      this.#of(printRoundsJson({ type: "server", run: "run-1", startedMs: this.#nowMs })),
      this.#of(printRoundsBytes({ kind: "global", round: 0 }, new Uint8Array(8))),
      this.#roundRecord("open"),
    ];
  }

  /** The next update, and the end of the round after the last one. */
  update(): FakeRecord[] {
    if (!this.#opened) {
      this.#opened = true;
      return this.begin();
    }
    this.#nowMs += UPDATE_EVERY_MS;
    const device = this.#devices[this.#sent.length]!;
    const made: FakeRecord[] = [];
    if (this.#sent.length === 2 && this.#round % 3 === 1) made.push(this.#refusal(device));
    const record = this.#device(device);
    this.#known.set(device, record);
    made.push(
      this.#of(printRoundsBytes({ kind: "update", round: this.#round, device }, new Uint8Array(64), {
        "counted-in": String(this.#round),
      })),
      this.#of(printRoundsJson(record)),
    );
    this.#sent.push(device);
    if (this.#sent.length === 1) made.push(this.#roundRecord("collecting"));
    if (this.#sent.length === 5 && this.#round % 4 === 2) made.push(this.#anomaly(device));
    if (this.#sent.length < this.#devices.length) return made;
    return [...made, ...this.#close()];
  }

  /** So many whole rounds, each with an update of every device. */
  rounds(count: number): FakeRecord[] {
    const made: FakeRecord[] = [];
    for (const end = this.#round + count; this.#round < end;) made.push(...this.update());
    return made;
  }

  #of(record: OutgoingRecord): FakeRecord {
    return { topic: "federated-rounds", record };
  }

  #close(): FakeRecord[] {
    const closed = [this.#roundRecord("aggregating"), this.#roundRecord("published")];
    const done = this.#sent.map((device) =>
      this.#of(printRoundsTombstone({ kind: "update", round: this.#round, device }))
    );
    this.#round++;
    [this.#sent, this.#refused, this.#openedMs] = [[], {}, this.#nowMs];
    return [...closed, this.#roundRecord("open"), ...done];
  }

  /** Errors fall to 0.6 of the last value's; `at` makes devices differ. */
  #errors(at: number) {
    const lastValue = 0.5 + 0.02 * at;
    const share = 0.62 + 0.5 * Math.exp(-this.#round / 6);
    const noise = () => 1 + 0.03 * this.#random.normal();
    return {
      "mse.lastValue": lastValue,
      "mse.local": lastValue * 0.86 * noise(),
      "mse.global": lastValue * share * noise(),
      "mse.personalised": lastValue * share * 0.95 * noise(),
    };
  }

  #device(device: string): DeviceRecord {
    const at = this.#devices.indexOf(device);
    const known = this.#known.get(device);
    const errors = this.#errors(at);
    return {
      ...{ type: "device", device, participant: `site-${at % 3 + 1}`, digest: `${this.#round}` },
      firstSeenMs: known?.firstSeenMs ?? this.#nowMs,
      lastSeenMs: this.#nowMs,
      ...{ lastRound: this.#round, countedIn: this.#round, updates: (known?.updates ?? 0) + 1 },
      refused: (known?.refused ?? 0) + (at === 2 && this.#round % 3 === 1 ? 1 : 0),
      numExamples: 200 + at,
      metrics: { ...errors, loss: errors["mse.global"] / 2, "examples.scored": 200 },
      anomalies: 0,
    };
  }

  #refusal(device: string): FakeRecord {
    const reason = this.#round % 2 === 0 ? "norm" : "not-finite";
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
    return this.#of(printRoundsJson({
      ...{ type: "refusal", device, participant: "site-3", round: this.#round, timeMs: this.#nowMs, reason },
      detail: reason === "norm"
        ? "it is 1204 away from the global model, at most 1000 is allowed"
        : "weight 17 of 433 is NaN",
    }));
  }

  #anomaly(device: string): FakeRecord {
    const record = jsonRecord(
      device,
      forecastErrorAnomaly({
        ...{ device, target: "power", timeMs: this.#nowMs, topic: "input-data", partition: 0 },
        ...{
          offset: this.#round,
          actual: 4.5,
          predicted: 1.2,
          usualError: 0.3,
          score: 0.97,
          detector: "tail",
        },
      }),
    );
    return { topic: "anomalies", record };
  }

  #roundRecord(state: RoundRecord["state"]): FakeRecord {
    const isClosed = state === "aggregating" || state === "published";
    const isPublished = state === "published";
    const sent = this.#sent.map((device) => this.#known.get(device)!);
    const mean = (name: string) =>
      sent.reduce((sum, { metrics }) => sum + metrics[name]!, 0) / Math.max(1, sent.length);
    const names = ["loss", "mse.lastValue", "mse.local", "mse.global", "mse.personalised"];
    return this.#of(printRoundsJson({
      ...{ type: "round", round: this.#round, state, strategy: "trimmed-mean", openedMs: this.#openedMs },
      deadlineMs: this.#sent.length === 0 ? null : this.#openedMs + UPDATE_EVERY_MS + this.#deadlineMs,
      closedMs: isClosed ? this.#nowMs : null,
      closedBy: isClosed ? "quorum" : null,
      devices: this.#sent.toSorted(),
      ...{ participants: sent.length, updates: sent.length, wanted: this.#devices.length },
      refused: this.#refused,
      ...{ late: 0, dropped: 0, numExamples: sent.reduce((sum, one) => sum + one.numExamples, 0) },
      version: isPublished ? `${(this.#round + 1).toString(16).padStart(4, "0")}c0ffee42` : null,
      loss: isPublished ? mean("loss") : null,
      metrics: isPublished ? Object.fromEntries(names.map((name) => [name, mean(name)])) : {},
      doubt: isPublished && this.#devices.length < 10
        ? `trims nothing of ${this.#devices.length} updates: 0.1 of them is less than one`
        : null,
      epsilon: null,
    }));
  }
}

if (import.meta.main) {
  await using broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  await using client = await connect({ bootstrapServer: broker.address, clientId: "fake" }, "platformatic");
  await using producer = await client.producer();
  for (const name of ["federated-rounds", "anomalies"]) {
    await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  console.log(broker.address);
  const federation = new FakeFederation({ startMs: Date.now() - 12 * 18 * UPDATE_EVERY_MS });
  for (const { topic, record } of federation.rounds(12)) await producer.send(topic, [record]);
  while (true) {
    for (const { topic, record } of federation.update()) await producer.send(topic, [record]);
    await new Promise((resolve) => setTimeout(resolve, UPDATE_EVERY_MS));
  }
}
