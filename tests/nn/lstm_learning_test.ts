/** LSTM layers learn what needs a memory: a real series, and a number that was shown some steps ago. */
import assert from "node:assert/strict";
import {
  backward,
  clipByNorm,
  createLoss,
  createNetwork,
  createOptimizer,
  forward,
  Random,
} from "../../nn/mod.ts";
import { explainedByLast, learnTraffic, readTraffic } from "../support/traffic.ts";

const traffic = readTraffic();
/** Ridge regression on the last 10 hours explains so much. */
const RIDGE_R2 = 0.978;

Deno.test({
  name: "an LSTM of 2×64 forecasts traffic better than the last value and ridge after 10 epochs",
  ignore: traffic === null,
  fn() {
    const last = explainedByLast(traffic!.test);
    assert.equal(last.toFixed(3), "0.909");
    const { r2 } = learnTraffic(traffic!, { seed: 1, epochs: 10, learningRate: 1e-3 });
    assert.ok(r2 > RIDGE_R2 && r2 < 1, `R² ${r2}`);
  },
});

Deno.test("an LSTM learns to recall both numbers that were marked some steps ago", () => {
  const steps = 8, rows = 32, random = new Random(4);
  const layers = [
    { kind: "lstm", units: 12 },
    { kind: "dense", units: 2, activation: "identity" },
  ] as const;
  const network = createNetwork({ inputs: 2, steps, layers }, random), { parameters, gradients } = network;
  const adam = createOptimizer("adam", {
    length: parameters.length,
    kernels: network.kernels,
    learningRate: 0.02,
  });
  const loss = createLoss("mse");
  const x = new Float64Array(rows * steps * 2),
    y = new Float64Array(rows * 2),
    dOutputs = new Float64Array(rows * 2);
  /** Each step a number and whether it is to be kept; two are, the second half's in place 1. */
  const draw = () => {
    for (let row = 0; row < rows; row++) {
      const marked = [random.integer(steps / 2), steps / 2 + random.integer(steps / 2)];
      for (let t = 0; t < steps; t++) {
        const at = (row * steps + t) * 2, place = marked.indexOf(t);
        x[at] = random.uniform(-1, 1);
        x[at + 1] = place >= 0 ? 1 : 0;
        if (place >= 0) y[row * 2 + place] = x[at]!;
      }
    }
  };
  for (let step = 0; step < 1_500; step++) {
    draw();
    loss.gradient(forward(network, x, rows), y, dOutputs);
    backward(network, dOutputs, rows);
    clipByNorm(gradients, 1);
    adam.step(parameters, gradients);
  }
  draw();
  const error = loss.value(forward(network, x, rows), y);
  assert.ok(error < 0.03, `mean squared error ${error}; 1/3 knows nothing`);
});
