/** A small traffic model that was never trained. */
import { countColumns, type InputSpec } from "../../src/traffic/model/inputs.ts";
import type { TrafficMetadata } from "../../src/traffic/model/metadata.ts";

/** Metadata of a network LSTM 3 on packets and bytes, with changes. */
export function trafficMetadata(change: Partial<InputSpec> = {}): TrafficMetadata {
  const spec: InputSpec = {
    windowUs: 5_000_000,
    lookback: 4,
    features: ["packets", "bytes"],
    targets: ["packets", "bytes"],
    calendar: false,
    seasonWindows: 0,
    logarithms: [],
    answer: "value",
    normalization: "standard",
    inputs: { center: [50, 50_000], scale: [20, 20_000] },
    outputs: { center: [50, 50_000], scale: [20, 20_000] },
    ...change,
  };
  const columns = countColumns(spec);
  const outputs = spec.targets.length;
  const table = (length: number) =>
    Array.from({ length: outputs }, (_, k) => Array.from({ length }, (_, i) => (k + 1) * i));
  return {
    name: "test",
    ...spec,
    architecture: {
      inputs: columns,
      steps: spec.lookback,
      layers: [{ kind: "lstm", units: 3 }, { kind: "dense", units: outputs, activation: "identity" }],
    },
    recipe: { seed: 1 },
    training: { name: "none", sha256: null, windows: 0, links: 0, fromUs: 0, untilUs: 0 },
    residuals: table(101).map((row) => row.map((value) => value - 50)),
    quantiles: table(101),
    ridge: table(1 + spec.lookback * columns),
    metrics: {},
    curves: [{ normalization: "standard", lastValue: 1, best: 0, epochs: [{ training: 1, validation: 1 }] }],
    test: { link: "a", startUs: 0, actual: table(3), predicted: table(3) },
  };
}
