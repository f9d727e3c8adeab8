/** The project's own statistics, which run where every value counts, beside those of simple-statistics. */
import assert from "node:assert/strict";
import {
  mean,
  median,
  medianAbsoluteDeviation,
  medianSorted,
  quantileSorted,
  standardDeviation,
} from "simple-statistics";
import { moments, quantile, Random } from "../../nn/mod.ts";
import { SortedWindow } from "../../src/anomaly/sorted_window.ts";

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${actual}, ${expected}`);
}

/** Normal, skewed, with ties, large beside small, and of one value. */
function* samples(): Generator<Float64Array> {
  const random = new Random(7);
  for (const length of [1, 2, 3, 10, 101, 1000]) {
    yield Float64Array.from({ length }, () => random.normal());
    yield Float64Array.from({ length }, () => Math.exp(3 * random.normal()));
    yield Float64Array.from({ length }, () => Math.round(random.uniform(0, 4)));
    yield Float64Array.from({ length }, () => 1e9 + random.normal());
  }
}

Deno.test("moments() gives the mean and standard deviation that simple-statistics gives", () => {
  for (const sample of samples()) {
    const { mean: own, sd } = moments(sample);
    near(own, mean([...sample]));
    assert.ok(Math.abs(sd - standardDeviation([...sample])) <= 1e-6 * Math.max(1, sd));
  }
});

Deno.test("quantile() is the library's median, and interpolates where the library takes a value that is there", () => {
  for (const sample of samples()) {
    const sorted = [...sample].sort((a, b) => a - b);
    near(quantile(sample, 0.5), medianSorted(sorted));
    near(quantile(sample, 0), quantileSorted(sorted, 0));
    near(quantile(sample, 1), quantileSorted(sorted, 1));
    for (const share of [0.01, 0.25, 0.33, 0.75, 0.95, 0.99]) {
      // R's type 7 here, an empirical quantile there: model files keep the one that they were made with.
      const place = share * (sorted.length - 1);
      const neighbours = sorted.slice(Math.floor(place), Math.ceil(place) + 2);
      const [own, other] = [quantile(sample, share), quantileSorted(sorted, share)];
      for (const value of [own, other]) {
        assert.ok(value >= neighbours[0]! && value <= neighbours.at(-1)!, `${share}: ${value}`);
      }
    }
  }
});

Deno.test("SortedWindow has the library's median and median absolute deviation of its last values", () => {
  const random = new Random(3);
  for (const rows of [1, 2, 7, 50]) {
    const window = new SortedWindow(rows);
    for (let n = 0; n < 200; n++) {
      window.push(Math.round(100 * random.normal()) / 10);
      const values = window.toArray();
      const center = window.quantile(0.5);
      near(center, median(values));
      near(window.medianDistance(center), medianAbsoluteDeviation(values));
    }
  }
});
