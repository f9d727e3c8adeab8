/** A histogram's cumulative counts are those of a sorted list. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { DURATION_BOUNDS, Histogram } from "../../src/metrics/histogram.ts";
import type { HistogramValue } from "../../src/metrics/metric.ts";
import { LatencyHistogram } from "../../src/predict/tally.ts";

function assertCounts(
  value: HistogramValue,
  holds: (atMost: number) => number,
  all: readonly number[],
): void {
  for (const { atMost, count } of value.buckets) assert.equal(count, holds(atMost), `at most ${atMost}`);
  assert.equal(value.count, all.length);
  assert.equal(value.buckets.at(-1)!.atMost, Infinity);
  const sum = all.reduce((before, one) => before + one, 0);
  assert.ok(Math.abs(value.sum - sum) <= 1e-9 * sum, `${value.sum} and ${sum}`);
}

Deno.test("Histogram counts what is at most each bound", () => {
  const random = new Random(1), histogram = new Histogram();
  const all = [...DURATION_BOUNDS, ...Array.from({ length: 5_000 }, () => 40 * random.uniform() ** 6)];
  for (const one of all) histogram.add(one);
  assertCounts(histogram.value(), (bound) => all.filter((one) => one <= bound).length, all);
});

Deno.test("Histogram without a value, and with those beyond all bounds", () => {
  const histogram = new Histogram([1, 2]);
  assert.deepEqual(histogram.value(), {
    buckets: [{ atMost: 1, count: 0 }, { atMost: 2, count: 0 }, { atMost: Infinity, count: 0 }],
    ...{ sum: 0, count: 0 },
  });
  histogram.add(3);
  assert.deepEqual(histogram.value().buckets.map(({ count }) => count), [0, 0, 1]);
});

Deno.test("LatencyHistogram.value() counts whole milliseconds below each power of two, in seconds", () => {
  const random = new Random(2), latencies = new LatencyHistogram();
  const all = Array.from({ length: 20_000 }, () => Math.floor(200_000 * random.uniform() ** 4));
  for (const one of all) latencies.add(one);
  const inSeconds = all.map((ms) => ms / 1_000);
  assertCounts(latencies.value(), (bound) => all.filter((ms) => ms < bound * 1_000).length, inSeconds);
});
