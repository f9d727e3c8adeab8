/** What the sink makes of the rounds of a federated server. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeUpdateFile } from "../../src/federated/update_file.ts";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { readModel } from "../../src/models/model_file.ts";
import {
  printRoundsBytes,
  printRoundsJson,
  printRoundsTombstone,
  withHeaders,
} from "../../src/records/federated_rounds/print.ts";
import type { RoundRecord } from "../../src/records/federated_rounds/schema.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import type { Row, TableName } from "../../src/store/tables.ts";
import { withFolder } from "../support/folder.ts";
import { forecasterBytes } from "../support/small_model.ts";
import { readRecords } from "../support/topics.ts";
import { until } from "../support/until.ts";
import { runSink, withClient } from "./sinks.ts";

const TOPIC = "federated-rounds";
const model = forecasterBytes(1);

function by(run: string, ...records: OutgoingRecord[]): OutgoingRecord[] {
  return records.map((record) => withHeaders(record, { run, sequence: "0" }));
}

function round(over: Partial<RoundRecord> = {}): RoundRecord {
  return {
    ...{ type: "round", round: 0, state: "open", strategy: "fedavg", openedMs: 1, deadlineMs: null },
    ...{ closedMs: null, closedBy: null, devices: [], participants: 0, updates: 0, refused: {}, late: 0 },
    ...{ dropped: 0, numExamples: 0, version: null, loss: null, metrics: {}, doubt: null, epsilon: null },
    ...over,
  };
}

const update = writeUpdateFile({
  ...{ device: "meter-1", participant: "anna", round: 0, numExamples: 32, weights: Float64Array.of(1, 2) },
  metrics: { loss: 0.5 },
});

/** A round as a server writes it, from its start to the next round. */
const ROUND = [
  ...by(
    "run-1",
    printRoundsJson({ type: "server", run: "run-1", startedMs: 5 }),
    printRoundsBytes({ kind: "global", round: 0 }, model),
    printRoundsJson(round()),
    printRoundsBytes({ kind: "update", round: 0, device: "meter-1" }, update, { "counted-in": "1" }),
    printRoundsJson({
      ...{ type: "device", device: "meter-1", participant: "anna", firstSeenMs: 6, lastSeenMs: 7 },
      ...{ lastRound: 0, countedIn: 0, digest: "ab", updates: 1, refused: 0, numExamples: 32 },
      ...{ metrics: { "mse.global": 0.25 }, anomalies: 2 },
    }),
    printRoundsJson({
      ...{ type: "refusal", device: "meter-2", participant: null, round: 0, timeMs: 8 },
      ...{ reason: "not-finite", detail: "weight 3 is NaN" },
    }),
    printRoundsBytes({ kind: "strategy", round: 1 }, new Uint8Array(8)),
    printRoundsJson(round({
      ...{ state: "published", closedMs: 9, closedBy: "quorum", devices: ["meter-1"], participants: 1 },
      ...{ updates: 1, refused: { "not-finite": 1 }, numExamples: 32, version: "abc", loss: 0.5 },
    })),
    printRoundsJson(round({ round: 1, openedMs: 9 })),
    printRoundsTombstone({ kind: "update", round: 0, device: "meter-1" }),
  ),
];

async function all<T extends TableName>(store: Store, table: T): Promise<Row<T>[]> {
  return (await Array.fromAsync(store.rows(table))).flat();
}

async function withRounds(
  use: (tools: { store: Store; send: (records: OutgoingRecord[]) => Promise<void> } & Sinks) => Promise<void>,
): Promise<void> {
  await withClient((client) =>
    withFolder(async (folder) => {
      await using store = await openStore(join(folder, "fl.sqlite"));
      await store.init();
      await client.admin.createTopic({ name: TOPIC, partitions: 1, replicationFactor: -1 });
      await using producer = await client.producer();
      let sent = 0;
      const send = async (records: OutgoingRecord[]) => {
        await producer.send(TOPIC, records);
        sent += records.length;
      };
      const copyAll = async () => {
        await using _running = runSink({ client, store, topics: { rounds: TOPIC } });
        await until(async () => (await store.offsets("sink"))[0]?.offset === sent);
      };
      const letters = () => readRecords(client, "dead-letters");
      await use({ store, send, copyAll, letters });
    })
  );
}

interface Sinks {
  /** Copies what was sent, with a sink of its own. */
  readonly copyAll: () => Promise<void>;
  readonly letters: () => ReturnType<typeof readRecords>;
}

Deno.test("rounds, devices, updates, refusals and global models are rows", () =>
  withRounds(async ({ store, send, copyAll }) => {
    await send(ROUND);
    await copyAll();
    const rounds = await all(store, "rounds");
    assert.deepEqual(rounds.map(({ round, state, offset }) => [round, state, offset]), [
      [0, "published", 7],
      [1, "open", 8],
    ]);
    const { loss, version, devices, refused, num_examples, closed_by } = rounds[0]!;
    assert.deepEqual([loss, version, num_examples, closed_by], [0.5, "abc", 32, "quorum"]);
    assert.deepEqual([devices, refused], [["meter-1"], { "not-finite": 1 }]);
    const [global] = await all(store, "global_models");
    assert.deepEqual([global!.round, global!.version, global!.size_bytes], [
      ...[0, readModel(model).version, model.length],
    ]);
    assert.deepEqual(new Uint8Array(global!.bytes!), model);
    const [local] = await all(store, "local_models");
    const { device, participant, round: of, counted_in, metrics, size_bytes } = local!;
    assert.deepEqual([device, participant, of, counted_in, size_bytes], [
      ...["meter-1", "anna", 0, 1, update.length],
    ]);
    assert.deepEqual([metrics, local!.num_examples], [{ loss: 0.5 }, 32]);
    const [seen] = await all(store, "devices");
    assert.deepEqual([seen!.device, seen!.last_seen_ms, seen!.anomalies], ["meter-1", 7, 2]);
    const [refusal] = await all(store, "refusals");
    assert.deepEqual([refusal!.device, refusal!.reason, refusal!.time_ms], ["meter-2", "not-finite", 8]);
    assert.deepEqual((await all(store, "servers")).map(({ run }) => run), ["run-1"]);
  }));

Deno.test("what a superseded server writes changes no row, also where copying began in between", () =>
  withRounds(async ({ store, send, copyAll }) => {
    await send(ROUND);
    await send(by("run-2", printRoundsJson({ type: "server", run: "run-2", startedMs: 20 })));
    await copyAll();
    await send(by("run-1", printRoundsJson(round({ round: 1, state: "published", version: "zombie" }))));
    await send(by("run-2", printRoundsJson(round({ round: 1, state: "collecting" }))));
    await send(by("run-1", printRoundsJson(round({ round: 1, state: "published", version: "zombie" }))));
    await copyAll();
    const rounds = await all(store, "rounds");
    assert.deepEqual(rounds.map(({ state, version }) => [state, version]), [
      ["published", "abc"],
      ["collecting", null],
    ]);
  }));

Deno.test("a record that is none of the topic's is a dead letter", () =>
  withRounds(async ({ store, send, copyAll, letters }) => {
    const noUpdate = printRoundsBytes({ kind: "update", round: 0, device: "m" }, Uint8Array.of(1, 2, 3));
    await send([{ key: "nonsense", value: Uint8Array.of(1) }, ...by("run-1", noUpdate), ...ROUND]);
    await copyAll();
    assert.equal((await letters()).length, 2);
    assert.equal((await all(store, "rounds")).length, 2);
  }));
