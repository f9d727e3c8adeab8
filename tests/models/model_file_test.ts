import assert from "node:assert/strict";
import {
  createNetwork,
  decodeSafetensors,
  denseSpec,
  encodeSafetensors,
  forward,
  type Network,
  Random,
} from "../../nn/mod.ts";
import { loadModel, saveModel } from "../../src/models/disk.ts";
import {
  type ClassificationMetadata,
  type ForecastMetadata,
  ModelFileError,
  type ModelMetadata,
  readForecastModel as readModel,
  readModel as readAnyModel,
  writeModel,
} from "../../src/models/model_file.ts";

const metadata: ForecastMetadata = {
  name: "tiny-temperature-2",
  architecture: denseSpec({ inputs: 4, hidden: [3], outputs: 1, activation: "tanh" }),
  preparation: {
    kind: "differences",
    lookback: 3,
    features: [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }],
    targetIndex: 1,
    center: [0, 0, 0, 0],
    scale: [1, 0.1, 2, 1 / 3],
    clip: 4,
    targetScale: 0.05,
    targetClip: 4,
  },
  task: { kind: "forecast", target: "temperature", unit: "°C", horizon: 2 },
  recipe: { seed: 7, epochs: 3 },
  training: { name: "tiny", sha256: null, readings: 100, sources: 2 },
  metrics: { "test.all.network.mse": 0.25 },
};

function tinyNetwork(): Network {
  return createNetwork(metadata.architecture, new Random(7));
}

/** The bytes of a model whose metadata and tensors were changed in between. */
function altered(
  change: (texts: Record<string, string>, tensors: { values: Float64Array }[]) => void,
): Uint8Array {
  const file = decodeSafetensors(writeModel(tinyNetwork(), metadata));
  const texts = { ...file.metadata };
  change(texts, file.tensors as unknown as { values: Float64Array }[]);
  return encodeSafetensors({ tensors: file.tensors, metadata: texts });
}

/** A model with one section of its metadata changed. */
function withSection(key: keyof ModelMetadata, change: Record<string, unknown>): Uint8Array {
  return altered((texts) => {
    texts[key] = JSON.stringify({ ...(metadata[key] as unknown as Record<string, unknown>), ...change });
  });
}

const last = { kind: "dense", units: 1, activation: "identity" };
const window = new Float64Array([40, 20, 41, 20.1, 42, 20.3]);

Deno.test("readModel() gives back what writeModel() was given, and forecasts the same bits", () => {
  const network = tinyNetwork();
  const bytes = writeModel(network, metadata);
  assert.deepEqual(writeModel(tinyNetwork(), metadata), bytes);
  const model = readModel(bytes);
  assert.deepEqual(model.metadata, metadata);
  assert.deepEqual(model.network.parameters, network.parameters);
  assert.deepEqual([model.name, model.target, model.targetIndex], ["tiny-temperature-2", "temperature", 1]);
  assert.deepEqual([model.horizon, model.lookback], [2, 3]);
  assert.match(model.version, /^[0-9a-f]{12}$/);
  assert.ok(model.sha256.startsWith(model.version));
  const first = model.predict(window, 0);
  assert.ok(Number.isFinite(first) && first !== 20.3 && Math.abs(first - 20.3) <= 0.05 * 4);
  const shifted = new Float64Array(10);
  shifted.set(window, 4);
  model.predict(new Float64Array(6).fill(1e9), 0);
  assert.equal(model.predict(shifted, 4), first);
  assert.equal(readModel(bytes).predict(window, 0), first);
});

Deno.test("readModel() has a version that follows the bytes", () => {
  const other = writeModel(createNetwork(metadata.architecture, new Random(8)), metadata);
  assert.notEqual(readModel(other).version, readModel(writeModel(tinyNetwork(), metadata)).version);
});

Deno.test("readModel() refuses every truncation and every appended byte", () => {
  const bytes = writeModel(tinyNetwork(), metadata);
  for (let length = 0; length < bytes.length; length += 1 + (length > 16 ? 6 : 0)) {
    assert.throws(() => readModel(bytes.subarray(0, length)), ModelFileError, `${length} bytes`);
  }
  assert.throws(() => readModel(bytes.subarray(0, bytes.length - 1)), ModelFileError);
  assert.throws(() => readModel(new Uint8Array([...bytes, 0])), ModelFileError);
});

function withContext(change: object): Uint8Array {
  const context = { aheadMs: 2_000, stepMs: 1_000, calendar: false, seasonsMs: [], ...change };
  return withSection("preparation", { context });
}

function withReferences(references: object): Uint8Array {
  return altered((texts) => texts["references"] = JSON.stringify(references));
}

Deno.test("readModel() says what is wrong with the metadata", () => {
  const cases: [Uint8Array, RegExp][] = [
    [altered((texts) => delete texts["formatVersion"]), /no formatVersion/],
    [altered((texts) => texts["formatVersion"] = "9"), /format version "9", this program reads 1, 2 and 3/],
    [altered((texts) => delete texts["task"]), /task is missing/],
    [altered((texts) => texts["task"] = "{"), /task in the metadata is no JSON/],
    [altered((texts) => texts["task"] = "[]"), /metadata\.task is \[\]; an object is expected/],
    [withSection("task", { horizon: 0 }), /task\.horizon is 0; an integer from 1/],
    [withSection("task", { target: "pressure" }), /features are humidity, temperature .* forecast pressure/],
    [withSection("preparation", { kind: "magic" }), /kind is "magic"; differences or values/],
    [withSection("preparation", { scale: [1, 1, 1] }), /4 centres and 3 scales for 4 inputs/],
    [withSection("preparation", { scale: [1, 0, 1, 1] }), /scale is .*numbers is expected/],
    [withSection("preparation", { center: [0, null, 0, 0] }), /center is/],
    [withSection("preparation", { targetScale: -1 }), /targetScale is -1; a positive number/],
    [
      withSection("preparation", { lookback: 2, center: [0, 0], scale: [1, 1] }),
      /windows make 2 inputs.*has 4/,
    ],
    [withSection("preparation", { answer: "guess" }), /answer is "guess"; change or value/],
    [withSection("preparation", { spreadReadings: 1 }), /spreadReadings is 1; an integer from 2/],
    [withSection("preparation", { spreadReadings: 2 }), /4 centres and 4 scales for 6 inputs/],
    [withSection("preparation", { context: 3 }), /context is 3; an object/],
    [withContext({ stepMs: 0 }), /context\.stepMs is 0; a positive number/],
    [withContext({ calendar: "on" }), /calendar is "on"; true or false/],
    [withContext({ seasonsMs: [2_000, 2_000] }), /seasons are 2000, 2000 ms; rising ones from 2000 ms/],
    [withContext({ seasonsMs: [1_000] }), /seasons are 1000 ms; rising ones from 2000 ms/],
    [withContext({ seasonsMs: [5e7] }), /looks back at \d+ readings of a source, more than 20000/],
    [withContext({ seasonsMs: [5_000], calendar: true }), /4 centres and 4 scales for 9 inputs/],
    [withReferences({ ridge: { weights: [1], intercept: 0 } }), /its ridge has 1 weights for 4 inputs/],
    [withReferences({ seasonMs: 0, ridge: { weights: [], intercept: 0 } }), /seasonMs is 0/],
    [withSection("architecture", { steps: 2 ** 40 }), /make 4 inputs, and the network has \d{13}/],
    [withSection("preparation", { features: [{ name: "temperature" }] }), /features\[0\]\.unit is nothing/],
    [withSection("architecture", { layers: [{ ...last, activation: "sine" }] }), /activation "sine"/],
    [withSection("architecture", { layers: [{ ...last, units: 2.5 }] }), /2.5 units: a positive integer/],
    [withSection("architecture", { layers: [{ kind: "gru" }, last] }), /kind is "gru"/],
    [withSection("architecture", { layers: [{ ...last, units: 5 }, last] }), /layers\.0\.weight/],
    [withSection("architecture", { layers: [last] }), /layers\.0\.weight/],
    [withSection("architecture", { layers: [] }), /0 layers/],
    [withSection("architecture", { layers: 3 }), /layers is 3; an array is expected/],
    [withSection("metrics", { mse: "low" }), /metrics holds something that is no number/],
    [withSection("recipe", { seed: -1 }), /seed is -1/],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => readModel(bytes), (error) => {
      assert.ok(error instanceof ModelFileError, `${message}: ${error}`);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("readModel() refuses a weight that is not finite, and overlapping tensors", () => {
  const bytes = writeModel(tinyNetwork(), metadata);
  const broken = bytes.slice();
  new DataView(broken.buffer).setFloat64(broken.length - 8, NaN, true);
  assert.throws(() => readModel(broken), /not finite/);
  const text = new TextDecoder("latin1").decode(bytes);
  const place = text.indexOf('"data_offsets":[24,');
  assert.ok(place > 0);
  const overlapping = bytes.slice();
  overlapping.set(new TextEncoder().encode('"data_offsets":[16,'), place);
  assert.throws(() => readModel(overlapping), ModelFileError);
});

Deno.test("loadModel() and saveModel() replace a file whole and leave nothing else behind", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors`;
    await Deno.writeTextFile(path, "an older file");
    const bytes = writeModel(tinyNetwork(), metadata);
    await saveModel(path, bytes);
    assert.deepEqual(new Uint8Array(await Deno.readFile(path)), bytes);
    assert.deepEqual((await loadModel(path)).metadata, readModel(bytes).metadata);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["model.safetensors"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadModel() names the file and says what to do", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/model.safetensors`;
    const missing = {
      name: "UserError",
      message: /model\.safetensors: there is no such file/,
      hint: /train --model/,
    };
    await assert.rejects(loadModel(path), missing);
    await assert.rejects(loadModel(folder), { name: "UserError", message: /it is a folder/ });
    await Deno.writeTextFile(path, "not a model");
    await assert.rejects(loadModel(path), { name: "UserError", hint: /^name a file that/ });
    await assert.rejects(saveModel(`${folder}/none/model`, new Uint8Array(1)), {
      name: "UserError",
      message: /Cannot write the model/,
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("readModel() reads version 1, in which every network was dense and forecast", () => {
  const bytes = altered((texts) => {
    texts["formatVersion"] = "1";
    texts["architecture"] = '{"inputs":4,"hidden":[3],"outputs":1,"activation":"tanh"}';
    texts["task"] = '{"target":"temperature","unit":"°C","horizon":2}';
  });
  const model = readModel(bytes);
  assert.deepEqual(model.metadata, metadata);
  assert.equal(model.predict(window, 0), readModel(writeModel(tinyNetwork(), metadata)).predict(window, 0));
});

Deno.test("readModel() reads a file that a program of version 1 wrote, and forecasts as that one did", async () => {
  const file = new URL("../golden/model/forecast_v1.safetensors", import.meta.url);
  const model = readModel(await Deno.readFile(file));
  assert.equal(model.formatVersion, "1");
  assert.deepEqual(model.metadata.architecture, metadata.architecture);
  assert.deepEqual(model.metadata.task, metadata.task);
  // The last bits of tanh are not the same in both.
  const forecast = model.predict(Float64Array.of(40, 20, 41, 20.5, 42.5, 20.25), 0);
  assert.ok(Math.abs(forecast - 20.487926248264312) < 1e-12, String(forecast));
  assert.equal(readModel(writeModel(model.network, model.metadata)).formatVersion, "2");
});

const tabular: ClassificationMetadata = {
  name: "tiny-class",
  architecture: denseSpec({
    ...{ inputs: 4, hidden: [3], outputs: 2, activation: "relu" },
    outputActivation: "softmax",
  }),
  preparation: {
    kind: "tabular",
    clip: null,
    columns: [
      { name: "bytes", kind: "number", log: true, center: 1, scale: 2 },
      { name: "service", kind: "category", values: ["http", "smtp", "ftp"] },
    ],
  },
  task: {
    kind: "classification",
    target: "class",
    classes: ["normal", "dos"],
    offsets: [0, 0.5],
    baseline: "normal",
  },
  recipe: { seed: 3 },
  training: { name: "tiny", sha256: null, readings: 100, sources: 1 },
  metrics: { "test.accuracy": 0.75 },
};

Deno.test("readModel() gives back a classifier, which answers the same bits", () => {
  const network = createNetwork(tabular.architecture, new Random(5));
  const bytes = writeModel(network, tabular);
  const model = readAnyModel(bytes);
  assert.ok(model.kind === "classifier");
  assert.deepEqual(model.metadata, tabular);
  const values = Float64Array.of(200, 1);
  const place = model.classifier.classify(values);
  const logs = forward(network, Float64Array.of((Math.log1p(200) - 1) / 2, 0, 1, 0), 1).slice();
  const weighed = [logs[0]!, logs[1]! * Math.exp(0.5)];
  const sum = weighed[0]! + weighed[1]!;
  assert.deepEqual([...model.classifier.probabilities], weighed.map((p) => p / sum));
  assert.equal(place, weighed[1]! > weighed[0]! ? 1 : 0);
  model.classifier.classify(Float64Array.of(200, -1));
  assert.equal(model.classifier.unseen, 1);
  assert.throws(() => readModel(bytes), /it answers with the classes normal, dos/);
});

Deno.test("readModel() says what is wrong with a classifier's metadata", () => {
  const network = createNetwork(tabular.architecture, new Random(5));
  const file = decodeSafetensors(writeModel(network, tabular));
  const changed = (key: keyof ModelMetadata, change: Record<string, unknown>) => {
    const metadata = { ...file.metadata, [key]: JSON.stringify({ ...tabular[key] as object, ...change }) };
    return encodeSafetensors({ tensors: file.tensors, metadata });
  };
  const [bytesColumn, serviceColumn] = tabular.preparation.columns;
  for (
    const [bytes, message] of [
      [changed("task", { offsets: [0] }), /2 classes, 1 offsets and 2 outputs/],
      [changed("task", { offsets: [0, 1e9] }), /offsets is \[0,1000000000\]/],
      [changed("task", { classes: ["a", "a"] }), /an array of different texts/],
      [changed("task", { classes: ["a"], offsets: [0] }), /1 classes, 1 offsets and 2 outputs/],
      [changed("task", { baseline: "probe" }), /baseline is "probe"; normal or dos/],
      [changed("task", { kind: "cluster" }), /kind is "cluster"/],
      [changed("preparation", { clip: 0 }), /clip is 0; a positive number/],
      [changed("preparation", { columns: [] }), /its columns are \[\]/],
      [changed("preparation", { columns: [serviceColumn] }), /make 3 inputs, and the network has 4/],
      [changed("preparation", { columns: [serviceColumn, bytesColumn, bytesColumn] }), /different ones/],
      [changed("preparation", { columns: [{ ...bytesColumn, scale: 0 }, serviceColumn] }), /scale is 0/],
      [
        changed("preparation", { columns: [{ ...bytesColumn, log: 1 }, serviceColumn] }),
        /log is 1; true or false/,
      ],
      [
        changed("architecture", { layers: [...tabular.architecture.layers.slice(0, 1), last] }),
        /2 classes, 2 offsets and 1 outputs/,
      ],
    ] as const
  ) {
    assert.throws(
      () => readAnyModel(bytes),
      (error) => error instanceof ModelFileError && message.test(error.message),
    );
  }
});
