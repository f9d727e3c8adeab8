import assert from "node:assert/strict";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { createForecaster } from "../../src/models/forecaster.ts";
import type { Preparation } from "../../src/models/preparation.ts";

const preparation: Preparation = {
  kind: "differences",
  lookback: 2,
  features: [{ name: "x", unit: "" }],
  targetIndex: 0,
  center: [0],
  scale: [1],
  clip: 4,
  targetScale: 1,
  targetClip: 4,
};
const parts = { name: "linear", version: "0", horizon: 1, preparation };

function linear(inputs: number, outputs: number) {
  return createNetwork(denseSpec({ inputs, hidden: [], outputs, activation: "tanh" }), new Random(1));
}

Deno.test("createForecaster() adds the network's change to the last value", () => {
  const network = linear(1, 1);
  network.parameters.set([0.5, 0.25]);
  const forecaster = createForecaster({ ...parts, network });
  assert.equal(forecaster.predict(new Float64Array([9, 3, 2]), 1), 2 + 0.5 * 1 + 0.25);
  assert.equal(forecaster.predict(new Float64Array([100, 2]), 0), 2 + 0.5 * 4 + 0.25);
});

Deno.test("createForecaster() refuses a network that does not fit the preparation", () => {
  assert.throws(() => createForecaster({ ...parts, network: linear(2, 1) }), /2 inputs.*gives 1 inputs/);
  assert.throws(() => createForecaster({ ...parts, network: linear(1, 2) }), /2 outputs/);
});
