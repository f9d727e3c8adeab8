/** Python's safetensors opens our model files, and what it writes is a model again. */
import assert from "node:assert/strict";
import { createNetwork, Random, tensorsOf } from "../../nn/mod.ts";
import { type ForecastMetadata, readModel, writeModel } from "../../src/models/model_file.ts";
import { pythonHas, runPython } from "../support/python.ts";

const hasSafetensors = await pythonHas("safetensors", "numpy");

const METADATA: ForecastMetadata = {
  name: "levels",
  architecture: {
    inputs: 2,
    steps: 1,
    layers: [
      { kind: "dense", units: 3, activation: "sigmoid" },
      { kind: "dropout", rate: 0.5 },
      { kind: "dense", units: 1, activation: "identity" },
    ],
  },
  preparation: {
    kind: "values",
    lookback: 2,
    features: [{ name: "Höhe", unit: "m" }],
    targetIndex: 0,
    center: [1, 1],
    scale: [2, 2],
    clip: 3,
    targetScale: 1,
    targetClip: 3,
  },
  task: { kind: "forecast", target: "Höhe", unit: "m", horizon: 1 },
  recipe: { seed: 1 },
  training: { name: "levels", sha256: null, readings: 9, sources: 1 },
  metrics: { mse: 1 / 3 },
};

/** Prints what the file holds, and writes it again. */
const COPY = `
import json, sys
from safetensors import safe_open
from safetensors.numpy import save_file
with safe_open(sys.argv[1], framework="numpy") as file:
    tensors = {name: file.get_tensor(name) for name in file.keys()}
    metadata = file.metadata()
save_file(tensors, sys.argv[2], metadata=metadata)
print(json.dumps({name: [str(t.dtype), list(t.shape), t.reshape(-1).tolist()] for name, t in tensors.items()}))
`;

Deno.test({
  name: "a model file goes through Python's safetensors and back without a bit of it changed",
  ignore: !hasSafetensors,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const network = createNetwork(METADATA.architecture, new Random(5));
      await Deno.writeFile(`${folder}/ours.safetensors`, writeModel(network, METADATA));
      const seen = JSON.parse(
        await runPython(COPY, `${folder}/ours.safetensors`, `${folder}/theirs.safetensors`),
      );
      const wanted = tensorsOf(network).map((
        { name, shape, values },
      ) => [name, ["float64", shape, [...values]]]);
      assert.deepEqual(seen, Object.fromEntries(wanted));
      const model = readModel(await Deno.readFile(`${folder}/theirs.safetensors`));
      assert.deepEqual(model.metadata, METADATA);
      assert.deepEqual(model.network.parameters, network.parameters);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
