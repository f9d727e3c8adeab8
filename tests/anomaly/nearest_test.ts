import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import {
  nearestRatio,
  NearestShapes,
  nearestTime,
  nearestValue,
  SUM_ROWS,
} from "../../src/anomaly/nearest.ts";
import { SortedWindow } from "../../src/anomaly/sorted_window.ts";

const random = new Random(1);
const values = Float64Array.from({ length: 400 }, () => Math.round(20 * random.normal()));

Deno.test("nearestValue() and nearestRatio() find what a look at every value finds", () => {
  for (let end = 2; end <= 400; end++) {
    const x = values[end - 1]!, before = [...values.subarray(0, end - 1)];
    const window = new SortedWindow(1_000, before);
    assert.equal(nearestValue(x, window), Math.min(...before.map((y) => Math.abs(y - x))));
    const ratio = (y: number) => y === x ? 0 : Math.abs(y - x) / (Math.abs(y) + Math.abs(x));
    assert.equal(nearestRatio(x, window), Math.min(...before.map(ratio)));
  }
  assert.equal(nearestValue(1, new SortedWindow(5)), Infinity);
});

Deno.test("nearestTime() looks at the same time of the day on seven days, half an hour more or less", () => {
  const hourMs = 3_600_000;
  const rows = (timesMs: readonly number[], values: readonly number[]) =>
    nearestTime({
      timesMs: Float64Array.from(timesMs),
      values: Float64Array.from(values),
      sums: new Float64Array(values.length),
      start: 0,
      end: values.length,
    });
  const now = 240 * hourMs;
  assert.equal(rows([now - 24 * hourMs, now - 1 * hourMs, now], [3, 10, 10]), 7);
  assert.equal(rows([now - 23.6 * hourMs, now], [4, 10]), 6);
  assert.equal(rows([now - 23.4 * hourMs, now], [4, 10]), Infinity);
  assert.equal(rows([now - 168 * hourMs, now], [4, 10]), 6);
  assert.equal(rows([now - 192 * hourMs, now - 100 * hourMs, now], [10, 10, 10]), Infinity);
});

Deno.test("NearestShapes finds the k-th nearest stretch, whatever it tried first", () => {
  const length = 15, k = 3;
  const sums = values.map((_, row) =>
    values.subarray(Math.max(0, row - SUM_ROWS + 1), row + 1).reduce((a, b) => a + b, 0)
  );
  const search = new NearestShapes({ length, k });
  for (let end = 1; end <= 400; end++) {
    const start = Math.max(0, end - 150), last = end - 1;
    const distances: number[] = [];
    for (let row = start + length - 1; row <= last - length; row++) {
      let sum = 0;
      for (let back = 0; back < length; back++) sum += (values[last - back]! - values[row - back]!) ** 2;
      distances.push(Math.sqrt(sum));
    }
    distances.sort((a, b) => a - b);
    const found = search.find({ values, timesMs: values, sums, start, end });
    assert.equal(found, distances[k - 1] ?? Infinity);
    assert.equal(search.lags.length, Math.min(k, distances.length));
    assert.equal(new Set(search.lags).size, search.lags.length);
  }
});
