/** What the page of models makes of a model's facts, and of the figures of its probabilities. */
import assert from "node:assert/strict";
import { modelFacts } from "../../../src/models/facts.ts";
import { ScoreCounts } from "../../../src/monitor/boards/class_scores.ts";
import { ServedModel } from "../../../src/web/served_model.ts";
import {
  answerInWords,
  exampleBody,
  metricRows,
  type ModelFacts,
  reliabilityCurves,
  rocCurves,
  taskInWords,
} from "../../../src/web/pages/models_figures.js";
import { tinyClassifier, tinyForecaster } from "../served_models.ts";

const encoder = new TextEncoder();

function factsOf(model: Parameters<typeof modelFacts>[0]): ModelFacts {
  return { ...modelFacts(model, "m.safetensors"), versions: [], card: null } as unknown as ModelFacts;
}

Deno.test("metricRows() put the network beside the baseline of the same part, in words", () => {
  const rows = metricRows({
    keptEpoch: 3,
    "test.all.network.mse": 0.75,
    "test.all.lastValue.mse": 1,
    "validation.accuracy": 0.9,
    "validation.baseline.accuracy": 0.5,
    "validation.logLoss": 0.2,
  });
  assert.deepEqual(
    rows,
    [
      { part: "test part", measure: "MSE", network: 0.75, baseline: 1, words: "25 % below it" },
      {
        part: "validation part",
        measure: "Accuracy",
        network: 0.9,
        baseline: 0.5,
        words: "40.0 points above it",
      },
      { part: "validation part", measure: "Log-loss", network: 0.2, baseline: null, words: "" },
    ].map((row) => ({ ...row, words: row.words.replace("40 points", "40.0 points") })),
  );
  assert.deepEqual(metricRows({}), []);
});

Deno.test("taskInWords() says what a model does", () => {
  assert.equal(
    taskInWords(factsOf(tinyForecaster())),
    "Forecasts temperature (°C) 2 readings ahead; looks at the last 3 readings of a source.",
  );
  assert.match(taskInWords(factsOf(tinyClassifier())), /^Tells 3 classes apart \(normal, dos, probe\)/);
});

Deno.test("exampleBody() is answered by the model itself, the last reading by the network", () => {
  for (const model of [tinyForecaster(), tinyClassifier()]) {
    const facts = factsOf(model);
    const body = exampleBody(facts, 1_700_000_000_000);
    const found = JSON.parse(body);
    const readings: object[] = found.readings ?? [found];
    const served = new ServedModel(model, { file: "m", nowMs: 0 });
    const { answers } = served.answer(readings.map((one) => encoder.encode(JSON.stringify(one))), 0);
    const last = answers!.at(-1)!;
    assert.ok("prediction" in last && last.prediction.by === "network");
    assert.match(answerInWords(last, facts.task), /by the network/);
  }
});

Deno.test("answerInWords() says why there is no answer of the network", () => {
  const refused = { error: { reason: "late", detail: "it is old" } };
  assert.equal(answerInWords(refused, {}), "No answer (late): it is old");
  const baseline = {
    prediction: { target: "t", horizon: 2, value: 3, by: "baseline" },
    why: "there is one reading",
  };
  assert.equal(
    answerInWords(baseline, { unit: "K" }),
    "t in 2 readings: 3.000 K (by the baseline, because there is one reading)",
  );
});

Deno.test("rocCurves() are on one axis, and go through the points of each curve", () => {
  const counts = new ScoreCounts();
  for (let n = 0; n < 400; n++) {
    const score = (n * 37 % 400 + 0.5) / 400;
    const actual = (n * 61 % 400) / 400 < score ? 0 : 1;
    counts.add([0, 1], [score, 1 - score], { actual, predicted: score > 0.5 ? 0 : 1 });
  }
  const { roc, reliability } = counts.figures(["a", "b"]);
  const { times, columns } = rocCurves(roc);
  assert.equal(columns.length, 3);
  assert.deepEqual(columns[2], times);
  roc.forEach(({ curve }, c) => {
    for (let i = 1; i < times.length; i++) assert.ok(columns[c]![i]! >= columns[c]![i - 1]! - 1e-12);
    assert.ok(Math.abs(columns[c]!.at(-1)! - 1) < 1e-12);
    for (const [x, y] of curve) {
      const place = Math.round(x * 100);
      if (Math.abs(place / 100 - x) < 1e-9) assert.ok(columns[c]![place]! >= y - 1e-9);
    }
  });
  const calibration = reliabilityCurves(reliability);
  assert.deepEqual([calibration.times[0], calibration.times.at(-1)], [0, 1]);
  assert.deepEqual(calibration.columns[1], calibration.times);
  assert.deepEqual(rocCurves([]), { times: [], columns: [] });
  assert.deepEqual(reliabilityCurves([{ count: 0, confidence: null, accuracy: null }]).times, []);
  const sure = reliabilityCurves([{ count: 3, confidence: 1, accuracy: 1 }]);
  assert.deepEqual(sure, { times: [0, 1], columns: [[null, 1], [0, 1]] });
});
