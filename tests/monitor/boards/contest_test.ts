/** Forecasts beside what came: who forecasts best where every source counts alike, and the course of one. */
import assert from "node:assert/strict";
import { Contest } from "../../../src/monitor/boards/contest.ts";
import { COURSE_POINTS_MAX, JUDGED_MIN } from "../../../src/monitor/boards/limits.ts";
import { renderForecasts } from "../../../src/monitor/terminal/forecasts_render.ts";
import { summaryLines, toJson } from "../../../src/monitor/terminal/predictions_plain.ts";
import { parsePrediction } from "../../../src/monitor/boards/prediction_record.ts";
import { Scoreboard } from "../../../src/monitor/boards/scoreboard.ts";
import { widthOf } from "../../../src/monitor/terminal/text.ts";
import { assertGolden } from "../../support/screens.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const HOUR_MS = 3_600_000;

/** What the hour brings; the network is off by 1, the last value by 2 and more, ridge by 1.5, the season by 3. */
function outcome(hour: number, size: number, references = true) {
  const actual = size * (hour % 5);
  return {
    ...{ actual, predicted: actual + size, baseline: actual + 2 * size, by: "network" as const },
    references: references ? { seasonal: actual + 3 * size, ridge: actual - 1.5 * size } : null,
  };
}

function contestOf(sizes: readonly number[], hours = 100, references = true): Contest {
  const contest = new Contest();
  for (let hour = 0; hour < hours; hour++) {
    sizes.forEach((size, s) =>
      contest.add(`meter-${s}`, outcome(hour, size, references), {
        timeMs: NOW_MS + hour * HOUR_MS,
        nowMs: NOW_MS + hour * 500,
      })
    );
  }
  return contest;
}

Deno.test("Contest gives the figures that one gets by hand, large and small sources alike", () => {
  const { means, sources } = contestOf([1, 1_000]).view();
  const near = (a: number | null, b: number) => assert.ok(Math.abs(a! - b) < 1e-9, `${a} is not ${b}`);
  assert.equal(sources, 2);
  // 0, 1, 2, 3, 4 again and again: variance 2.
  near(means.network.mse, 1 / 2);
  near(means.lastValue.mse, 4 / 2);
  near(means.seasonal.mse, 9 / 2);
  near(means.ridge.mse, 2.25 / 2);
  near(means.network.ratio, 1 / 4);
  near(means.seasonal.ratio, 9 / 4);
  near(means.network.mae, 1 / Math.sqrt(2));
});

Deno.test("Contest says nothing of who did not forecast, and of a source that stands still or is new", () => {
  const { means } = contestOf([1], 100, false).view();
  assert.deepEqual([means.seasonal, means.ridge], new Array(2).fill({ mse: null, mae: null, ratio: null }));
  assert.ok(means.network.mse! > 0);
  const young = contestOf([1], JUDGED_MIN - 1).view();
  assert.deepEqual([young.sources, young.means.network.mse], [0, null]);
  const contest = contestOf([1]);
  for (let hour = 0; hour < 100; hour++) {
    const still = { actual: 5, predicted: 6, baseline: 5, by: "network" as const, references: null };
    contest.add("still", still, { timeMs: 0, nowMs: NOW_MS });
  }
  assert.equal(contest.view().sources, 1);
  assert.ok(contest.view().means.ridge.mse !== null, "what stands still takes nothing from the others");
});

Deno.test("Contest keeps the course of each source, bounded, and shows the one that is asked for", () => {
  const contest = contestOf([1, 2, 3], 1_000);
  assert.equal(contest.view().course!.source, "meter-0");
  assert.equal(contest.view("meter-1").course!.source, "meter-1");
  assert.equal(contest.view("nobody").course!.source, "meter-0");
  const { course, courses, curves } = contest.view("meter-2");
  assert.deepEqual(courses, ["meter-0", "meter-1", "meter-2"]);
  assert.equal(course!.actual.length, COURSE_POINTS_MAX);
  assert.equal(course!.times.at(-1), NOW_MS + 999 * HOUR_MS);
  assert.equal(course!.predicted.at(-1)! - course!.actual.at(-1)!, 3);
  assert.ok(curves.network.length > 400 && curves.network.length <= 601);
  assert.ok(curves.network.slice(-400).every((ratio) => Math.abs(ratio - 0.25) < 1e-9));
  const crowd = contestOf(new Array(1_200).fill(1), 30);
  assert.equal(crowd.view().sources, 1_000);
  assert.equal(crowd.view().courses.length, 100);
});

/** A board with the predictions of a week of three meters. */
function board(): Scoreboard {
  const scores = new Scoreboard({ nowMs: NOW_MS });
  const encoder = new TextEncoder();
  for (let hour = 0; hour < 168; hour++) {
    ["e1de", "3aa4", "b841"].forEach((meter, s) => {
      const { by, predicted, baseline, actual, references } = outcome(hour, 10 ** s);
      scores.addPrediction(
        encoder.encode(JSON.stringify({
          id: `${meter}-${hour}`,
          input: {
            id: `${meter}-${hour}`,
            timestamp: new Date(Date.UTC(2016, 9, 18) + hour * HOUR_MS).toISOString(),
            source: `meter-${meter}`,
            features: { power: 1 },
          },
          prediction: { target: "power", horizon: 6, value: 1, by },
          baseline: 1,
          scored: { id: "x", predicted, baseline, references, actual, by },
          model: { name: "meters-power-6", version: "1" },
          predictedAt: new Date(NOW_MS + hour * 100).toISOString(),
          latencyMs: 2,
        })),
        NOW_MS + hour * 100,
      );
    });
  }
  return scores;
}

Deno.test("the monitor without a screen says how everybody stands where every source counts alike", () => {
  const snapshot = board().snapshot(NOW_MS + 20_000);
  const { bySource } = toJson(snapshot) as { bySource: Record<string, { mseToLastValue: number }> };
  assert.equal(bySource["sources"], 3);
  const near = (who: string, ratio: number) =>
    assert.ok(Math.abs(bySource[who]!.mseToLastValue - ratio) < 1e-9, who);
  near("network", 0.25);
  near("seasonal", 2.25);
  near("ridge", 0.5625);
  assert.match(
    summaryLines(snapshot).join("\n"),
    /^to last value network 0\.2500, last value 1\.000, season 2\.250, ridge 0\.5625: MSE, mean over 3 sources$/m,
  );
  const none = new Scoreboard({ nowMs: NOW_MS }).snapshot(NOW_MS);
  assert.ok(!("bySource" in toJson(none)));
  assert.doesNotMatch(summaryLines(none).join("\n"), /to last value/);
});

Deno.test("parsePrediction() takes references as they are, and none that are no numbers", () => {
  const read = (references: unknown) => {
    const scored = { id: "x", predicted: 1, baseline: 1, actual: 1, by: "network", references };
    const record = {
      ...{ id: "a", input: { source: "s" }, prediction: { by: "network" }, scored, latencyMs: 1 },
      predictedAt: new Date(NOW_MS).toISOString(),
    };
    return parsePrediction(new TextEncoder().encode(JSON.stringify(record)))!.outcome!.references;
  };
  assert.deepEqual(read({ seasonal: 2, ridge: null }), { seasonal: 2, ridge: null });
  assert.deepEqual(read({ ridge: "3" }), { seasonal: null, ridge: null });
  assert.equal(read(undefined), null);
});

for (const [columns, rows] of [[120, 40], [80, 24], [60, 15]] as const) {
  Deno.test(`renderForecasts() at ${columns}×${rows} is as it was looked at`, async () => {
    const lines = renderForecasts(board().snapshot(NOW_MS + 20_000), {
      ...{ size: { columns, rows }, color: false, title: "demo", trouble: null, paused: false, help: false },
      ...{ refreshMs: 1_000, keys: true },
    });
    const golden = new URL(`../golden/forecasts_${columns}x${rows}.txt`, import.meta.url);
    await assertGolden(lines, golden);
  });
}

Deno.test("renderForecasts() fits every size, empty and full, with and without colour and help", () => {
  for (const scores of [new Scoreboard({ nowMs: NOW_MS }), board()]) {
    for (let columns = 1; columns <= 140; columns += 7) {
      for (let rows = 1; rows <= 50; rows += 3) {
        for (const color of [false, true]) {
          const lines = renderForecasts(scores.snapshot(NOW_MS + 20_000), {
            ...{ size: { columns, rows }, color, title: "demo", trouble: null, paused: false, help: color },
            ...{ refreshMs: 1_000, keys: true },
          });
          assert.equal(lines.length, rows, `${columns}×${rows}`);
          for (const line of lines) assert.ok(widthOf(line) <= columns, `${columns}×${rows}: ${line}`);
        }
      }
    }
  }
});
