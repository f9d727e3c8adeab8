/** The network: the same bits in any batch, gradients by central differences, limits. */
import assert from "node:assert/strict";
import {
  allocateMlp,
  backward,
  createLoss,
  createMlp,
  forward,
  type LossName,
  type MlpSpec,
  PARAMETERS_MAX,
  predictOne,
  Random,
} from "../../nn/mod.ts";

const SPECS: readonly MlpSpec[] = [
  { inputs: 22, hidden: [16], outputs: 1, activation: "tanh" },
  { inputs: 24, hidden: [32, 16], outputs: 1, activation: "relu" },
  { inputs: 3, hidden: [5, 7, 2], outputs: 6, activation: "relu" },
  { inputs: 5, hidden: [9], outputs: 4, activation: "tanh" },
  { inputs: 1, hidden: [1], outputs: 1, activation: "tanh" },
  { inputs: 6, hidden: [], outputs: 3, activation: "relu" },
];

const name = ({ inputs, hidden, outputs, activation }: MlpSpec) =>
  `${[inputs, ...hidden, outputs].join("-")} ${activation}`;

function draw(count: number, random: Random): Float64Array {
  return Float64Array.from({ length: count }, () => random.normal());
}

for (const spec of SPECS) {
  Deno.test(`forward() and predictOne() of ${name(spec)} give the same bits in every batch`, () => {
    const random = new Random(11);
    const mlp = createMlp(spec, random);
    mlp.parameters.set(draw(mlp.parameters.length, random));
    const rows = 13, x = draw(rows * spec.inputs, random);
    const all = forward(mlp, x, rows).slice();
    assert.equal(all.length, rows * spec.outputs);
    for (const size of [1, 2, 3, 4, 5, 7, 8]) {
      for (let row = 0; row + size <= rows; row++) {
        const part = forward(mlp, x.slice(row * spec.inputs, (row + size) * spec.inputs), size);
        assert.deepEqual(part, all.slice(row * spec.outputs, (row + size) * spec.outputs));
      }
    }
    for (let row = 0; row < rows; row++) {
      const one = predictOne(mlp, x, row * spec.inputs);
      assert.deepEqual(one, all.slice(row * spec.outputs, (row + 1) * spec.outputs));
    }
  });

  for (const lossName of ["mse", "mae", "huber"] satisfies LossName[]) {
    Deno.test(`backward() of ${name(spec)} agrees with central differences of ${lossName}`, () => {
      const random = new Random(5);
      const mlp = createMlp(spec, random);
      // Fresh biases are 0: behind a layer that is off, a ReLU then stands exactly on its kink, without a slope.
      for (const { shape, offset, length } of mlp.tensors) {
        if (shape.length === 1) {
          for (let i = 0; i < length; i++) mlp.parameters[offset + i] = random.normal(0, 0.3);
        }
      }
      const rows = 6, x = draw(rows * spec.inputs, random), y = draw(rows * spec.outputs, random);
      const loss = createLoss(lossName, { delta: 0.8 });
      const dOutputs = new Float64Array(y.length);
      loss.gradient(forward(mlp, x, rows), y, dOutputs);
      backward(mlp, dOutputs, rows);
      const numeric = mlp.parameters.map((value, i) => {
        const at = (shift: number) => {
          mlp.parameters[i] = value + shift;
          return loss.value(forward(mlp, x, rows), y);
        };
        const slope = (at(1e-5) - at(-1e-5)) / 2e-5;
        mlp.parameters[i] = value;
        return slope;
      });
      let difference = 0, size = 0;
      for (let i = 0; i < numeric.length; i++) {
        const found = mlp.gradients[i]!, wanted = numeric[i]!;
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
  const mlp = createMlp(spec, random);
  const x = draw(rows * spec.inputs, random), dOutputs = draw(rows, random);
  forward(mlp, x, rows);
  backward(mlp, dOutputs, rows);
  const gradients = mlp.gradients.slice();
  mlp.gradients.fill(NaN);
  predictOne(mlp, draw(spec.inputs, random), 0);
  backward(mlp, dOutputs, rows);
  assert.deepEqual(mlp.gradients, gradients);
});

Deno.test("forward() keeps working when batches grow and shrink", () => {
  const spec = SPECS[2]!, random = new Random(4);
  const mlp = createMlp(spec, random), fresh = createMlp(spec, new Random(4));
  for (const rows of [3, 1, 9, 4]) {
    const x = draw(rows * spec.inputs, random), dOutputs = draw(rows * spec.outputs, random);
    const again = allocateMlp(spec);
    again.parameters.set(fresh.parameters);
    assert.deepEqual(forward(mlp, x, rows), forward(again, x, rows));
    backward(mlp, dOutputs, rows);
    backward(again, dOutputs, rows);
    assert.deepEqual(mlp.gradients, again.gradients);
  }
});

Deno.test("forward() hides no NaN behind a ReLU", () => {
  const mlp = createMlp({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" }, new Random(1));
  assert.ok(Number.isNaN(predictOne(mlp, new Float64Array([NaN, 1]), 0)[0]));
});

Deno.test("createMlp() is reproducible, and its weights keep within their limits", () => {
  const spec = SPECS[1]!;
  const { parameters, tensors } = createMlp(spec, new Random(8));
  assert.deepEqual(parameters, createMlp(spec, new Random(8)).parameters);
  assert.notDeepEqual(parameters, createMlp(spec, new Random(9)).parameters);
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

Deno.test("createMlp() refuses what is no architecture", () => {
  const spec = SPECS[0]!, make = (change: Partial<MlpSpec>) => () => allocateMlp({ ...spec, ...change });
  assert.throws(make({ inputs: 0 }), /widths 0-16-1: positive integers/);
  assert.throws(make({ hidden: [1.5] }), RangeError);
  assert.throws(make({ hidden: [PARAMETERS_MAX] }), /parameters: at most/);
  assert.throws(make({ hidden: Array(65).fill(1) }), /65 hidden layers/);
  assert.throws(make({ activation: "gelu" as "relu" }), /activation "gelu"/);
});

Deno.test("forward(), backward() and predictOne() refuse arrays that are too short", () => {
  const mlp = createMlp(SPECS[0]!, new Random(1)), x = new Float64Array(44);
  assert.throws(() => forward(mlp, x, 3), /3 rows of 22 inputs forward: 44 numbers/);
  assert.throws(() => forward(mlp, x, 0), RangeError);
  assert.throws(() => predictOne(mlp, x, 23), /from place 23: 44 numbers/);
  assert.throws(() => backward(mlp, x, 2), /the forward pass had 0 rows/);
  forward(mlp, x, 2);
  assert.throws(() => backward(mlp, x, 1), /the forward pass had 2 rows/);
  assert.throws(() => backward(mlp, new Float64Array(1), 2), RangeError);
});
