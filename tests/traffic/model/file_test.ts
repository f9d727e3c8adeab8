import assert from "node:assert/strict";
import { createNetwork, decodeSafetensors, encodeSafetensors, Random } from "../../../nn/mod.ts";
import { ModelFileError } from "../../../src/models/fields.ts";
import { readModel } from "../../../src/models/model_file.ts";
import { countColumns, windowsNeeded } from "../../../src/traffic/model/inputs.ts";
import { createHistory, predictNext } from "../../../src/traffic/model/model.ts";
import { isTrafficModel, readTrafficModel, writeTrafficModel } from "../../../src/traffic/model/file.ts";
import { emptyWindow } from "../../../src/traffic/observed.ts";
import { trafficMetadata } from "../../support/traffic_model.ts";

Deno.test("readTrafficModel() gives back what writeTrafficModel() wrote, and the same bytes again", () => {
  const metadata = trafficMetadata({ seasonWindows: 4, calendar: true });
  const network = createNetwork(metadata.architecture, new Random(3));
  const bytes = writeTrafficModel(network, metadata);
  const model = readTrafficModel(bytes);
  assert.deepEqual(model.network.parameters, network.parameters);
  assert.equal(model.version, model.sha256.slice(0, 12));
  for (const [key, value] of Object.entries(metadata)) {
    assert.deepEqual(model[key as keyof typeof model], value, key);
  }
  assert.deepEqual(writeTrafficModel(model.network, model), bytes);
  assert.ok(isTrafficModel(bytes));
});

Deno.test("readTrafficModel() refuses each field that is not as it should be, and says which", () => {
  const metadata = trafficMetadata();
  const bytes = writeTrafficModel(createNetwork(metadata.architecture, new Random(1)), metadata);
  const file = decodeSafetensors(bytes);
  const changed = (key: string, value: unknown) =>
    encodeSafetensors({ ...file, metadata: { ...file.metadata, [key]: JSON.stringify(value) } });
  const wrong: [string, unknown, RegExp][] = [
    ["windowUs", 0, /metadata.windowUs is 0/],
    ["lookback", 3, /its windows make 3 inputs|make \d+ inputs/],
    ["lookback", 1e9, /look-back is 1000000000/],
    ["features", ["bytes", "speed"], /feature or target speed/],
    ["features", ["bytes", "bytes"], /metadata.features/],
    ["targets", ["meanSize"], /feature or target meanSize/],
    ["targets", [], /no targets/],
    ["seasonWindows", 1, /season is 1/],
    ["seasonWindows", 1e12, /season is 1000000000000/],
    ["calendar", "yes", /metadata.calendar/],
    ["answer", "both", /metadata.answer/],
    ["normalization", "robust", /metadata.normalization/],
    ["inputs", { center: [0], scale: [1] }, /1 centres and 1 scales for 2/],
    ["outputs", { center: [0, 0], scale: [1, 0] }, /metadata.outputs.scale/],
    ["residuals", [], /residuals are not 2 rows/],
    ["quantiles", [[1], [2]], /quantiles are not 2 rows of 101/],
    ["ridge", [[1], [2]], /ridge/],
    ["metrics", { mse: "low" }, /metrics/],
    ["curves", [], /no learning curve/],
    [
      "curves",
      [{ normalization: "none", lastValue: 1, best: 1, epochs: [{ training: 1, validation: 1 }] }],
      /best epoch/,
    ],
    ["training", { name: "x" }, /metadata.training/],
    ["recipe", {}, /metadata.recipe.seed/],
    ["test", { link: "a", startUs: 0, actual: [[1], [1]], predicted: [[1, 2], [1]] }, /predicted/],
  ];
  for (const [key, value, message] of wrong) {
    assert.throws(() => readTrafficModel(changed(key, value)), (error) => {
      assert.ok(error instanceof ModelFileError, key);
      assert.match(error.message, message);
      return true;
    });
  }
  const { windowUs: _, ...rest } = file.metadata;
  assert.throws(
    () => readTrafficModel(encodeSafetensors({ ...file, metadata: rest })),
    /windowUs is missing/,
  );
  assert.throws(() => readTrafficModel(changed("formatVersion", 2)), /format version/);
  assert.throws(() => readTrafficModel(bytes.subarray(0, 100)), ModelFileError);
});

Deno.test("a traffic model and a model of readings each say what they are to the other's reader", () => {
  const metadata = trafficMetadata();
  const bytes = writeTrafficModel(createNetwork(metadata.architecture, new Random(1)), metadata);
  assert.throws(() => readModel(bytes), /it forecasts network traffic, .*streamflow traffic forecast/);
  const file = decodeSafetensors(bytes);
  const other = encodeSafetensors({ tensors: file.tensors, metadata: { formatVersion: "2" } });
  assert.throws(() => readTrafficModel(other), /a model of readings, which 'streamflow consume' uses/);
  assert.equal(isTrafficModel(other), false);
});

Deno.test("predictNext() forecasts from exactly the windows that the model needs", () => {
  const metadata = trafficMetadata({ seasonWindows: 5, calendar: true });
  assert.equal(countColumns(metadata), 2 + 2 + 4);
  assert.equal(windowsNeeded(metadata), 4 + 5 - 1);
  const network = createNetwork(metadata.architecture, new Random(2));
  const model = readTrafficModel(writeTrafficModel(network, metadata));
  const random = new Random(9);
  const windows = Array.from({ length: 30 }, (_, i) => ({
    startUs: i * model.windowUs,
    values: {
      ...emptyWindow(model.windowUs),
      packets: random.uniform(0, 100),
      bytes: random.uniform(0, 9e4),
    },
  }));
  const long = createHistory(model), short = createHistory(model);
  const [a, b] = [new Float64Array(2), new Float64Array(2)];
  assert.throws(() => predictNext(model, long, a), /the model needs 8/);
  for (const { values, startUs } of windows) long.push(values, startUs);
  for (const { values, startUs } of windows.slice(-8)) short.push(values, startUs);
  predictNext(model, long, a);
  predictNext(model, short, b);
  assert.deepEqual(a, b);
  assert.ok(a.every((value) => value >= 0 && Number.isFinite(value)));
});
