import assert from "node:assert/strict";
import { fitPreparation } from "../../src/models/preparation.ts";
import { splitExamples } from "../../src/train/forecaster/examples.ts";
import { fitRidge as fitRidgeWork } from "../../src/train/forecaster/ridge.ts";
import { setOf } from "./sets.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const fitRidge = (...args: Parameters<typeof fitRidgeWork>) => finishAtOnce(fitRidgeWork(...args));

Deno.test("fitRidge() finds the straight line where there is one", () => {
  // A geometric decay: the change one step ahead is half of the last change.
  const values: number[] = [];
  for (let n = 0, x = 0, change = 1; n < 60; n++) {
    values.push(x);
    x += change;
    change = change * 0.5 + (n % 9 === 0 ? 1 : 0);
  }
  const set = setOf({ a: values.slice(0, 9).concat(values.slice(9)) });
  const split = splitExamples(set, { lookback: 4, horizon: 1, targetIndex: 0 });
  const options = { kind: "differences", lookback: 4, features: set.features, targetIndex: 0 } as const;
  const preparation = fitPreparation(split.training, { ...options, clip: 100, targetClip: 100 });
  const { forecast } = fitRidge(preparation, split);
  const windows = new Float64Array([0, 1, 1.5, 1.75]);
  const error = Math.abs(forecast(windows, 0) - 1.875);
  assert.ok(error < 0.25, `off by ${error}`);
});

Deno.test("fitRidge() forecasts a steady climb exactly, by its intercept", () => {
  const set = setOf({ a: Array.from({ length: 60 }, (_, n) => n * 2) });
  const split = splitExamples(set, { lookback: 3, horizon: 2, targetIndex: 0 });
  const options = { kind: "differences", lookback: 3, features: set.features, targetIndex: 0 } as const;
  const preparation = fitPreparation(split.training, { ...options, clip: 100, targetClip: 100 });
  const { forecast } = fitRidge(preparation, split);
  assert.ok(Math.abs(forecast(new Float64Array([100, 102, 104]), 0) - 108) < 1e-3);
});
