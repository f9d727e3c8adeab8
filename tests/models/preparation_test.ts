import assert from "node:assert/strict";
import { quantileOfSorted } from "../../nn/mod.ts";
import {
  countInputs,
  createPreparer,
  fitPreparation,
  type Preparation,
  type PreparationExamples,
  prepareTarget,
  restoreForecast,
  robustScale,
} from "../../src/models/preparation.ts";

const features = [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }];

function preparation(change: Partial<Preparation> = {}): Preparation {
  return {
    kind: "differences",
    lookback: 3,
    features,
    targetIndex: 1,
    center: [0, 0, 0, 0],
    scale: [1, 2, 1, 2],
    clip: 4,
    targetScale: 0.5,
    targetClip: 3,
    ...change,
  };
}

function examplesOf(values: Float64Array, starts: number[], changes: number[]): PreparationExamples {
  return {
    count: starts.length,
    valuesOf: () => values,
    startOf: (example) => starts[example]!,
    changeOf: (example) => changes[example]!,
  };
}

Deno.test("createPreparer() gives scaled differences from the last reading, nearest first", () => {
  const out = new Float64Array(4);
  const windows = new Float64Array([99, 99, /**/ 10, 20, 11, 22, 13, 21]);
  createPreparer(preparation())(windows, 2, out);
  assert.deepEqual([...out], [11 - 13, (22 - 21) / 2, 10 - 13, (20 - 21) / 2]);
});

Deno.test("createPreparer() clips whatever is far outside, infinite differences too", () => {
  const out = new Float64Array(4);
  const windows = new Float64Array([1e308, -500, -1e308, 500, -1e308, 0]);
  createPreparer(preparation())(windows, 0, out);
  assert.deepEqual([...out], [0, 4, 4, -4]);
});

Deno.test("createPreparer() standardises the raw values where these are asked for", () => {
  const out = new Float64Array(4);
  const values = preparation({ kind: "values", lookback: 2, center: [10, 20, 10, 20] });
  createPreparer(values)(new Float64Array([11, 22, 100, 18]), 0, out);
  assert.deepEqual([...out], [1, 1, 4, -1]);
  assert.equal(countInputs(values), 4);
  assert.equal(countInputs({ ...values, lookback: 12 }), 24);
  assert.equal(countInputs({ ...preparation(), lookback: 12 }), 22);
});

Deno.test("fitPreparation() takes scales from the given examples alone, and outliers do not stretch them", () => {
  const values = new Float64Array(202 * 2);
  for (let t = 0; t < 202; t++) values.set([t % 7, t === 60 ? 1e6 : t % 5], t * 2);
  const starts = Array.from({ length: 100 }, (_, t) => t * 2);
  const changes = starts.map((_, t) => t === 3 ? 1e9 : (t % 11) - 5);
  const options = {
    kind: "differences",
    lookback: 3,
    features,
    targetIndex: 1,
    clip: 4,
    targetClip: 3,
  } as const;
  const fitted = fitPreparation(examplesOf(values, starts, changes), options);
  assert.ok(fitted.scale.every((scale) => scale > 0.5 && scale < 6), String(fitted.scale));
  assert.ok(fitted.targetScale > 2 && fitted.targetScale < 6);
  values.fill(1e9, 102 * 2);
  assert.deepEqual(fitPreparation(examplesOf(values, starts, changes), options), fitted);
  assert.deepEqual(fitted.center, [0, 0, 0, 0]);
});

Deno.test("fitPreparation() refuses to fit on nothing", () => {
  const options = { kind: "values", lookback: 1, features, targetIndex: 0, clip: 4, targetClip: 3 } as const;
  assert.throws(() => fitPreparation(examplesOf(new Float64Array(2), [], []), options), RangeError);
});

Deno.test("robustScale() estimates a normal distribution's deviation, and falls back where most values are equal", () => {
  const sorted = Float64Array.from({ length: 1001 }, (_, i) => i - 500);
  assert.ok(Math.abs(robustScale(sorted) - 500 / 1.34898) < 1e-3);
  const mostlyZero = new Float64Array(1000).fill(0);
  mostlyZero.fill(1, 930);
  assert.ok(robustScale(mostlyZero) > 0.2);
  const nearlyConstant = new Float64Array(1000);
  nearlyConstant[999] = 10;
  assert.ok(Math.abs(robustScale(nearlyConstant) - Math.sqrt(0.0999)) < 1e-12);
  assert.equal(robustScale(new Float64Array(10).fill(7)), 1);
});

Deno.test("quantileOfSorted() is linear between neighbours", () => {
  assert.equal(quantileOfSorted(new Float64Array([1, 2, 3, 4]), 0.5), 2.5);
  assert.equal(quantileOfSorted(new Float64Array([5]), 0.9), 5);
});

Deno.test("prepareTarget() and restoreForecast() are each other's inverse within the clip", () => {
  const own = preparation();
  assert.equal(prepareTarget(own, 0.25), 0.5);
  assert.equal(restoreForecast(own, 20, 0.5), 20.25);
  assert.equal(prepareTarget(own, -100), -3);
  assert.equal(restoreForecast(own, 20, 1000), 21.5);
  assert.equal(restoreForecast(preparation({ targetScale: 1e308 }), 1.7e308, 3), 1.7e308);
  assert.equal(restoreForecast({ ...own, answer: "value" }, 20, 0.5), 0.25);
});
