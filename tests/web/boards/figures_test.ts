/** Snapshots as figures by name, and what has happened between two of them. */
import assert from "node:assert/strict";
import { FederatedBoard } from "../../../src/monitor/boards/federated.ts";
import { LikesBoard } from "../../../src/monitor/boards/likes.ts";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { TrafficBoard } from "../../../src/monitor/boards/traffic.ts";
import {
  federatedFigures,
  federatedNews,
  likesFigures,
  predictionsFigures,
  predictionsNews,
  trafficFigures,
  trafficNews,
} from "../../../src/web/boards/figures.ts";
import { VIDEO_CURVES_MAX } from "../../../src/web/boards/limits.ts";
import { chunkOf, FakeFederation } from "../../support/fake_federation.ts";
import {
  FAKE_CLASSES,
  fakeChunk,
  fakeClassification,
  fakeDeadLetter,
  fakePrediction,
  fakeRecord,
} from "../../support/fake_predictions.ts";
import { fill } from "../../support/fake_traffic_board.ts";
import { totalOf } from "../../support/fake_totals.ts";

const NOW_MS = 1_800_000_000_000;

Deno.test("predictions: errors and latency of the last minute, rate, lag by partition, dead letters", () => {
  const board = new PredictionsBoard({ nowMs: NOW_MS });
  assert.deepEqual(
    [...predictionsFigures(board.snapshot(NOW_MS))].filter(([, value]) => value !== null),
    [["perSecond", 0], ["deadLetters", 0]],
  );
  const scored = { predicted: 3, baseline: 5, actual: 2 };
  const at = (id: string, predictedAtMs: number) =>
    fakeRecord(fakePrediction({ id, scored, predictedAtMs, latencyMs: 4 }));
  board.take(fakeChunk("predictions", [at("a", NOW_MS - 2_000), at("b", NOW_MS - 1_000)]), NOW_MS);
  board.take(fakeChunk("dead-letters", [fakeDeadLetter("no-reading")]), NOW_MS);
  board.takeLag([{ partition: 0, lag: 4 }, { partition: 1, lag: 3 }], { nowMs: NOW_MS });
  const figures = Object.fromEntries(predictionsFigures(board.snapshot(NOW_MS)));
  assert.deepEqual(figures, {
    ...{
      mse: 1,
      baselineMse: 9,
      mae: 1,
      baselineMae: 3,
      accuracy: null,
      baselineAccuracy: null,
      macroF1: null,
    },
    ...{ p50: 4, p95: 4, p99: 4, perSecond: 1, lag: 7, deadLetters: 1, "lag.0": 4, "lag.1": 3 },
  });
  const later = predictionsFigures(board.snapshot(NOW_MS + 3_600_000));
  assert.deepEqual([later.get("mse"), later.get("p50"), later.get("perSecond")], [null, null, 0]);
});

Deno.test("classifications: scores of all classes, and F1 of each", () => {
  const board = new PredictionsBoard({ nowMs: NOW_MS });
  const values = ["normal", "dos"].map((predicted, at) =>
    fakeRecord(fakeClassification({ id: `${at}`, predicted, actual: "normal", predictedAtMs: NOW_MS }))
  );
  board.take(fakeChunk("predictions", values), NOW_MS);
  const figures = predictionsFigures(board.snapshot(NOW_MS));
  assert.equal(figures.get("accuracy"), 0.5);
  assert.equal(figures.get("baselineAccuracy"), 1);
  assert.deepEqual(
    [...figures.keys()].filter((name) => name.startsWith("f1.")),
    FAKE_CLASSES.map((name) => `f1.${name}`),
  );
});

Deno.test("a version that predicts for the first time is news, the first one is not", () => {
  const board = new PredictionsBoard({ nowMs: NOW_MS });
  const none = board.snapshot(NOW_MS);
  const take = (id: string, version: string) => {
    const made = { ...fakePrediction({ id, predictedAtMs: NOW_MS }), model: { name: "sensors", version } };
    board.take(fakeChunk("predictions", [fakeRecord(made)]), NOW_MS);
    return board.snapshot(NOW_MS);
  };
  const first = take("a", "1");
  assert.deepEqual([predictionsNews(first, undefined), predictionsNews(first, none)], [[], []]);
  const second = take("b", "2");
  assert.deepEqual(predictionsNews(second, first), ["version 2 of sensors/temperature/12 predicts"]);
  assert.deepEqual(predictionsNews(take("c", "1"), second), []);
});

Deno.test("traffic: lag of each job, alerts, anomalies and forecasts; what was raised and found is news", () => {
  const empty = new TrafficBoard({ nowMs: NOW_MS });
  const before = empty.snapshot(NOW_MS);
  empty.takeLag([{ partition: 0, lag: 2 }, { partition: 1, lag: 5 }], { nowMs: NOW_MS, job: "forecast" });
  assert.equal(trafficFigures(empty.snapshot(NOW_MS)).get("lag.forecast"), 7);
  const now = fill(new TrafficBoard({ nowMs: NOW_MS })).snapshot(NOW_MS);
  const figures = trafficFigures(now);
  assert.deepEqual(
    [figures.get("activeAlerts"), figures.get("anomalies"), figures.get("forecasts")],
    [now.activeAlerts, now.anomalyCount, now.forecasts],
  );
  assert.ok(now.forecasts > 0 && now.raised > 0 && now.anomalyCount > 0);
  assert.deepEqual(trafficNews(now, undefined), []);
  const one = (count: number, text: RegExp, many: string) => count === 1 ? text : new RegExp(many);
  const news = trafficNews(now, before);
  assert.match(news[0]!, one(now.raised, /^alert .+ on .+: ./, `^${now.raised} alerts raised$`));
  assert.match(
    news[1]!,
    one(now.anomalyCount, /^anomaly .+ of .+: ./, `^${now.anomalyCount} anomalies found$`),
  );
  const raised = trafficNews(now, { ...now, raised: now.raised - 1, anomalyCount: now.anomalyCount - 1 });
  assert.match(raised[0]!, /^alert .+ on .+: ./);
  assert.match(raised[1]!, /^anomaly .+ of .+: ./);
  assert.deepEqual(trafficNews(now, now), []);
});

Deno.test("likes: the events, and the videos with the most likes", () => {
  const board = new LikesBoard();
  board.take(
    fakeChunk("youtube-totals", Array.from({ length: 30 }, (_, at) => fakeRecord(totalOf(`v${at}`, at)))),
    NOW_MS,
  );
  const figures = likesFigures(board.snapshot());
  assert.deepEqual([figures.size, figures.get("events")], [VIDEO_CURVES_MAX + 1, 0]);
  assert.deepEqual([figures.get("likes.v29"), figures.get("likes.v9")], [29, undefined]);
});

Deno.test("a federation: its round, updates, errors by what predicts; global models are news", () => {
  const federation = new FakeFederation();
  const board = new FederatedBoard();
  const fill = (rounds: number) => {
    for (const { topic, record } of federation.rounds(rounds)) board.take(chunkOf(topic, [record]), NOW_MS);
    return board.snapshot(NOW_MS);
  };
  const empty = board.snapshot(NOW_MS);
  assert.deepEqual([...federatedFigures(empty)].filter(([, value]) => value !== null), [
    ...[["devices", 0], ["updates", 0], ["refused", 0], ["anomalies", 0]],
  ]);
  const first = fill(1), third = fill(2);
  const figures = federatedFigures(third);
  assert.deepEqual(
    ["round", "counted", "devices", "updates", "refused"].map((name) => figures.get(name)),
    [3, 0, 18, 54, 1],
  );
  assert.deepEqual([figures.get("loss"), figures.get("mse.global")], [third.loss, third.mse.global]);
  assert.deepEqual(federatedNews(first, undefined), []);
  assert.deepEqual(federatedNews(first, empty), ["global model 1"]);
  assert.deepEqual(federatedNews(third, first), ["2 global models, the last 3"]);
  assert.deepEqual(federatedNews(third, third), []);
});
