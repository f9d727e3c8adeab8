/** Records → outputs: every record ends as exactly one of three, and a restart changes nothing. */
import assert from "node:assert/strict";
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import { DEAD_LETTER_BYTES_MAX, DETAIL_CHARS_MAX } from "../../src/records/limits.ts";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { createForecaster, type Forecaster } from "../../src/models/forecaster.ts";
import { countInputs, type Preparation } from "../../src/models/preparation.ts";
import { PartitionPipeline } from "../../src/predict/pipeline.ts";
import { rewindFrom } from "../../src/predict/series.ts";
import { Tally } from "../../src/predict/tally.ts";
import { forecastSchema } from "../../src/records/predictions/schema.ts";
import { fakeForecaster, randomLog, readingRecord, recordOf } from "./fakes.ts";

const forecaster = fakeForecaster();
const place = { topic: "in", partition: 3, forecaster };
const decoder = new TextDecoder();
const nowMs = 1_005;

function takeAll(records: readonly IncomingRecord[]) {
  const tally = new Tally();
  const outputs = new PartitionPipeline(place).take(records, { nowMs, tally });
  return {
    tally,
    deadLetters: outputs.deadLetters,
    predictions: outputs.predictions.map(({ value }) =>
      forecastSchema.parse(JSON.parse(decoder.decode(value!)))
    ),
    keys: outputs.predictions.map(({ key }) => decoder.decode(key as Uint8Array)),
  };
}

function headersOf(record: OutgoingRecord): Record<string, string> {
  return Object.fromEntries(record.headers!.map(({ key, value }) => [key, decoder.decode(value)]));
}

Deno.test("PartitionPipeline answers by the baseline first, then by the network, and scores what comes due", () => {
  const { predictions, tally, keys } = takeAll([0, 1, 2, 3, 4].map((offset) => readingRecord(offset)));
  assert.deepEqual(keys, ["s", "s", "s", "s", "s"]);
  assert.deepEqual(predictions.map(({ prediction }) => prediction.by), [
    ...["baseline", "baseline", "network", "network", "network"],
  ]);
  assert.deepEqual(predictions.map(({ baseline }) => baseline), [0, 2, 4, 6, 8]);
  assert.deepEqual(predictions.slice(0, 2).map(({ prediction }) => prediction.value), [0, 2]);
  assert.equal(predictions[2]!.prediction.value, forecaster.predict(Float64Array.of(0, 0, 1, 2, 2, 4), 0));
  assert.deepEqual(predictions.map(({ scored }) => scored?.id ?? null), [null, null, "id-0", "id-1", "id-2"]);
  assert.deepEqual(predictions[4]!.scored, {
    id: "id-2",
    predicted: predictions[2]!.prediction.value,
    baseline: 4,
    actual: 8,
    by: "network",
  });
  assert.equal(predictions[0]!.latencyMs, 5);
  assert.equal(predictions[0]!.predictedAt, "1970-01-01T00:00:01.005Z");
  assert.equal(tally.predictedByNetwork, 3);
  assert.equal(tally.predictedByBaseline, 2);
  assert.equal(tally.scored, 3);
  assert.deepEqual(tally.latency.quantiles(), { p50: 5, p95: 5, p99: 5 });
});

Deno.test("PartitionPipeline keeps sources apart", () => {
  const sources = ["x", "y", "x", "y", "x", "y"];
  const { predictions } = takeAll(sources.map((source, offset) => readingRecord(offset, { source })));
  assert.deepEqual(predictions.map(({ prediction }) => prediction.by), [
    ...["baseline", "baseline", "baseline", "baseline", "network", "network"],
  ]);
  assert.equal(predictions[4]!.prediction.value, forecaster.predict(Float64Array.of(0, 0, 2, 4, 4, 8), 0));
});

Deno.test("PartitionPipeline sends dead letters with key, bytes and headers as they came", () => {
  const header = { key: "trace", value: Uint8Array.of(1, 2) };
  const record = { ...recordOf(7, "junk"), headers: [header] };
  const { deadLetters: [letter], tally } = takeAll([record]);
  assert.equal(letter!.key, record.key);
  assert.equal(letter!.value, record.value);
  assert.equal(letter!.headers![0], header);
  const { trace: _, "streamflow.detail": detail, ...headers } = headersOf(letter!);
  assert.deepEqual(headers, {
    "streamflow.reason": "not-json",
    "streamflow.topic": "in",
    "streamflow.partition": "3",
    "streamflow.offset": "7",
    "streamflow.time": "1970-01-01T00:00:01.005Z",
  });
  assert.ok(detail!.length > 0 && detail!.length <= DETAIL_CHARS_MAX);
  assert.equal(tally.deadLetters["not-json"], 1);
});

Deno.test("PartitionPipeline cuts a dead letter that would be too large to send, and says so", () => {
  const value = new Uint8Array(DEAD_LETTER_BYTES_MAX + 5);
  const { deadLetters: [letter] } = takeAll([recordOf(0, value)]);
  assert.ok(letter!.value!.length < DEAD_LETTER_BYTES_MAX);
  assert.equal(headersOf(letter!)["streamflow.truncated"], String(value.length));
  assert.equal(headersOf(letter!)["streamflow.reason"], "too-large");
});

Deno.test("PartitionPipeline ends every record as a prediction, a dead letter or a duplicate", () => {
  const records = [
    readingRecord(0),
    readingRecord(1),
    readingRecord(2, { id: "id-1", second: 1 }), // duplicate
    readingRecord(3, { id: "early", second: 0 }), // late
    recordOf(4, null),
    readingRecord(5),
    recordOf(9, "{}"),
  ];
  const { predictions, deadLetters, tally } = takeAll(records);
  assert.deepEqual(predictions.map(({ id }) => id), ["id-0", "id-1", "id-5"]);
  assert.deepEqual(deadLetters.map((letter) => headersOf(letter)["streamflow.reason"]), [
    ...["late", "tombstone", "not-a-reading"],
  ]);
  assert.equal(tally.duplicates, 1);
  assert.equal(tally.read, records.length);
});

function outputsByOffset(
  records: readonly IncomingRecord[],
  { start, limits, forecaster }: {
    start: number;
    limits: { rewindRecordsMax: number; sourcesMax: number };
    forecaster: Forecaster;
  },
): Map<number, string> {
  const pipeline = new PartitionPipeline({ ...place, forecaster, limits });
  const tally = new Tally();
  const from = rewindFrom(start, limits);
  const found = new Map<number, string>();
  for (const record of records) {
    if (record.offset < from) continue;
    if (record.offset < start) pipeline.replay([record]);
    else {
      const { predictions, deadLetters } = pipeline.take([record], { nowMs, tally });
      const texts = [...predictions, ...deadLetters].map((out) =>
        `${decoder.decode(out.value ?? undefined)} ${
          out.headers?.map(({ value }) => decoder.decode(value)).join()
        }`
      );
      assert.ok(texts.length <= 1);
      found.set(record.offset, texts[0] ?? "duplicate");
    }
  }
  return found;
}

/** Sees the calendar, two seasons and each source's spread: answers depend on when readings came, and far back. */
function seasonalForecaster(): Forecaster {
  const shape = {
    kind: "differences",
    lookback: 2,
    features: [{ name: "a", unit: "" }, { name: "b", unit: "" }],
    targetIndex: 1,
    spreadReadings: 4,
    context: { aheadMs: 8_000, stepMs: 4_000, calendar: true, seasonsMs: [12_000, 24_000] },
  } as const;
  const inputs = countInputs(shape);
  const preparation: Preparation = {
    ...shape,
    center: new Array(inputs).fill(0),
    scale: new Array(inputs).fill(1),
    ...{ clip: 10, targetScale: 1, targetClip: 10 },
  };
  const spec = denseSpec({ inputs, hidden: [3], outputs: 1, activation: "tanh" });
  const network = createNetwork(spec, new Random(1));
  return createForecaster({ name: "seasonal", version: "1", horizon: 2, preparation, network });
}

for (const [what, own] of [["", forecaster], [", with seasons,", seasonalForecaster()]] as const) {
  Deno.test(`PartitionPipeline restarted at any offset${what} gives the outputs of the uninterrupted run`, () => {
    for (let seed = 1; seed <= 6; seed++) {
      const records = randomLog(seed, 300);
      const limits = {
        rewindRecordsMax: [20, 60, 100, 1_000][seed % 4]!,
        sourcesMax: seed % 2 === 0 ? 3 : 100,
      };
      const whole = outputsByOffset(records, { start: 0, limits, forecaster: own });
      const texts = [...whole.values()];
      assert.ok(texts.some((text) => text === "duplicate"), `seed ${seed}: no duplicate in the log`);
      assert.ok(texts.some((text) => text.includes("late,")), `seed ${seed}: no late reading in the log`);
      const answered = texts.filter((text) => text.includes('"by":"network"')).length;
      assert.ok(answered > 0 || limits.rewindRecordsMax === 20, `seed ${seed}: no forecast in the log`);
      const last = records.at(-1)!.offset;
      for (let start = 1; start <= last; start++) {
        for (const [offset, text] of outputsByOffset(records, { start, limits, forecaster: own })) {
          assert.equal(text, whole.get(offset), `seed ${seed}, started at ${start}, offset ${offset}`);
        }
      }
    }
  });
}

Deno.test("PartitionPipeline answers by the baseline until the source has been known for a season", () => {
  const pipeline = new PartitionPipeline({ ...place, forecaster: seasonalForecaster() });
  const records = Array.from({ length: 12 }, (_, i) => readingRecord(i, { second: 4 * i, b: i % 3 }));
  const { predictions } = pipeline.take(records, { nowMs, tally: new Tally() });
  const by = predictions.map(({ value }) =>
    forecastSchema.parse(JSON.parse(decoder.decode(value!))).prediction.by
  );
  // Four steps back from the newest reading is a season of 24 s before what is forecast; one step off is near enough.
  assert.deepEqual(by, [...new Array(3).fill("baseline"), ...new Array(9).fill("network")]);
});
