/** `streamflow demo`: the figures that it shows are those of the training report, on readings that training has not seen. */
import assert from "node:assert/strict";
import { again, openUnseen, readingsBefore } from "../../../src/cli/readings/demo_readings.ts";
import { openMeters } from "../../../src/datasets/mod.ts";
import { METERS_RECIPE, METERS_TASK, readDataset, trainForecaster } from "../../../src/train/mod.ts";
import { runStreamflow } from "../../support/run.ts";

Deno.test("demo --json at full speed: the network beats the last value, the season and ridge as the report says", async () => {
  const { report, model } = await trainForecaster(await readDataset(openMeters()), {
    ...{ ...METERS_TASK, recipe: METERS_RECIPE },
  });
  const { network, lastValue, seasonal, ridge } = report.bySource!.contestants;
  assert.ok(network!.ratio <= 0.38, `${network!.ratio} of the last value's MSE`);
  assert.ok(network!.ratio < ridge!.ratio && ridge!.ratio < seasonal!.ratio && seasonal!.ratio < 1);
  assert.ok(network!.mse < ridge!.mse && ridge!.mse < seasonal!.mse && seasonal!.mse < lastValue!.mse);
  assert.deepEqual([report.bySource!.sources, report.bySource!.better], [18, 18]);
  assert.equal(readingsBefore(model), 335);

  const { code, stdout, stderr } = await runStreamflow(["demo", "--rate", "0", "--json"]);
  assert.equal(code, 0, stderr);
  const summary = JSON.parse(stdout);
  const readings = 18 * (335 + 1_757);
  assert.deepEqual(
    [summary.produced, summary.predicted, summary.deadLettered, summary.lost],
    [readings, readings, 0, 0],
  );
  // The last bits depend on the order of the sums.
  const same = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9 * b, `${a} is not ${b}`);
  same(summary.mse, network!.mse);
  same(summary.baselineMse, lastValue!.mse);
  same(summary.seasonalMse, seasonal!.mse);
  same(summary.ridgeMse, ridge!.mse);
  same(summary.mseRatio, network!.ratio);
  same(summary.seasonalMseRatio, seasonal!.ratio);
  same(summary.ridgeMseRatio, ridge!.ratio);
  assert.ok(summary.mae < summary.baselineMae);
  assert.ok(summary.firstPredictionMs > summary.trainingMs && summary.trainingMs > 0);
  assert.match(stderr, /^trained: the best of 12 epochs is \d+$/m);
});

Deno.test("what the demo streams again goes on in time, on the same hours and days of the week", async () => {
  const unseen = await openUnseen(335);
  let last = "";
  const hourOfWeek = (timestamp: string) => Date.parse(timestamp) / 3_600_000 % 168;
  const seen = new Map<string, number>();
  for (const part of [unseen.before, unseen.stream]) {
    for await (const batch of part.batches()) {
      for (const { timestamp, source, features } of batch) {
        last = timestamp;
        seen.set(`${source} ${hourOfWeek(timestamp)} ${features["power"]}`, 1);
      }
    }
  }
  const ids = new Set<string>();
  let hours = 0, next = Date.parse(last) + 3_600_000;
  for await (const batch of again(unseen).batches()) {
    for (const { id, timestamp, source, features } of batch) {
      assert.equal(Date.parse(timestamp), next);
      assert.ok(!ids.has(id), id);
      ids.add(id);
      assert.ok(seen.has(`${source} ${hourOfWeek(timestamp)} ${features["power"]}`));
    }
    next += 3_600_000;
    if (++hours === 2_000) break;
  }
});
