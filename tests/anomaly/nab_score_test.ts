import assert from "node:assert/strict";
import { type NabSeries, probationRows, scoreNab } from "../../src/anomaly/nab_score.ts";

/** 100 rows a minute apart; windows and detections by row. */
function series(windows: readonly (readonly [number, number])[], detected: readonly number[]): NabSeries {
  const timesMs = Array.from({ length: 100 }, (_, row) => row * 60_000);
  return {
    timesMs,
    scores: timesMs.map((_, row) => detected.includes(row) ? 1 : 0),
    windows: windows.map(([first, last]) => [first * 60_000, last * 60_000]),
  };
}

const sigmoid = (y: number) => 2 / (1 + Math.exp(5 * y)) - 1;
const near = (actual: number, wanted: number) =>
  assert.ok(Math.abs(actual - wanted) < 1e-9, `${actual}, ${wanted}`);
const at = (windows: readonly (readonly [number, number])[], detected: readonly number[]) =>
  scoreNab([series(windows, detected)], 0.5);

Deno.test("probationRows() is 15 % of the rows, at most 750", () => {
  assert.deepEqual([0, 6, 7, 1_243, 4_032, 4_999, 5_000, 22_695].map(probationRows), [
    ...[0, 0, 1, 186, 604, 749, 750, 750],
  ]);
});

Deno.test("scoreNab() is 100 when every window is found at its first row, 0 when nothing is found", () => {
  assert.deepEqual(at([[40, 49], [70, 79]], [40, 70]), {
    ...{ score: 100, threshold: 0.5, found: 2, windows: 2, falsePositives: 0 },
  });
  assert.equal(at([[40, 49]], []).score, 0);
});

Deno.test("scoreNab() counts a window once, by its earliest detection", () => {
  // Row 44 of 40…49: y = −6/10.
  near(at([[40, 49]], [44]).score, 50 + 50 * sigmoid(-0.6) / sigmoid(-1));
  assert.deepEqual(at([[40, 49]], [44, 45, 49]), at([[40, 49]], [44]));
  // The last row: y = −1/10.
  near(at([[40, 49]], [49]).score, 50 + 50 * sigmoid(-0.1) / sigmoid(-1));
});

Deno.test("scoreNab() takes 0.11 for a false positive, less right behind a window", () => {
  near(at([[40, 49]], [40, 20]).score, 100 - 50 * 0.11);
  // Row 52 is 3 of 9 steps past the window.
  near(at([[40, 49]], [40, 52]).score, 100 + 50 * 0.11 * sigmoid(3 / 9));
  // From three widths on it is 1: 3·9 rows past row 49.
  near(at([[40, 49]], [40, 76]).score, 100 - 50 * 0.11);
  near(at([[40, 49]], [40, 75]).score, 100 + 50 * 0.11 * sigmoid(26 / 9));
  near(at([[40, 49]], [40, 20, 52, 76]).score, 100 - 50 * 0.11 * (2 - sigmoid(3 / 9)));
});

Deno.test("scoreNab() does not count probation, inside of windows or outside", () => {
  assert.deepEqual(at([[40, 49]], [0, 14, 40]), at([[40, 49]], [40]));
  assert.equal(at([[5, 30]], [10]).score, 0);
  near(at([[5, 30]], [15]).score, 50 + 50 * sigmoid(-16 / 26) / sigmoid(-1));
});

Deno.test("scoreNab() adds up series, those without windows too", () => {
  const both = scoreNab([series([[40, 49]], [40]), series([], [30, 31])], 0.5);
  near(both.score, 100 - 50 * 0.22);
  assert.deepEqual([both.found, both.windows, both.falsePositives], [1, 1, 2]);
});

Deno.test("scoreNab() finds the one threshold that is best over all series", () => {
  const first = {
    ...series([[40, 49]], []),
    scores: Array.from({ length: 100 }, (_, row) => row === 44 ? 0.7 : 0),
  };
  const second = {
    ...series([[40, 49]], []),
    scores: Array.from(
      { length: 100 },
      (_, row) => row === 41 ? 0.6 : row === 20 ? 0.65 : row === 21 ? 0.3 : 0,
    ),
  };
  const best = scoreNab([first, second]);
  assert.deepEqual([best.threshold, best.found, best.falsePositives], [0.6, 2, 1]);
  assert.deepEqual(scoreNab([first, second], 0.6), best);
  assert.ok(scoreNab([first, second], 0.7).score < best.score);
  assert.equal(scoreNab([{ ...first, scores: first.scores.map(() => 0) }, second], 0.9).score, 0);
});

Deno.test("scoreNab() finds that nothing is best when every detection is a false one", () => {
  const best = scoreNab([series([], [30])]);
  assert.deepEqual([best.threshold, best.falsePositives], [Infinity, 0]);
});

Deno.test("scoreNab() moves a window whose ends no row has inwards", () => {
  const exact = series([[40, 49]], [44]);
  assert.deepEqual(
    scoreNab([{ ...exact, windows: [[39.5 * 60_000, 49.5 * 60_000]] }], 0.5),
    scoreNab([exact], 0.5),
  );
});
