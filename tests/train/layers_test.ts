import assert from "node:assert/strict";
import { layersOf } from "../../src/train/layers.ts";
import { loadCheckpoint, saveCheckpoint, trainForecaster, type TrainingState } from "../../src/train/mod.ts";
import { setOf, wave } from "./sets.ts";

Deno.test("layersOf() makes dense, LSTM and dropout layers, and dropout behind each where it is asked for", () => {
  assert.deepEqual(
    layersOf([64, "dropout:0.3"], { activation: "relu", outputs: 5, outputActivation: "softmax" }),
    [
      { kind: "dense", units: 64, activation: "relu" },
      { kind: "dropout", rate: 0.3 },
      { kind: "dense", units: 5, activation: "softmax" },
    ],
  );
  assert.deepEqual(layersOf(["lstm:8", 4], { activation: "tanh", dropout: 0.5, outputs: 1 }), [
    { kind: "lstm", units: 8 },
    { kind: "dropout", rate: 0.5 },
    { kind: "dense", units: 4, activation: "tanh" },
    { kind: "dropout", rate: 0.5 },
    { kind: "dense", units: 1, activation: "identity" },
  ]);
});

const waves = () => setOf({ a: wave(200), b: wave(160, 2) });
const task = {
  horizon: 2,
  lookback: 6,
  recipe: { epochs: 12, batchSize: 16, hidden: ["lstm:8", "dropout:0.1", "lstm:8"], learningRate: 0.02 },
} as const;

Deno.test("trainForecaster() trains stacked LSTM layers on the values, one reading a step, and beats the last value", async () => {
  const { model, report } = await trainForecaster(waves(), task);
  assert.equal(model.metadata.preparation.kind, "values");
  assert.deepEqual([model.network.spec.inputs, model.network.spec.steps], [1, 6]);
  assert.ok(report.test.all!.ratio.mse < 0.5, `ratio ${report.test.all!.ratio.mse}`);
});

Deno.test("trainForecaster() refuses an LSTM on differences, and one behind a dense layer", async () => {
  const train = (recipe: Parameters<typeof trainForecaster>[1]["recipe"] & object) =>
    trainForecaster(waves(), { ...task, recipe: { ...task.recipe, ...recipe } });
  await assert.rejects(train({ preparation: "differences" }), {
    name: "UserError",
    message: /LSTM on differences/,
  });
  await assert.rejects(train({ hidden: [4, "lstm:4"] }), {
    name: "UserError",
    message: /behind a dense layer/,
  });
});

Deno.test("trainForecaster() goes on from a checkpoint's file to the same bytes, and refuses one of another task", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/state.safetensors`;
    const whole = await trainForecaster(waves(), task);
    const controller = new AbortController();
    await trainForecaster(waves(), {
      ...task,
      signal: controller.signal,
      onCheckpoint: (identity, state: TrainingState) => saveCheckpoint(path, { identity, state }),
      onEpoch: ({ trainingEpoch }) => trainingEpoch === 5 && controller.abort(),
    });
    const onBegin = (identity: Parameters<typeof loadCheckpoint>[1]) => loadCheckpoint(path, identity);
    assert.deepEqual((await trainForecaster(waves(), { ...task, onBegin })).bytes, whole.bytes);
    await assert.rejects(trainForecaster(waves(), { ...task, horizon: 3, onBegin }), {
      name: "UserError",
      message: /another training \(horizon 2, now 3\)/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
