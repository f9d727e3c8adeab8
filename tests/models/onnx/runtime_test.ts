/** onnxruntime answers what the program answers, preparation included; onnx's checker finds nothing. */
import assert from "node:assert/strict";
import {
  createNetwork,
  denseSpec,
  forward,
  type Network,
  type NetworkSpec,
  Random,
} from "../../../nn/mod.ts";
import { encodeOnnx, type GraphBuilder } from "../../../nn/onnx/mod.ts";
import { createForecaster } from "../../../src/models/forecaster.ts";
import { classificationGraph, forecastGraph } from "../../../src/models/onnx/graph.ts";
import { writeCalendar } from "../../../src/models/context.ts";
import { countInputs, fitPreparation, type Preparation } from "../../../src/models/preparation.ts";
import {
  countTabularInputs,
  encodeTable,
  fitTabular,
  type LogColumns,
  type TabularPreparation,
  type TabularRows,
} from "../../../src/models/tabular.ts";
import { type Feature, openSensors, readNslKddTable } from "../../../src/datasets/mod.ts";
import { pythonHas, runPython } from "../../support/python.ts";

const DIFFERENCE_MAX = 1e-5;
const hasOnnx = await pythonHas("onnx", "onnxruntime", "numpy");

/** Checks the model, feeds it what standard input says, prints what comes out. */
const RUN = `
import json, sys
import numpy, onnx, onnxruntime
path = sys.argv[1]
onnx.checker.check_model(path, full_check=True)
with open(sys.argv[2]) as file:
    feeds = json.load(file)
types = {"double": numpy.float64, "text": object}
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
inputs = {name: numpy.array(feed["values"], dtype=types[feed["type"]]).reshape(feed["shape"])
          for name, feed in feeds.items()}
outputs = session.run(None, inputs)
print(json.dumps({one.name: value.tolist() for one, value in zip(session.get_outputs(), outputs)}))
`;

interface Feed {
  readonly type: "double" | "text";
  readonly shape: readonly number[];
  readonly values: readonly (number | string)[];
}

async function runOnnx(graph: GraphBuilder, feeds: Readonly<Record<string, Feed>>) {
  const folder = await Deno.makeTempDir();
  try {
    const model = graph.finish({ name: "test", producer: "test", producerVersion: "1", metadata: new Map() });
    await Deno.writeFile(`${folder}/model.onnx`, encodeOnnx(model));
    await Deno.writeTextFile(`${folder}/feeds.json`, JSON.stringify(feeds));
    return JSON.parse(await runPython(RUN, `${folder}/model.onnx`, `${folder}/feeds.json`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function assertClose(found: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  assert.equal(found.length, wanted.length, what);
  for (let i = 0; i < wanted.length; i++) {
    const most = DIFFERENCE_MAX * Math.max(1, Math.abs(wanted[i]!));
    assert.ok(Math.abs(found[i]! - wanted[i]!) <= most, `${what} ${i}: ${found[i]}, ${wanted[i]} is wanted`);
  }
}

function randomNetwork(spec: NetworkSpec, seed: number): Network {
  const random = new Random(seed);
  const network = createNetwork(spec, random);
  for (let i = 0; i < network.parameters.length; i++) network.parameters[i]! += random.uniform(-0.05, 0.05);
  return network;
}

function windowPreparation(kind: Preparation["kind"], lookback: number): Preparation {
  const features = [{ name: "pressure", unit: "Pa" }, { name: "temperature", unit: "°C" }];
  const inputs = countInputs({ kind, lookback, features });
  const level = kind === "values" ? [101_325, 20] : [0, 0];
  return {
    kind,
    lookback,
    features,
    targetIndex: 0,
    center: Array.from({ length: inputs }, (_, i) => level[i % 2]!),
    scale: Array.from({ length: inputs }, (_, i) => [0.05, 2][i % 2]!),
    clip: 4,
    targetScale: 0.07,
    targetClip: 3,
  };
}

const LOOKBACK = 5;
const hidden = (inputs: number): NetworkSpec =>
  denseSpec({ inputs, hidden: [8, 6], outputs: 1, activation: "tanh", dropout: 0.1 });
const FORECASTERS: readonly (readonly [string, Preparation["kind"], NetworkSpec, Preparation["answer"]?])[] =
  [
    ["differences", "differences", hidden(2 * (LOOKBACK - 1))],
    ["values", "values", hidden(2 * LOOKBACK)],
    ["an answer that is the value itself", "values", hidden(2 * LOOKBACK), "value"],
    ["two LSTMs", "values", {
      inputs: 2,
      steps: LOOKBACK,
      layers: [
        { kind: "lstm", units: 6 },
        { kind: "dropout", rate: 0.2 },
        { kind: "lstm", units: 5 },
        { kind: "dense", units: 4, activation: "relu" },
        { kind: "dense", units: 1, activation: "identity" },
      ],
    }],
    [
      "values and sigmoid",
      "values",
      denseSpec({ inputs: 10, hidden: [7], outputs: 1, activation: "sigmoid" }),
    ],
  ];

for (const [what, kind, spec, answer = "change"] of FORECASTERS) {
  Deno.test({
    name: `forecastGraph() with ${what}: onnxruntime forecasts what the forecaster forecasts`,
    ignore: !hasOnnx,
    async fn() {
      const preparation = { ...windowPreparation(kind, LOOKBACK), answer };
      const network = randomNetwork(spec, 3);
      const forecaster = createForecaster({ name: "test", version: "1", horizon: 3, preparation, network });
      const random = new Random(7);
      const rows = 20, size = LOOKBACK * 2;
      // The last ones are far outside of what the clip lets through.
      const windows = Float64Array.from(
        { length: rows * size },
        (_, i) => i % 2 === 0 ? 101_325 + random.normal(0, i < 300 ? 0.1 : 500) : random.normal(20, 3),
      );
      const wanted = Array.from({ length: rows }, (_, row) => forecaster.predict(windows, row * size));
      const { forecast } = await runOnnx(forecastGraph(network, preparation), {
        window: { type: "double", shape: [rows, LOOKBACK, 2], values: [...windows] },
      });
      assertClose(forecast.flat(), wanted, "forecast");
      // Within 1e-5 of a unit of the target, not only of its level.
      assertClose(forecast.flat().map((y: number) => y - 101_325), wanted.map((y) => y - 101_325), "change");
    },
  });
}

for (const kind of ["differences", "values"] as const) {
  for (const spreadReadings of [undefined, 6]) {
    const own = spreadReadings === undefined ? "" : " and each source's own spread";
    Deno.test({
      name:
        `forecastGraph() with ${kind}, seasons, calendar${own}: onnxruntime forecasts what the forecaster forecasts`,
      ignore: !hasOnnx,
      async fn() {
        const context = { aheadMs: 3_000, stepMs: 1_000, calendar: true, seasonsMs: [5_000, 9_000] };
        const shape = {
          ...{ ...windowPreparation(kind, LOOKBACK), context },
          ...(spreadReadings === undefined ? {} : { spreadReadings }),
        };
        const inputs = countInputs(shape);
        const preparation: Preparation = {
          ...shape,
          ...{ center: new Array(inputs).fill(0), scale: new Array(inputs).fill(1.5), clip: 1e7 },
        };
        const network = randomNetwork(hidden(inputs), 3);
        const parts = { name: "test", version: "1", horizon: 3, preparation, network };
        const forecaster = createForecaster(parts);
        const random = new Random(7);
        const rows = 60;
        const values = Float64Array.from(
          { length: rows * 2 },
          (_, i) => i % 2 === 0 ? 100 + random.normal(0, 3) : random.normal(20, 3),
        );
        const times = Float64Array.from({ length: rows }, (_, row) => 1.7e12 + row * 1_000);
        const ends = [20, 33, 59];
        const wanted = ends.map((end) =>
          forecaster.predict(values, (end - LOOKBACK + 1) * 2, { times, first: 0 })
        );
        const targetAt = (row: number) => values[row * 2]!;
        const steps = kind === "values" ? Array.from({ length: LOOKBACK }, (_, k) => k + 1 - LOOKBACK) : [0];
        const shapeOf = (columns: number) =>
          kind === "values" ? [ends.length, LOOKBACK, columns] : [ends.length, columns];
        const each = (of: (row: number) => number[]) =>
          ends.flatMap((end) => steps.flatMap((k) => of(end + k)));
        const spread = ends.map((end) =>
          [0, 1].map((f) => {
            const last = Array.from({ length: 6 }, (_, k) => values[(end - k) * 2 + f]!);
            const mean = last.reduce((a, b) => a + b) / 6;
            return { mean, deviation: Math.sqrt(last.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 6) };
          })
        ).flat();
        const wide = (shape: number[], all: number[]) => ({ type: "double" as const, shape, values: all });
        const { forecast } = await runOnnx(forecastGraph(network, preparation), {
          window: wide(
            [ends.length, LOOKBACK, 2],
            ends.flatMap((end) => [...values.subarray((end - LOOKBACK + 1) * 2, (end + 1) * 2)]),
          ),
          // 3 s ahead, 5 and 9 s before that: 2 and 6 rows back.
          seasons: wide(shapeOf(2), each((row) => [targetAt(row - 2), targetAt(row - 6)])),
          calendar: wide(
            shapeOf(4),
            each((row) => {
              const written = new Float64Array(4);
              writeCalendar((times[row]! + 3_000) * 1e3, written, 0);
              return [...written];
            }),
          ),
          ...(spreadReadings === undefined ? {} : {
            mean: wide([ends.length, 2], spread.map(({ mean }) => mean)),
            deviation: wide([ends.length, 2], spread.map(({ deviation }) => deviation)),
          }),
        });
        assertClose(forecast.flat(), wanted, "forecast");
      },
    });
  }
}

/** Readings of the first mote of the shipped data set, (R, F). */
async function readMote(): Promise<{ values: Float64Array; features: readonly Feature[] }> {
  const { batches, features } = openSensors();
  const values: number[] = [];
  for await (const readings of batches()) {
    for (const reading of readings) {
      if (reading.source !== "mote-1") continue;
      for (const { name } of features) values.push(reading.features[name] as number);
    }
  }
  return { values: Float64Array.from(values), features };
}

for (const kind of ["differences", "values"] as const) {
  Deno.test({
    name: `forecastGraph() with ${kind}: onnxruntime forecasts the same on windows of the shipped sensors`,
    ignore: !hasOnnx,
    async fn() {
      const { values, features } = await readMote();
      const lookback = 12, horizon = 12, count = Math.floor(values.length / 2) - lookback - horizon;
      const preparation = fitPreparation({
        count,
        valuesOf: () => values,
        startOf: (example) => 2 * example,
        changeOf: (example) => {
          const last = 2 * (example + lookback - 1) + 1;
          return values[last + 2 * horizon]! - values[last]!;
        },
      }, { kind, lookback, features, targetIndex: 1, clip: 3, targetClip: 3 });
      const inputs = countInputs(preparation);
      const network = randomNetwork(denseSpec({ inputs, hidden: [16], outputs: 1, activation: "tanh" }), 3);
      const forecaster = createForecaster({ name: "test", version: "1", horizon, preparation, network });
      const rows = Array.from({ length: count }, (_, row) => row).filter((row) => row % 10 === 0);
      const wanted = rows.map((row) => forecaster.predict(values, 2 * row));
      const { forecast } = await runOnnx(forecastGraph(network, preparation), {
        window: {
          type: "double",
          shape: [rows.length, lookback, 2],
          values: rows.flatMap((row) => [...values.subarray(2 * row, 2 * (row + lookback))]),
        },
      });
      assert.ok(rows.length > 400);
      assertClose(forecast.flat(), wanted, "forecast");
    },
  });
}

/** Two runs of numbers with categories between them, one column by its logarithm. */
const SMALL_TABLE: TabularRows = {
  rows: 6,
  columns: [
    { name: "duration", kind: "number", values: new Float64Array([0, 12, 3_000, 1e9, 0.5, -7]) },
    {
      name: "service",
      kind: "category",
      values: ["http", "smtp", "ftp", "ü"],
      codes: new Int32Array([0, 1, 2, 3, 0, 0]),
    },
    { name: "flag", kind: "category", values: ["SF", "S0"], codes: new Int32Array([0, 1, 1, 0, 1, 0]) },
    { name: "bytes", kind: "number", values: new Float64Array([0, 1, 1_379_963_888, 300, -5, 12345]) },
    { name: "rate", kind: "number", values: new Float64Array([0, 0.25, 1, 1, 0.333, 1e-9]) },
  ],
};

function feedsOf({ rows, columns }: TabularRows): Record<string, Feed> {
  const numbers = columns.filter((column) => column.kind === "number");
  const feeds: Record<string, Feed> = {
    numbers: {
      type: "double",
      shape: [rows, numbers.length],
      values: Array.from({ length: rows }, (_, row) => numbers.map(({ values }) => values[row]!)).flat(),
    },
  };
  for (const column of columns) {
    if (column.kind === "number") continue;
    const values = Array.from(column.codes, (code) => column.values[code]!);
    feeds[column.name] = { type: "text", shape: [rows, 1], values };
  }
  return feeds;
}

/** Some texts of each column are made unknown to the preparation. */
function fitWithUnseen(table: TabularRows, log: LogColumns): TabularPreparation {
  const fitted = fitTabular(table, { log, clip: log === "none" ? null : 10 });
  const columns = fitted.columns.map((column) =>
    column.kind === "category" ? { ...column, values: column.values.filter((_, i) => i % 3 !== 1) } : column
  );
  return { ...fitted, columns };
}

async function assertClassifies(table: TabularRows, log: LogColumns): Promise<void> {
  const classes = ["normal", "dos", "probe", "r2l", "u2r"], offsets = [0.25, -0.5, 0, 1, 2];
  const preparation = fitWithUnseen(table, log);
  const inputs = countTabularInputs(preparation);
  const network = randomNetwork(
    denseSpec({ inputs, hidden: [16, 9], outputs: 5, activation: "relu", outputActivation: "softmax" }),
    5,
  );
  const { x, unseen } = encodeTable(preparation, table);
  assert.ok(unseen > 0);
  const logits = forward(network, x, table.rows, { logits: true });
  const graph = classificationGraph(network, preparation, { classes, offsets });
  const { probabilities, label } = await runOnnx(graph, feedsOf(table));
  for (let row = 0; row < table.rows; row++) {
    const shifted = offsets.map((offset, c) => logits[row * 5 + c]! + offset);
    const powers = shifted.map((logit) => Math.exp(logit - Math.max(...shifted)));
    const sum = powers.reduce((total, power) => total + power, 0);
    assertClose(probabilities[row], powers.map((power) => power / sum), `row ${row}`);
    assert.equal(label[row], classes[powers.indexOf(Math.max(...powers))]);
  }
}

for (const log of ["none", "heavy-tailed", "counts"] as const) {
  Deno.test({
    name:
      `classificationGraph(), logarithms of ${log}: onnxruntime gives the classifier's probabilities and labels`,
    ignore: !hasOnnx,
    fn: () => assertClassifies(SMALL_TABLE, log),
  });
}

const NSL_KDD = new URL("../../../../shared/data/nsl-kdd/KDDTest+.txt", import.meta.url);
const hasRows = await Deno.stat(NSL_KDD).then(() => true, () => false);
if (!hasRows) console.log("ignored: there is no ../shared/data/nsl-kdd/KDDTest+.txt");

Deno.test({
  name: "classificationGraph(): onnxruntime gives the classifier's probabilities on rows of NSL-KDD",
  ignore: !hasOnnx || !hasRows,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const lines = (await Deno.readTextFile(NSL_KDD)).split("\n").slice(0, 3_000);
      await Deno.writeTextFile(`${folder}/rows.txt`, lines.join("\n"));
      const table = await readNslKddTable(`${folder}/rows.txt`, { unknownLabel: "skip" });
      await assertClassifies(table, "none");
      await assertClassifies(table, "counts");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
