/** A model that takes another's place in the middle of a log: what the pipelines know of their sources stays. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { Classifier } from "../../src/models/classifier.ts";
import { classificationPipelines } from "../../src/predict/classification_pipeline.ts";
import { forecastPipelines, type PipelineMaker } from "../../src/predict/pipeline.ts";
import { Tally } from "../../src/predict/tally.ts";
import type { Classification, Forecast } from "../../src/records/predictions/schema.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { fakeForecaster, randomLog, readingRecord, recordOf, timeOf } from "./fakes.ts";

const decoder = new TextDecoder();
const PIECE = 50;

/** What a fresh pipeline makes of the log in pieces; `before` is called with the number of each piece. */
function run<P>(maker: PipelineMaker, log: readonly IncomingRecord[], before: (piece: number) => void) {
  const pipeline = maker.make({ topic: "in", partition: 0 });
  const tally = new Tally();
  const predictions: P[] = [];
  let letters = 0;
  for (let start = 0; start < log.length; start += PIECE) {
    before(start / PIECE);
    const outputs = pipeline.take(log.slice(start, start + PIECE), { nowMs: 2_000, tally });
    for (const { value } of outputs.predictions) predictions.push(JSON.parse(decoder.decode(value!)));
    letters += outputs.deadLetters.length;
  }
  return { predictions, letters, duplicates: tally.duplicates };
}

function forecaster(version: string, lookback: number) {
  return { ...fakeForecaster({ version, lookback }), kind: "forecaster" as const };
}

Deno.test("forecastPipelines.swap() lets another model answer, with the readings that are known", () => {
  for (const [seed, [from, to]] of [[3, 3], [6, 2], [2, 7], [4, 5]].entries()) {
    const log = randomLog(seed + 1, 1_000);
    const limits = { rewindRecordsMax: 600 };
    const maker = forecastPipelines(forecaster("old", from!), limits);
    const swapped = run<Forecast>(maker, log, (piece) => {
      if (piece === 8) assert.equal(maker.swap(forecaster("new", to!)), null);
    });
    const whole = run<Forecast>(forecastPipelines(forecaster("new", to!), limits), log, () => {});
    // An old reading is known again, or late: that depends on how many are remembered.
    assert.equal(swapped.letters + swapped.duplicates, whole.letters + whole.duplicates);
    assert.deepEqual(swapped.predictions.map(({ id }) => id), whole.predictions.map(({ id }) => id));
    const first = swapped.predictions.findIndex(({ model: { version } }) => version === "new");
    assert.ok(first > 100);
    assert.ok(swapped.predictions.slice(first).every(({ model: { version } }) => version === "new"));
    let waiting = 0;
    swapped.predictions.slice(first).forEach(({ prediction, scored, baseline }, i) => {
      const wanted = whole.predictions[first + i]!;
      assert.deepEqual(
        [baseline, scored?.id, scored?.actual, scored?.baseline],
        [wanted.baseline, wanted.scored?.id, wanted.scored?.actual, wanted.scored?.baseline],
      );
      if (prediction.by === wanted.prediction.by) return assert.deepEqual(prediction, wanted.prediction);
      waiting++;
      assert.deepEqual([prediction.by, prediction.value], ["baseline", baseline]);
    });
    // A longer look-back than is remembered has to wait for its readings, source by source.
    assert.ok(to! <= from! + 2 ? waiting === 0 : waiting > 0 && waiting < 40, `${from} → ${to}: ${waiting}`);
    assert.deepEqual(
      swapped.predictions.slice(-150).map(({ scored }) => scored),
      whole.predictions.slice(-150).map(({ scored }) => scored),
    );
  }
});

Deno.test("forecastPipelines.swap() to a model that looks at a season keeps what is known, and waits for the rest", () => {
  const plain = fakeForecaster({ lookback: 2 });
  const reaching = fakeForecaster({
    ...{ version: "2", lookback: 2, reach: 6 },
    predict: (windows, start, history) => {
      const newest = start / 2 + 1;
      assert.ok(history!.first >= 0 && newest - history!.first < 6);
      // The value five readings ago, by its time.
      const row = newest - 5;
      if (row < history!.first) return NaN;
      assert.equal(history!.times[newest]! - history!.times[row]!, 5_000);
      return windows[row * 2 + 1]!;
    },
  });
  const pipelines = forecastPipelines(plain);
  const pipeline = pipelines.make({ topic: "in", partition: 0 });
  const answers = (from: number, to: number) =>
    pipeline.take(Array.from({ length: to - from }, (_, i) => readingRecord(from + i)), {
      ...{ nowMs: 1, tally: new Tally() },
    }).predictions.map(({ value }) => {
      const { prediction } = JSON.parse(new TextDecoder().decode(value!));
      return prediction.by === "network" ? prediction.value : null;
    });
  answers(0, 20);
  assert.equal(pipelines.swap({ kind: "forecaster", ...reaching }), null);
  // The model before kept four readings: with the new one there are five.
  assert.deepEqual(answers(20, 26), [null, 32, 34, 36, 38, 40]);
  assert.equal(pipelines.swap({ kind: "forecaster", ...plain }), null);
  assert.ok(answers(26, 30).every((value) => value !== null));
  assert.equal(pipelines.swap({ kind: "forecaster", ...reaching }), null);
  assert.deepEqual(answers(30, 33), [null, 52, 54]);
});

Deno.test("forecastPipelines.swap() refuses what answers another question", () => {
  const maker = forecastPipelines(forecaster("old", 3));
  const other = forecaster("new", 3);
  assert.match(maker.swap({ ...other, horizon: 5 })!, /forecasts b 5 readings ahead, the running one b 2/);
  assert.match(maker.swap({ ...other, target: "a" })!, /forecasts a 2/);
  const features = [{ name: "a", unit: "" }, { name: "c", unit: "" }];
  assert.match(maker.swap({ ...other, features })!, /for the features a, c, the running one for a, b/);
  assert.match(maker.swap({ kind: "classifier", classifier: classifier(1) })!, /it classifies/);
});

/** Two numbers and a text → one of three classes. */
function classifier(seed: number, { rate = "rate", target = "class" } = {}): Classifier {
  return new Classifier({
    ...{ name: "c", version: String(seed) },
    network: createNetwork(
      denseSpec({
        ...{ inputs: 2 + 1 + seed, hidden: [4], outputs: 3, activation: "relu" },
        outputActivation: "softmax",
      }),
      new Random(seed),
    ),
    preparation: {
      ...{ kind: "tabular", clip: 5 },
      columns: [
        { name: "bytes", kind: "number", log: true, center: 3, scale: 2 },
        { name: "service", kind: "category", values: ["http", "smtp", "ftp"].slice(0, 1 + seed) },
        { name: rate, kind: "number", log: false, center: 0.5, scale: 0.25 },
      ],
    },
    task: {
      ...{ kind: "classification", target, classes: ["x", "y", "z"], offsets: [0, 0, 0], baseline: "x" },
    },
  });
}

Deno.test("classificationPipelines.swap() lets another model answer from the next piece on", () => {
  const random = new Random(4);
  const log = Array.from({ length: 400 }, (_, offset) => {
    const service = ["http", "smtp", "ftp"][random.integer(3)];
    const features = { bytes: random.integer(1e6), service, rate: random.integer(100) / 100 };
    return recordOf(offset, { id: `c${offset}`, timestamp: timeOf(offset), source: "s", features });
  });
  const maker = classificationPipelines(classifier(1));
  const swapped = run<Classification>(maker, log, (piece) => {
    const next = { kind: "classifier", classifier: classifier(2) } as const;
    if (piece === 3) assert.equal(maker.swap(next), null);
  });
  const [old, whole] = [1, 2].map((seed) =>
    run<Classification>(classificationPipelines(classifier(seed)), log, () => {}).predictions
  );
  assert.deepEqual(swapped.predictions, [...old!.slice(0, 3 * PIECE), ...whole!.slice(3 * PIECE)]);
  const offer = (other: Classifier) => maker.swap({ kind: "classifier", classifier: other });
  assert.match(offer(classifier(1, { rate: "ratio" }))!, /feature 3 is ratio \(number\), .* rate \(number\)/);
  assert.match(offer(classifier(1, { target: "kind" }))!, /it predicts the kind, the running one the class/);
  assert.match(maker.swap(forecaster("new", 3))!, /it forecasts/);
});
