/** Models go out as ONNX files and come back; files of other tools become models. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, type NetworkSpec, Random } from "../../../nn/mod.ts";
import { decodeOnnx, encodeOnnx, OnnxError, type OnnxModel } from "../../../nn/onnx/mod.ts";
import {
  type ClassificationMetadata,
  type ForecastMetadata,
  ModelFileError,
  readModel,
  writeModel,
} from "../../../src/models/model_file.ts";
import { exportOnnx } from "../../../src/models/onnx/export.ts";
import { importOnnx, type ImportOptions } from "../../../src/models/onnx/import.ts";
import { FUZZ_ROUNDS, readMutated } from "../../support/mutate.ts";

const COMMON = {
  recipe: { seed: 3, hidden: [4] },
  training: { name: "rows", sha256: null, readings: 10, sources: 2 },
  metrics: { "test.mse": 0.5 },
};

const CLASSIFIER: ClassificationMetadata = {
  ...COMMON,
  name: "attacks",
  architecture: {
    inputs: 4,
    steps: 1,
    layers: [
      { kind: "dense", units: 5, activation: "relu" },
      { kind: "dropout", rate: 0.25 },
      { kind: "dense", units: 2, activation: "softmax" },
    ],
  },
  preparation: {
    kind: "tabular",
    clip: null,
    columns: [
      { name: "bytes", kind: "number", log: true, center: 4, scale: 2 },
      { name: "flag", kind: "category", values: ["SF", "S0", 'ü"'] },
    ],
  },
  task: {
    kind: "classification",
    target: "class",
    classes: ["normal", "dos"],
    offsets: [0, 0.5],
    baseline: "normal",
  },
};

function forecastMetadata(architecture: NetworkSpec): ForecastMetadata {
  return {
    ...COMMON,
    name: "levels",
    architecture,
    preparation: {
      kind: "values",
      lookback: 3,
      features: [{ name: "level", unit: "m" }, { name: "flow", unit: "m³/s" }],
      targetIndex: 0,
      center: [1, 2, 1, 2, 1, 2],
      scale: [0.1, 3, 0.1, 3, 0.1, 3],
      clip: 5,
      targetScale: 0.2,
      targetClip: 4,
    },
    task: { kind: "forecast", target: "level", unit: "m", horizon: 6 },
  };
}

const MLP = denseSpec({ inputs: 6, hidden: [4], outputs: 1, activation: "tanh" });

function exported(metadata: ClassificationMetadata | ForecastMetadata) {
  const network = createNetwork(metadata.architecture, new Random(2));
  const bytes = writeModel(network, metadata);
  return { bytes, onnx: exportOnnx(bytes, { producerVersion: "1.2.3" }) };
}

function golden(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`../../golden/onnx/${name}.onnx`, import.meta.url));
}

const LSTM: NetworkSpec = {
  inputs: 2,
  steps: 3,
  layers: [
    { kind: "lstm", units: 4 },
    { kind: "dropout", rate: 0.1 },
    { kind: "lstm", units: 3 },
    { kind: "dense", units: 1, activation: "identity" },
  ],
};

for (
  const [what, metadata] of [
    ["classifier", CLASSIFIER],
    ["forecaster", forecastMetadata(MLP)],
    ["LSTM", forecastMetadata(LSTM)],
  ] as const
) {
  Deno.test(`importOnnx() brings back all that exportOnnx() wrote: ${what}`, () => {
    const { bytes, onnx } = exported(metadata);
    const imported = importOnnx(onnx.bytes);
    assert.ok(imported.own);
    assert.deepEqual(imported.assumptions, []);
    const [before, after] = [readModel(bytes), readModel(imported.bytes)];
    assert.deepEqual(after.metadata, metadata);
    assert.deepEqual(after.network.parameters, before.network.parameters.map(Math.fround));
    // Once rounded, nothing changes any more.
    const again = importOnnx(exportOnnx(imported.bytes, { producerVersion: "1.2.3" }).bytes);
    assert.deepEqual(again.bytes, imported.bytes);
  });
}

Deno.test("exportOnnx() says in the file what the model is, and gives the same bytes again", () => {
  const { bytes, onnx } = exported(CLASSIFIER);
  const { metadata, producer, producerVersion, irVersion, opsets } = decodeOnnx(onnx.bytes);
  const { sha256, version } = readModel(bytes);
  const shown = Object.fromEntries([...metadata].filter(([key]) => !key.startsWith("streamflow.")));
  assert.deepEqual(shown, {
    name: "attacks",
    task: "classification",
    features: '["bytes","flag"]',
    classes: '["normal","dos"]',
    version,
    sha256,
  });
  assert.deepEqual([producer, producerVersion, irVersion], ["streamflow", "1.2.3", 8]);
  assert.deepEqual(opsets, new Map([["", 17], ["ai.onnx.ml", 3]]));
  assert.deepEqual(exported(CLASSIFIER).onnx.bytes, onnx.bytes);
  assert.deepEqual(onnx.inputs.map(({ name }) => name), ["numbers", "flag"]);
  assert.deepEqual(onnx.outputs.map(({ name }) => name), ["probabilities", "label"]);
});

function changed(change: (model: OnnxModel) => Partial<OnnxModel>): Uint8Array {
  const model = decodeOnnx(exported(forecastMetadata(MLP)).onnx.bytes);
  return encodeOnnx({ ...model, ...change(model) });
}

function withText(key: string, text: string): Uint8Array {
  return changed(({ metadata }) => ({ metadata: new Map([...metadata, [`streamflow.${key}`, text]]) }));
}

Deno.test("importOnnx() refuses an own file that was changed", () => {
  const refused: readonly (readonly [Uint8Array, RegExp])[] = [
    [changed(() => ({ initializers: [] })), /constant "layers.0.weight" is missing/],
    [withText("formatVersion", "99"), /format version "99"/],
    [withText("architecture", "[]"), /metadata.architecture is \[\]/],
    [withText("architecture", "{"), /architecture in the metadata is no JSON/],
    [
      withText("architecture", JSON.stringify({ ...MLP, inputs: 7 })),
      /its windows make 6 inputs, and the network has 7/,
    ],
    [
      withText("task", '{"kind":"forecast","target":"flow","unit":"","horizon":1}'),
      /the task is to forecast flow/,
    ],
  ];
  for (const [bytes, message] of refused) {
    assert.throws(() => importOnnx(bytes), (error) => {
      assert.ok(error instanceof OnnxError || error instanceof ModelFileError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});

function importGolden(name: string, options: ImportOptions = {}) {
  const imported = importOnnx(golden(name), options);
  return { ...imported, model: readModel(imported.bytes) };
}

interface Answers {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

function answersOf(tool: string, name: string): Answers {
  const file = new URL(`../../golden/onnx/${tool}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(file))[name];
}

Deno.test("importOnnx() makes a classifier of scikit-learn's pipeline, its scaler the preparation", () => {
  const { model, own, assumptions } = importGolden("sklearn_classifier", { features: ["a", "b", "c", "d"] });
  assert.ok(!own && model.kind === "classifier");
  assert.deepEqual(model.classifier.classes, ["blue", "green", "red"]);
  assert.deepEqual(model.classifier.columns.map(({ name }) => name), ["a", "b", "c", "d"]);
  assert.match(
    assumptions.join("\n"),
    /most frequent one is not known\noutput output_label of the graph is left/,
  );
  const { x, y } = answersOf("sklearn", "sklearn_classifier");
  for (let row = 0; row < 5; row++) {
    model.classifier.classify(Float64Array.from(x.slice(row * 4, row * 4 + 4)));
    model.classifier.probabilities.forEach((p, k) => assert.ok(Math.abs(p - y[row * 3 + k]!) < 1e-6));
  }
});

Deno.test("importOnnx() makes a classifier of two classes of a sigmoid", () => {
  const { model } = importGolden("sklearn_binary", { name: "binary" });
  assert.ok(model.kind === "classifier" && model.name === "binary");
  assert.deepEqual(model.classifier.classes, ["0", "1"]);
  const { x, y } = answersOf("sklearn", "sklearn_binary");
  model.classifier.classify(Float64Array.from(x.slice(0, 4)));
  model.classifier.probabilities.forEach((p, k) => assert.ok(Math.abs(p - y[k]!) < 1e-6));
});

Deno.test("importOnnx() makes a classifier of outputs that are a column for each class, or some of them", () => {
  for (
    const name of [
      "sklearn_columns",
      "sklearn_columns_some",
      "sklearn_columns_binary",
      "sklearn_columns_first",
    ]
  ) {
    const { model } = importGolden(name);
    assert.ok(model.kind === "classifier", name);
    const classes = name.startsWith("sklearn_columns_b") || name.endsWith("first")
      ? ["0", "1"]
      : ["blue", "green", "red"];
    assert.deepEqual(model.classifier.classes, classes);
    const { x, y } = answersOf("sklearn", name);
    for (let row = 0; row < 5; row++) {
      model.classifier.classify(Float64Array.from(x.slice(row * 4, row * 4 + 4)));
      const wanted = y.slice(row * classes.length, (row + 1) * classes.length);
      model.classifier.probabilities.forEach((p, k) =>
        assert.ok(Math.abs(p - wanted[k]!) < 1e-6, `${name}: ${p}`)
      );
    }
  }
});

Deno.test("importOnnx() makes a forecaster of a regression, its answer the target itself", () => {
  const options = { features: ["a", "b", "c", "d"], target: "b", horizon: 3 };
  const { model } = importGolden("sklearn_regressor", options);
  assert.ok(model.kind === "forecaster");
  assert.deepEqual([model.target, model.horizon, model.lookback], ["b", 3, 1]);
  const { x, y } = answersOf("sklearn", "sklearn_regressor");
  for (let row = 0; row < 5; row++) {
    const forecast: number = model.predict(Float64Array.from(x), row * 4);
    assert.ok(Math.abs(forecast - y[row]!) < 1e-5, `${forecast}, ${y[row]}`);
  }
  // Four numbers are two readings of two features as well.
  const two = importGolden("sklearn_regressor", { lookback: 2 }).model;
  assert.ok(two.kind === "forecaster");
  assert.deepEqual([two.lookback, two.features.length, two.target], [2, 2, "feature-2"]);
});

Deno.test("importOnnx() makes a forecaster of Keras' LSTMs", () => {
  const { model } = importGolden("keras_lstm_two", { features: ["a", "b", "c"], target: "b" });
  assert.ok(model.kind === "forecaster");
  assert.deepEqual([model.lookback, model.target], [7, "b"]);
  assert.deepEqual(model.network.spec.layers.map(({ kind }) => kind), ["lstm", "lstm", "dense"]);
  const { x, y } = answersOf("keras", "keras_lstm_two");
  for (let row = 0; row < 5; row++) {
    assert.ok(Math.abs(model.predict(Float64Array.from(x), row * 21) - y[row]!) < 1e-6);
  }
});

Deno.test("importOnnx() makes a forecaster of a window of steps", () => {
  const { model } = importGolden("torch_flat");
  assert.ok(model.kind === "forecaster");
  assert.deepEqual([model.lookback, model.features.length], [4, 3]);
  const { x, y } = answersOf("torch", "torch_flat");
  for (let row = 0; row < 5; row++) {
    assert.ok(Math.abs(model.predict(Float64Array.from(x), row * 12) - y[row]!) < 1e-5);
  }
});

const REFUSED: readonly (readonly [string, string, ImportOptions, RegExp])[] = [
  ["too few features", "torch_mlp", { features: ["a"] }, /Cannot name 4 features with 1 words \(a\)/],
  ["a feature twice", "torch_mlp", { features: ["a", "b", "c", "a"] }, /all different/],
  ["too many classes", "torch_mlp", { classes: ["a", "b", "c", "d"] }, /Cannot name 3 classes with 4 words/],
  ["a target that is no feature", "torch_flat", { target: "x" }, /Cannot forecast "x": it is none of/],
  [
    "windows that do not fit",
    "sklearn_regressor",
    { lookback: 3 },
    /windows of 3 readings: the graph takes 4/,
  ],
];

for (const [what, name, options, message] of REFUSED) {
  Deno.test(`importOnnx() refuses ${what}`, () => {
    assert.throws(
      () => importGolden(name, options),
      (error) => error instanceof OnnxError && message.test(error.message),
    );
  });
}

Deno.test("importOnnx() of changed files gives a model that can be read, or an error of its own", () => {
  const seeds = [exported(CLASSIFIER), exported(forecastMetadata(MLP))].map(({ onnx }) => onnx.bytes)
    .concat(
      ["sklearn_binary", "sklearn_regressor", "torch_mlp"].map((name) => Uint8Array.from(golden(name))),
    );
  const rounds = Math.ceil(FUZZ_ROUNDS / 4);
  const reads = readMutated(seeds, {
    rounds,
    read: (bytes) => {
      const { classifier, predict } = {
        classifier: null,
        predict: null,
        ...readModel(importOnnx(bytes).bytes),
      };
      assert.ok(classifier !== null || predict !== null);
    },
    expected: (error) =>
      error instanceof OnnxError || error instanceof ModelFileError ||
      (error instanceof RangeError && error.message.startsWith("Cannot ")),
  });
  assert.ok(reads > rounds / 100 && reads < rounds, `${reads} of ${rounds} could be read`);
});
