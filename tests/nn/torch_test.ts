/** The same numbers as PyTorch: tests/golden/nn/mlp_torch.py made them. */
import assert from "node:assert/strict";
import {
  Adam,
  allocateNetwork,
  backward,
  createLoss,
  type DenseNetwork,
  denseSpec,
  forward,
  type LossName,
  type Optimizer,
  predictOne,
  Sgd,
} from "../../nn/mod.ts";

interface GoldenCase {
  readonly spec: DenseNetwork;
  readonly loss: LossName;
  readonly rows: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly parameters: readonly number[];
  readonly outputs: readonly number[];
  readonly lossValue: number;
  readonly gradients: readonly number[];
  readonly curves: { readonly adam: readonly number[]; readonly sgd: readonly number[] };
}

interface Golden {
  readonly huberDelta: number;
  readonly adam: { readonly learningRate: number };
  readonly sgd: { readonly learningRate: number; readonly momentum: number };
  readonly cases: readonly GoldenCase[];
}

const RELATIVE_ERROR_MAX = 1e-10;
const golden: Golden = JSON.parse(
  Deno.readTextFileSync(new URL("../golden/nn/mlp_torch.json", import.meta.url)),
);

/** Relative to the larger of the two; numbers near 0 relative to the largest of all. */
function assertClose(found: ArrayLike<number>, wanted: readonly number[], what: string): void {
  assert.equal(found.length, wanted.length);
  const floor = 1e-3 * wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  wanted.forEach((value, i) => {
    const scale = Math.max(Math.abs(value), floor);
    assert.ok(
      Math.abs(found[i]! - value) <= RELATIVE_ERROR_MAX * scale,
      `${what} ${i}: ${found[i]}, ${value} is wanted`,
    );
  });
}

function trainingCurve(one: GoldenCase, optimizer: Optimizer): number[] {
  const network = filled(one), loss = lossOf(one), x = Float64Array.from(one.x), y = Float64Array.from(one.y);
  const dOutputs = new Float64Array(y.length);
  return one.curves.adam.map(() => {
    const value = loss.gradient(forward(network, x, one.rows), y, dOutputs);
    backward(network, dOutputs, one.rows);
    optimizer.step(network.parameters, network.gradients);
    return value;
  });
}

function filled({ spec, parameters }: GoldenCase) {
  const network = allocateNetwork(denseSpec(spec));
  assert.equal(network.parameters.length, parameters.length);
  network.parameters.set(parameters);
  return network;
}

function lossOf({ loss }: GoldenCase) {
  return createLoss(loss, { delta: golden.huberDelta });
}

for (const one of golden.cases) {
  const { inputs, hidden, outputs: width, activation } = one.spec;
  const title = `${[inputs, ...hidden, width].join("-")} ${activation} ${one.loss}`;

  Deno.test(`forward(), the loss and backward() of ${title} give PyTorch's numbers`, () => {
    const network = filled(one), loss = lossOf(one);
    const x = Float64Array.from(one.x), y = Float64Array.from(one.y), dOutputs = new Float64Array(y.length);
    const outputs = forward(network, x, one.rows);
    assertClose(outputs, one.outputs, "output");
    assertClose([loss.value(outputs, y)], [one.lossValue], "loss");
    assert.equal(loss.gradient(outputs, y, dOutputs), loss.value(outputs, y));
    backward(network, dOutputs, one.rows);
    assertClose(network.gradients, one.gradients, "gradient");
    assertClose(predictOne(network, x, inputs), one.outputs.slice(width, 2 * width), "output");
  });

  Deno.test(`Adam and Sgd train ${title} along PyTorch's curve`, () => {
    const length = one.parameters.length;
    assertClose(trainingCurve(one, new Adam(length, golden.adam)), one.curves.adam, "loss of Adam at step");
    assertClose(trainingCurve(one, new Sgd(length, golden.sgd)), one.curves.sgd, "loss of SGD at step");
  });
}
