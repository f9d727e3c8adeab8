/** What the monitor counts, against figures by hand. */
import assert from "node:assert/strict";
import { BinMeans, binOf, BINS, percentiles } from "../../../src/monitor/boards/histogram.ts";
import { trendOf } from "../../../src/monitor/boards/lag.ts";
import { parsePrediction } from "../../../src/monitor/boards/prediction_record.ts";
import { plainLine, summaryLines, toJson } from "../../../src/monitor/terminal/predictions_plain.ts";
import { RecentIds } from "../../../src/monitor/boards/recent_ids.ts";
import { Scoreboard } from "../../../src/monitor/boards/scoreboard.ts";
import { fakeDeadLetter, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
const AT = { topic: "dead-letters", partition: 0 };

type Fake = Parameters<typeof fakePrediction>[0];

function boardOf(fakes: readonly Fake[], options: { accounting?: boolean } = {}): Scoreboard {
  const board = new Scoreboard({ nowMs: NOW_MS, ...options });
  for (const fake of fakes) {
    board.addPrediction(fakeRecord(fakePrediction({ predictedAtMs: NOW_MS, ...fake })).value, NOW_MS);
  }
  return board;
}

Deno.test("Scoreboard compares network and baseline on the network's forecasts alone", () => {
  const board = boardOf([
    { id: "a", by: "baseline" },
    { id: "b", scored: { predicted: 2, baseline: 4, actual: 1, by: "network" } },
    { id: "c", scored: { predicted: 4, baseline: 1, actual: 1, by: "network" } },
    { id: "d", scored: { predicted: 100, baseline: 100, actual: 1, by: "baseline" } },
  ]);
  const { processed, predicted, errors, recentErrors } = board.snapshot(NOW_MS);
  assert.equal(processed, 4);
  assert.deepEqual(predicted, { network: 3, baseline: 1 });
  // Errors 1 and 3 of the network, 3 and 0 of the baseline.
  assert.deepEqual(errors, { scored: 2, mse: 5, baselineMse: 4.5, mae: 2, baselineMae: 1.5 });
  assert.deepEqual(recentErrors, errors);
});

Deno.test("Scoreboard counts an id that is delivered again once, also after a reset", () => {
  const scored = { predicted: 2, baseline: 4, actual: 1 };
  const board = boardOf([{ id: "a", scored }, { id: "a", scored }, { id: "b" }]);
  assert.equal(board.snapshot(NOW_MS).processed, 2);
  assert.equal(board.snapshot(NOW_MS).repeated, 1);
  assert.equal(board.snapshot(NOW_MS).errors.scored, 1);
  board.reset(NOW_MS);
  board.addPrediction(fakeRecord(fakePrediction({ id: "a" })).value, NOW_MS);
  assert.equal(board.snapshot(NOW_MS).processed, 0);
});

Deno.test("Scoreboard forgets errors and latencies of more than a minute ago in the recent figures", () => {
  const scored = { predicted: 2, baseline: 4, actual: 1 };
  const board = boardOf([
    { id: "old", predictedAtMs: NOW_MS - 61_000, latencyMs: 500, scored: { ...scored, predicted: 11 } },
    { id: "new", latencyMs: 3, scored },
  ]);
  const { errors, recentErrors, latencyMs, recentLatencyMs } = board.snapshot(NOW_MS);
  assert.equal(errors.mse, (100 + 1) / 2);
  assert.equal(recentErrors.mse, 1);
  assert.equal(latencyMs.p99, 500);
  assert.deepEqual(recentLatencyMs, { p50: 3, p95: 3, p99: 3 });
});

Deno.test("Scoreboard has the rate of the last whole seconds", () => {
  const fakes = Array.from(
    { length: 100 },
    (_, i) => ({ id: `${i}`, predictedAtMs: NOW_MS - 5_000 + i * 50 }),
  );
  const snapshot = boardOf(fakes).snapshot(NOW_MS, { points: 10 });
  assert.equal(snapshot.perSecond, 20);
  assert.equal(Math.round(snapshot.perSecondOverall!), 20);
  assert.equal(snapshot.history.spanMs, 20_000);
  assert.ok(Number.isNaN(snapshot.history.p50[0]));
  assert.equal(snapshot.history.p50.at(-1), 1);
  assert.equal(snapshot.history.perSecond.at(-1), 20);
});

Deno.test("Scoreboard counts what is no prediction, and times of the future as now", () => {
  const board = boardOf([{ id: "future", predictedAtMs: NOW_MS + 1e9 }]);
  for (const value of ["", "[]", "null", "{}", '{"id":1}', "not JSON"]) {
    board.addPrediction(fakeRecord(value).value, NOW_MS);
  }
  board.addPrediction(null, NOW_MS);
  const snapshot = board.snapshot(NOW_MS + 1_000);
  assert.equal(snapshot.unreadable, 7);
  assert.equal(snapshot.processed, 1);
  assert.equal(snapshot.perSecond, 1);
});

Deno.test("Scoreboard counts dead letters by reason, each origin once, and sources beyond the limit together", () => {
  const board = boardOf(Array.from({ length: 1_005 }, (_, i) => ({ id: `${i}`, source: `source-${i}` })));
  board.addDeadLetter(fakeDeadLetter("late", 0), AT);
  board.addDeadLetter(fakeDeadLetter("late", 0), AT);
  board.addDeadLetter(fakeDeadLetter("not-json", 1), AT);
  board.addDeadLetter(fakeDeadLetter("late", 2), AT);
  const snapshot = board.snapshot(NOW_MS);
  assert.deepEqual(snapshot.deadLettered, { "late": 2, "not-json": 1 });
  assert.equal(snapshot.deadLetters, 3);
  assert.equal(snapshot.sources.length, 1_000);
  assert.equal(snapshot.otherSources, 5);
});

Deno.test("Scoreboard with accounting counts different ids on both topics", () => {
  const board = boardOf([{ id: "a" }, { id: "b" }, { id: "a" }], { accounting: true });
  const { headers } = fakeDeadLetter("late", 5);
  board.addDeadLetter({ ...fakeRecord({ id: "b" }, 5), headers }, AT);
  board.addDeadLetter({ ...fakeRecord({ id: "c" }, 6), headers: [] }, AT);
  board.addDeadLetter(fakeDeadLetter("not-json", 7), AT);
  const snapshot = board.snapshot(NOW_MS);
  assert.equal(snapshot.processed, 2);
  assert.equal(snapshot.accountedIds, 4);
  const json = toJson(snapshot);
  assert.equal(json["distinctIds"], 2);
  assert.equal(json["distinctIdsWithDeadLetters"], 4);
  assert.equal(json["distinctIdsExact"], true);
});

Deno.test("percentiles() of a histogram are within 2 % and exact for whole milliseconds of one kind", () => {
  const means = new BinMeans();
  const values = Array.from({ length: 10_000 }, (_, i) => 0.05 * 1.001 ** i);
  for (const value of values) means.add(binOf(value), value);
  const found = percentiles(means.counts, means);
  for (const [share, value] of [[0.5, found.p50], [0.95, found.p95], [0.99, found.p99]] as const) {
    const right = values[Math.ceil(share * values.length) - 1]!;
    assert.ok(Math.abs(value! / right - 1) <= 0.02, `${value} for ${right}`);
  }
  assert.deepEqual(percentiles(new Float64Array(BINS), means), { p50: null, p95: null, p99: null });
  for (const odd of [-5, 0, NaN, Infinity, 1e300]) assert.ok(binOf(odd) >= 0 && binOf(odd) < BINS);
});

Deno.test("RecentIds knows the last ids, says when it forgot, and stays bounded", () => {
  const ids = new RecentIds(3);
  for (const id of ["a", "b", "c", "d", "e", "f"]) assert.ok(ids.add(id));
  assert.ok(ids.complete && !ids.add("a"));
  assert.ok(ids.add("g"));
  assert.ok(!ids.complete && !ids.has("a") && ids.has("d"));
});

Deno.test("trendOf() distinguishes growing, draining and steady", () => {
  assert.equal(trendOf([]), "steady");
  assert.equal(trendOf([0, 50, 100]), "growing");
  assert.equal(trendOf([1000, 500]), "draining");
  assert.equal(trendOf([1000, 1020]), "steady");
  assert.equal(trendOf([0, 5]), "steady");
});

Deno.test("parsePrediction() takes more fields than it knows and refuses wrong types", () => {
  const good = fakePrediction({ id: "a", scored: { predicted: 1, baseline: 2, actual: 3 } });
  assert.equal(parsePrediction(fakeRecord({ ...good, more: [1] }).value)?.outcome?.actual, 3);
  const wrong = [
    { latencyMs: "1" },
    { scored: { predicted: 1 } },
    { scored: undefined },
    { predictedAt: "today" },
    { prediction: { by: "nobody" } },
    { input: null },
    { id: 5 },
  ];
  for (const change of wrong) {
    assert.equal(parsePrediction(fakeRecord({ ...good, ...change }).value), null, JSON.stringify(change));
  }
  const odd = { ...good, model: { name: "a\x1b[31m\u202e模型", version: 7 } };
  assert.equal(parsePrediction(fakeRecord(odd).value)?.model, "a[31m??");
});

Deno.test("plainLine(), summaryLines() and toJson() say the same without a screen", () => {
  const empty = new Scoreboard({ nowMs: NOW_MS }).snapshot(NOW_MS);
  assert.match(
    plainLine(empty, "disconnected, retrying"),
    /^03:04:05 UTC {2}processed 0 .*lag not known.*\[disc/,
  );
  const board = boardOf([{ id: "a", latencyMs: 2, scored: { predicted: 1e200, baseline: 1, actual: 0 } }]);
  board.addLag([{ partition: 0, lag: 1234 }, { partition: 1, lag: 0 }], NOW_MS);
  const snapshot = board.snapshot(NOW_MS);
  assert.match(plainLine(snapshot), /MSE ∞ \(baseline 1\.00\) .*p50 2\.0 ms.*lag 1,234 {2}dead letters 0/);
  assert.ok(summaryLines(snapshot).every((line) => !line.includes("\n")));
  assert.deepEqual(JSON.parse(JSON.stringify(toJson(snapshot))), {
    time: "2026-01-02T03:04:05.000Z",
    processed: 1,
    perSecond: 0,
    predicted: { network: 1, baseline: 0 },
    scored: 1,
    mse: null,
    baselineMse: 1,
    mae: 1e200,
    baselineMae: 1,
    latencyMs: { p50: 2, p95: 2, p99: 2 },
    lag: [{ partition: 0, lag: 1234 }, { partition: 1, lag: 0 }],
    deadLettered: {},
    repeated: 0,
    unreadable: 0,
    distinctIds: 1,
    distinctIdsExact: true,
  });
});

Deno.test("RecentIds takes an evicted id for a new one: counts are upper bounds, and not complete", () => {
  const ids = new RecentIds(2);
  const fresh = ["a", "b", "c", "d", "d", "a"].filter((id) => ids.add(id));
  assert.deepEqual([fresh.length, ids.complete], [4, true]);
  assert.ok(ids.add("e"));
  assert.deepEqual([ids.add("a"), ids.complete], [true, false]);
});

Deno.test("summaryLines() calls the number of ids an upper bound once ids were evicted", () => {
  const snapshot = boardOf([{ id: "a" }, { id: "b" }], { accounting: true }).snapshot(NOW_MS);
  assert.match(summaryLines(snapshot).at(-1)!, /^ids +2 different ones predicted, 2 with/);
  assert.match(summaryLines({ ...snapshot, exact: false }).at(-1)!, /^ids +at most 2 different/);
  assert.equal(toJson({ ...snapshot, exact: false })["distinctIdsExact"], false);
});
