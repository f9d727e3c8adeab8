import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import { SortedWindow } from "../../src/anomaly/sorted_window.ts";
import { Tail } from "../../src/anomaly/tail.ts";

Deno.test("SortedWindow has the order statistics of the last values", () => {
  const random = new Random(1);
  const window = new SortedWindow(7);
  const all: number[] = [];
  for (let row = 0; row < 300; row++) {
    all.push(random.integer(5) - 2);
    window.push(all.at(-1)!);
    const last = all.slice(-7), sorted = [...last].sort((a, b) => a - b);
    assert.deepEqual(window.toArray(), last);
    assert.deepEqual(Array.from({ length: window.size }, (_, place) => window.at(place)), sorted);
    const median = (list: number[]) => {
      const order = [...list].sort((a, b) => a - b);
      return (order[(order.length - 1) >> 1]! + order[order.length >> 1]!) / 2;
    };
    assert.equal(window.quantile(0.5), median(last));
    assert.equal(window.medianDistance(0.5), median(last.map((value) => Math.abs(value - 0.5))));
    assert.equal(window.countFrom(1), last.filter((value) => value >= 1).length);
    const mean = last.reduce((sum, value) => sum + Math.abs(value - 1), 0) / last.length;
    assert.ok(Math.abs(window.meanDistance(1) - mean) < 1e-12);
  }
});

Deno.test("Tail counts below the 98 % quantile", () => {
  const numbers = Array.from({ length: 999 }, (_, index) => index + 1);
  const tail = new Tail({ rows: 2_000, warmUp: 10, numbers });
  // 500 of 999 are 500 or more; with itself 501 of 1,000.
  assert.ok(Math.abs(tail.rarity(500) + Math.log10(501 / 1_000)) < 1e-12);
});

Deno.test("Tail goes on beyond all numbers as a Pareto tail", () => {
  const random = new Random(2);
  const numbers = Array.from({ length: 5_000 }, () => (1 - random.uniform()) ** (-1 / 2));
  const tail = new Tail({ rows: 5_000, warmUp: 10, numbers });
  // P(X ≥ x) = x⁻²: one in 10,000 is 100, one in a million 1,000.
  assert.ok(Math.abs(tail.rarity(100) - 4) < 0.5);
  assert.ok(Math.abs(tail.rarity(1_000) - 6) < 0.8);
  assert.ok(tail.rarity(1e90) > tail.rarity(1e80));
});

Deno.test("Tail finds nothing rare before its warm-up, and nothing rare in constants", () => {
  const tail = new Tail({ rows: 100, warmUp: 20 });
  for (let row = 0; row < 19; row++) assert.equal(tail.rarity(row), 0);
  const flat = new Tail({ rows: 100, warmUp: 20, numbers: Array.from({ length: 100 }, () => 3) });
  assert.equal(flat.rarity(3), 0);
  assert.ok(flat.rarity(4) > 2);
});
