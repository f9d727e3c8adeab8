/** What the screen looks like, at every size. Golden screens: `UPDATE_GOLDEN=1 deno test -A tests/monitor`. */
import assert from "node:assert/strict";
import { drawChart, pointsOf } from "../../../src/monitor/terminal/chart.ts";
import type { RenderOptions } from "../../../src/monitor/terminal/frame.ts";
import { curvePoints, render } from "../../../src/monitor/terminal/predictions_render.ts";
import { Scoreboard } from "../../../src/monitor/boards/scoreboard.ts";
import { change, duration, fit, short, widthOf } from "../../../src/monitor/terminal/text.ts";
import { plainName } from "../../../src/runtime/plain_text.ts";
import { assertFits, assertGolden, screenOptions } from "../../support/screens.ts";
import { fakeDeadLetter, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function options(columns: number, rows: number, more: Partial<RenderOptions> = {}): RenderOptions {
  return screenOptions(columns, rows, { title: "predictions", ...more });
}

/** Two minutes of a plant whose network wins by a little. */
function plant(): Scoreboard {
  const board = new Scoreboard({ nowMs: NOW_MS - 120_000 });
  for (let index = 0; index < 1_200; index++) {
    const actual = 25 + Math.sin(index / 90);
    const off = 0.05 + 0.03 * Math.sin(index / 200);
    board.addPrediction(
      fakeRecord(fakePrediction({
        id: `reading-${index}`,
        source: `mote-${index % 4 + 1}`,
        by: index < 48 ? "baseline" : "network",
        scored: index < 96 ? null : { predicted: actual + off, baseline: actual - 1.1 * off, actual },
        predictedAtMs: NOW_MS - 120_000 + index * 100,
        latencyMs: 1 + index % 3 + (index % 97 === 0 ? 20 : 0),
      })).value,
      NOW_MS,
    );
  }
  ["late", "late", "not-json"].forEach((reason, offset) => {
    board.addDeadLetter(fakeDeadLetter(reason, offset), { topic: "dead-letters", partition: 0 });
  });
  for (let second = 20; second >= 0; second--) {
    const lags = [0, 1, 2].map((partition) => ({ partition, lag: partition * (1_000 - 40 * second) }));
    board.addLag(lags, NOW_MS - second * 1_000);
  }
  return board;
}

/** The lines that name a source. */
function sourcesOf(lines: readonly string[]): string[] {
  return lines.filter((line) => line.includes("│ mote-")).map((line) => line.split("│").at(-2)!.trim());
}

function screenOf(board: Scoreboard, shown: RenderOptions): string[] {
  return render(board.snapshot(NOW_MS, { points: curvePoints(shown.size) }), shown);
}

for (const [columns, rows] of [[120, 40], [80, 24], [60, 15], [39, 9]] as const) {
  Deno.test(`render() at ${columns}×${rows} is as it was looked at`, async () => {
    const lines = screenOf(plant(), options(columns, rows));
    assertFits(lines, { columns, rows });
    const golden = new URL(`../golden/screen_${columns}x${rows}.txt`, import.meta.url);
    await assertGolden(lines, golden);
  });
}

Deno.test("render() fits every size, empty and full, with and without colour, help and trouble", () => {
  const boards = [new Scoreboard({ nowMs: NOW_MS }), plant()];
  const troubles = [null, "disconnected, retrying"];
  for (const columns of [1, 8, 20, 39, 40, 55, 60, 75, 76, 80, 99, 100, 121, 200, 400]) {
    for (const rows of [1, 2, 9, 10, 12, 15, 21, 22, 24, 33, 34, 40, 48, 70]) {
      for (const board of boards) {
        const more = { trouble: troubles[rows % 2]!, help: columns % 2 === 0, paused: rows % 3 === 0 };
        assertFits(screenOf(board, options(columns, rows, { ...more, color: true })), { columns, rows });
      }
    }
  }
});

Deno.test("render() borders line up: every boxed line is as wide as the screen", () => {
  for (const [columns, rows] of [[120, 40], [80, 24], [133, 51], [76, 22]] as const) {
    const lines = screenOf(plant(), options(columns, rows));
    for (const line of lines.slice(1, -1)) assert.equal(widthOf(line), columns, line);
  }
});

Deno.test("render() keeps names of sources whole where the box is narrow", () => {
  assert.match(sourcesOf(screenOf(plant(), options(100, 34)))[0]!, /^mote-1 {11}-17\.4 %$/);
  assert.match(sourcesOf(screenOf(plant(), options(120, 40)))[0]!, /^mote-1 +300 +-17\.4 %$/);
});

Deno.test("render() with colour says the same as without", () => {
  const plain = screenOf(plant(), options(120, 40));
  const colored = screenOf(plant(), options(120, 40, { color: true }));
  // deno-lint-ignore no-control-regex
  assert.deepEqual(colored.map((line) => line.replace(/\x1b\[[0-9;]*m/g, "")), plain);
  assert.ok(!plain.join("").includes("\x1b"));
});

Deno.test("render() shows names that are no plain text without harm", () => {
  const board = new Scoreboard({ nowMs: NOW_MS });
  const names = ["\x1b[2J\x07", "温度計🌡️", "a\nb", "e\u0301", "x".repeat(5_000), ""];
  names.forEach((source, at) => {
    const fake = fakePrediction({ id: `${at}`, source, predictedAtMs: NOW_MS });
    board.addPrediction(fakeRecord(fake).value, NOW_MS);
  });
  const lines = screenOf(board, options(120, 40));
  assertFits(lines, { columns: 120, rows: 40 });
  // deno-lint-ignore no-control-regex
  assert.ok(!/[\x00-\x1f\x7f]/.test(lines.join("")));
});

Deno.test("render() shows trouble and pause in words, and help over the rest", () => {
  const board = plant();
  assert.match(
    screenOf(board, options(80, 24, { trouble: "disconnected, retrying" }))[0]!,
    /disconnected, retrying/,
  );
  assert.match(screenOf(board, options(60, 15, { paused: true }))[0]!, /paused/);
  assert.ok(screenOf(board, options(60, 15, { help: true })).some((line) => line.includes("quit")));
  assert.match(screenOf(board, options(60, 15, { keys: false })).at(-1)!, /Ctrl-C/);
});

Deno.test("drawChart() takes any numbers: none, NaN, infinite, constant, tiny, huge", () => {
  const paint = (text: string) => text;
  const series: number[][] = [
    [],
    [NaN],
    [1],
    [NaN, 1, NaN, NaN, 3, NaN],
    [1, Infinity, 2, -Infinity],
    [Infinity],
    [5, 5, 5],
    [0, 0],
    [-3, -3],
    [1e-9, 2e-9],
    [1e9, 3e9],
    [-1.7e308, 1.7e308],
    Array.from({ length: 500 }, (_, i) => Math.sin(i)),
  ];
  for (const values of series) {
    for (const [width, height] of [[60, 10], [20, 4], [12, 3], [40, 2]] as const) {
      for (const fromZero of [true, false]) {
        const lines = drawChart([
          { values, signs: "heavy", paint },
          { values: values.toReversed(), signs: "dots", paint },
        ], { width, height, spanMs: 60_000, fromZero, empty: "nothing yet" });
        assert.equal(lines.length, height);
        for (const line of lines) {
          assert.equal(line.length, width, JSON.stringify([values.slice(0, 5), line]));
        }
      }
    }
  }
});

Deno.test("drawChart() puts values where they belong and leaves gaps open", () => {
  const values = [0, 0, NaN, NaN, 2, 2];
  const [top, middle, bottom] = drawChart([{ values, signs: "heavy", paint: (text) => text }], {
    width: 16,
    height: 4,
    spanMs: 20_000,
    fromZero: true,
    empty: "",
  });
  assert.equal(pointsOf(16), 6);
  assert.equal(top, "    2.00 ┤    ━━");
  assert.equal(middle, "         │      ");
  assert.equal(bottom, "       0 ┤━━    ");
});

Deno.test("short(), duration() and change() are readable for any number", () => {
  assert.deepEqual([0, 1e-9, 0.00123, 1.5, 123.4, 12345, 1.5e9, Infinity, NaN, null].map((v) => short(v)), [
    ...["0", "1.0e-9", "0.00123", "1.50", "123", "12,345", "1.5e9", "∞", "-", "-"],
  ]);
  assert.deepEqual([0, 0.04, 0.8, 12, 3_400, 126_000, 1.8e7, null].map((ms) => duration(ms)), [
    ...["0 ms", "0.04 ms", "0.8 ms", "12 ms", "3.4 s", "2.1 min", "5.0 h", "-"],
  ]);
  assert.deepEqual([change(0.88, 1), change(1.2, 1), change(1, 1), change(1, 0), change(1e9, 1)], [
    ...["-12.0 %", "+20.0 %", "0.0 %", "-", ">+999 %"],
  ]);
  assert.equal(fit("\x1b[31mabcdef\x1b[0m", 4), "\x1b[31mabc\x1b[0m…");
  assert.equal(plainName("mote\u200b-1"), "mote-1");
});
