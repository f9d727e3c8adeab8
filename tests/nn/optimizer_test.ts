/** Optimizers: their rules step by step, clipping, refusals. Against PyTorch and Keras: golden_training_test.ts. */
import assert from "node:assert/strict";
import { clipByNorm, clipByValue } from "../../nn/optimizers/clip.ts";
import { allocateNetwork } from "../../nn/network.ts";
import type { OptimizerName, OptimizerOptions } from "../../nn/optimizers/optimizer.ts";
import { createOptimizer } from "../../nn/optimizers/create.ts";
import { denseSpec } from "../../nn/spec.ts";

const NAMES: readonly OptimizerName[] = ["sgd", "adam", "adamw", "rmsprop"];

/** Where one parameter stands after each gradient, from 1. */
function walk(
  name: OptimizerName,
  options: Omit<OptimizerOptions, "length">,
  ...gradients: number[]
): number[] {
  const optimizer = createOptimizer(name, { length: 1, ...options }), parameters = Float64Array.of(1);
  return gradients.map((gradient) => {
    optimizer.step(parameters, Float64Array.of(gradient));
    return parameters[0]!;
  });
}

function assertClose(found: readonly number[], wanted: readonly number[]): void {
  assert.equal(found.length, wanted.length);
  found.forEach((value, i) =>
    assert.ok(Math.abs(value - wanted[i]!) < 1e-14, `${found}, ${wanted} is wanted`)
  );
}

Deno.test("sgd follows its rule, with momentum and with Nesterov's", () => {
  assertClose(walk("sgd", { learningRate: 0.1, momentum: 0 }, 1, 2), [0.9, 0.7]);
  assertClose(walk("sgd", { learningRate: 0.1, momentum: 0.5 }, 1, 2), [0.9, 0.65]);
  const nesterov = { learningRate: 0.1, momentum: 0.5, nesterov: true };
  assertClose(walk("sgd", nesterov, 1, 2), [0.85, 0.85 - 0.1 * (2 + 0.5 * 2.5)]);
});

Deno.test("adam and adamw follow their rule, and the decay is no part of the gradient", () => {
  const options = { learningRate: 0.1, beta1: 0.5, beta2: 0.75, epsilon: 0.01 };
  const first = 0.1 * 2 / (2 + 0.01);
  const second = 0.1 * ((0.5 * 1 + 0.5 * -1) / 0.75) / (Math.sqrt((0.75 * 1 + 0.25) / 0.4375) + 0.01);
  assertClose(walk("adam", options, 2, -1), [1 - first, 1 - first - second]);
  const kept = 1 - 0.1 * 0.3, once = kept - first;
  assertClose(walk("adamw", { ...options, weightDecay: 0.3 }, 2, -1), [once, kept * once - second]);
  assert.deepEqual(walk("adamw", { ...options, weightDecay: 0 }, 2, -1), walk("adam", options, 2, -1));
});

Deno.test("rmsprop follows its rule, with epsilon outside the root", () => {
  const options = { learningRate: 0.1, beta2: 0.75, epsilon: 0.5 };
  const first = 2 / (1 + 0.5), second = -1 / (Math.sqrt(0.75 + 0.25) + 0.5);
  assertClose(walk("rmsprop", options, 2, -1), [1 - 0.1 * first, 1 - 0.1 * (first + second)]);
  const moved = [1 - 0.1 * first, 1 - 0.1 * (first + 0.5 * first + second)];
  assertClose(walk("rmsprop", { ...options, momentum: 0.5 }, 2, -1), moved);
});

for (const name of NAMES) {
  Deno.test(`${name} finds the least of a bowl`, () => {
    const wanted = new Float64Array([3, -2]), parameters = new Float64Array(2);
    const optimizer = createOptimizer(name, { length: 2, learningRate: 0.05, weightDecay: 0 });
    for (let step = 0; step < 1_000; step++) {
      optimizer.learningRate = 0.05 * 0.995 ** step;
      optimizer.step(parameters, parameters.map((value, i) => 2 * (value - wanted[i]!)));
    }
    parameters.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-3, `${value}`));
  });

  Deno.test(`${name} stands still where no gradient pushes, and carries a NaN into its parameter alone`, () => {
    const optimizer = createOptimizer(name, { length: 3, weightDecay: 0 }),
      parameters = Float64Array.of(1, 2, 3);
    optimizer.step(parameters, Float64Array.of(0, NaN, 0));
    assert.deepEqual([...parameters], [1, NaN, 3]);
  });

  Deno.test(`${name} refuses settings out of range`, () => {
    for (const learningRate of [-1, NaN, Infinity]) {
      assert.throws(() => createOptimizer(name, { length: 1, learningRate }), /with learning rate/);
    }
    const other = name === "adamw" ? "adam" : name;
    assert.throws(
      () => createOptimizer(other, { length: 1, weightDecay: 0.1 }),
      new RegExp(`weights of ${other} decay by 0.1: take adamw`),
    );
  });
}

Deno.test("gradients whose squares are over 1.8e308 move a parameter by no NaN", () => {
  const steps = (name: OptimizerName, gradient: number) =>
    walk(name, { learningRate: 0.5, weightDecay: 0 }, gradient, 1).at(-1);
  for (const name of ["adam", "adamw", "rmsprop"] as const) assert.equal(steps(name, 1e200), 1);
  for (const name of ["adam", "adamw", "rmsprop"] as const) assert.ok(Number.isNaN(steps(name, Infinity)));
  assert.deepEqual([steps("sgd", Infinity), steps("sgd", -1e308)], [-Infinity, 9.5e307]);
});

Deno.test("an optimizer given a network's kernels also steps arrays that are not theirs", () => {
  const network = allocateNetwork(denseSpec({ inputs: 3, hidden: [], outputs: 2, activation: "identity" }));
  const optimizer = createOptimizer("adam", { length: 2, kernels: network.kernels });
  const parameters = new Float64Array(2);
  optimizer.step(parameters, Float64Array.of(3, -3));
  assert.ok(parameters[0]! < 0 && parameters[0] === -parameters[1]!);
});

Deno.test("createOptimizer() refuses unknown names and settings out of range", () => {
  assert.throws(
    () => createOptimizer("adagrad" as "adam", { length: 1 }),
    /"adagrad": sgd, adam, adamw or rmsprop/,
  );
  for (const share of [-0.1, 1, NaN]) {
    assert.throws(() => createOptimizer("sgd", { length: 1, momentum: share }), /with momentum/);
    assert.throws(() => createOptimizer("rmsprop", { length: 1, momentum: share }), /with momentum/);
    assert.throws(() => createOptimizer("rmsprop", { length: 1, beta2: share }), /with beta2/);
    assert.throws(() => createOptimizer("adam", { length: 1, beta1: share }), /with beta1/);
    assert.throws(() => createOptimizer("adamw", { length: 1, beta2: share }), /with beta2/);
  }
  for (const size of [-1, NaN, Infinity]) {
    assert.throws(() => createOptimizer("adam", { length: 1, epsilon: size }), /with epsilon/);
    assert.throws(() => createOptimizer("rmsprop", { length: 1, epsilon: size }), /with epsilon/);
    assert.throws(() => createOptimizer("adamw", { length: 1, weightDecay: size }), /with weight decay/);
  }
  assert.throws(
    () => createOptimizer("sgd", { length: 1, momentum: 0, nesterov: true }),
    /Nesterov's momentum 0/,
  );
});

Deno.test("clipByNorm() shortens what is too long and leaves the rest", () => {
  const long = new Float64Array([3, 4]);
  assert.equal(clipByNorm(long, 1), 5);
  assert.ok(Math.abs(Math.hypot(...long) - 1) < 1e-15 && Math.abs(long[0]! - 0.6) < 1e-15);
  const short = new Float64Array([3, 4]);
  assert.equal(clipByNorm(short, 6), 5);
  assert.deepEqual([...short], [3, 4]);
});

Deno.test("clipByNorm() measures what has squares over 1.8e308", () => {
  const huge = new Float64Array([3e200, -4e200]);
  assert.ok(Math.abs(clipByNorm(huge, 1) - 5e200) < 1e186);
  assert.ok(Math.abs(huge[0]! - 0.6) < 1e-15 && Math.abs(huge[1]! + 0.8) < 1e-15);
});

Deno.test("clipByValue() brings each into the limits", () => {
  const gradients = new Float64Array([3, -4, 0.5]);
  assert.equal(clipByValue(gradients, 1), 4);
  assert.deepEqual([...gradients], [1, -1, 0.5]);
  assert.equal(clipByValue(gradients, 1), 1);
});

for (const clip of [clipByNorm, clipByValue]) {
  Deno.test(`${clip.name}() reports what is not finite and leaves it, and refuses limits that are none`, () => {
    for (const wrong of [NaN, Infinity, -Infinity]) {
      const gradients = new Float64Array([9, wrong]);
      assert.ok(!Number.isFinite(clip(gradients, 1)));
      assert.deepEqual([...gradients], [9, wrong]);
    }
    for (const limit of [0, -1, NaN]) assert.throws(() => clip(new Float64Array(1), limit), /Cannot clip/);
    assert.equal(clip(new Float64Array(0), 1), 0);
  });
}
