/** Quantiles of recent numbers, and the intervals made of them. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { ForecastInterval, quantileOf, quantileOfTable, RecentValues } from "../../src/traffic/intervals.ts";
import { RESIDUALS_MAX, RESIDUALS_MIN } from "../../src/traffic/limits.ts";

/** Quantiles of a normal distribution's residuals in training: p0 … p100. */
const TRAINED = Float64Array.from({ length: 101 }, (_, i) => i - 50);

Deno.test("quantileOf() is the type 6 of Hyndman and Fan", () => {
  // R: quantile(c(1, 2, 4, 8, 16), c(.1, .25, .5, .75, .9), type = 6)
  const sorted = [1, 2, 4, 8, 16];
  assert.deepEqual([0.1, 0.25, 0.5, 0.75, 0.9].map((p) => quantileOf(sorted, p)), [1, 1.5, 4, 12, 16]);
  assert.ok(Number.isNaN(quantileOf([], 0.5)));
  assert.equal(quantileOf([7], 0.01), 7);
});

Deno.test("quantileOfTable() lies between the two nearest quantiles", () => {
  assert.equal(quantileOfTable(TRAINED, 0), -50);
  assert.equal(quantileOfTable(TRAINED, 1), 50);
  assert.ok(Math.abs(quantileOfTable(TRAINED, 0.995) - 49.5) < 1e-9);
});

Deno.test("RecentValues.push() keeps the newest in order, repeated values too", () => {
  const random = new Random(4);
  const recent = new RecentValues(16);
  const all: number[] = [];
  for (let i = 0; i < 500; i++) {
    const value = random.integer(9) - 4;
    all.push(value);
    recent.push(value);
    const last = all.slice(-16);
    assert.deepEqual(recent.toJson(), last.map((v) => v + 0));
    const sorted = [...last].sort((a, b) => a - b);
    for (const p of [0, 0.3, 0.5, 0.99, 1]) assert.equal(recent.quantile(p), quantileOf(sorted, p));
  }
});

Deno.test("RecentValues.from() goes on as the one whose numbers it has", () => {
  const random = new Random(5);
  let copied = new RecentValues(20);
  const kept = new RecentValues(20);
  for (let i = 0; i < 100; i++) {
    const value = i % 7 === 0 ? -0 : random.uniform();
    kept.push(value);
    copied.push(value);
    copied = RecentValues.from(JSON.parse(JSON.stringify(copied.toJson())), 20);
    assert.deepEqual(copied.toJson(), kept.toJson());
    assert.equal(copied.quantile(0.9), kept.quantile(0.9));
  }
  assert.equal(RecentValues.from([1, 2, 3], 2).count, 2);
});

Deno.test("ForecastInterval.around() uses training's residuals until it has enough of its own", () => {
  const interval = new ForecastInterval();
  const options = { coverage: 0.9, trained: TRAINED };
  assert.deepEqual(interval.around(100, options), { lower: 55, upper: 145 });
  for (let i = 0; i < RESIDUALS_MIN; i++) interval.learn(i % 2);
  assert.deepEqual(interval.around(100, options), { lower: 100, upper: 101 });
  assert.deepEqual(interval.around(-5, options), { lower: 0, upper: 0 }, "traffic is never below 0");
  const again = new ForecastInterval(interval.toJson());
  assert.deepEqual(again.around(100, options), interval.around(100, options));
});

Deno.test("ForecastInterval.around() holds the wanted share of outcomes, of a skewed distribution too", () => {
  const random = new Random(6);
  const interval = new ForecastInterval();
  let inside = 0;
  const rounds = 6_000;
  for (let i = -RESIDUALS_MAX; i < rounds; i++) {
    const residual = Math.exp(2 * random.uniform() + random.uniform()) - 5;
    const { lower, upper } = interval.around(1_000, { coverage: 0.9, trained: TRAINED });
    if (i >= 0 && 1_000 + residual >= lower && 1_000 + residual <= upper) inside++;
    interval.learn(residual);
  }
  assert.ok(Math.abs(inside / rounds - 0.9) < 0.02, `${inside / rounds}`);
});
