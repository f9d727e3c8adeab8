/** The network: the same bits in any batch, gradients by central differences, limits. */
import assert from "node:assert/strict";
import {
  activationsOf,
  allocateNetwork,
  backward,
  countOutputs,
  createLoss,
  createNetwork,
  createOptimizer,
  type DenseNetwork,
  denseRows,
  denseSpec,
  forward,
  type LayerSpec,
  type LossName,
  type NetworkSpec,
  PARAMETERS_MAX,
  predictOne,
  predictOneSparse,
  Random,
  sparseRows,
  widthsOf,
} from "../../nn/mod.ts";

const SPECS: readonly NetworkSpec[] = [
  denseSpec({ inputs: 22, hidden: [16], outputs: 1, activation: "tanh" }),
  denseSpec({ inputs: 24, hidden: [32, 16], outputs: 1, activation: "relu" }),
  denseSpec({ inputs: 3, hidden: [5, 7, 2], outputs: 6, activation: "relu", outputActivation: "softmax" }),
  denseSpec({ inputs: 5, hidden: [9], outputs: 4, activation: "tanh", outputActivation: "sigmoid" }),
  denseSpec({ inputs: 7, hidden: [6, 5], outputs: 3, activation: "sigmoid", outputActivation: "tanh" }),
  denseSpec({ inputs: 1, hidden: [1], outputs: 1, activation: "tanh", outputActivation: "relu" }),
  denseSpec({ inputs: 6, hidden: [], outputs: 3, activation: "relu" }),
  denseSpec({ inputs: 4, hidden: [8], outputs: 2, activation: "identity", dropout: 0.5 }),
  {
    inputs: 2,
    steps: 3,
    layers: [{ kind: "dropout", rate: 0.25 }, { kind: "dense", units: 2, activation: "tanh" }],
  },
];

const name = (spec: NetworkSpec) => `${widthsOf(spec)} (${activationsOf(spec)})`;

function inputsOf({ inputs, steps }: NetworkSpec): number {
  return inputs * steps;
}

function draw(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

for (const spec of SPECS) {
  Deno.test(`forward() and predictOne() of ${name(spec)} give the same bits in every batch`, () => {
    const random = new Random(11);
    const network = createNetwork(spec, random);
    network.parameters.set(draw(network.parameters.length, random));
    const rows = 13, x = draw(rows * inputsOf(spec), random);
    const all = forward(network, x, rows).slice();
    assert.equal(all.length, rows * countOutputs(spec));
    for (const size of [1, 2, 3, 4, 5, 7, 8]) {
      for (let row = 0; row + size <= rows; row++) {
        const part = forward(network, x.slice(row * inputsOf(spec), (row + size) * inputsOf(spec)), size);
        assert.deepEqual(part, all.slice(row * countOutputs(spec), (row + size) * countOutputs(spec)));
      }
    }
    for (let row = 0; row < rows; row++) {
      const one = predictOne(network, x, row * inputsOf(spec));
      assert.deepEqual(one, all.slice(row * countOutputs(spec), (row + 1) * countOutputs(spec)));
    }
  });

  for (const lossName of ["mse", "mae", "huber"] satisfies LossName[]) {
    Deno.test(`backward() of ${name(spec)} agrees with central differences of ${lossName}`, () => {
      const random = new Random(5);
      const network = createNetwork(spec, random);
      // Fresh biases are 0: behind a layer that is off, a ReLU then stands exactly on its kink, without a slope.
      for (const { shape, offset, length } of network.tensors) {
        if (shape.length === 1) {
          for (let i = 0; i < length; i++) network.parameters[offset + i] = random.normal(0, 0.3);
        }
      }
      const rows = 6, x = draw(rows * inputsOf(spec), random), y = draw(rows * countOutputs(spec), random);
      const loss = createLoss(lossName, { delta: 0.8 });
      const dOutputs = new Float64Array(y.length);
      loss.gradient(forward(network, x, rows), y, dOutputs);
      backward(network, dOutputs, rows);
      const numeric = network.parameters.map((value, i) => {
        const at = (shift: number) => {
          network.parameters[i] = value + shift;
          return loss.value(forward(network, x, rows), y);
        };
        const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        network.parameters[i] = value;
        return slope;
      });
      let difference = 0, size = 0;
      for (let i = 0; i < numeric.length; i++) {
        const found = network.gradients[i]!, wanted = numeric[i]!;
        difference += (found - wanted) ** 2;
        size += (Math.abs(found) + Math.abs(wanted)) ** 2;
        const scale = Math.max(Math.abs(found), Math.abs(wanted), 1e-3);
        assert.ok(Math.abs(found - wanted) <= 1e-6 * scale, `parameter ${i}: ${found} and ${wanted}`);
      }
      assert.ok(size > 0 && Math.sqrt(difference / size) <= 1e-6);
    });
  }
}

Deno.test("predictOne() leaves the forward pass that backward() reads alone", () => {
  const spec = SPECS[1]!, random = new Random(3), rows = 5;
  const network = createNetwork(spec, random);
  const x = draw(rows * inputsOf(spec), random), dOutputs = draw(rows, random);
  forward(network, x, rows);
  backward(network, dOutputs, rows);
  const gradients = network.gradients.slice();
  network.gradients.fill(NaN);
  predictOne(network, draw(inputsOf(spec), random), 0);
  backward(network, dOutputs, rows);
  assert.deepEqual(network.gradients, gradients);
});

Deno.test("forward() keeps working when batches grow and shrink", () => {
  const spec = SPECS[2]!, random = new Random(4);
  const network = createNetwork(spec, random), fresh = createNetwork(spec, new Random(4));
  for (const rows of [3, 1, 9, 4]) {
    const x = draw(rows * inputsOf(spec), random), dOutputs = draw(rows * countOutputs(spec), random);
    const again = allocateNetwork(spec);
    again.parameters.set(fresh.parameters);
    assert.deepEqual(forward(network, x, rows), forward(again, x, rows));
    backward(network, dOutputs, rows);
    backward(again, dOutputs, rows);
    assert.deepEqual(network.gradients, again.gradients);
  }
});

Deno.test("forward() hides no NaN behind a ReLU", () => {
  const network = createNetwork(
    denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" }),
    new Random(1),
  );
  assert.ok(Number.isNaN(predictOne(network, new Float64Array([NaN, 1]), 0)[0]));
});

Deno.test("createNetwork() is reproducible, and its weights keep within their limits", () => {
  const spec = SPECS[1]!;
  const { parameters, tensors } = createNetwork(spec, new Random(8));
  assert.deepEqual(parameters, createNetwork(spec, new Random(8)).parameters);
  assert.notDeepEqual(parameters, createNetwork(spec, new Random(9)).parameters);
  const [first, bias, , , last] = tensors;
  const largest = ({ offset, length }: { offset: number; length: number }) =>
    parameters.subarray(offset, offset + length).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  assert.ok(largest(first!) <= Math.sqrt(6 / 24) && largest(first!) > 0.9 * Math.sqrt(6 / 24));
  assert.ok(largest(last!) <= Math.sqrt(6 / 17));
  assert.equal(largest(bias!), 0);
  assert.equal(tensors.at(-1)!.offset + tensors.at(-1)!.length, parameters.length);
  assert.deepEqual(tensors.map((tensor) => tensor.name).slice(0, 3), [
    "layers.0.weight",
    "layers.0.bias",
    "layers.1.weight",
  ]);
});

Deno.test("createNetwork() refuses what is no architecture", () => {
  const mlp: DenseNetwork = { inputs: 22, hidden: [16], outputs: 1, activation: "tanh" };
  const make = (change: Partial<DenseNetwork>) => () => allocateNetwork(denseSpec({ ...mlp, ...change }));
  const layers = (...list: readonly LayerSpec[]) => () =>
    allocateNetwork({ inputs: 2, steps: 3, layers: list });
  const dense: LayerSpec = { kind: "dense", units: 2, activation: "identity" };
  assert.throws(make({ inputs: 0 }), /1 steps of 0 numbers: positive integers/);
  assert.throws(make({ hidden: [1.5] }), /layer 0 \(dense\) with 1.5 units/);
  assert.throws(make({ hidden: [PARAMETERS_MAX] }), /parameters: at most/);
  assert.throws(make({ hidden: Array(65).fill(1) }), /66 layers/);
  assert.throws(make({ activation: "gelu" as "relu" }), /activation "gelu"/);
  assert.throws(make({ activation: "softmax" }), /layer 0 \(dense\) with softmax: only the last/);
  assert.throws(layers(), /0 layers that ends in nothing/);
  assert.throws(layers(dense, { kind: "dropout", rate: 0.5 }), /ends in dropout/);
  assert.throws(layers({ kind: "dropout", rate: 1 }, dense), /rate 1: a number from 0 to below 1/);
  assert.throws(
    layers(dense, { kind: "lstm", units: 3 }, dense),
    /layer 1 \(lstm\): it stands behind a dense layer/,
  );
});

Deno.test("forward() gives logits on request, and backward() then starts from them", () => {
  const spec = denseSpec({
    ...{ inputs: 4, hidden: [6], outputs: 3, activation: "relu" },
    outputActivation: "softmax",
  });
  const random = new Random(6), rows = 5, x = draw(rows * 4, random);
  const network = createNetwork(spec, random);
  const plain = allocateNetwork({
    ...spec,
    layers: [spec.layers[0]!, { kind: "dense", units: 3, activation: "identity" }],
  });
  plain.parameters.set(network.parameters);
  const logits = forward(network, x, rows, { logits: true }).slice();
  assert.deepEqual(logits, forward(plain, x, rows).slice());
  const dLogits = draw(rows * 3, random);
  backward(network, dLogits, rows);
  backward(plain, dLogits, rows);
  assert.deepEqual(network.gradients.slice(), plain.gradients.slice());
  const probabilities = forward(network, x, rows);
  for (let row = 0; row < rows; row++) {
    const sum = probabilities.subarray(3 * row, 3 * row + 3).reduce((total, p) => total + p, 0);
    assert.ok(Math.abs(sum - 1) < 1e-15);
  }
});

Deno.test("softmax answers are finite for logits of any size", () => {
  const network = createNetwork(
    denseSpec({ inputs: 1, hidden: [], outputs: 3, activation: "relu", outputActivation: "softmax" }),
    new Random(1),
  );
  network.parameters.set([1e308, -1e308, 0, 0, 0, 0]);
  assert.deepEqual([...predictOne(network, new Float64Array([1]), 0)], [1, 0, 0]);
  assert.deepEqual([...predictOne(network, new Float64Array([-1]), 0)], [0, 1, 0]);
});

Deno.test("dropout drops its share in training, keeps the mean, and does nothing otherwise", () => {
  const width = 4_000;
  const identity: LayerSpec = { kind: "dense", units: 1, activation: "identity" };
  const network = allocateNetwork({
    inputs: width,
    steps: 1,
    layers: [{ kind: "dropout", rate: 0.3 }, identity],
  });
  network.parameters.fill(1, 0, width);
  const x = new Float64Array(width).fill(1);
  assert.equal(forward(network, x, 1)[0], width);
  assert.equal(predictOne(network, x, 0)[0], width);
  const kept = forward(network, x, 1, { random: new Random(3) })[0]! * 0.7;
  assert.ok(Math.abs(kept - 0.7 * width) < 5 * Math.sqrt(width * 0.21));
  const again = forward(network, x, 1, { random: new Random(3) })[0]! * 0.7;
  assert.equal(again, kept);
  backward(network, new Float64Array([1]), 1);
  const gradients = network.gradients.subarray(0, width);
  assert.equal(gradients.filter((value) => value !== 0).length, Math.round(kept));
});

for (const spec of [SPECS[2]!, SPECS[0]!, SPECS[6]!]) {
  Deno.test(`sparse rows through ${name(spec)} give the bits of dense ones`, () => {
    const random = new Random(12), rows = 9, width = inputsOf(spec);
    const x = draw(rows * width, random).map((value) => random.uniform() < 0.6 ? 0 : value);
    x.fill(0, 2 * width, 3 * width); // a row without a number
    const dense = createNetwork(spec, random), sparse = allocateNetwork(spec);
    dense.parameters.set(draw(dense.parameters.length, random));
    sparse.parameters.set(dense.parameters);
    const csr = sparseRows(x, width);
    assert.deepEqual(denseRows(csr), x);
    for (const count of [rows, 4]) {
      assert.deepEqual(forward(sparse, csr, count).slice(), forward(dense, x, count).slice());
      const dOutputs = draw(count * countOutputs(spec), random);
      backward(dense, dOutputs, count);
      backward(sparse, dOutputs, count);
      assert.deepEqual(sparse.gradients.slice(), dense.gradients.slice());
    }
    const first = predictOneSparse(sparse, sparseRows(x.slice(0, width), width));
    assert.deepEqual(first.slice(), predictOne(dense, x, 0).slice());
  });
}

Deno.test("sparse rows that are not in order or not of the network's columns are refused", () => {
  const network = createNetwork(SPECS[6]!, new Random(1));
  const rows = { rows: 1, columns: 6, rowStart: Int32Array.of(0, 2), value: Float64Array.of(1, 2) };
  const predict = (...column: number[]) => () =>
    predictOneSparse(network, { ...rows, column: Int32Array.of(...column) });
  assert.throws(predict(3, 3), /its column 3 is not one of 6/);
  assert.throws(predict(3, 6), /its column 6/);
  assert.throws(predict(-1, 3), /its column -1/);
  assert.throws(
    () => forward(network, { ...rows, columns: 7, column: Int32Array.of(3, 4) }, 1),
    /1 sparse rows of 7 columns/,
  );
  assert.throws(
    () => forward(createNetwork(SPECS[8]!, new Random(1)), { ...rows, column: Int32Array.of(3, 4) }, 1),
    /does not begin with a dense layer/,
  );
});

Deno.test("forward(), backward() and predictOne() refuse arrays that are too short", () => {
  const network = createNetwork(SPECS[0]!, new Random(1)), x = new Float64Array(44);
  assert.throws(() => forward(network, x, 3), /3 rows of 22 inputs forward: 44 numbers/);
  assert.throws(() => forward(network, x, 0), RangeError);
  assert.throws(() => predictOne(network, x, 23), /from place 23: 44 numbers/);
  assert.throws(() => backward(network, x, 2), /the forward pass had 0 rows/);
  forward(network, x, 2);
  assert.throws(() => backward(network, x, 1), /the forward pass had 2 rows/);
  assert.throws(() => backward(network, new Float64Array(1), 2), RangeError);
});

for (const spec of [SPECS[2]!, SPECS[3]!, SPECS[4]!, SPECS[7]!, SPECS[8]!]) {
  Deno.test(`${name(spec)} has the same parameters after 100 steps of Adam, whichever kernels run`, () => {
    const train = (kernels: "wasm" | "typescript", sparse: boolean) => {
      const random = new Random(21), rows = 7, width = inputsOf(spec);
      const network = createNetwork(spec, random, { kernels });
      const optimizer = createOptimizer("adam", {
        ...{ length: network.parameters.length, kernels: network.kernels, learningRate: 0.01 },
      });
      const loss = createLoss("huber");
      const dOutputs = new Float64Array(rows * countOutputs(spec));
      for (let step = 0; step < 100; step++) {
        const x = draw(rows * width, random).map((value) => random.uniform() < 0.5 ? 0 : value);
        const y = draw(dOutputs.length, random);
        loss.gradient(forward(network, sparse ? sparseRows(x, width) : x, rows, { random }), y, dOutputs);
        backward(network, dOutputs, rows);
        optimizer.step(network.parameters, network.gradients);
      }
      return [...network.parameters];
    };
    const reference = train("typescript", false);
    assert.ok(reference.every(Number.isFinite));
    assert.deepEqual(train("wasm", false), reference);
    if (spec.layers[0]!.kind === "dense") assert.deepEqual(train("wasm", true), reference);
  });
}

Deno.test("a network with fused products answers nearly the same, and sparse rows as dense ones", () => {
  const spec = SPECS[2]!, random = new Random(31), rows = 9, width = inputsOf(spec);
  const x = draw(rows * width, random).map((value) => random.uniform() < 0.5 ? 0 : value);
  const strict = createNetwork(spec, new Random(1)),
    fused = createNetwork(spec, new Random(1), { fma: true });
  assert.deepEqual([strict.fma, fused.fma], [false, true]);
  const wanted = forward(strict, x, rows).slice(), found = forward(fused, x, rows).slice();
  found.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-12, `${value} and ${wanted[i]}`));
  assert.deepEqual(forward(fused, sparseRows(x, width), rows).slice(), found);
});
