/** Small models for the tests of what is answered over HTTP. */
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { type Model, readModel, writeModel } from "../../src/models/model_file.ts";

const training = { name: "tiny", sha256: null, readings: 100, sources: 2 };

/** Forecasts the temperature two readings ahead from three. */
export function tinyForecaster(seed = 7): Model {
  return readModel(tinyForecasterBytes(seed));
}

/** The bytes of its file. */
export function tinyForecasterBytes(seed: number, { horizon = 2 } = {}): Uint8Array {
  const spec = denseSpec({ inputs: 4, hidden: [3], outputs: 1, activation: "tanh" });
  return writeModel(createNetwork(spec, new Random(seed)), {
    name: "tiny-temperature-2",
    architecture: spec,
    preparation: {
      kind: "differences",
      lookback: 3,
      features: [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }],
      targetIndex: 1,
      center: [0, 0, 0, 0],
      scale: [1, 0.1, 2, 1 / 3],
      ...{ clip: 4, targetScale: 0.05, targetClip: 4 },
    },
    task: { kind: "forecast", target: "temperature", unit: "°C", horizon },
    recipe: { seed, epochs: 3 },
    training,
    metrics: { "test.all.network.mse": 0.25 },
  });
}

/** Classifies connections. */
export function tinyClassifier(): Model {
  return readModel(tinyClassifierBytes());
}

/** The bytes of its file. */
export function tinyClassifierBytes(): Uint8Array {
  const spec = denseSpec({
    ...{ inputs: 4, hidden: [5], outputs: 3, activation: "relu" },
    outputActivation: "softmax",
  });
  return writeModel(createNetwork(spec, new Random(3)), {
    name: "tiny-class",
    architecture: spec,
    preparation: {
      kind: "tabular",
      clip: null,
      columns: [
        { name: "bytes", kind: "number", log: true, center: 3, scale: 2 },
        { name: "service", kind: "category", values: ["http", "ftp"] },
        { name: "rate", kind: "number", log: false, center: 0.5, scale: 0.2 },
      ],
    },
    task: {
      ...{ kind: "classification", target: "class", classes: ["normal", "dos", "probe"] },
      ...{ offsets: [0, 1, -1], baseline: "normal" },
    },
    recipe: { seed: 3 },
    training,
    metrics: { "test.accuracy": 0.9, "test.baseline.accuracy": 0.5 },
    history: {
      kept: 2,
      epochs: [1, 2, 3],
      trainingLoss: [1, 0.5, 0.4],
      validationLoss: [1.1, 0.7, 0.8],
      baselineLoss: [1.4, 1.4, 1.4],
    },
  });
}

/** A reading of the forecaster. */
export function plantReading(
  second: number,
  { id = `p:${second}`, source = "boiler", temperature = 20 + Math.sin(second), humidity = 40 + second % 5 } =
    {},
) {
  const timestamp = new Date(1_700_000_000_000 + second * 1_000).toISOString();
  return { id, timestamp, source, features: { humidity, temperature } };
}

/** A connection of the classifier. */
export function connection(n: number, label?: string) {
  const timestamp = new Date(1_700_000_000_000 + n).toISOString();
  const features = {
    bytes: 10 * n,
    service: n % 3 === 0 ? "ftp" : n % 7 === 0 ? "smtp" : "http",
    rate: n / 10 % 1,
  };
  return { id: `c:${n}`, timestamp, source: "edge", features, ...(label === undefined ? {} : { label }) };
}
