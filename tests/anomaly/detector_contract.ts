/** What every detector keeps to, written once and run on each. */
import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import { createDetector, type DetectorName, restoreDetector } from "../../src/anomaly/detectors.ts";
import type { Detector } from "../../src/anomaly/detector.ts";

const MINUTES_5 = 300_000;
const START_MS = Date.UTC(2026, 0, 5);

/** A day's rhythm with noise, a row every five minutes. */
export function calmSeries(rows: number, seed: number): number[] {
  const random = new Random(seed);
  return Array.from(
    { length: rows },
    (_, row) => 50 + 10 * Math.sin(row * 2 * Math.PI / 288) + random.normal(),
  );
}

/** The scores of a series, a row every five minutes. */
export function scoresOf(detector: Detector, values: readonly number[], from: number = 0): number[] {
  return values.map((value, row) => detector.update(value, START_MS + (from + row) * MINUTES_5));
}

const STRANGE: Readonly<Record<string, readonly number[]>> = {
  constants: Array.from({ length: 400 }, () => 7),
  zeros: Array.from({ length: 400 }, () => 0),
  huge: Array.from({ length: 400 }, (_, row) => (row % 3 - 1) * Number.MAX_VALUE),
  denormals: Array.from({ length: 400 }, (_, row) => (row % 3) * Number.MIN_VALUE),
  "all sizes": Array.from({ length: 700 }, (_, row) => (row % 2 * 2 - 1) * 10 ** (row % 600 - 300)),
  "a constant with one step": Array.from({ length: 400 }, (_, row) => row < 300 ? 7 : 8),
  "two values": Array.from({ length: 400 }, (_, row) => row % 2),
  "a ramp": Array.from({ length: 400 }, (_, row) => row * 1e6),
  "gaps": Array.from({ length: 400 }, (_, row) => row % 7 === 0 ? NaN : row % 11 === 0 ? Infinity : row % 5),
  "nothing but gaps": Array.from({ length: 50 }, () => NaN),
};

function checkRange(scores: readonly number[], what: string): void {
  const bad = scores.findIndex((score) => !(score >= 0 && score <= 1));
  assert.equal(bad, -1, `${what}, row ${bad}: score ${scores[bad]}`);
}

/** The suite. */
export function testDetector(name: DetectorName): void {
  const make = () => createDetector(name);

  Deno.test(`${name}: scores are from 0 to 1 for any series`, () => {
    for (const [what, values] of Object.entries(STRANGE)) checkRange(scoresOf(make(), values), what);
  });

  Deno.test(`${name}: times may be irregular, go back, or be no numbers`, () => {
    const random = new Random(3);
    const detector = make();
    const scores = calmSeries(600, 1).map((value, row) => {
      const odd = row % 50 === 0 ? NaN : random.uniform(-1e15, 1e15);
      return detector.update(value, row % 3 === 0 ? odd : START_MS + row * MINUTES_5 * 7.3);
    });
    checkRange(scores, "irregular times");
    assert.ok(scores.some((score) => score > 0));
  });

  Deno.test(`${name}: a gap scores 0 and teaches nothing`, () => {
    const values = calmSeries(700, 2);
    const detector = make();
    const scores = values.map((value, row) => {
      const timeMs = START_MS + row * MINUTES_5;
      if (row % 10 === 0) {
        assert.equal(detector.update(NaN, timeMs), 0);
        assert.equal(detector.update(-Infinity, timeMs), 0);
        assert.equal(detector.expected, null);
      }
      return detector.update(value, timeMs);
    });
    assert.deepEqual(scores, scoresOf(make(), values));
  });

  Deno.test(`${name}: the same rows give the same scores, whatever follows`, () => {
    const values = calmSeries(900, 4);
    const scores = scoresOf(make(), values);
    assert.deepEqual(scoresOf(make(), values), scores);
    const other = [...values.slice(0, 600), ...values.slice(600).map((value) => 1000 - 3 * value)];
    const otherScores = scoresOf(make(), other);
    assert.deepEqual(otherScores.slice(0, 600), scores.slice(0, 600));
    assert.notDeepEqual(otherScores.slice(600), scores.slice(600));
  });

  Deno.test(`${name}: goes on from a snapshot as if nothing had been`, () => {
    const values = [...calmSeries(500, 5), ...calmSeries(400, 6).map((value) => value + 60)];
    const scores = scoresOf(make(), values);
    for (const cut of [0, 1, 9, 250, 501, 520, 899]) {
      const before = make();
      const first = scoresOf(before, values.slice(0, cut));
      const text = JSON.stringify(before.toJson());
      const after = restoreDetector(JSON.parse(text));
      assert.equal(JSON.stringify(after.toJson()), text);
      assert.deepEqual([...first, ...scoresOf(after, values.slice(cut), cut)], scores, `cut at ${cut}`);
    }
  });

  Deno.test(`${name}: a gross spike after calm rows scores higher than anything before, and is an alarm`, () => {
    for (const factor of [1, 1e-6, 1e6]) {
      for (const jump of [100, -100]) {
        const detector = make();
        const values = calmSeries(1_500, 7).map((value) => value * factor);
        const before = scoresOf(detector, values).reduce((a, b) => Math.max(a, b));
        const spike = detector.update((50 + jump) * factor, START_MS + 1_500 * MINUTES_5);
        assert.ok(spike > before && spike >= 0.5, `spike ${spike}, before at most ${before}`);
      }
    }
  });

  Deno.test(`${name}: a new level is learned`, () => {
    const values = [...calmSeries(1_200, 8), ...calmSeries(3_000, 9).map((value) => value + 80)];
    const scores = scoresOf(make(), values);
    const shift = scores.slice(1_200, 1_300).reduce((a, b) => Math.max(a, b));
    const late = scores.slice(-600);
    const mean = late.reduce((a, b) => a + b, 0) / late.length;
    assert.ok(shift >= 0.5, `the shift scores ${shift}`);
    assert.ok(mean < 0.5 * shift, `long after the shift ${mean}, at the shift ${shift}`);
  });

  Deno.test(`${name}: options out of range are refused`, () => {
    assert.throws(() => createDetector(name, { limit: -1 } as never), RangeError);
    assert.throws(() => restoreDetector({ name, options: {}, state: {} }), RangeError);
  });
}
