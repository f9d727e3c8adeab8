/** What `streamflow web` counts from the topics, as metrics: the numbers of the board's own snapshots. */
import assert from "node:assert/strict";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { observedMetrics } from "../../../src/web/boards/observed.ts";
import { fakeClassification, fakePrediction } from "../../support/fake_predictions.ts";

const encoder = new TextEncoder();

/** A board with two models, and its samples as `name{labels}` → value. */
function samplesOf(predictions: readonly unknown[], nowMs: number): Map<string, unknown> {
  const board = new PredictionsBoard({
    nowMs,
    input: "in",
    topics: { predictions: "predictions", deadLetters: "dead" },
  });
  for (const value of predictions) board.addPrediction(encoder.encode(JSON.stringify(value)), nowMs);
  board.takeLag([{ partition: 0, lag: 3 }, { partition: 1, lag: 0 }], { nowMs });
  const collect = observedMetrics({
    source: { run: () => Promise.resolve(), snapshot: (nowMs, choice) => board.snapshot(nowMs, choice) },
    modelKeys: () => board.modelKeys(),
    ...{ input: "in", group: "g" },
  });
  return new Map(
    collect().map(({ metric, labels, value }) => {
      const text = Object.values(labels).join(",");
      return [`${metric.name.replace("streamflow_observed_", "")}{${text}}`, value];
    }),
  );
}

Deno.test("each model has its own errors and counts; lag is the group's", () => {
  const nowMs = Date.now();
  const samples = samplesOf([
    fakePrediction({ id: "a", predictedAtMs: nowMs, latencyMs: 20 }),
    fakePrediction({ id: "b", by: "baseline", predictedAtMs: nowMs, latencyMs: 20 }),
    fakePrediction({
      id: "c",
      scored: { predicted: 3, baseline: 5, actual: 1 },
      predictedAtMs: nowMs,
      latencyMs: 20,
    }),
    fakeClassification({ id: "d", predicted: "dos", actual: "dos", predictedAtMs: nowMs }),
    fakeClassification({ id: "e", predicted: "probe", actual: "normal", predictedAtMs: nowMs }),
  ], nowMs);
  const forecasts = "sensors/temperature/12";
  assert.equal(samples.get(`predictions_total{${forecasts},network}`), 2);
  assert.equal(samples.get(`predictions_total{${forecasts},baseline}`), 1);
  assert.equal(samples.get(`mse{${forecasts},network}`), 4);
  assert.equal(samples.get(`mse{${forecasts},baseline}`), 16);
  assert.equal(samples.get(`mae{${forecasts},network}`), 2);
  assert.ok(Math.abs(Number(samples.get(`latency_seconds{${forecasts},0.5}`)) - 0.02) < 0.002);
  const accuracies = [...samples].filter(([name]) => name.startsWith("accuracy_ratio{"));
  // The baseline names the most frequent class, of which one of the two is.
  assert.deepEqual(accuracies.map(([name, value]) => [name.includes("network"), value]), [
    [true, 0.5],
    [false, 0.5],
  ]);
  assert.deepEqual(
    [...samples].filter(([name]) => name.startsWith("kafka_consumergroup_lag")),
    [["kafka_consumergroup_lag{g,in,0}", 3], ["kafka_consumergroup_lag{g,in,1}", 0]],
  );
});

Deno.test("what is not known has no sample", () => {
  const nowMs = Date.now();
  const names = [...samplesOf([fakePrediction({ id: "a", predictedAtMs: nowMs })], nowMs).keys()];
  assert.ok(names.some((name) => name.startsWith("predictions_total{")));
  assert.ok(!names.some((name) => /^(mse|mae|accuracy_ratio)\{/.test(name)));
});
