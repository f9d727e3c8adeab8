/** Training with the calendar and seasons: what is asked for, what is refused, and that the stream gives the same. */
import assert from "node:assert/strict";
import { PartitionPipeline } from "../../src/predict/pipeline.ts";
import { Tally } from "../../src/predict/tally.ts";
import type { Forecast } from "../../src/records/predictions/schema.ts";
import type { Reading } from "../../src/records/readings/schema.ts";
import { doubtReach, SeriesBuilder, trainForecaster, type TrainingSet } from "../../src/train/mod.ts";
import { setOf, wave } from "./sets.ts";

const HOUR = 3_600_000;

/** Hourly readings of three sources for four weeks: a day's and a week's shape, other sizes, and hours that are missing. */
function readings(): Reading[] {
  const found: Reading[] = [];
  for (let hour = 0; hour < 4 * 168; hour++) {
    for (const [s, size] of [1, 30, 900].entries()) {
      if ((hour * 7919 + s * 104_729) % 41 === 0 || (s === 1 && hour >= 300 && hour < 309)) continue;
      const day = Math.sin(2 * Math.PI * hour / 24), weekend = hour % 168 < 48 ? 0.3 : 1;
      const noise = ((hour * 31 + s * 17) % 13) / 26;
      found.push({
        id: `${s}-${hour}`,
        timestamp: new Date(Date.UTC(2024, 0, 6) + hour * HOUR).toISOString(),
        source: `meter-${s}`,
        features: { power: size * (2 + day * weekend + noise) },
      });
    }
  }
  return found;
}

function trainingSet(): TrainingSet {
  const builder = new SeriesBuilder([{ name: "power", unit: "W" }]);
  for (const reading of readings()) builder.add(reading);
  return builder.build("meters", { sha256: null });
}

const task = {
  ...{ horizon: 6, lookback: 6, calendar: true, seasons: [24 * 3600, 168 * 3600], perSource: true },
  recipe: { epochs: 15, patience: 15, learningRate: 0.01, clip: 20, targetClip: 20, huberDelta: 5 },
};

Deno.test("with seasons the network beats the last value by far, and without them by less", async () => {
  const { report, model } = await trainForecaster(trainingSet(), task);
  assert.ok(report.test.all!.ratio.mse < 0.2, String(report.test.all!.ratio.mse));
  const { preparation } = model.metadata;
  assert.deepEqual(preparation.context, {
    ...{ aheadMs: 6 * HOUR, stepMs: HOUR, calendar: true, seasonsMs: [24 * HOUR, 168 * HOUR] },
  });
  assert.equal(preparation.spreadReadings, 168);
  assert.equal(model.formatVersion, "3");
  const { contestants, sources, better } = report.bySource!;
  assert.deepEqual([sources, better, report.season], [3, 3, "7 d"]);
  assert.ok(contestants.network!.ratio < contestants.seasonal!.ratio && contestants.lastValue!.ratio === 1);
  for (const { all } of report.test.sources) {
    assert.ok(all!.ratio.mse < 0.5, "small and large sources count alike");
  }
  const plain = await trainForecaster(trainingSet(), {
    ...task,
    calendar: false,
    seasons: [],
    perSource: false,
  });
  assert.ok(report.test.all!.ratio.mse < plain.report.test.all!.ratio.mse);
  assert.equal(plain.model.formatVersion, "2");
});

const byId = new Map(readings().map((reading) => [reading.id, reading]));
const byTime = new Map(
  readings().map((
    { source, timestamp, features },
  ) => [`${source} ${Date.parse(timestamp)}`, features["power"]]),
);

Deno.test("the stream figures of a model with seasons are those of its predictions, to the last bit, with readings missing", async () => {
  for (const recipe of [task.recipe, { ...task.recipe, hidden: ["lstm:4" as const], epochs: 1 }]) {
    const { report, model } = await trainForecaster(trainingSet(), { ...task, recipe });
    const pipeline = new PartitionPipeline({ topic: "in", partition: 0, forecaster: model });
    const [encoder, decoder, tally] = [new TextEncoder(), new TextDecoder(), new Tally()];
    const records = readings().map((reading, offset) => ({
      ...{ offset, timestampMs: 0, key: null, headers: [] },
      value: encoder.encode(JSON.stringify(reading)),
    }));
    const sums = { count: 0, network: 0, lastValue: 0, ridge: 0 };
    for (const { value } of pipeline.take(records, { nowMs: 0, tally }).predictions) {
      const { scored } = JSON.parse(decoder.decode(value!)) as Forecast;
      if (scored?.by !== "network") continue;
      sums.count++;
      sums.network += (scored.predicted - scored.actual) ** 2;
      sums.lastValue += (scored.baseline - scored.actual) ** 2;
      sums.ridge += (scored.references!.ridge! - scored.actual) ** 2;
      const made = byId.get(scored.id)!;
      const season = Date.parse(made.timestamp) + 6 * HOUR - model.metadata.references!.seasonMs!;
      const there = byTime.get(`${made.source} ${season}`);
      if (there !== undefined) assert.equal(scored.references!.seasonal, there);
    }
    const { count, network, lastValue, ridge } = report.stream.all!;
    assert.ok(count > 1_000, String(count));
    assert.deepEqual(
      [sums.count, ...[sums.network, sums.lastValue, sums.ridge].map((sum) => sum / sums.count)],
      [count, network.mse, lastValue.mse, ridge.mse],
    );
  }
});

Deno.test("seasons that cannot be seen are refused with one clear line", async () => {
  const set = trainingSet();
  const wrong = (change: object, message: RegExp) =>
    assert.rejects(trainForecaster(set, { ...task, ...change }), { name: "UserError", message });
  await wrong({ seasons: [3600] }, /Cannot look 3600 s back .* 6 readings of 3600 s ahead/);
  await wrong({ seasons: [20_001 * 3600] }, /at most 20,000 of a source are kept/);
  await wrong({ seasons: [500 * 3600] }, /longest of its 3 series has 6\d\d readings, too few/);
  const still = setOf({ a: wave(300) });
  const timeless = {
    ...still,
    series: still.series.map((one) => ({ ...one, times: one.times.map(() => 0) })),
  };
  await assert.rejects(trainForecaster(timeless, task), { message: /no source has two readings in time/ });
});

Deno.test("doubtReach() says how many partitions it takes where one forgets before a season is known", () => {
  assert.equal(doubtReach({ sources: 125, reach: 400 }), null);
  assert.match(
    doubtReach({ sources: 126, reach: 400 })!,
    /last 50,000 records .* 400 readings of each of 126 sources: .* 2 partitions/,
  );
  assert.match(doubtReach({ sources: 1, reach: 120_000 })!, / 3 partitions/);
});
