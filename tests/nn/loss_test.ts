/** Losses: gradients by central differences, the last digits at both ends, refusals. */
import assert from "node:assert/strict";
import type { LossName, LossOptions } from "../../nn/losses/loss.ts";
import { createLoss } from "../../nn/losses/create.ts";
import { Random } from "../../nn/random.ts";

const CLASSES = 4, ROWS = 6;

interface Case {
  readonly name: LossName;
  readonly options?: LossOptions;
  readonly draw: (random: Random) => number;
  readonly targets: number;
}

const normal = (random: Random) => random.normal();
const label = (random: Random) => random.integer(CLASSES);
const share = (random: Random) => random.uniform();
const CASES: readonly Case[] = [
  { name: "mse", draw: normal, targets: ROWS * CLASSES },
  { name: "mae", draw: normal, targets: ROWS * CLASSES },
  { name: "huber", options: { delta: 0.7 }, draw: normal, targets: ROWS * CLASSES },
  { name: "crossEntropy", options: { classes: CLASSES }, draw: label, targets: ROWS },
  { name: "crossEntropy", options: { classWeights: [0.2, 3, 0, 1] }, draw: label, targets: ROWS },
  { name: "crossEntropy", options: { classes: CLASSES, labelSmoothing: 0.1 }, draw: label, targets: ROWS },
  {
    name: "crossEntropy",
    options: { classWeights: [5, 0.5, 1, 2], labelSmoothing: 1 },
    draw: label,
    targets: ROWS,
  },
  { name: "binaryCrossEntropy", draw: share, targets: ROWS * CLASSES },
  { name: "binaryCrossEntropy", options: { labelSmoothing: 0.2 }, draw: label01, targets: ROWS * CLASSES },
];

function label01(random: Random): number {
  return random.integer(2);
}

function logLoss(logits: readonly number[], target: number, options: LossOptions = {}): number {
  const loss = createLoss("crossEntropy", { classes: logits.length, ...options });
  return loss.value(Float64Array.from(logits), Float64Array.of(target));
}

function logLossGradient(logits: readonly number[], target: number, options: LossOptions = {}): number[] {
  const loss = createLoss("crossEntropy", { classes: logits.length, ...options });
  const dLogits = new Float64Array(logits.length);
  const value = loss.gradient(Float64Array.from(logits), Float64Array.of(target), dLogits);
  assert.equal(value, logLoss(logits, target, options));
  return [...dLogits];
}

function binary(z: number, t: number): [value: number, gradient: number] {
  const dLogits = new Float64Array(1);
  const value = createLoss("binaryCrossEntropy").gradient(Float64Array.of(z), Float64Array.of(t), dLogits);
  return [value, dLogits[0]!];
}

for (const { name, options, draw, targets: count } of CASES) {
  Deno.test(`the gradient of ${name} ${JSON.stringify(options ?? {})} is that of central differences`, () => {
    const random = new Random(5), step = 1e-5;
    for (let trial = 0; trial < 20; trial++) {
      const outputs = Float64Array.from({ length: ROWS * CLASSES }, () => 2 * random.normal());
      const targets = Float64Array.from({ length: count }, () => draw(random));
      const loss = createLoss(name, options), dOutputs = new Float64Array(outputs.length);
      loss.gradient(outputs, targets, dOutputs);
      outputs.forEach((output, i) => {
        const at = (value: number) => loss.value(outputs.with(i, value), targets);
        const found = (at(output + step) - at(output - step)) / (2 * step);
        const scale = Math.max(Math.abs(found), Math.abs(dOutputs[i]!), 1e-3);
        assert.ok(Math.abs(found - dOutputs[i]!) <= 1e-6 * scale, `${i}: ${dOutputs[i]}, ${found} is wanted`);
      });
    }
  });
}

Deno.test("crossEntropy is right to the last digit where the class is all but sure", () => {
  assert.equal(logLoss([0, -50], 0), Math.exp(-50));
  assert.deepEqual(logLossGradient([0, -50], 0), [-Math.exp(-50), Math.exp(-50)]);
  assert.equal(logLoss([0, -50], 1), 50);
  assert.equal(logLoss([700, 700], 0), Math.LN2);
  assert.deepEqual(logLossGradient([-1e6, -1e6], 1), [0.5, -0.5]);
});

Deno.test("crossEntropy of logits of ±1e308 is a number, or Infinity where it is over 1.8e308", () => {
  assert.equal(logLoss([1e308, -1e308], 0), 0);
  assert.equal(logLoss([1e308, 0], 1), 1e308);
  assert.equal(logLoss([1e308, -1e308], 1), Infinity);
  assert.deepEqual(logLossGradient([1e308, -1e308], 1), [1, -1]);
  assert.equal(logLoss([1e308, -1e308], 0, { labelSmoothing: 0.5 }), 5e307);
  assert.deepEqual(logLossGradient([1e308, -1e308], 0, { labelSmoothing: 0.5 }), [0.25, -0.25]);
  assert.equal(logLoss([0, -Infinity], 0), 0);
  assert.deepEqual(logLossGradient([0, -Infinity], 0), [0, 0]);
});

Deno.test("a NaN or +Infinity among the logits makes the whole cross-entropy NaN", () => {
  const NAN = [NaN, NaN, NaN];
  for (const wrong of [NaN, Infinity]) {
    for (const place of [0, 1, 2]) {
      const logits = [1, 2, 3].with(place, wrong);
      assert.ok(Number.isNaN(logLoss(logits, 0)), `${logits}`);
      assert.deepEqual(logLossGradient(logits, 0), NAN);
      assert.deepEqual(logLossGradient(logits, 2, { labelSmoothing: 0.1 }), NAN);
    }
  }
  assert.ok(Number.isNaN(logLoss([-Infinity, -Infinity], 0)));
  assert.ok(Number.isNaN(binary(NaN, 0)[0]) && Number.isNaN(binary(NaN, 0.5)[1]));
});

Deno.test("binaryCrossEntropy is right to the last digit at both ends", () => {
  const tiny = Math.exp(-50);
  assert.deepEqual(binary(50, 1), [tiny, -tiny]);
  assert.deepEqual(binary(-50, 0), [tiny, tiny]);
  assert.deepEqual(binary(-50, 1), [50, tiny - 1]);
  assert.deepEqual(binary(1e308, 0), [1e308, 1]);
  assert.deepEqual(binary(-1e308, 1), [1e308, -1]);
  assert.deepEqual(binary(1e308, 1).map(Math.abs), [0, 0]);
  assert.deepEqual(binary(0, 0.5), [Math.LN2, 0]);
});

Deno.test("regression losses of 1e308, Infinity and NaN are what arithmetic says, and gradients stay defined", () => {
  const at = (name: LossName, output: number) => {
    const dOutputs = new Float64Array(1);
    const value = createLoss(name).gradient(Float64Array.of(output), Float64Array.of(0), dOutputs);
    return [value, dOutputs[0]];
  };
  assert.deepEqual(at("mse", 2 ** 500), [2 ** 1000, 2 ** 501]);
  assert.deepEqual(at("mse", 1e200), [Infinity, 2e200]);
  assert.deepEqual(at("mae", -1e308), [1e308, -1]);
  assert.deepEqual(at("huber", 1e308), [1e308, 1]);
  assert.deepEqual(at("huber", -Infinity), [Infinity, -1]);
  for (const name of ["mse", "mae", "huber"] as const) assert.deepEqual(at(name, NaN), [NaN, NaN]);
});

Deno.test("no rows and rows of another width are refused", () => {
  const none = new Float64Array(0), seven = new Float64Array(7);
  for (const name of ["mse", "mae", "huber", "binaryCrossEntropy"] as const) {
    assert.throws(() => createLoss(name).value(none, seven), /Cannot compare 0 outputs/);
  }
  const loss = createLoss("crossEntropy", { classes: 3 });
  assert.throws(() => loss.value(none, seven), /Cannot compare 0 logits of 3 classes with 7 labels/);
  assert.throws(() => loss.value(seven, seven), /Cannot compare 7 logits of 3 classes/);
});

Deno.test("class weights count rows as Keras does: divided by B, not by the weights", () => {
  const logits = new Float64Array(4), labels = Float64Array.of(0, 1);
  const loss = createLoss("crossEntropy", { classWeights: [3, 1] });
  assert.ok(Math.abs(loss.value(logits, labels) - 2 * Math.LN2) < 1e-15);
});

Deno.test("one class alone costs nothing", () => {
  assert.equal(logLoss([7], 0), 0);
  assert.deepEqual(logLossGradient([7], 0).map(Math.abs), [0]);
});

Deno.test("labels that are no class and targets that are no share are refused by their row", () => {
  const loss = createLoss("crossEntropy", { classes: 3 }), logits = new Float64Array(6);
  for (const wrong of [-1, 3, 0.5, NaN, Infinity]) {
    const labels = Float64Array.of(2, wrong);
    const message = new RegExp(`row 1: its label is ${wrong}, and a class index from 0 to 2`);
    assert.throws(() => loss.value(logits, labels), message);
    assert.throws(() => loss.gradient(logits, labels, new Float64Array(6)), RangeError);
  }
  for (const wrong of [-0.1, 1.1, NaN, Infinity]) {
    assert.throws(() => binary(0, wrong), new RegExp(`output 0: its target is ${wrong}`));
  }
});

Deno.test("createLoss() refuses unknown names and options out of range", () => {
  assert.throws(() => createLoss("log" as "mse"), /"log": mse, mae, huber, crossEntropy or binary/);
  for (const delta of [0, -1, NaN, Infinity]) {
    assert.throws(() => createLoss("huber", { delta }), new RegExp(`delta ${delta}`));
  }
  for (const classes of [0, -1, 1.5, NaN]) {
    assert.throws(() => createLoss("crossEntropy", { classes }), new RegExp(`of ${classes} classes`));
  }
  assert.throws(() => createLoss("crossEntropy"), /of 0 classes/);
  assert.throws(
    () => createLoss("crossEntropy", { classes: 3, classWeights: [1, 2] }),
    /3 classes by \[1, 2\]/,
  );
  for (const weight of [-1, NaN, Infinity]) {
    assert.throws(
      () => createLoss("crossEntropy", { classWeights: [1, weight] }),
      /finite numbers, none below 0/,
    );
  }
  for (const labelSmoothing of [-0.1, 1.1, NaN]) {
    assert.throws(() => createLoss("crossEntropy", { classes: 2, labelSmoothing }), /smooth labels by/);
    assert.throws(() => createLoss("binaryCrossEntropy", { labelSmoothing }), /smooth labels by/);
  }
  assert.throws(
    () => createLoss("binaryCrossEntropy", { classWeights: [1, 2] }),
    /crossEntropy with 2 classes/,
  );
});
