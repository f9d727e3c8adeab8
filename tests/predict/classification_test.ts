/** Records → classifications: preparation, pipeline, printer, and that a restart changes nothing. */
import assert from "node:assert/strict";
import { predictionMetrics } from "../../src/predict/metrics.ts";
import { createNetwork, denseSpec, forward, Random } from "../../nn/mod.ts";
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import { classificationPipelines } from "../../src/predict/classification_pipeline.ts";
import { Classifier } from "../../src/models/classifier.ts";
import {
  countTabularInputs,
  encodeTable,
  fitTabular,
  RowEncoder,
  type TabularPreparation,
  type TabularRows,
} from "../../src/models/tabular.ts";
import { Tally } from "../../src/predict/tally.ts";
import { classificationSchema } from "../../src/records/predictions/schema.ts";
import { recordOf, timeOf } from "./fakes.ts";

const decoder = new TextDecoder();
const nowMs = 1_005;

const table: TabularRows = {
  rows: 4,
  columns: [
    { name: "bytes", kind: "number", values: Float64Array.of(0, 10, 100, 1_000_000) },
    { name: "service", kind: "category", values: ["http", 'sm"tp', "ftp"], codes: Int32Array.of(0, 1, 2, 0) },
    { name: "rate", kind: "number", values: Float64Array.of(0, 0.5, 1, 0.5) },
    { name: "constant", kind: "number", values: Float64Array.of(7, 7, 7, 7) },
  ],
};

function classifierOf(preparation: TabularPreparation, offsets = [0, 0.5, -0.25]): Classifier {
  const spec = denseSpec({
    ...{ inputs: countTabularInputs(preparation), hidden: [5], outputs: 3, activation: "relu" },
    outputActivation: "softmax",
  });
  return new Classifier({
    ...{ name: "ids", version: "ab12", preparation, network: createNetwork(spec, new Random(4)) },
    task: {
      ...{ kind: "classification", target: "class", classes: ["normal", "dos", 'é"x'], offsets },
      baseline: "normal",
    },
  });
}

const preparation = fitTabular(table, { log: "counts" });
const classifier = classifierOf(preparation);

function connection(
  offset: number,
  change: Record<string, unknown> = {},
  extra: Record<string, unknown> = {},
) {
  const features = { bytes: 10 * offset, service: "http", rate: 0.25, constant: 7, ...change };
  return recordOf(offset, {
    ...{ id: `c-${offset}`, timestamp: timeOf(0), source: "http", features, label: "dos" },
    ...extra,
  });
}

function takeAll(records: readonly IncomingRecord[], outputFrom = 0) {
  const tally = new Tally();
  const pipeline = classificationPipelines(classifier).make({ topic: "in", partition: 3 });
  pipeline.replay(records.filter(({ offset }) => offset < outputFrom));
  const outputs = pipeline.take(records.filter(({ offset }) => offset >= outputFrom), { nowMs, tally });
  return {
    tally,
    pipeline,
    deadLetters: outputs.deadLetters,
    values: outputs.predictions.map(({ value }) => decoder.decode(value!)),
    predictions: outputs.predictions.map(({ value }) =>
      classificationSchema.strict().parse(JSON.parse(decoder.decode(value!)))
    ),
  };
}

function headersOf(record: OutgoingRecord): Record<string, string> {
  return Object.fromEntries(record.headers!.map(({ key, value }) => [key, decoder.decode(value)]));
}

Deno.test("fitTabular() takes means and population deviations, logarithms of what counts, and all texts", () => {
  assert.deepEqual(preparation.columns.map(({ name }) => name), ["bytes", "service", "rate", "constant"]);
  const [bytes, service, rate, constant] = preparation.columns;
  assert.ok(bytes?.kind === "number" && bytes.log);
  const logs = [0, 10, 100, 1_000_000].map(Math.log1p);
  const mean = logs.reduce((a, b) => a + b) / 4;
  assert.ok(Math.abs(bytes.center - mean) < 1e-12);
  const sd = Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4);
  assert.ok(Math.abs(bytes.scale - sd) < 1e-12);
  assert.deepEqual(service, { name: "service", kind: "category", values: ["http", 'sm"tp', "ftp"] });
  assert.ok(rate?.kind === "number" && !rate.log && rate.center === 0.5);
  assert.ok(constant?.kind === "number" && constant.scale === 1);
  assert.equal(countTabularInputs(preparation), 6);
});

Deno.test("fitTabular() finds long tails, and refuses what has no mean", () => {
  const column = (
    values: Float64Array,
  ) => ({ rows: values.length, columns: [{ name: "x", kind: "number", values }] } as const);
  const isLog = (values: Float64Array) => {
    const [found] = fitTabular(column(values), { log: "heavy-tailed" }).columns;
    return found?.kind === "number" && found.log;
  };
  assert.ok(isLog(new Float64Array(1_000).fill(1, 0, 5).fill(50_000, 999)));
  assert.ok(!isLog(Float64Array.from({ length: 1_000 }, (_, i) => i)));
  assert.ok(!isLog(Float64Array.from({ length: 1_000 }, (_, i) => i === 0 ? -50_000 : 0)));
  assert.throws(() => fitTabular(column(Float64Array.of(1, NaN)), { log: "none" }), /column x holds numbers/);
  assert.throws(
    () => fitTabular(column(Float64Array.of(1e308, -1e308, 1e308)), { log: "none" }),
    /too large/,
  );
  assert.throws(() => fitTabular(column(new Float64Array(0)), { log: "none" }), /no training row/);
});

Deno.test("encodeTable() and RowEncoder encode the same bits; an unknown text is all zeros and counted", () => {
  const other: TabularRows = {
    rows: 2,
    columns: [
      { name: "bytes", kind: "number", values: Float64Array.of(-5, 1e308) },
      { name: "service", kind: "category", values: ["gopher", "ftp"], codes: Int32Array.of(0, 1) },
      { name: "rate", kind: "number", values: Float64Array.of(0.5, 9) },
      { name: "constant", kind: "number", values: Float64Array.of(7, 8) },
    ],
  };
  const { x, unseen } = encodeTable({ ...preparation, clip: 3 }, other);
  assert.equal(unseen, 1);
  const encoder = new RowEncoder({ ...preparation, clip: 3 });
  assert.equal(encoder.encode(Float64Array.of(-5, -1, 0.5, 7)), 1);
  assert.equal(encoder.encode(Float64Array.of(1e308, 2, 9, 8)), 0);
  const second = x.rowStart[1]!;
  assert.deepEqual([...x.column.slice(second)], [0, 3, 4, 5]);
  assert.deepEqual([...x.column.slice(second)], [...encoder.row.column.slice(0, encoder.row.rowStart[1])]);
  assert.deepEqual([...x.value.slice(second)], [...encoder.row.value.slice(0, encoder.row.rowStart[1])]);
  assert.ok([...x.value].every((value) => Math.abs(value) <= 3));
  assert.deepEqual([...x.column.slice(0, second)], [0]); // 0.5 and 7 are the means: zeros are left out
  assert.throws(
    () => encodeTable(preparation, { rows: 0, columns: [] }),
    /column bytes \(number\) is missing/,
  );
  assert.throws(
    () => encodeTable(preparation, { rows: 2, columns: [...other.columns].reverse() }),
    /bytes \(number\) is constant \(number\) there/,
  );
});

Deno.test("Classifier.classify() is the network's softmax with the offsets, and finite for any finite record", () => {
  for (const values of [[5, 1, 0.3, 7], [1e308, 2, -1e308, 1e300], [-1e308, -1, 0, 0], [0, 0, 0, 0]]) {
    const place = classifier.classify(Float64Array.from(values));
    const { probabilities } = classifier;
    const sum = probabilities.reduce((total, p) => total + p, 0);
    assert.ok(
      Math.abs(sum - 1) < 1e-12 && probabilities.every((p) => p >= 0 && p <= 1),
      String(probabilities),
    );
    assert.ok(probabilities.every((p) => p <= probabilities[place]!));
  }
  const plain = classifierOf(preparation, [0, 0, 0]);
  const spec = denseSpec({
    ...{ inputs: 6, hidden: [5], outputs: 3, activation: "relu" },
    outputActivation: "softmax",
  });
  const encoder = new RowEncoder(preparation);
  encoder.encode(Float64Array.of(5, 1, 0.3, 7));
  const wanted = forward(createNetwork(spec, new Random(4)), encoder.row, 1);
  plain.classify(Float64Array.of(5, 1, 0.3, 7));
  assert.deepEqual([...plain.probabilities], [...wanted]);
  assert.throws(() =>
    new Classifier({
      ...{ name: "ids", version: "1", preparation, network: createNetwork(spec, new Random(4)) },
      task: { kind: "classification", target: "class", classes: ["a", "b"], offsets: [0, 0], baseline: "a" },
    }), /6 inputs and 3 outputs: the preparation gives 6 inputs, and there are 2 classes/);
});

Deno.test("ClassificationPipeline answers every record, and scores those with a label", () => {
  const { predictions, tally } = takeAll([
    connection(1),
    connection(2, { service: "gopher" }),
    connection(3, {}, { label: undefined }),
    connection(4, { more: "text", other: 5 }, { label: "never heard of" }),
  ]);
  assert.equal(predictions.length, 4);
  const [first, , third, fourth] = predictions;
  assert.deepEqual(Object.keys(first!.prediction.probabilities), ["normal", "dos", 'é"x']);
  assert.deepEqual(first!.scored, {
    ...{ id: "c-1", predicted: first!.prediction.class, baseline: "normal", actual: "dos", by: "network" },
  });
  assert.deepEqual([first!.model, first!.baseline, first!.latencyMs], [
    { name: "ids", version: "ab12" },
    "normal",
    5,
  ]);
  assert.equal(third!.scored, null);
  assert.equal(fourth!.scored!.actual, "never heard of");
  assert.deepEqual([tally.unseenValues, tally.unknownLabels], [1, 1]);
  assert.deepEqual([tally.read, tally.predictedByNetwork, tally.labelled], [4, 4, 3]);
  assert.equal(
    tally.right,
    predictions.filter(({ scored }) => scored?.actual === scored?.predicted && scored).length,
  );
  assert.equal(tally.rightByBaseline, 0);
  const { tally: more } = takeAll(
    [5, 6, 7].map((i) => connection(i, {}, { label: i === 6 ? "dos" : "normal" })),
  );
  assert.equal(more.rightByBaseline, 2);
  const values = new Map(
    predictionMetrics(more)().map(({ metric: { name }, labels, value }) => [
      `${name} ${labels["by"] ?? ""}`,
      value,
    ]),
  );
  assert.equal(values.get("streamflow_classifications_scored_total "), 3);
  assert.equal(values.get("streamflow_classifications_right_total baseline"), 2);
  assert.equal(values.get("streamflow_classifications_right_total network"), more.right);
  assert.equal(values.get("streamflow_model_accuracy_ratio baseline"), 2 / 3);
  assert.equal(values.get("streamflow_model_accuracy_ratio network"), more.right / 3);
  assert.equal(values.has("streamflow_model_mse network"), false, "nothing was forecast");
});

Deno.test("ClassificationPipeline gives the scanner's and the parser's records the same bits", () => {
  const usual = connection(1);
  const json = JSON.parse(decoder.decode(usual.value!));
  const { features, ...rest } = json;
  const turned = Object.fromEntries(Object.entries(features).reverse());
  const answers = [
    usual,
    recordOf(1, JSON.stringify({ ...rest, features: turned })),
    recordOf(1, JSON.stringify(json, null, 2)),
    recordOf(1, JSON.stringify({ features, ...rest })),
    recordOf(1, JSON.stringify(json).replace('"http","rate"', '"h\\u0074tp","rate"')),
  ].map((record) => takeAll([record]).predictions[0]!);
  for (const { prediction, scored } of answers) {
    assert.deepEqual(prediction, answers[0]!.prediction);
    assert.deepEqual(scored, answers[0]!.scored);
  }
});

Deno.test("ClassificationPipeline buries what it cannot classify, with the reason", () => {
  const cases: [unknown, string][] = [
    [null, "tombstone"],
    ["{", "not-json"],
    ["[]", "not-a-reading"],
    [connection(0, { bytes: undefined }).value, "missing-feature"],
    [connection(0, { bytes: "12" }).value, "not-a-number"],
    [connection(0, { service: 5 }).value, "not-a-text"],
    [connection(0, { other: null }).value, "not-a-number"],
    [connection(0, {}, { label: 5 }).value, "not-a-reading"],
    [connection(0, {}, { timestamp: "2026-02-30T00:00:00.000Z" }).value, "bad-timestamp"],
    [decoder.decode(connection(0).value!).replace('"rate":0.25', '"rate":NaN'), "not-a-number"],
    [decoder.decode(connection(0).value!).replace('"rate":0.25', '"rate":1e999'), "not-a-number"],
  ];
  const { deadLetters, predictions, tally } = takeAll(
    cases.map(([value], offset) => recordOf(offset, value)),
  );
  assert.deepEqual(
    deadLetters.map((letter) => headersOf(letter)["streamflow.reason"]),
    cases.map(([, why]) => why),
  );
  assert.equal(predictions.length, 0);
  assert.equal(tally.read, cases.length);
});

Deno.test("ClassificationPipeline ends every damaged record as exactly one of prediction and dead letter", () => {
  const random = new Random(9);
  const good = connection(1).value!;
  const records = Array.from({ length: 5_000 }, (_, offset) => {
    const value = good.slice();
    const changes = random.integer(3);
    for (let i = 0; i < changes; i++) value[random.integer(value.length)] = random.integer(256);
    return recordOf(offset, random.uniform() < 0.1 ? value.subarray(0, random.integer(value.length)) : value);
  });
  const { predictions, deadLetters, tally } = takeAll(records);
  assert.equal(predictions.length + deadLetters.length, records.length);
  assert.equal(tally.read, records.length);
  assert.ok(deadLetters.length > 1_000 && predictions.length > 1_000);
});

Deno.test("ClassificationPipeline restarted at any offset gives the same answers, and reads nothing again", () => {
  const records = Array.from({ length: 30 }, (_, offset) => connection(offset, { rate: offset / 30 }));
  const whole = takeAll(records).values;
  for (const start of [0, 1, 17, 30]) {
    assert.deepEqual(takeAll(records, start).values, whole.slice(start));
    assert.equal(classificationPipelines(classifier).rewindFrom(start), start);
  }
  assert.ok(takeAll(records).pipeline.fits);
});
