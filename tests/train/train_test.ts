import assert from "node:assert/strict";
import { denseSpec } from "../../nn/mod.ts";
import {
  formatReport,
  trainForecaster,
  type TrainingOptions,
  type TrainingSet,
} from "../../src/train/mod.ts";
import { judge } from "../../src/train/forecaster/report.ts";
import { readForecastModel, readModel } from "../../src/models/model_file.ts";
import { setOf, wave } from "./sets.ts";

const task = { horizon: 2, lookback: 6, recipe: { epochs: 30, batchSize: 16, hidden: [8] } } as const;
const waves = () => setOf({ a: wave(300), b: wave(260, 2) });

Deno.test("trainForecaster() gives the same bytes for the same seed, and others for another", async () => {
  const first = await trainForecaster(waves(), task);
  const second = await trainForecaster(waves(), task);
  assert.deepEqual(first.bytes, second.bytes);
  assert.deepEqual(first.report, second.report);
  const other = await trainForecaster(waves(), { ...task, recipe: { ...task.recipe, seed: 2 } });
  assert.notEqual(other.model.version, first.model.version);
});

Deno.test("trainForecaster() beats the last value where there is something to learn, and says so first", async () => {
  const { report, model, bytes, interrupted } = await trainForecaster(waves(), task);
  assert.equal(interrupted, false);
  assert.equal(judge(report), "network");
  assert.ok(report.test.all!.ratio.mse < 0.2, `ratio ${report.test.all!.ratio.mse}`);
  assert.match(formatReport(report)[0]!, /^The network beats the baseline: MAE −\d/);
  assert.equal(model.metadata.metrics["test.all.network.mse"], report.test.all!.network.mse);
  assert.equal(readModel(bytes).version, model.version);
  assert.deepEqual([model.target, model.horizon, model.lookback], ["x", 2, 6]);
});

Deno.test("trainForecaster() keeps the epoch that validated best", async () => {
  const seen: number[] = [];
  const { report } = await trainForecaster(waves(), {
    ...task,
    recipe: { ...task.recipe, patience: 2, learningRate: 0.02 },
    onEpoch: ({ validationLoss }) => seen.push(validationLoss),
  });
  assert.deepEqual(seen, report.epochs.map(({ validationLoss }) => validationLoss));
  assert.equal(seen[report.bestEpoch - 1], Math.min(...seen));
  assert.ok(report.epochs.length === 30 || report.epochs.length === report.bestEpoch + 2);
});

Deno.test("trainForecaster() says how many epochs are done, those in hand by their share", async () => {
  const done: number[] = [];
  // An LSTM on so many examples has pauses within an epoch.
  const recipe = {
    epochs: 2,
    batchSize: 16,
    hidden: ["lstm:64"],
    preparation: "values",
  } as const;
  await trainForecaster(setOf({ a: wave(4_000) }), {
    ...{ horizon: 2, lookback: 24, recipe },
    onProgress: (progress) => {
      assert.equal(progress.total, 2);
      done.push(progress.done);
    },
  });
  assert.deepEqual(done, done.toSorted((a, b) => a - b));
  assert.ok(done.includes(1) && done.at(-1) === 2, `${done}`);
  assert.ok(done.some((epochs) => epochs > 1 && epochs < 2), `${done}`);
});

Deno.test("trainForecaster() says at the top when the baseline wins", async () => {
  // Whatever is learned while the values alternate is wrong when they climb.
  const values = Array.from({ length: 200 }, (_, n) => n < 160 ? n % 2 : 0.5 + (n - 160) / 100);
  const { report } = await trainForecaster(setOf({ a: values }), { ...task, horizon: 1 });
  assert.equal(judge(report), "baseline");
  const [doubt, first] = formatReport(report);
  assert.match(doubt!, /^TOO LITTLE TO JUDGE BY: 39 test forecasts/);
  assert.match(first!, /^THE BASELINE WINS: MAE \+.*Use the last value rather than this network\.$/);
});

Deno.test("trainForecaster() stops when asked and keeps the best so far", async () => {
  const controller = new AbortController();
  const { report, interrupted, bytes } = await trainForecaster(waves(), {
    ...task,
    signal: controller.signal,
    onEpoch: ({ trainingEpoch }) => trainingEpoch === 3 && controller.abort(),
  });
  assert.ok(interrupted);
  assert.equal(report.epochs.length, 3);
  const three = await trainForecaster(waves(), { ...task, recipe: { ...task.recipe, epochs: 3 } });
  assert.deepEqual(readModel(bytes).network.parameters, three.model.network.parameters);
});

Deno.test("trainForecaster() that has no time left to measure keeps the model, and says what measures it", async () => {
  const controller = new AbortController();
  const { report, bytes } = await trainForecaster(waves(), {
    ...task,
    signal: controller.signal,
    measureWithinMs: 0,
    onEpoch: ({ trainingEpoch }) => trainingEpoch === 3 && controller.abort(),
  });
  const three = await trainForecaster(waves(), { ...task, recipe: { ...task.recipe, epochs: 3 } });
  const { network, metadata } = readForecastModel(bytes);
  assert.deepEqual(network.parameters, three.model.network.parameters);
  assert.deepEqual([metadata.metrics, metadata.references], [{ bestEpoch: report.bestEpoch }, undefined]);
  assert.deepEqual([report.test.all, report.stream.all, report.ridgePenalty], [null, null, null]);
  const lines = formatReport(report);
  assert.match(lines[0]!, /^NOT MEASURED: .*`streamflow evaluate`/);
  assert.match(lines.join("\n"), /stopped early on request/);
});

Deno.test("trainForecaster() learns from several features and hidden layers, by values and with sgd too", async () => {
  const recipe = { ...task.recipe, hidden: [8, 4], preparation: "values", optimizer: "sgd" } as const;
  const { model } = await trainForecaster(waves(), { ...task, recipe: { ...recipe, learningRate: 0.01 } });
  assert.deepEqual(
    model.network.spec,
    denseSpec({ inputs: 6, hidden: [8, 4], outputs: 1, activation: "tanh" }),
  );
});

Deno.test("trainForecaster() refuses with one clear line", async () => {
  const cases: [TrainingSet, Partial<TrainingOptions>, RegExp][] = [
    [waves(), { target: "pressure" }, /Cannot forecast pressure: tiny has the features x/],
    [
      setOf({ a: wave(12) }),
      {},
      /longest of its 1 series has 12 readings, too few for look-back 6 and horizon 2/,
    ],
    [setOf({ a: new Array(200).fill(4) }), {}, /Cannot learn to forecast x: it never changes/],
    [waves(), { lookback: 1 }, /look-back of 1/],
    [
      waves(),
      { recipe: { ...task.recipe, learningRate: 1e308, optimizer: "sgd" } },
      /the loss of epoch \d+, batch \d+ is .*not finite/,
    ],
    [waves(), { recipe: { hidden: [100_000, 100_000] } }, /at most \d+ are allowed/],
    [waves(), { signal: AbortSignal.abort(), recipe: { epochs: 0 } }, /stopped before its first epoch/],
  ];
  for (const [set, change, message] of cases) {
    await assert.rejects(trainForecaster(set, { ...task, ...change }), { name: "UserError", message });
  }
});
