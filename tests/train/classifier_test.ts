import assert from "node:assert/strict";
import { readModel } from "../../src/models/model_file.ts";
import {
  type ClassifierOptions,
  type ClassifierRecipe,
  type ClassifierTables,
  judgeClassifier,
  PLAIN_RECIPE,
  prepareClassifier,
  splitHalves,
  trainClassifier,
  type TrainingState,
  writeClassifier,
} from "../../src/train/mod.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/train/loop/checkpoint.ts";
import { changed, tableOf, withNumber } from "./tables.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const recipe: Partial<ClassifierRecipe> = {
  hidden: [12],
  restarts: 1,
  criterion: "macro-f1",
  patience: 4,
  epochs: 4,
  batchSize: 32,
  dropout: 0.1,
  learningRate: 0.01,
};
const tables = (rows = 600): ClassifierTables => ({
  training: tableOf(rows, 1),
  held: tableOf(400, 2, "held-out"),
});

async function train(of: ClassifierTables, options: ClassifierOptions = { recipe }) {
  const result = await trainClassifier(of, options);
  const report = finishAtOnce(judgeClassifier(of, result));
  return { result, report, bytes: writeClassifier(of, result, report.metrics) };
}

Deno.test("trainClassifier() gives the same bytes for the same seed, and others for another", async () => {
  const [first, second] = [await train(tables()), await train(tables())];
  assert.deepEqual(first.bytes, second.bytes);
  const other = await train(tables(), { recipe: { ...recipe, seed: 2 } });
  assert.notDeepEqual(first.bytes, other.bytes);
});

Deno.test("trainClassifier() beats the majority class by accuracy and macro-F1 on the test half", async () => {
  const { report, result } = await train(tables());
  const { report: scores, baseline } = report.test;
  assert.ok(scores.accuracy > 0.85 && scores.accuracy > baseline.accuracy, `accuracy ${scores.accuracy}`);
  assert.ok(scores.macro.f1 > 0.7 && scores.macro.f1 > baseline.macroF1 + 0.2, `macro-F1 ${scores.macro.f1}`);
  assert.equal(result.baseline, "calm");
  assert.equal(report.validation.rows + report.test.rows, 400);
  assert.equal(report.test.confusion.flat().reduce((a, b) => a + b, 0), 200);
});

Deno.test("trainClassifier() keeps the epoch with the highest validation macro-F1", async () => {
  const { result } = await train(tables(), {
    recipe: { ...recipe, epochs: 12, patience: 3, learningRate: 0.05 },
  });
  const scores = result.epochs.map(({ classification }) => classification!.validationMacroF1);
  assert.equal(scores[result.keptEpoch - 1], Math.max(...scores));
  assert.ok(scores.length === 12 || scores.length === result.keptEpoch + 3);
});

Deno.test("trainClassifier() keeps the epoch with the least validation loss where that is asked for", async () => {
  const change = { epochs: 12, patience: 12, learningRate: 0.05, criterion: "loss" } as const;
  const { result } = await train(tables(), { recipe: { ...recipe, ...change } });
  const losses = result.epochs.map(({ validationLoss }) => validationLoss);
  assert.equal(losses[result.keptEpoch - 1], Math.min(...losses));
});

Deno.test("trainClassifier() with the plain recipe keeps the last epoch and fits no offsets", async () => {
  const { result } = await train(tables(), { recipe: { ...PLAIN_RECIPE, hidden: [8], epochs: 3 } });
  assert.equal(result.keptEpoch, 3);
  assert.deepEqual(result.offsets, [0, 0, 0]);
});

Deno.test("the model file answers as the trained network does, offsets included", async () => {
  const { result, bytes } = await train(tables());
  const model = readModel(bytes);
  assert.deepEqual(model.metadata.task, {
    kind: "classification",
    target: "class",
    classes: ["calm", "busy", "rare"],
    offsets: result.offsets,
    baseline: "calm",
  });
  assert.deepEqual(model.network.parameters, result.network.parameters);
  assert.ok(Number.isFinite(model.metadata.metrics["test.macroF1"]));
});

Deno.test("a training that goes on from any epoch's checkpoint gives the same bytes", async () => {
  const states: Uint8Array[] = [];
  const changes: Partial<ClassifierRecipe>[] = [
    { optimizer: "adamw", weightDecay: 0.01, schedule: "cosine" },
    { optimizer: "sgd", schedule: "plateau", keep: "last" },
    { restarts: 2, epochs: 2 },
  ];
  for (const change of changes) {
    const of = { ...recipe, ...change };
    const { identity } = prepareClassifier(tables(), of);
    states.length = 0;
    const onCheckpoint = (state: TrainingState) => {
      states.push(encodeCheckpoint({ identity, state }));
      return Promise.resolve();
    };
    const whole = await train(tables(), { recipe: of, onCheckpoint });
    assert.equal(states.length, 4);
    for (const bytes of states) {
      const { state: resumed } = decodeCheckpoint(bytes);
      assert.deepEqual((await train(tables(), { recipe: of, resumed })).bytes, whole.bytes);
    }
  }
});

Deno.test("trainClassifier() keeps the best epoch of all restarts, and the first restart is a training without others", async () => {
  const one = await train(tables(), { recipe: { ...recipe, epochs: 3, patience: 3 } });
  const four = await train(tables(), { recipe: { ...recipe, epochs: 3, patience: 3, restarts: 4 } });
  const figures = ({ result }: typeof one) => result.epochs.map(({ restart: _, ...epoch }) => epoch);
  assert.deepEqual(figures(four).slice(0, 3), figures(one));
  assert.deepEqual(four.result.epochs.map(({ restart }) => restart), [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
  const scores = four.result.epochs.map(({ classification }) => classification!.validationMacroF1);
  assert.equal(scores[four.result.keptEpoch - 1], Math.max(...scores));
  assert.notEqual(scores[3], scores[0]);
});

Deno.test("a diverging learning rate stops with epoch, batch and advice", async () => {
  const of = { ...recipe, optimizer: "sgd", learningRate: 1e200 } as const;
  await assert.rejects(train(tables(), { recipe: of }), {
    name: "UserError",
    message: /loss of epoch 1, batch \d+ is .*not finite|after epoch 1/,
    hint: /smaller --learning-rate/,
  });
});

Deno.test("trainClassifier() refuses tables that cannot be learned from, naming row and column", async () => {
  const whole = tables();
  const { training, held } = whole;
  const cases: [ClassifierTables, RegExp][] = [
    [{ training: tableOf(0, 1), held }, /Cannot learn from made-up: it has no rows/],
    [{ training, held: tableOf(1, 2, "held-out") }, /held-out: it has 1 rows/],
    [
      { training: withNumber(training, { column: "level", row: 41, value: NaN }), held },
      /level of row 42 is NaN/,
    ],
    [
      { training, held: withNumber(held, { column: "bytes", row: 0, value: -Infinity }) },
      /bytes of row 1 is -Infinity/,
    ],
    [
      { training: changed(training, { labels: training.labels.with(9, 3) }), held },
      /row 10 has class number 3 of 3/,
    ],
    [{ training, held: changed(held, { labels: held.labels.with(0, -1) }) }, /row 1 has class number -1/],
    [
      { training, held: changed(held, { classes: ["a", "b", "c"] }) },
      /columns or classes are not those of made-up/,
    ],
  ];
  for (const [of, message] of cases) await assert.rejects(train(of), { name: "UserError", message });
});

Deno.test("trainClassifier() learns from one row, one class, huge numbers, and with a batch larger than the set", async () => {
  const { held } = tables();
  const oneClass = tableOf(50, 3);
  const cases: ClassifierTables[] = [
    { training: tableOf(1, 1), held },
    { training: changed(oneClass, { labels: new Int32Array(50) }), held },
    { training: tableOf(50, 1), held: changed(held, { labels: new Int32Array(400) }) },
    { training: withNumber(tableOf(50, 1), { column: "bytes", row: 3, value: 1e308 }), held },
    { training: tableOf(50, 1), held: withNumber(held, { column: "level", row: 3, value: -1e308 }) },
  ];
  for (const of of cases) {
    const { report } = await train(of, { recipe: { ...recipe, batchSize: 1000 } });
    assert.ok(Number.isFinite(report.test.logLoss) && report.test.report.accuracy >= 0);
    assert.equal(report.test.confusion.flat().reduce((a, b) => a + b, 0), 200);
  }
});

Deno.test("trainClassifier() stops when asked, and keeps the best of what is complete", async () => {
  const controller = new AbortController();
  const onEpoch = ({ trainingEpoch }: { trainingEpoch: number }) => trainingEpoch === 2 && controller.abort();
  const { result } = await train(tables(), { recipe, signal: controller.signal, onEpoch });
  assert.deepEqual([result.interrupted, result.epochs.length], [true, 2]);
  const two = await train(tables(), { recipe: { ...recipe, epochs: 2 } });
  assert.deepEqual(result.network.parameters, two.result.network.parameters);
});

Deno.test("splitHalves() gives each row to one half, the same for the same seed", () => {
  const { validation, test } = splitHalves(11, 5);
  assert.deepEqual([validation.length, test.length], [5, 6]);
  assert.deepEqual(
    [...validation, ...test].sort((a, b) => a - b),
    Array.from({ length: 11 }, (_, row) => row),
  );
  assert.deepEqual(splitHalves(11, 5), { validation, test });
  assert.notDeepEqual(splitHalves(11, 6).validation, validation);
  assert.throws(() => splitHalves(1, 5), RangeError);
});

Deno.test("prepareClassifier() says that rows are no steps for an LSTM", () => {
  assert.throws(() => prepareClassifier(tables(), { hidden: [16, "lstm:8"] }), {
    name: "UserError",
    exitCode: 2,
    message: "Cannot classify with --hidden 16,lstm:8: an LSTM reads sequences, and rows are independent",
  });
});
