/** Errors of which every source's count alike. */
import assert from "node:assert/strict";
import { streamExamples } from "../../src/train/forecaster/examples.ts";
import { compareBySource, formatSourceMeans } from "../../src/train/forecaster/source_means.ts";
import { setOf } from "./sets.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const shape = { lookback: 1, horizon: 1, targetIndex: 0 };
const plusOne = (windows: Float64Array, start: number) => windows[start]! + 1;

Deno.test("compareBySource() gives the figures that one gets by hand, large and small sources alike", () => {
  // What came: 1, 3, 3, variance 8/9; errors of the network 0, 1, 1; of the last value 1, 2, 0.
  const small = [0, 1, 3, 3];
  const alone = finishAtOnce(compareBySource(streamExamples(setOf({ a: small }), shape), {
    network: plusOne,
    ridge: () => 3,
  }))!;
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
  assert.deepEqual([alone.sources, alone.better], [1, 1]);
  near(alone.contestants.network!.mse, (2 / 3) / (8 / 9));
  near(alone.contestants.network!.ratio, 2 / 5);
  near(alone.contestants.ridge!.ratio, 4 / 5);
  near(alone.contestants.lastValue!.mse, (5 / 3) / (8 / 9));
  assert.equal(alone.contestants.seasonal, undefined);
  // A thousand times as large: the same errors in its own variance.
  const large = small.map((x) => 1_000 * x);
  const network = (windows: Float64Array, start: number) =>
    windows[start]! + (windows[start]! >= 500 ? 1_000 : 1);
  const both = finishAtOnce(
    compareBySource(streamExamples(setOf({ a: small, b: large }), shape), { network }),
  )!;
  assert.equal(both.sources, 2);
  // 0 → 1 W of the large one is an error of 999.
  const [ofSmall, ofLarge] = [2, 999 ** 2 + 2e6];
  near(both.contestants.network!.ratio, (ofSmall / 5 + ofLarge / 5e6) / 2);
});

Deno.test("compareBySource() leaves out sources that stand still, and says when there is none", () => {
  const still = streamExamples(setOf({ a: [5, 5, 5], b: [1, 2, 4] }), shape);
  assert.equal(finishAtOnce(compareBySource(still, { network: plusOne }))!.sources, 1);
  assert.equal(
    finishAtOnce(compareBySource(streamExamples(setOf({ a: [5, 5, 5] }), shape), { network: plusOne })),
    null,
  );
});

Deno.test("formatSourceMeans() names the season", () => {
  const mean = { mse: 0.5, ratio: 0.25 };
  const lines = formatSourceMeans(
    { sources: 2, better: 1, contestants: { network: mean, seasonal: mean } },
    "7 d",
  );
  assert.match(lines[0]!, /2 sources alike .* better than the last value on 1/);
  assert.match(lines.at(-1)!, /^ {2}7 d before +0\.5000 +0\.2500$/);
});
