import assert from "node:assert/strict";
import { FederatedBoard } from "../../../src/monitor/boards/federated.ts";
import {
  DEVICES_MAX,
  DEVICES_SHOWN_MAX,
  REFUSALS_MAX,
  ROUNDS_MAX,
} from "../../../src/monitor/boards/limits.ts";
import {
  printRoundsBytes,
  printRoundsJson,
  printRoundsTombstone,
  withHeaders,
} from "../../../src/records/federated_rounds/print.ts";
import type { DeviceRecord, RoundRecord } from "../../../src/records/federated_rounds/schema.ts";
import type { OutgoingRecord } from "../../../src/kafka/port.ts";
import { chunkOf, FakeFederation, type FakeRecord, START_MS } from "../../support/fake_federation.ts";
import { NASTY } from "../../support/screens.ts";

function fill(board: FederatedBoard, records: readonly FakeRecord[], nowMs = START_MS): FederatedBoard {
  for (const { topic, record } of records) board.take(chunkOf(topic, [record]), nowMs);
  return board;
}

function boardOf(...records: readonly OutgoingRecord[]): FederatedBoard {
  const board = new FederatedBoard({ nowMs: START_MS });
  board.take(chunkOf("federated-rounds", records), START_MS);
  return board;
}

function roundOf(round: number, more: Partial<RoundRecord> = {}): OutgoingRecord {
  return printRoundsJson({
    ...{ type: "round", round, state: "open", strategy: "fedavg", openedMs: START_MS + round * 1_000 },
    ...{ deadlineMs: null, closedMs: null, closedBy: null, devices: [], participants: 0, updates: 0 },
    ...{ wanted: 2, refused: {}, late: 0, dropped: 0, numExamples: 0, version: null, loss: null },
    ...{ metrics: {}, doubt: null, epsilon: null },
    ...more,
  });
}

function published(round: number, more: Partial<RoundRecord> = {}): OutgoingRecord {
  return roundOf(round, { state: "published", closedBy: "quorum", closedMs: START_MS, ...more });
}

function deviceOf(device: string, more: Partial<DeviceRecord> = {}): OutgoingRecord {
  return printRoundsJson({
    ...{ type: "device", device, participant: null, firstSeenMs: START_MS, lastSeenMs: START_MS },
    ...{ lastRound: 0, countedIn: 0, digest: "", updates: 1, refused: 0, numExamples: 10, metrics: {} },
    anomalies: 0,
    ...more,
  });
}

function refusalOf(device: string, reason: string): OutgoingRecord {
  return printRoundsJson({
    ...{ type: "refusal", device, participant: "site", round: 0, timeMs: START_MS, reason, detail: "so" },
  });
}

function updateOf(device: string, round: number): OutgoingRecord {
  return printRoundsBytes({ kind: "update", round, device }, new Uint8Array(8));
}

Deno.test("FederatedBoard follows rounds from the first update to the next global model", () => {
  const federation = new FakeFederation({ devices: ["a", "b", "c"] });
  const board = new FederatedBoard({ nowMs: START_MS });
  assert.deepEqual([board.snapshot(START_MS).round, board.snapshot(START_MS).model], [null, null]);
  fill(board, federation.rounds(5));
  fill(board, federation.update());
  fill(board, federation.update());
  const { round, rounds, model, published, updates, leftMs, loss, doubt, refused, refusedBy, mse, ...rest } =
    board.snapshot(federation.nowMs);
  assert.deepEqual([round!.round, round!.state, round!.counted, round!.wanted], [5, "collecting", 2, 3]);
  assert.deepEqual([model!.round, model!.version, published, updates], [5, "0005c0ffee42", 5, 17]);
  assert.equal(leftMs, 59_000);
  assert.equal(loss, rounds[1]!.loss);
  assert.match(doubt!, /^trims nothing of 3/);
  assert.deepEqual([refused, refusedBy], [2, { "not-finite": 1, norm: 1 }]);
  assert.deepEqual(rest.devices.map(({ device, updates }) => [device, updates]), [
    ...[["a", 6], ["b", 6], ["c", 5]],
  ]);
  assert.deepEqual([rest.deviceCount, rest.participantCount, rest.unreadable], [3, 3, 0]);
  const means = rest.devices.reduce((sum, one) => sum + one.mse.global!, 0) / 3;
  assert.equal(mse.global, means);
  assert.ok(mse.global! < mse.lastValue! && loss! < rounds.at(-1)!.loss!);
  assert.deepEqual(rest.refusals.map(({ device, round }) => [device, round]), [["c", 4], ["c", 1]]);
});

Deno.test("FederatedBoard counts the same whether it was there, or reads the topic when it is compacted", () => {
  const records = new FakeFederation().rounds(7);
  const live = fill(new FederatedBoard(), records).snapshot(START_MS);
  const rounds = records.filter(({ topic }) => topic === "federated-rounds").map(({ record }) => record);
  const last = new Map(rounds.map((record, at) => [record.key, at]));
  const compacted = rounds.filter((record, at) => last.get(record.key) === at && record.value !== null);
  const board = new FederatedBoard();
  board.take(chunkOf("federated-rounds", compacted), START_MS);
  const later = board.snapshot(START_MS);
  for (const name of ["round", "rounds", "mse", "refused", "refusedBy", "updates", "published"] as const) {
    assert.deepEqual(later[name], live[name], name);
  }
  assert.equal(later.refusals.length, 1, "of each device the newest");
});

Deno.test("FederatedBoard does not depend on the order of what is under different keys", () => {
  const records = [
    ...[published(0, { loss: 3, updates: 2 }), published(1, { loss: 2, updates: 2, refused: { norm: 2 } })],
    ...[published(2, { loss: 1, updates: 2 }), roundOf(3, { state: "collecting", updates: 1 })],
    ...[deviceOf("a"), deviceOf("b", { participant: "site" }), updateOf("a", 3), updateOf("b", 3)],
  ];
  const { devices, ...expected } = boardOf(...records).snapshot(START_MS);
  assert.deepEqual([expected.updates, expected.round!.counted, expected.refused], [8, 2, 2]);
  // A round that was computed again after a crash is written over when later ones are there.
  const orders = [[7, 3, 6, 0, 1, 2, 5, 4], [4, 5, 0, 3, 1, 6, 2, 7], [2, 1, 0, 3, 4, 5, 6, 7, 1, 0]];
  for (const order of orders) {
    const shuffled = boardOf(...order.map((at) => records[at]!)).snapshot(START_MS);
    assert.deepEqual(shuffled, { ...expected, devices }, String(order));
  }
});

Deno.test("FederatedBoard counts refusals before their round says so, and once when it does", () => {
  const board = boardOf(published(0, { refused: { norm: 1 } }), roundOf(1), refusalOf("a", "shape"));
  assert.deepEqual(board.snapshot(0).refusedBy, { norm: 1, shape: 1 });
  assert.equal(board.snapshot(0).round!.refused, 1);
  const closed = { refused: { shape: 1 }, updates: 2 };
  board.take(
    chunkOf("federated-rounds", [
      roundOf(1, { ...closed, state: "aggregating" }),
      published(1, closed),
      roundOf(2),
    ]),
    0,
  );
  assert.deepEqual([board.snapshot(0).refusedBy, board.snapshot(0).updates], [{ norm: 1, shape: 1 }, 2]);
});

Deno.test("FederatedBoard shows no figures of a round before it is closed: who has not sent yet has not dropped out", () => {
  const early = { updates: 1, dropped: 17, loss: 9, metrics: { "mse.global": 9 } };
  const { round, loss } = boardOf(published(0, { loss: 1 }), roundOf(1, { ...early, state: "collecting" }))
    .snapshot(0);
  assert.deepEqual([round!.dropped, round!.loss, round!.mse.global, loss], [0, null, null, 1]);
  assert.equal(boardOf(roundOf(1, { ...early, state: "aggregating" })).snapshot(0).round!.dropped, 17);
});

Deno.test("FederatedBoard says when the open round has no server any more, and when nothing comes", () => {
  const deadlineMs = START_MS + 60_000;
  const board = boardOf(roundOf(0, { state: "collecting", deadlineMs }));
  const at = (ms: number) => board.snapshot(START_MS + ms);
  assert.deepEqual([at(1_000).leftMs, at(1_000).overdueMs, at(1_000).silentMs], [59_000, null, null]);
  assert.deepEqual([at(65_000).leftMs, at(65_000).overdueMs], [0, null], "a server may be a little late");
  assert.deepEqual([at(75_000).overdueMs, at(75_000).silentMs], [15_000, null], "a round may be quiet");
  assert.deepEqual([at(125_000).overdueMs, at(125_000).silentMs], [65_000, 125_000]);
  board.take(chunkOf("federated-rounds", [published(0, { deadlineMs })]), START_MS + 75_000);
  assert.deepEqual([at(75_000).overdueMs, at(75_000).silentMs, at(75_000).leftMs], [null, null, null]);
});

Deno.test("FederatedBoard passes over what a server writes that was replaced, and begins anew with a new topic", () => {
  const run = (name: string, record: OutgoingRecord) => withHeaders(record, { run: name });
  const server = (name: string) =>
    run(name, printRoundsJson({ type: "server", run: name, startedMs: START_MS + Number(name) }));
  const board = boardOf(
    ...[server("1"), run("1", published(0, { updates: 2 })), run("1", roundOf(1)), server("2")],
    ...[run("1", published(1, { updates: 7 })), run("2", published(1, { updates: 3 })), run("2", roundOf(2))],
  );
  const { updates, published: count, serverStartedMs } = board.snapshot(0);
  assert.deepEqual([updates, count, serverStartedMs], [5, 2, START_MS + 2]);
  board.take(chunkOf("federated-rounds", [server("3"), run("3", roundOf(0))]), 0);
  const anew = board.snapshot(0);
  assert.deepEqual([anew.rounds.length, anew.round!.round, anew.updates, anew.model], [1, 0, 0, null]);
});

Deno.test("FederatedBoard takes anomalies of devices, each once, and leaves those of traffic alone", () => {
  const made = new FakeFederation().rounds(12).filter(({ topic }) => topic === "anomalies");
  assert.equal(made.length, 3);
  const board = fill(boardOf(deviceOf("meter-5"), deviceOf("b", { anomalies: 4 })), [...made, ...made]);
  const text = new TextDecoder().decode(made[0]!.record.value!).replace('"device"', '"link"');
  const ofTraffic = { ...made[0]!.record, value: new TextEncoder().encode(text) };
  fill(board, [{ topic: "anomalies", record: ofTraffic }]);
  const { anomalies, devices, unreadable } = board.snapshot(0, { order: "anomalies" });
  assert.deepEqual([anomalies, unreadable], [3, 0]);
  assert.deepEqual(devices.map(({ device, anomalies }) => [device, anomalies]), [["b", 4], ["meter-5", 3]]);
});

Deno.test("FederatedBoard orders devices as it is asked to", () => {
  const error = (global: number) => ({ metrics: { "mse.global": global } });
  const board = boardOf(
    deviceOf("meter-10", { ...error(0.5), lastSeenMs: 3, refused: 1 }),
    deviceOf("meter-9", { ...error(0.7), lastSeenMs: 2 }),
    deviceOf("other", { lastSeenMs: 9, refused: 4, anomalies: 1 }),
  );
  const names = (order: "name" | "seen" | "error" | "refused" | "anomalies") =>
    board.snapshot(0, { order }).devices.map(({ device }) => device);
  assert.deepEqual(names("name"), ["meter-9", "meter-10", "other"]);
  assert.deepEqual(names("seen"), ["other", "meter-10", "meter-9"]);
  assert.deepEqual(names("error"), ["meter-9", "meter-10", "other"]);
  assert.deepEqual(names("refused"), ["other", "meter-10", "meter-9"]);
  assert.deepEqual(names("anomalies"), ["other", "meter-9", "meter-10"]);
});

Deno.test("FederatedBoard is bounded, whatever comes, and what it cannot read is counted", () => {
  const board = new FederatedBoard();
  const records: OutgoingRecord[] = [];
  for (let at = 0; at < DEVICES_MAX + 7; at++) records.push(deviceOf(`device-${at}`));
  for (let at = 0; at < ROUNDS_MAX + 5; at++) records.push(published(at, { updates: 1 }));
  for (let at = 0; at < REFUSALS_MAX + 50; at++) records.push(refusalOf("a", `reason-${at}`));
  for (let at = 0; at < DEVICES_MAX + 9; at++) records.push(updateOf(`device-${at}`, ROUNDS_MAX + 5));
  records.push(roundOf(ROUNDS_MAX + 5));
  records.push({ key: null, value: new Uint8Array(3) }, { key: "round/1", value: new Uint8Array(3) });
  records.push({ key: "round/1", value: published(2).value }, { key: "unknown/1", value: new Uint8Array(3) });
  board.take(chunkOf("federated-rounds", records), START_MS);
  const { devices, deviceCount, rounds, refusals, refusedBy, refused, updates, published: count, ...rest } =
    board.snapshot(START_MS);
  assert.deepEqual([devices.length, deviceCount], [DEVICES_SHOWN_MAX, DEVICES_MAX + 7]);
  assert.equal(devices.at(-1)!.device, `device-${DEVICES_MAX + 6}`, "those that sent last");
  assert.deepEqual([rounds.length, count, rounds[0]!.round], [ROUNDS_MAX, ROUNDS_MAX + 5, ROUNDS_MAX + 5]);
  assert.deepEqual([rounds[0]!.counted, updates], [DEVICES_MAX, ROUNDS_MAX + 5 + DEVICES_MAX]);
  assert.deepEqual([refusals.length, refused], [REFUSALS_MAX, REFUSALS_MAX + 50]);
  assert.ok(Object.keys(refusedBy).length <= 33);
  assert.equal(rest.unreadable, 4);
});

Deno.test("FederatedBoard shows no figure that is none, and no name that harms", () => {
  const name = NASTY.toWellFormed(); // as a key has it
  const board = boardOf(
    deviceOf(name, { metrics: { "mse.global": 0.25, toString: 3 }, participant: name }),
    deviceOf("b"),
    // JSON has no infinite numbers: a record with one is not what the schema says.
    deviceOf("c", { metrics: { loss: Infinity, "mse.local": NaN } }),
    refusalOf(name, name),
    published(0, { strategy: name, doubt: name, refused: { [name]: 1 }, version: name }),
    printRoundsTombstone({ kind: "update", round: 0, device: "b" }),
  );
  const { devices, mse, unreadable, loss } = board.snapshot(0);
  assert.deepEqual([devices.length, loss, unreadable], [2, null, 1]);
  assert.deepEqual(mse, { lastValue: null, local: null, global: 0.25, personalised: null });
  const shown = JSON.stringify(board.snapshot(0), (key, value) => key === "id" ? undefined : value);
  assert.doesNotMatch(shown, /[\p{C}\p{M}\p{Bidi_Control}]/u);
});
