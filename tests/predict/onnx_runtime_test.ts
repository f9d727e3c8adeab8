/** onnxruntime answers what the program answers, preparation included; onnx's checker finds nothing. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, forward, type Network, type NetworkSpec, Random } from "../../nn/mod.ts";
import { encodeOnnx, type GraphBuilder } from "../../nn/onnx/mod.ts";
import { createForecaster } from "../../src/predict/model.ts";
import { classificationGraph, forecastGraph } from "../../src/predict/onnx_graph.ts";
import type { TabularPreparation } from "../../src/predict/onnx_preparation.ts";
import { countInputs, type Preparation } from "../../src/predict/preparation.ts";
import { pythonHas, runPython } from "../support/python.ts";

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
const FORECASTERS: readonly (readonly [string, Preparation["kind"], NetworkSpec])[] = [
  ["differences", "differences", hidden(2 * (LOOKBACK - 1))],
  ["values", "values", hidden(2 * LOOKBACK)],
  ["values and sigmoid", "values", denseSpec({ inputs: 10, hidden: [7], outputs: 1, activation: "sigmoid" })],
];

for (const [what, kind, spec] of FORECASTERS) {
  Deno.test({
    name: `forecastGraph() with ${what}: onnxruntime forecasts what the forecaster forecasts`,
    ignore: !hasOnnx,
    async fn() {
      const preparation = windowPreparation(kind, LOOKBACK);
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

/** Two runs of numbers with categories between them, one column by its logarithm. */
const ROW_PREPARATION: TabularPreparation = {
  kind: "tabular",
  clip: 10,
  columns: [
    { name: "duration", kind: "number", log: false, center: 50, scale: 80 },
    { name: "service", kind: "category", values: ["http", "smtp", "ftp"] },
    { name: "flag", kind: "category", values: ["SF", "S0"] },
    { name: "bytes", kind: "number", log: true, center: 6, scale: 3 },
    { name: "rate", kind: "number", log: false, center: 0.3, scale: 0.4 },
  ],
};

interface TabularRow {
  readonly numbers: readonly number[];
  readonly texts: readonly string[];
}

function encodeRow({ columns, clip }: TabularPreparation, { numbers, texts }: TabularRow): number[] {
  let number = 0, text = 0;
  return columns.flatMap((column) => {
    if (column.kind === "category") {
      const value = texts[text++];
      return column.values.map((one) => one === value ? 1 : 0);
    }
    const raw = numbers[number++]!;
    const value = ((column.log ? Math.sign(raw) * Math.log1p(Math.abs(raw)) : raw) - column.center) /
      column.scale;
    return [Math.max(-clip!, Math.min(clip!, value))];
  });
}

Deno.test({
  name: "classificationGraph(): onnxruntime gives the classifier's probabilities and labels",
  ignore: !hasOnnx,
  async fn() {
    const classes = ["normal", "dos", "probe"], offsets = [0.25, -0.5, 0];
    const network = randomNetwork(
      denseSpec({ inputs: 8, hidden: [9], outputs: 3, activation: "relu", outputActivation: "softmax" }),
      5,
    );
    const random = new Random(8);
    const pick = (values: readonly string[]) => values[random.integer(values.length)]!;
    const rows = Array.from({ length: 30 }, (): TabularRow => ({
      numbers: [random.uniform(0, 3_000), random.normal(0, 1) * 10 ** random.integer(10), random.uniform()],
      texts: [pick(["http", "smtp", "ftp", "unseen", ""]), pick(["SF", "S0", "http"])],
    }));
    const x = Float64Array.from(rows.flatMap((row) => encodeRow(ROW_PREPARATION, row)));
    const logits = forward(network, x, rows.length, { logits: true });
    const feeds = {
      numbers: { type: "double", shape: [rows.length, 3], values: rows.flatMap(({ numbers }) => numbers) },
      service: { type: "text", shape: [rows.length, 1], values: rows.map(({ texts }) => texts[0]!) },
      flag: { type: "text", shape: [rows.length, 1], values: rows.map(({ texts }) => texts[1]!) },
    } as const;
    const graph = classificationGraph(network, ROW_PREPARATION, { classes, offsets });
    const { probabilities, label } = await runOnnx(graph, feeds);
    rows.forEach((_, row) => {
      const powers = offsets.map((offset, c) => Math.exp(logits[row * 3 + c]! + offset));
      const sum = powers.reduce((total, power) => total + power, 0);
      assertClose(probabilities[row], powers.map((power) => power / sum), `row ${row}`);
      assert.equal(label[row], classes[powers.indexOf(Math.max(...powers))]);
    });
  },
});
