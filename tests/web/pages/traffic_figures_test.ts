import assert from "node:assert/strict";
import { TrafficBoard, type TrafficSnapshot } from "../../../src/monitor/boards/traffic.ts";
import {
  alertsInOrder,
  eventMarks,
  forecastCurves,
  formatTarget,
  packetRate,
  ruleTarget,
  scoreRows,
  shares,
  talkerBars,
  targetRows,
} from "../../../src/web/pages/traffic_figures.js";
import { FakeTraffic } from "../../support/fake_traffic.ts";
import { fill } from "../../support/fake_traffic_board.ts";

/** As the page gets it: through JSON. */
function received(board: TrafficBoard, link: string | null = null): TrafficSnapshot {
  return JSON.parse(JSON.stringify(board.snapshot(0, { link, target: null, points: 400 })));
}

const board = received(fill(new TrafficBoard()));

Deno.test("forecastCurves() puts each window at its end, and what is still to come last", () => {
  const { times, columns: [actual, forecast, lower, upper] } = forecastCurves(board.chosen, Infinity);
  assert.equal(times.length, 166);
  assert.deepEqual(times.slice(0, 2), [
    board.chosen!.curves.startMs + 5_000,
    board.chosen!.curves.startMs + 10_000,
  ]);
  assert.equal(times.at(-2), board.chosen!.endMs);
  assert.deepEqual([actual!.at(-1), actual!.at(-2)], [null, board.chosen!.actual]);
  assert.deepEqual(
    [forecast!.at(-1), lower!.at(-1), upper!.at(-1)],
    [board.chosen!.next!.value, board.chosen!.next!.lower, board.chosen!.next!.upper],
  );
});

Deno.test("forecastCurves() goes back as far as the range, some windows at least", () => {
  const all = forecastCurves(board.chosen, Infinity);
  const part = forecastCurves(board.chosen, 500_000);
  assert.deepEqual(part.times, all.times.slice(-100));
  assert.deepEqual(part.columns, all.columns.map((column) => column.slice(-100)));
  assert.equal(forecastCurves(board.chosen, 1_000).times.length, 60);
  assert.deepEqual(forecastCurves(null, Infinity), { times: [], columns: [[], [], [], []] });
});

Deno.test("eventMarks() are those of the chosen link, oldest first", () => {
  const marks = eventMarks(board);
  const own = board.alerts.filter(({ link }) => link === "core-7").length +
    board.anomalies.filter(({ link }) => link === "core-7").length;
  assert.equal(board.chosen!.link, "core-7");
  assert.equal(marks.length, own);
  assert.ok(own > 2 && own < board.alerts.length + board.anomalies.length);
  assert.deepEqual(marks.map(({ timeMs }) => timeMs), marks.map(({ timeMs }) => timeMs).toSorted());
  assert.ok(
    marks.some(({ text }) => text === "◆ spike") && marks.some(({ text }) => text.startsWith("▽ packets>")),
  );
});

Deno.test("alertsInOrder() has those that hold first", () => {
  const alerts = board.alerts.map((one, at) => ({
    ...one,
    state: at === 3 ? "active" as const : "cleared" as const,
  }));
  const ordered = alertsInOrder({ ...board, alerts });
  assert.equal(ordered[0], alerts[3]);
  assert.deepEqual(new Set(ordered), new Set(alerts));
  assert.deepEqual(ordered.slice(1), alerts.filter((one) => one !== alerts[3]));
});

Deno.test("targetRows() has every target of every link, also where two models forecast one link", () => {
  assert.deepEqual(
    targetRows(board).map(({ name, target }) => `${name} ${target}`).toSorted(),
    ["core-7", "uplink-1", "uplink-2"].flatMap((link) => [`${link} bytes`, `${link} packets`]),
  );
  const twice = new TrafficBoard();
  const traffic = new FakeTraffic(["a"]);
  for (const model of ["one", "two"]) {
    for (let at = 0; at < 3; at++) {
      const made = traffic.window(at).forecasts.map((one) => ({
        ...one,
        model: { name: model, version: "1" },
      }));
      made.forEach((one) => twice.addForecast(new TextEncoder().encode(JSON.stringify(one))));
    }
  }
  const shown = received(twice, "a by two");
  assert.deepEqual([...new Set(targetRows(shown).map(({ name }) => name))].toSorted(), [
    "a by one",
    "a by two",
  ]);
  assert.equal(shown.chosen!.link, "a by two");
  assert.equal(packetRate(shown.linkFigures), shown.chosen!.packetsPerSecond, "the link counts once");
  const alert = { ...board.alerts[0]!, link: "a" };
  assert.equal(
    eventMarks({ ...shown, alerts: [alert], anomalies: [] }).length,
    1,
    "an alert is of the link itself",
  );
});

Deno.test("scoreRows() put the network beside the last value, since the start and lately", () => {
  const rows = scoreRows(board.chosen);
  assert.equal(rows.length, 8);
  const { mae, baselineMae } = board.chosen!.score;
  const row = rows.find(({ name }) => name === "MAE")!;
  assert.deepEqual([row.network, row.baseline], [
    formatTarget("packets", mae),
    formatTarget("packets", baselineMae),
  ]);
  assert.equal(row.change, `−${((1 - mae! / baselineMae!) * 100).toFixed(1)} %`);
  assert.deepEqual(scoreRows(null), []);
  assert.deepEqual(
    scoreRows(received(fill(new TrafficBoard(), { windows: 5 })).chosen),
    [],
    "none has come due",
  );
});

Deno.test("formatTarget() has the target's unit, ruleTarget() finds it", () => {
  assert.equal(formatTarget("bytes", 1_234_000), "1.23 MB");
  assert.equal(formatTarget("interarrival", 2_500), "2.50 ms");
  assert.equal(formatTarget("packets", 1_234.4), "1,234");
  for (const target of ["bytes", "interarrival", "packets", "else"]) {
    assert.equal(formatTarget(target, null), "–");
  }
  const rules = ["packets>p95", "actual.bytes<10", "packets.upper>2k", "<b>"];
  assert.deepEqual(rules.map(ruleTarget), ["packets", "bytes", "packets", ""]);
});

Deno.test("talkerBars() and shares() have shares of the whole", () => {
  const { bars, note } = talkerBars(board.talkers);
  assert.equal(bars[0]!.share, board.talkers!.top[0]!.bytes / board.talkers!.bytes);
  assert.match(note, new RegExp(`over core-7 .*${41 - bars.length} sources more`));
  assert.deepEqual(talkerBars(null), { bars: [], note: "" });
  assert.deepEqual(shares({ a: 3, b: 1 }).map(({ share }) => share), [0.75, 0.25]);
  assert.deepEqual(shares({}), []);
});
