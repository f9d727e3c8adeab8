/** `POST /api/v1/predict` and `GET /api/v1/model`: the contract, and the numbers of the pipelines. */
import assert from "node:assert/strict";
import type { Model } from "../../src/models/model_file.ts";
import { pipelinesOf } from "../../src/predict/pipelines.ts";
import { Tally } from "../../src/predict/tally.ts";
import { testApp } from "../support/web_app.ts";
import { PREDICT_BODY_BYTES_MAX, REQUEST_READINGS_MAX } from "../../src/web/limits.ts";
import { mountModel } from "../../src/web/model.ts";
import { mountPredict } from "../../src/web/predict.ts";
import { ServedModel } from "../../src/web/served_model.ts";
import { recordOf } from "../predict/fakes.ts";
import { connection, plantReading, tinyClassifier, tinyForecaster } from "./served_models.ts";

function appOf(model: Model | null) {
  const served = model === null ? null : new ServedModel(model, { file: "m.safetensors", nowMs: 0 });
  const answering = () => served ?? "there is no model to answer with";
  const app = testApp({ collectors: served === null ? [] : [served.collect] });
  mountPredict(app, answering);
  mountModel(app, answering, () => Promise.resolve("# the card"));
  const post = async (body: BodyInit | object, type = "application/json") => {
    const text = typeof body === "string" || body instanceof Uint8Array
      ? body as BodyInit
      : JSON.stringify(body);
    const response = await app.request("/api/v1/predict", {
      ...{ method: "POST", headers: { "content-type": type }, body: text },
    });
    return {
      status: response.status,
      type: response.headers.get("content-type"),
      json: await response.json(),
    };
  };
  return { app, served, post };
}

/** What `consume` publishes for the same readings, in order. */
function published(model: Model, readings: readonly object[]) {
  const pipeline = pipelinesOf(model).make({ topic: "in", partition: 0 });
  const records = readings.map((reading, offset) => recordOf(offset, reading));
  const { predictions } = pipeline.take(records, { nowMs: 1, tally: new Tally() });
  return predictions.map(({ value }) => {
    const { input: _, model: __, predictedAt: ___, latencyMs: ____, ...answer } = JSON.parse(
      new TextDecoder().decode(value!),
    );
    return answer;
  });
}

Deno.test("POST /predict answers a batch with the numbers that consume publishes, to the bit", async () => {
  const plant = Array.from(
    { length: 200 },
    (_, i) => plantReading(i, { source: ["boiler", "pump", "fan"][i % 3]! }),
  );
  const connections = Array.from({ length: 200 }, (_, i) => connection(i, i % 2 === 0 ? "dos" : undefined));
  for (const [model, readings] of [[tinyForecaster(), plant], [tinyClassifier(), connections]] as const) {
    const { status, json } = await appOf(model).post({ readings });
    assert.equal(status, 200);
    const without = json.predictions.map(({ why: _, ...answer }: Record<string, unknown>) => answer);
    assert.deepEqual(without, published(model, readings));
    assert.deepEqual([json.model.name, json.model.version], [model.name, model.version]);
    assert.ok(json.latencyMs >= 0);
  }
});

Deno.test("POST /predict answers one reading, and says why the baseline did", async () => {
  const { post } = appOf(tinyForecaster());
  const { status, json } = await post(plantReading(1));
  assert.equal(status, 200);
  assert.equal(json.predictions.length, 1);
  const [{ prediction, why }] = json.predictions;
  assert.equal(prediction.by, "baseline");
  assert.equal(why, 'the model needs 3 readings of "boiler" to look back at, and has 1');
  const { kind, target, unit, horizon, lookback } = json.model;
  assert.deepEqual([kind, target, unit, horizon, lookback], ["forecaster", "temperature", "°C", 2, 3]);
  const again = await post(plantReading(2));
  assert.equal(again.json.predictions[0].prediction.by, "baseline"); // nothing is kept
});

Deno.test("POST /predict gives each class its probability", async () => {
  const { json } = await appOf(tinyClassifier()).post(connection(4));
  assert.deepEqual(json.model.classes, ["normal", "dos", "probe"]);
  const { probabilities, class: predicted } = json.predictions[0].prediction;
  const sum = Object.values<number>(probabilities).reduce((a, b) => a + b);
  assert.ok(Math.abs(sum - 1) < 1e-12);
  assert.equal(probabilities[predicted], Math.max(...Object.values<number>(probabilities)));
});

Deno.test("POST /predict: a bad reading of a batch has an error in its place and spoils no other", async () => {
  const good = [plantReading(0), plantReading(1), plantReading(2), plantReading(3)];
  const text = JSON.stringify(good[1]);
  const body = `{"readings": [${
    [
      JSON.stringify(good[0]),
      text.replace(/"temperature":[^}]*/, '"temperature":NaN'),
      JSON.stringify({ ...good[1], id: "x", features: { humidity: 1 } }),
      JSON.stringify({ ...good[1], id: "x", features: { humidity: "wet", temperature: 3 } }),
      text,
      JSON.stringify({ ...good[0], id: "late" }),
      text,
      '{"id": "unterminated',
    ].slice(0, 7).join(" , ")
  }, {"id" 5}, null, ${JSON.stringify(good[2])}, ${JSON.stringify(good[3])}]}`;
  const { app, post } = appOf(tinyForecaster());
  const { status, json } = await post(body);
  assert.equal(status, 200);
  const reasons = json.predictions.map(({ error }: { error?: { reason: string } }) => error?.reason ?? "");
  assert.deepEqual(reasons, [
    ...["", "not-a-number", "missing-feature", "not-a-number", "", "late", "duplicate"],
    ...["not-json", "not-a-reading", "", ""],
  ]);
  const answers = json.predictions.filter(({ error }: { error?: object }) => error === undefined)
    .map(({ why: _, ...answer }: Record<string, unknown>) => answer);
  assert.deepEqual(answers, published(tinyForecaster(), good));
  const metrics = await (await app.request("/metrics")).text();
  assert.match(metrics, /^streamflow_readings_refused_total\{reason="not-a-number"\} 2$/m);
  assert.match(metrics, /^streamflow_predictions_total\{by="network"\} 2$/m);
  assert.match(metrics, /^streamflow_predictions_total\{by="baseline"\} 2$/m);
});

Deno.test("POST /predict refuses what it cannot use with a problem", async () => {
  const { post } = appOf(tinyForecaster());
  const cases: readonly [BodyInit | object, number, string, string?][] = [
    ["", 400, "application/json"],
    ["{", 400, "application/json"],
    ["[1, 2", 400, "application/json"],
    ['{"readings": [', 400, "application/json"],
    ['{"readings": 5}', 400, "application/json"],
    ['{"readings": []} x', 400, "application/json"],
    ['{"readings": [], "more": 1}', 400, "application/json"],
    [[plantReading(0)], 422, "application/json", "not-a-reading"],
    [
      JSON.stringify(plantReading(0)).replace(/"humidity":[^,]*/, '"humidity":NaN'),
      422,
      "application/json",
      "not-a-number",
    ],
    [{ ...plantReading(0), features: { humidity: 1 } }, 422, "application/json", "missing-feature"],
    [
      { ...plantReading(0), features: { humidity: "a", temperature: 2 } },
      422,
      "application/json",
      "not-a-number",
    ],
    [{ ...plantReading(0), timestamp: "now" }, 422, "application/json", "bad-timestamp"],
    [new Uint8Array([0xff, 0xfe]), 400, "application/json"],
    [plantReading(0), 415, "text/plain"],
    [
      { readings: Array.from({ length: REQUEST_READINGS_MAX + 1 }, (_, i) => plantReading(i)) },
      413,
      "application/json",
    ],
    [new Uint8Array(PREDICT_BODY_BYTES_MAX + 1), 413, "application/json"],
  ];
  for (const [body, status, type, reason] of cases) {
    const found = await post(body, type);
    assert.equal(found.status, status, JSON.stringify(found.json));
    assert.equal(found.type, "application/problem+json");
    assert.equal(found.json.status, status);
    assert.equal(typeof found.json.requestId, "string");
    if (reason !== undefined) assert.equal(found.json.reason, reason);
  }
  const { status, json } = await appOf(tinyClassifier()).post({
    ...connection(1),
    features: { bytes: 1, service: 5, rate: 0 },
  });
  assert.deepEqual([status, json.reason], [422, "not-a-text"]);
});

Deno.test("POST /predict takes as many readings as it says, and a text that was not in training", async () => {
  const readings = Array.from({ length: REQUEST_READINGS_MAX }, (_, i) => connection(i));
  const { status, json } = await appOf(tinyClassifier()).post({ readings });
  assert.equal(status, 200);
  assert.equal(json.predictions.length, REQUEST_READINGS_MAX);
  assert.equal(json.predictions[7].error, undefined); // "smtp" is none of the model's texts
  assert.deepEqual((await appOf(tinyClassifier()).post({ readings: [] })).json.predictions, []);
});

Deno.test("Without a model, /predict and /model say why", async () => {
  const { app, post } = appOf(null);
  const { status, json } = await post(plantReading(0));
  assert.equal(status, 503);
  assert.equal(json.detail, "there is no model to answer with");
  assert.equal((await app.request("/api/v1/model")).status, 503);
});

Deno.test("A request is answered by one version whole, and GET /model names the versions", async () => {
  const [first, second] = [tinyForecaster(1), tinyForecaster(2)];
  const { app, served, post } = appOf(first);
  const readings = Array.from({ length: 50 }, (_, i) => plantReading(i));
  const wanted = new Map([first, second].map((model) => [model.version, published(model, readings)]));
  const seen = new Set<string>();
  for (let round = 0; round < 20; round++) {
    const answers = Array.from({ length: 5 }, () => post({ readings }));
    if (round === 7) assert.equal(served!.swap(second, 5), null);
    for (const { json } of await Promise.all(answers)) {
      seen.add(json.model.version);
      const without = json.predictions.map(({ why: _, ...answer }: Record<string, unknown>) => answer);
      assert.deepEqual(without, wanted.get(json.model.version));
    }
  }
  assert.deepEqual([...seen], [first.version, second.version]);
  assert.match(served!.swap(tinyClassifier(), 6)!, /it classifies/);
  const facts = await (await app.request("/api/v1/model")).json();
  assert.deepEqual(facts.versions.map(({ version }: { version: string }) => version), [...seen]);
  assert.equal(facts.version, second.version);
});

Deno.test("GET /model describes layers and inputs", async () => {
  const facts = await (await appOf(tinyForecaster()).app.request("/api/v1/model")).json();
  assert.deepEqual(facts.layers, [
    { kind: "dense", shapeIn: [1, 4], shapeOut: [1, 3], activation: "tanh", parameters: 15 },
    { kind: "dense", shapeIn: [1, 3], shapeOut: [1, 1], activation: "identity", parameters: 4 },
  ]);
  assert.equal(facts.parameters, 19);
  assert.deepEqual(facts.inputs.map(({ name, unit }: { name: string; unit: string }) => [name, unit]), [
    ["humidity", "%"],
    ["temperature", "°C"],
  ]);
  assert.equal(facts.card, "# the card");
  const classes = await (await appOf(tinyClassifier()).app.request("/api/v1/model")).json();
  assert.deepEqual(classes.inputs[1].values, ["http", "ftp"]);
  assert.deepEqual(classes.task.classes, ["normal", "dos", "probe"]);
});
