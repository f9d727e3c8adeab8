import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import { createDetector, DETECTOR_NAMES, restoreDetector } from "../../src/anomaly/detectors.ts";
import { testDetector } from "./detector_contract.ts";

for (const name of DETECTOR_NAMES) testDetector(name);

Deno.test("restoreDetector() refuses what is no snapshot", () => {
  for (const json of [null, 1, [], {}, { name: "nobody", options: {}, state: {} }, { name: "z-score" }]) {
    assert.throws(() => restoreDetector(json), /Cannot restore a detector/);
  }
});

Deno.test("RobustZScore is 0.6745·|x − median| / MAD over the window", () => {
  const detector = createDetector("z-score", { windowRows: 5, warmUpRows: 5, limit: 3.5 });
  for (const value of [100, 1, 2, 3, 4, 9]) detector.update(value, 0);
  // Window 1 2 3 4 9: median 3, distances 0 1 1 2 6, MAD 1.
  const z = 7 / 1.4826;
  assert.ok(Math.abs(detector.update(10, 0) - z / (z + 3.5)) < 1e-12);
  assert.equal(detector.expected, 3);
});

Deno.test("Ewma has the weighted mean and variance of Finch's recurrences", () => {
  const detector = createDetector("ewma", { weight: 0.5, warmUpRows: 2, limit: 4 });
  for (const value of [2, 4, 4]) detector.update(value, 0);
  // Mean 2, 3, 3.5; variance 0, 0.5·(0 + 0.5·4) = 1, 0.5·(1 + 0.5·1) = 0.75.
  const z = 1.5 / Math.sqrt(0.75);
  assert.ok(Math.abs(detector.update(5, 0) - z / (z + 4)) < 1e-12);
  assert.equal(detector.expected, 3.5);
});

Deno.test("Cusum finds a shift of one standard deviation that no single row shows", () => {
  const detector = createDetector("cusum", { warmUpRows: 200 });
  const noise = (row: number) => row % 2 === 0 ? 1 : -1;
  for (let row = 0; row < 400; row++) assert.ok(detector.update(noise(row), row) < 0.5);
  const delay = Array.from({ length: 60 }, (_, row) => detector.update(noise(row) + 1, row)).findIndex((s) =>
    s >= 0.5
  );
  assert.ok(delay >= 5 && delay <= 20, `found after ${delay} rows`);
});

Deno.test("Seasonal expects the same hour of last week, else of the day, else of all", () => {
  const detector = createDetector("seasonal");
  const hourMs = 3_600_000;
  const monday = Date.UTC(2026, 0, 5);
  // Weekdays 10 by night and 20 from noon on, Saturday and Sunday 0.
  const value = (hour: number) => hour % 168 >= 120 ? 0 : hour % 24 < 12 ? 10 : 20;
  const expected: (number | null)[] = [];
  for (let hour = 0; hour < 14 * 24; hour++) {
    detector.update(value(hour), monday + hour * hourMs);
    expected.push(detector.expected);
  }
  assert.equal(expected[0], null);
  assert.equal(expected[1], 10);
  assert.equal(expected[24 + 15], 20);
  assert.equal(expected[168 + 3], 10);
  assert.equal(expected[168 + 121], 0);
});

Deno.test("the seed decides what the trees and the networks say", () => {
  const series = Array.from({ length: 600 }, (_, row) => Math.sin(row / 7) + Math.sin(row * row));
  for (const name of ["half-space-trees", "autoencoder", "forecast"] as const) {
    const scores = (seed: number) => {
      const detector = createDetector(name, { seed });
      return series.map((value, row) => detector.update(value, row));
    };
    assert.deepEqual(scores(7), scores(7));
    assert.notDeepEqual(scores(7), scores(8));
  }
});

Deno.test("Forecast learns a wave that the last value does not foretell", () => {
  const detector = createDetector("forecast");
  let error = 0, ofLast = 0, last = 0;
  for (let row = 0; row < 4_000; row++) {
    const value = Math.sin(row / 3);
    detector.update(value, row);
    if (row >= 3_000) {
      error += (value - detector.expected!) ** 2;
      ofLast += (value - last) ** 2;
    }
    last = value;
  }
  assert.ok(error < 0.1 * ofLast, `error ${error}, of the last value ${ofLast}`);
});

Deno.test("Novelty finds what is usual by itself, but not at this time of the day", () => {
  const detector = createDetector("novelty");
  const random = new Random(1);
  const day = (row: number) => row % 288 >= 96 && row % 288 < 192 ? 80 : 20;
  let highest = 0;
  for (let row = 0; row < 288 * 8; row++) {
    const score = detector.update(day(row) + random.normal(), row * 300_000);
    if (row > 288 * 2) highest = Math.max(highest, score);
  }
  // The ninth day's noon is quiet.
  let found = 0;
  for (let row = 288 * 8; row < 288 * 8 + 192; row++) {
    found = Math.max(found, detector.update(20 + random.normal(), row * 300_000));
  }
  assert.ok(found >= 0.5 && found > highest, `found ${found}, before ${highest}`);
});

Deno.test("Novelty expects the median of the rows just before, whatever far value is the nearest", () => {
  const random = new Random(5);
  const detector = createDetector("novelty");
  const values = Array.from({ length: 1_000 }, (_, row) => row === 300 ? 36 : 70 + random.normal());
  values.push(0);
  const recent = values.slice(-37, -1).toSorted((a, b) => a - b);
  let score = 0;
  values.forEach((value, row) => score = detector.update(value, row * 300_000));
  assert.ok(score > 0.5);
  assert.ok(recent.includes(detector.expected!) || Math.abs(detector.expected! - recent[18]!) < 1);
  assert.ok(Math.abs(detector.expected! - 70) < 1, `expected ${detector.expected}`);
});
