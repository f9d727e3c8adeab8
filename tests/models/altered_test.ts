/** Files that are not what they say: any one value of the metadata replaced by any other kind of value. */
import assert from "node:assert/strict";
import { createNetwork, decodeSafetensors, denseSpec, encodeSafetensors, Random } from "../../nn/mod.ts";
import { ModelFileError, readModel, writeModel } from "../../src/models/model_file.ts";
import { countInputs } from "../../src/models/preparation.ts";
import { readTrafficModel, writeTrafficModel } from "../../src/traffic/model/file.ts";
import { trafficMetadata } from "../support/traffic_model.ts";

/** JSON of other kinds, and of the same kind beside what is possible; `1e999` is read as Infinity. */
const OTHERS = ["null", "-1", "1.5", "1e999", "9e15", '"x"', '""', "true", "[]", "{}", "[null]", '{"x":1}'];

/** Whose values are for people and other programs. */
const FREE = /^recipe\.(?!seed)|^metrics\./;
/** What may be left out, or `null`. */
const OPTIONAL =
  /^(references(\.seasonMs)?|preparation\.(answer|context|spreadReadings)|training\.warmStart|logarithms\.0)$/;
const NULLABLE: Readonly<Record<string, string>> = {
  "training.sha256": "string",
  "preparation.clip": "number",
};

interface Alteration {
  readonly path: string;
  readonly texts: Readonly<Record<string, string>>;
  readonly before: unknown;
  /** JSON; `null` where the value is taken away. */
  readonly after: string | null;
}

function* alterationsOf(texts: Readonly<Record<string, string>>): Generator<Alteration> {
  for (const key of Object.keys(texts)) {
    if (key === "kind" || key === "formatVersion") continue;
    const root = JSON.parse(texts[key]!);
    for (const path of pathsOf(root)) {
      const before = path.reduce((value, step) => value[step], root);
      for (const after of [...OTHERS, null]) {
        const name = [key, ...path].join(".");
        const { [key]: _, ...others } = texts;
        const text = path.length === 0 ? after : replaced(root, path, after);
        yield { path: name, texts: text === null ? others : { ...others, [key]: text }, before, after };
      }
    }
  }
}

/** Ways to every value; of long arrays to the first ones. */
function* pathsOf(value: unknown): Generator<(string | number)[]> {
  yield [];
  if (typeof value !== "object" || value === null) return;
  const keys = Array.isArray(value) ? [...value.keys()].slice(0, 2) : Object.keys(value);
  for (const key of keys) {
    for (const path of pathsOf((value as Record<string | number, unknown>)[key])) yield [key, ...path];
  }
}

function replaced(root: unknown, path: readonly (string | number)[], after: string | null): string {
  const copy = structuredClone(root) as Record<string | number, unknown>;
  const parent = path.slice(0, -1).reduce((value, step) => value[step] as typeof copy, copy);
  if (after !== null) parent[path.at(-1)!] = "\u0001";
  else if (Array.isArray(parent)) parent.splice(path.at(-1) as number, 1);
  else delete parent[path.at(-1)!];
  return JSON.stringify(copy).replace('"\\u0001"', () => after!);
}

const kindOf = (value: unknown) => value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

/** Reads every alteration; whatever is not refused has values of the same kinds. Gives how many were refused. */
function readAll(bytes: Uint8Array, read: (bytes: Uint8Array) => void): number {
  const { tensors, metadata } = decodeSafetensors(bytes);
  let refused = 0;
  const wrong: string[] = [];
  for (const { path, texts, before, after } of alterationsOf(metadata)) {
    try {
      read(encodeSafetensors({ tensors, metadata: texts }));
    } catch (error) {
      if (!(error instanceof ModelFileError)) wrong.push(`${path} = ${after}: ${error}`);
      refused++;
      continue;
    }
    if (FREE.test(path)) continue;
    const found = after === null ? undefined : JSON.parse(after);
    const allowed = after === null
      ? OPTIONAL.test(path)
      : kindOf(found) === kindOf(before) && (typeof found !== "number" || Number.isFinite(found)) ||
        path in NULLABLE && (found === null || kindOf(found) === NULLABLE[path]);
    if (!allowed) wrong.push(`${path} = ${after} is taken`);
  }
  assert.deepEqual(wrong, []);
  return refused;
}

const context = { aheadMs: 2_000, stepMs: 1_000, calendar: true, seasonsMs: [5_000, 7_000] };
const shape = {
  ...{ kind: "values" as const, lookback: 2, targetIndex: 1, clip: 4, targetClip: 4 },
  features: [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }],
  ...{ context, spreadReadings: 8, answer: "change" as const },
};

Deno.test("a forecaster's file with any value replaced is refused, or forecasts", () => {
  const inputs = countInputs(shape);
  const zeros = Array.from({ length: inputs }, () => 0), ones = zeros.map(() => 1);
  const architecture = denseSpec({ inputs, hidden: [3], outputs: 1, activation: "tanh" });
  const bytes = writeModel(createNetwork(architecture, new Random(7)), {
    name: "altered",
    architecture,
    preparation: { ...shape, center: zeros, scale: ones, targetScale: 0.05 },
    references: { seasonMs: 5_000, ridge: { weights: ones, intercept: 0 } },
    task: { kind: "forecast", target: "temperature", unit: "°C", horizon: 2 },
    recipe: { seed: 7, epochs: 3 },
    training: { name: "tiny", sha256: null, readings: 100, sources: 2 },
    metrics: { "test.all.network.mse": 0.25 },
  });
  const windows = Float64Array.from({ length: 60 }, (_, i) => 20 + i % 7);
  const history = { times: Float64Array.from({ length: 30 }, (_, i) => i * 1_000), first: 0 };
  const refused = readAll(bytes, (bytes) => {
    const model = readModel(bytes);
    assert.ok(model.kind === "forecaster");
    const start = (30 - model.lookback) * 2;
    assert.equal(typeof model.predict(windows, start, history), "number");
    model.refer?.(windows, start, history);
  });
  assert.ok(refused > 300, String(refused));
});

Deno.test("a classifier's file with any value replaced is refused, or classifies", () => {
  const architecture = denseSpec({
    ...{ inputs: 4, hidden: [3], outputs: 2, activation: "relu" },
    outputActivation: "softmax",
  });
  const bytes = writeModel(createNetwork(architecture, new Random(7)), {
    name: "altered",
    architecture,
    preparation: {
      kind: "tabular",
      clip: 5,
      columns: [
        { name: "bytes", kind: "number", log: true, center: 1, scale: 2 },
        { name: "service", kind: "category", values: ["http", "smtp", "ftp"] },
      ],
    },
    task: {
      ...{ kind: "classification", target: "class", classes: ["normal", "dos"] },
      ...{ offsets: [0, 0.5], baseline: "normal" },
    },
    recipe: { seed: 3 },
    training: { name: "tiny", sha256: "00", readings: 100, sources: 1 },
    metrics: { "test.accuracy": 0.75 },
  });
  const refused = readAll(bytes, (bytes) => {
    const model = readModel(bytes);
    assert.ok(model.kind === "classifier");
    assert.ok([0, 1].includes(model.classifier.classify(Float64Array.of(3, 1))));
  });
  assert.ok(refused > 300, String(refused));
});

Deno.test("a traffic model's file with any value replaced is refused, or is read", () => {
  const metadata = trafficMetadata({ seasonWindows: 4, calendar: true, logarithms: ["bytes"] });
  const bytes = writeTrafficModel(createNetwork(metadata.architecture, new Random(3)), {
    ...metadata,
    training: { ...metadata.training, warmStart: "before" },
  });
  const refused = readAll(bytes, (bytes) => void readTrafficModel(bytes));
  assert.ok(refused > 500, String(refused));
});
