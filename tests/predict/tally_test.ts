/** Quantiles of the histogram against those of the sorted list. */
import assert from "node:assert/strict";
import { LatencyHistogram } from "../../src/predict/tally.ts";
import { Random } from "../../nn/mod.ts";

Deno.test("LatencyHistogram is exact below 32 ms and within 7 % above", () => {
  const random = new Random(5);
  for (const most of [20, 500, 1e6, 1e9]) {
    const histogram = new LatencyHistogram();
    const all = Array.from({ length: 999 }, () => Math.floor(random.uniform() ** 3 * most));
    for (const ms of all) histogram.add(ms);
    all.sort((a, b) => a - b);
    for (const share of [0, 0.01, 0.5, 0.95, 0.99, 1]) {
      const exact = all[Math.max(0, Math.ceil(share * all.length) - 1)]!;
      const found = histogram.quantile(share)!;
      assert.ok(
        found >= exact && found <= (exact < 32 ? exact : exact * 1.07),
        `${share}: ${found}, ${exact}`,
      );
    }
  }
});

Deno.test("LatencyHistogram knows nothing at first, and takes clocks that disagree", () => {
  const histogram = new LatencyHistogram();
  assert.deepEqual(histogram.quantiles(), { p50: null, p95: null, p99: null });
  histogram.add(-5);
  histogram.add(NaN);
  assert.equal(histogram.quantile(1), 0);
  histogram.add(Infinity);
  assert.ok(histogram.quantile(1)! >= 2 ** 31 - 1);
});
