/** Producers that mean harm: thousands of names, each as long as a record may be, leave boards and streams small. */
import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expose } from "../../../src/metrics/exposition.ts";
import { FederatedBoard } from "../../../src/monitor/boards/federated.ts";
import { LikesBoard } from "../../../src/monitor/boards/likes.ts";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { TrafficBoard } from "../../../src/monitor/boards/traffic.ts";
import { MODELS_MAX } from "../../../src/monitor/boards/limits.ts";
import { BoardStream } from "../../../src/web/boards/board_stream.ts";
import { observedMetrics } from "../../../src/web/boards/observed.ts";
import {
  type ServedBoard,
  serveFederated,
  serveLikes,
  servePredictions,
  serveTraffic,
} from "../../../src/web/boards/served.ts";
import { chunkOf, FakeFederation } from "../../support/fake_federation.ts";
import { fakeClassification, fakePrediction } from "../../support/fake_predictions.ts";
import { totalOf } from "../../support/fake_totals.ts";
import { bytesOf, FakeTraffic } from "../../support/fake_traffic.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** Half of what a record may be where nobody has set another limit. */
const LONG = "x".repeat(500_000);
/** Records of each test: with one text of each kept they would be 50 MB. */
const RECORDS = 100;
const KEPT_BYTES_MAX = 10_000_000;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of memory that stay with `fill`. */
function keptBy(fill: () => void): number {
  collectGarbage();
  const before = Deno.memoryUsage().heapUsed;
  fill();
  collectGarbage();
  return Deno.memoryUsage().heapUsed - before;
}

/** What a newcomer of the live stream gets, in letters. */
function snapshotLength(board: ServedBoard): number {
  board.record(NOW_MS);
  const stream = new BoardStream(board, {}, 1_000);
  stream.update(NOW_MS);
  return stream.snapshot().length;
}

const noRun = { run: () => Promise.resolve() };

Deno.test("ids, sources, classes and models as long as records leave a board of predictions small", async () => {
  const board = new PredictionsBoard({ nowMs: NOW_MS });
  const kept = keptBy(() => {
    for (let n = 0; n < RECORDS; n++) {
      const record = {
        ...(n % 2 === 0
          ? fakePrediction({
            ...{ id: `${n}${LONG}`, source: `${n} ${LONG}`, predictedAtMs: NOW_MS },
            scored: { predicted: 1, baseline: 2, actual: 3 },
          })
          : Object(fakeClassification({
            ...{ id: `${n}`, source: "s", predicted: `${n} ${LONG}`, actual: "b", predictedAtMs: NOW_MS },
          }))),
        model: { name: "m", version: `${n} ${LONG}` },
      };
      board.addPrediction(bytesOf(record), NOW_MS);
    }
  });
  assert.ok(kept < KEPT_BYTES_MAX, `${Math.round(kept / 1e6)} MB are kept`);
  for (let n = 0; n < 2 * MODELS_MAX; n++) {
    const record = fakePrediction({ id: `m${n}`, predictedAtMs: NOW_MS });
    const name = n % 2 === 0 ? `${n}${LONG}` : `${n}\ud800`;
    board.addPrediction(bytesOf({ ...record, model: { name, version: "1" } }), NOW_MS);
  }
  const source = { ...noRun, snapshot: board.snapshot.bind(board) };
  const modelKeys = () => board.modelKeys();
  assert.ok(modelKeys().length <= MODELS_MAX);
  assert.equal(source.snapshot(NOW_MS).unreadable, MODELS_MAX);
  const beside = {
    reader: { input: "input-data", group: "g" },
    modelKeys,
    answering: () => null,
    training: () => null,
  };
  assert.ok(snapshotLength(servePredictions(source, beside)) < 500_000);
  const { text } = await expose([observedMetrics({ source, modelKeys, input: "i", group: "g" })]);
  assert.ok(text.length < 50_000);
});

Deno.test("a record that comes again is known by a long id, too", () => {
  const board = new PredictionsBoard({ nowMs: NOW_MS });
  const add = (id: string) =>
    board.addPrediction(bytesOf(fakePrediction({ id, predictedAtMs: NOW_MS })), NOW_MS);
  for (const id of [LONG, `${LONG}1`, LONG, LONG]) add(id);
  const { processed, repeated } = board.snapshot(NOW_MS);
  assert.deepEqual([processed, repeated], [2, 2]);
});

Deno.test("links, rules, subjects, targets and ids as long as are read leave a board of traffic small", () => {
  const board = new TrafficBoard();
  const { forecasts, alerts, anomalies } = everything();
  board.addAlert(bytesOf({ ...alerts[0]!, link: LONG }));
  board.addForecast(bytesOf({ ...forecasts[0]!, link: LONG }));
  board.addAnomaly(bytesOf({ ...anomalies[0]!, link: LONG }));
  assert.equal(board.snapshot(NOW_MS).unreadable, 3);
  const kept = keptBy(() => {
    for (let n = 0; n < 10 * RECORDS; n++) {
      const id = `${n} ${LONG.slice(0, 8_000)}`;
      board.addForecast(bytesOf({ ...forecasts[0]!, id, link: id }));
      board.addAlert(bytesOf({ ...alerts[0]!, id, rule: id, link: id }));
      board.addAnomaly(
        bytesOf({ ...anomalies[0]!, id, link: id, subject: { ...anomalies[0]!.subject, name: id } }),
      );
    }
  });
  assert.ok(kept < KEPT_BYTES_MAX, `${Math.round(kept / 1e6)} MB are kept`);
  assert.ok(snapshotLength(serveTraffic({ ...noRun, snapshot: board.snapshot.bind(board) })) < 1_000_000);
});

Deno.test("titles as long as records leave a board of likes small", () => {
  const board = new LikesBoard();
  for (let n = 0; n < RECORDS; n++) board.addTotal(bytesOf(totalOf(`${n}`, n, { title: LONG })));
  const shown = board.snapshot();
  assert.deepEqual([shown.ranking.length, shown.unreadable], [0, RECORDS]);
  assert.ok(snapshotLength(serveLikes({ ...noRun, snapshot: () => shown })) < 10_000);
});

Deno.test("devices, reasons and strategies as long as records leave a board of a federation small", () => {
  const board = new FederatedBoard();
  const kept = keptBy(() => {
    for (let n = 0; n < RECORDS; n++) {
      const federation = new FakeFederation({ devices: [`a${n} ${LONG.slice(0, 8_000)}`, `b${n}`, "c"] });
      for (const { topic, record } of federation.rounds(3)) {
        const { value, ...more } = record;
        const text = value === null ? null : new TextDecoder().decode(value)
          .replace('"strategy":"', `"strategy":"${n} ${LONG}`).replace('"reason":"', `"reason":"${n} ${LONG}`)
          .replace('"refused":{', `"refused":{"${n} ${LONG}":1,"${n}":2,`);
        const own = { ...more, value: text === null ? null : new TextEncoder().encode(text) };
        board.take(chunkOf(topic, [own]), NOW_MS);
      }
    }
  });
  const { deviceCount, refusals, unreadable } = board.snapshot(NOW_MS);
  assert.ok(deviceCount > RECORDS && refusals.length === RECORDS && unreadable > 0);
  assert.ok(kept < KEPT_BYTES_MAX, `${Math.round(kept / 1e6)} MB are kept`);
  assert.ok(snapshotLength(serveFederated({ ...noRun, snapshot: board.snapshot.bind(board) })) < 1_000_000);
});

/** Windows until there was an alert and an anomaly. */
function everything() {
  const traffic = new FakeTraffic();
  const all = { forecasts: [] as unknown[], alerts: [] as unknown[], anomalies: [] as unknown[] };
  for (let n = 0; all.alerts.length === 0 || all.anomalies.length === 0; n++) {
    const { forecasts, alerts, anomalies } = traffic.window(n);
    all.forecasts.push(...forecasts);
    all.alerts.push(...alerts);
    all.anomalies.push(...anomalies);
  }
  return all as ReturnType<FakeTraffic["window"]>;
}
