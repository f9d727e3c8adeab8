/** A model of a few weights, for tests in which one takes another's place. */
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { writeModel } from "../../src/models/model_file.ts";

/** A forecaster of two readings of `a`, one ahead; other seeds give other versions. */
export function forecasterBytes(seed: number): Uint8Array<ArrayBuffer> {
  const architecture = denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "tanh" });
  return writeModel(createNetwork(architecture, new Random(seed)), {
    ...{ name: "swapped", architecture, recipe: { seed }, metrics: {} },
    preparation: {
      ...{ kind: "values", lookback: 2, features: [{ name: "a", unit: "" }], targetIndex: 0 },
      ...{ center: [0, 0], scale: [1, 1], clip: 4, targetScale: 1, targetClip: 4 },
    },
    task: { kind: "forecast", target: "a", unit: "", horizon: 1 },
    training: { name: "none", sha256: null, readings: 0, sources: 0 },
  });
}
