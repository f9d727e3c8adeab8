/** LSTM layers: gradients by central differences, the same bits with any kernels and in any batch. */
import assert from "node:assert/strict";
import { createKernels, type KernelsWanted } from "../../nn/kernels/create.ts";
import { LstmLayer } from "../../nn/layers/lstm.ts";
import {
  backward,
  clipByNorm,
  countOutputs,
  createLoss,
  createNetwork,
  createOptimizer,
  forward,
  layerShapes,
  type LayerSpec,
  type Network,
  type NetworkSpec,
  predictOne,
  Random,
  tensorViews,
  widthsOf,
} from "../../nn/mod.ts";

const RELATIVE_ERROR_MAX = 1e-6;

const lstm = (units: number): LayerSpec => ({ kind: "lstm", units });
const dense = (units: number): LayerSpec => ({ kind: "dense", units, activation: "identity" });
const dropout = (rate: number): LayerSpec => ({ kind: "dropout", rate });

const SPECS: readonly NetworkSpec[] = [
  { inputs: 1, steps: 1, layers: [lstm(1), dense(1)] },
  { inputs: 3, steps: 1, layers: [lstm(5), lstm(3), dense(2)] },
  { inputs: 3, steps: 2, layers: [lstm(5), lstm(3), dense(2)] },
  { inputs: 2, steps: 5, layers: [lstm(3), lstm(7), dense(2)] },
  { inputs: 3, steps: 10, layers: [lstm(5), lstm(3), dense(1)] },
  { inputs: 2, steps: 4, layers: [lstm(9), { kind: "dense", units: 4, activation: "tanh" }, dense(3)] },
  { inputs: 1, steps: 3, layers: [lstm(2), lstm(4), lstm(1), dense(2)] },
  { inputs: 2, steps: 5, layers: [lstm(5), dropout(0.3), lstm(3), dropout(0.2), dense(2)] },
  { inputs: 3, steps: 4, layers: [dropout(0.25), lstm(3), dense(1)] },
];

const title = (spec: NetworkSpec) =>
  `${widthsOf(spec)}${spec.layers.some(({ kind }) => kind === "dropout") ? " with dropout" : ""}`;

function draw(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

/** A network whose numbers are all at random, the biases included. */
function made(
  spec: NetworkSpec,
  { seed, kernels = "fastest" }: { seed: number; kernels?: KernelsWanted },
): Network {
  const random = new Random(seed);
  const network = createNetwork(spec, random, { kernels });
  const { parameters } = network;
  for (let i = 0; i < parameters.length; i++) parameters[i] = random.normal(0, 0.6);
  return network;
}

/** By the values at four places around, which leaves an error of the order h⁴. */
function slopeAt(numbers: Float64Array, index: number, loss: () => number): number {
  const h = 1e-3, middle = numbers[index]!;
  const at = (change: number) => {
    numbers[index] = middle + change;
    const value = loss();
    numbers[index] = middle;
    return value;
  };
  return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
}

/** Relative to the larger of the two; numbers near 0 relative to the largest of all. */
function assertSlopes(gradients: Float64Array, numbers: Float64Array, loss: () => number): void {
  const floor = 1e-3 * gradients.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(floor > 0);
  for (let i = 0; i < gradients.length; i++) {
    const slope = slopeAt(numbers, i, loss), found = gradients[i]!;
    const scale = Math.max(Math.abs(found), Math.abs(slope), floor);
    assert.ok(Math.abs(found - slope) <= RELATIVE_ERROR_MAX * scale, `${i}: ${found}, ${slope} is the slope`);
  }
}

for (const spec of SPECS) {
  Deno.test(`backward() of ${title(spec)} agrees with central differences`, () => {
    const rows = 4, random = new Random(3);
    const network = made(spec, { seed: 2 });
    const x = draw(rows * spec.steps * spec.inputs, random);
    const y = draw(rows * countOutputs(spec), random);
    const loss = createLoss("mse"), chance = new Random(4).state(), dropping = new Random(0);
    const run = () => {
      dropping.restore(chance);
      return forward(network, x, rows, { random: dropping });
    };
    const dOutputs = new Float64Array(y.length);
    loss.gradient(run(), y, dOutputs);
    backward(network, dOutputs, rows);
    assertSlopes(network.gradients.slice(), network.parameters, () => loss.value(run(), y));
  });

  Deno.test(`${title(spec)} computes the same bits in WebAssembly and TypeScript, over 100 steps of Adam`, () => {
    const [plain, fast] = (["typescript", "wasm"] as const).map((kernels) => {
      const network = made(spec, { seed: 6, kernels }), random = new Random(7), rows = 5;
      const { parameters, gradients } = network;
      const adam = createOptimizer("adam", { length: parameters.length, kernels: network.kernels });
      const loss = createLoss("mse"), dOutputs = new Float64Array(rows * countOutputs(spec));
      const seen: Float64Array[] = [];
      for (let step = 0; step < 100; step++) {
        const x = draw(rows * spec.steps * spec.inputs, random), y = draw(dOutputs.length, random);
        const outputs = forward(network, x, rows, { random });
        if (step % 10 === 0) seen.push(outputs.slice(), predictOne(network, x, 0).slice());
        loss.gradient(outputs, y, dOutputs);
        backward(network, dOutputs, rows);
        if (step % 10 === 0) seen.push(gradients.slice());
        clipByNorm(gradients, 1);
        adam.step(parameters, gradients);
      }
      return [...seen, parameters.slice()];
    });
    assert.deepEqual(fast, plain);
  });

  Deno.test(`forward() and predictOne() of ${title(spec)} give the same bits in every batch`, () => {
    const random = new Random(11), network = made(spec, { seed: 12 });
    const rows = 9, width = spec.steps * spec.inputs, outputs = countOutputs(spec);
    const x = draw(rows * width, random), all = forward(network, x, rows).slice();
    for (const size of [1, 2, 3, 5, 8]) {
      for (let row = 0; row + size <= rows; row++) {
        const part = forward(network, x.slice(row * width, (row + size) * width), size);
        assert.deepEqual(part, all.slice(row * outputs, (row + size) * outputs));
      }
    }
    for (let row = 0; row < rows; row++) {
      assert.deepEqual(predictOne(network, x, row * width), all.slice(row * outputs, (row + 1) * outputs));
    }
  });
}

Deno.test("forward() gives a row with a NaN in any step NaN, and leaves the other rows alone", () => {
  for (const spec of SPECS) {
    for (const kernels of ["typescript", "wasm"] as const) {
      const network = made(spec, { seed: 1, kernels }), rows = 5;
      const width = spec.steps * spec.inputs, outputs = countOutputs(spec);
      const x = draw(rows * width, new Random(2)), before = forward(network, x, rows).slice();
      for (let place = 0; place < width; place++) {
        const broken = x.slice();
        broken[2 * width + place] = NaN;
        const after = forward(network, broken, rows);
        after.forEach((value, i) => {
          if (Math.floor(i / outputs) === 2) assert.ok(Number.isNaN(value), `${i} after a NaN at ${place}`);
          else assert.equal(value, before[i]);
        });
        assert.ok(predictOne(network, broken, 2 * width).every(Number.isNaN));
      }
    }
  }
});

/** A layer alone, that passes gradients on. */
function alone(steps: number, { whole }: { readonly whole: boolean }) {
  const spec = { inputs: 3, steps, layers: whole ? [lstm(5), lstm(2), dense(1)] : [lstm(5), dense(1)] };
  const tensors = tensorViews(spec).slice(0, 3), [shape] = layerShapes(spec);
  const kernels = createKernels("fastest");
  const count = tensors.reduce((sum, { length }) => sum + length, 0);
  const parameters = kernels.allocate(count), gradients = kernels.allocate(count);
  const layer = new LstmLayer({ kernels, parameters, gradients, tensors, shape: shape!, propagates: true });
  const random = new Random(1);
  layer.initialize(random);
  for (let i = 0; i < count; i++) parameters[i]! += random.normal(0, 0.2);
  return { layer, kernels, parameters, gradients, outputs: shape!.stepsOut * shape!.outputs };
}

for (const whole of [true, false]) {
  for (const steps of [1, 2, 5, 10]) {
    const what = whole ? "all steps" : "the last step";
    Deno.test(`backward() passes the slopes by the inputs on, from ${what} of ${steps}`, () => {
      const { layer, kernels, outputs } = alone(steps, { whole }), rows = 3, random = new Random(2);
      const x = kernels.allocate(rows * steps * 3), weights = draw(rows * outputs, random);
      x.set(draw(x.length, random));
      layer.reserve(rows);
      const run = () => layer.forward(x, { rows, random: null, activated: true });
      run();
      const slopes = kernels.allocate(weights.length);
      slopes.set(weights);
      const gradients = layer.backward(slopes, rows).slice(0, x.length);
      assertSlopes(
        gradients,
        x,
        () => run().reduce((sum, y, i) => i < weights.length ? sum + y * weights[i]! : sum, 0),
      );
    });
  }
}

Deno.test("backward() writes the same gradients again, and whatever ran before or in between", () => {
  const spec: NetworkSpec = { inputs: 2, steps: 5, layers: [lstm(5), lstm(3), dense(2)] };
  const random = new Random(8), rows = 4;
  const x = draw(rows * 10, random), dOutputs = draw(rows * 2, random), more = draw(33 * 10, random);
  const fresh = made(spec, { seed: 1 });
  forward(fresh, x, rows);
  backward(fresh, dOutputs, rows);
  const wanted = fresh.gradients.slice();
  fresh.gradients.fill(NaN);
  backward(fresh, dOutputs, rows);
  assert.deepEqual(fresh.gradients, wanted);
  const used = made(spec, { seed: 1 });
  for (const count of [1, 33, 7]) {
    forward(used, more, count);
    backward(used, more, count);
  }
  forward(used, x, rows);
  predictOne(used, more, 20);
  backward(used, dOutputs, rows);
  assert.deepEqual(used.gradients, wanted);
});

Deno.test("forward() and backward() take memory when the batch grows, and else none", () => {
  const network = made({ inputs: 2, steps: 5, layers: [lstm(5), lstm(3), dense(2)] }, {
    seed: 1,
    kernels: "wasm",
  });
  const kernels = network.kernels, allocate = kernels.allocate.bind(kernels);
  let allocations = 0;
  kernels.allocate = (length) => {
    allocations++;
    return allocate(length);
  };
  const x = draw(64 * 10, new Random(1));
  const grown = [8, 3, 8, 9, 16, 17, 2].map((rows) => {
    const before = allocations;
    forward(network, x, rows);
    backward(network, x, rows);
    predictOne(network, x, 0);
    return allocations > before;
  });
  assert.deepEqual(grown, [true, false, false, true, false, true, false]);
  const counts = [
    () => forward(network, x, 64),
    () => backward(network, x, 64),
    () => backward(network, x, 64),
  ]
    .map((run) => {
      const before = allocations;
      run();
      return allocations - before;
    });
  assert.ok(counts[0]! > 0 && counts[1]! > 0, "rows that only go forward need no room for the way back");
  assert.equal(counts[2], 0);
});

Deno.test("initialize() fills as Keras does: Glorot, orthogonal, the forget gate's bias 1", () => {
  const inputs = 6, units = 10;
  const network = createNetwork({ inputs, steps: 2, layers: [lstm(units), dense(1)] }, new Random(3));
  const [kernel, recurrent, bias] = network.tensors.map(({ offset, length }) =>
    network.parameters.slice(offset, offset + length)
  ) as [Float64Array, Float64Array, Float64Array];
  const limit = Math.sqrt(6 / (inputs + 4 * units));
  const largest = kernel.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
  assert.ok(largest <= limit && largest > 0.9 * limit);
  const row = (i: number) => recurrent.subarray(4 * units * i, 4 * units * (i + 1));
  for (let i = 0; i < units; i++) {
    for (let j = 0; j <= i; j++) {
      const product = row(i).reduce((sum, value, k) => sum + value * row(j)[k]!, 0);
      assert.ok(Math.abs(product - (i === j ? 1 : 0)) < 1e-14);
    }
  }
  assert.deepEqual(
    [...bias],
    Array.from({ length: 4 * units }, (_, i) => Math.floor(i / units) === 1 ? 1 : 0),
  );
});

Deno.test("clipByNorm() keeps training whole where the losses have cliffs", () => {
  const spec: NetworkSpec = { inputs: 1, steps: 10, layers: [lstm(5), dense(2)] };
  const network = made(spec, { seed: 1 }), rows = 3, { gradients, parameters } = network;
  const x = draw(rows * 10, new Random(1)).map((value) => 1e3 * value);
  const dOutputs = draw(rows * 2, new Random(2)).map((value) => 1e9 * value);
  forward(network, x, rows);
  backward(network, dOutputs, rows);
  const long = gradients.slice(), norm = clipByNorm(gradients, 1);
  assert.ok(norm > 1e8);
  gradients.forEach((gradient, i) => assert.ok(Math.abs(gradient - long[i]! / norm) <= 1e-15));
  createOptimizer("sgd", { length: parameters.length, kernels: network.kernels }).step(parameters, gradients);
  assert.ok(forward(network, x, rows).every(Number.isFinite));
});
