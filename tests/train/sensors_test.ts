/** The default recipe on the shipped data: what README and REPORT say about it. */
import assert from "node:assert/strict";
import { openSensors } from "../../src/datasets/mod.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { PartitionPipeline } from "../../src/predict/pipeline.ts";
import { Tally } from "../../src/predict/tally.ts";
import type { Forecast } from "../../src/records/predictions/schema.ts";
import { judge } from "../../src/train/forecaster/report.ts";
import { formatReport, readDataset, trainForecaster } from "../../src/train/mod.ts";

const set = await readDataset(openSensors());
const { report, bytes, model } = await trainForecaster(set, { horizon: 12, lookback: 12 });

Deno.test("the default recipe beats the last value on unseen readings of all motes: MAE on everything, MSE outside the events", () => {
  const { all, withoutEvents } = report.test;
  assert.ok(all!.ratio.mae < 0.94, `MAE ratio ${all!.ratio.mae}`);
  assert.ok(withoutEvents!.ratio.mse < 0.99, `MSE ratio ${withoutEvents!.ratio.mse}`);
  assert.equal(judge(report), "network");
  assert.equal(report.task.target, "temperature");
});

Deno.test("the default recipe gains most indoors, and the report says where the last value is better", () => {
  const ratios = Object.fromEntries(report.test.sources.map(({ source, all }) => [source, all!.ratio]));
  for (const indoor of ["mote-1", "mote-2"]) {
    assert.ok(ratios[indoor]!.mae < 0.95 && ratios[indoor]!.mse < 1, `${indoor} ${JSON.stringify(ratios)}`);
  }
  assert.match(formatReport(report)[1]!, /^The last value is as good or better on mote-3, mote-4 \(MAE\)\.$/);
});

Deno.test("the default recipe wins with other seeds too", async () => {
  for (const seed of [2, 3]) {
    const other = await trainForecaster(set, { horizon: 12, lookback: 12, recipe: { seed } });
    assert.equal(judge(other.report), "network", `seed ${seed}`);
  }
});

Deno.test("the report counts every forecast that consume scores, and the labelled readings", () => {
  assert.equal(report.training.readings, 18_914);
  assert.equal(report.stream.all!.count, 18_914 - 4 * (11 + 12));
  assert.equal(report.labelledReadings, 149);
  assert.deepEqual(report.skipped, { duplicate: 0, late: 0, unusable: 0 });
  assert.ok(report.stream.all!.ratio.mae < 1 && report.stream.all!.ratio.mse < 1);
  assert.ok(report.stream.withoutEvents!.ratio.mse < 0.95);
});

Deno.test("the default recipe gives the same file again", async () => {
  const again = await trainForecaster(set, { horizon: 12, lookback: 12 });
  assert.deepEqual(again.bytes, bytes);
});

Deno.test("the report's stream figures are those of the predictions that consume publishes, to the last bit", async () => {
  const pipeline = new PartitionPipeline({ topic: "input-data", partition: 0, forecaster: model });
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  const tally = new Tally();
  const sums = { count: 0, network: 0, lastValue: 0, absolute: 0 };
  let offset = 0;
  for await (const batch of openSensors().batches()) {
    const records = batch.map((reading) => ({
      ...{ offset: offset++, timestampMs: 0, key: encoder.encode(reading.source), headers: [] },
      value: encoder.encode(readingToJson(reading)),
    }));
    for (const { value } of pipeline.take(records, { nowMs: 0, tally }).predictions) {
      const { scored } = JSON.parse(decoder.decode(value!)) as Forecast;
      if (scored?.by !== "network") continue;
      sums.count++;
      sums.network += (scored.predicted - scored.actual) ** 2;
      sums.lastValue += (scored.baseline - scored.actual) ** 2;
      sums.absolute += Math.abs(scored.predicted - scored.actual);
    }
  }
  const { count, network, lastValue } = report.stream.all!;
  assert.deepEqual(
    [sums.count, sums.network / sums.count, sums.lastValue / sums.count, sums.absolute / sums.count],
    [count, network.mse, lastValue.mse, network.mae],
  );
});
