/** The view of traffic. Golden screens: `UPDATE_GOLDEN=1 deno test -A tests/monitor`. */
import assert from "node:assert/strict";
import { TrafficBoard } from "../../../src/monitor/boards/traffic.ts";
import {
  newsLines,
  trafficLine,
  trafficSummary,
  trafficToJson,
} from "../../../src/monitor/terminal/traffic_plain.ts";
import type { RenderOptions } from "../../../src/monitor/terminal/frame.ts";
import { renderTraffic, windowsShown } from "../../../src/monitor/terminal/traffic_render.ts";
import { runShell } from "../../../src/monitor/terminal/shell.ts";
import { trafficView } from "../../../src/monitor/terminal/traffic_view.ts";
import { FakeClock, FakeTerminal } from "../../support/fake_terminal.ts";
import { assertFits, assertGolden, assertHarmless, NASTY, screenOptions } from "../../support/screens.ts";
import { bytesOf, FakeTraffic } from "../../support/fake_traffic.ts";
import { fill, forecastAt } from "../../support/fake_traffic_board.ts";

const ANY = { link: null, target: null, points: 100 };

function screenOf(board: TrafficBoard, shown: RenderOptions): string[] {
  return renderTraffic(board.snapshot(0, { ...ANY, points: windowsShown(shown.size) }), shown);
}

for (const [columns, rows] of [[120, 40], [80, 24], [60, 15], [39, 9]] as const) {
  Deno.test(`renderTraffic() at ${columns}×${rows} is as it was looked at`, async () => {
    const lines = screenOf(fill(new TrafficBoard()), screenOptions(columns, rows));
    assertFits(lines, { columns, rows });
    const golden = new URL(`../golden/traffic_${columns}x${rows}.txt`, import.meta.url);
    await assertGolden(lines, golden);
  });
}

Deno.test("renderTraffic() fits every size, empty and full, with and without colour, help and trouble", () => {
  const boards = [new TrafficBoard(), fill(new TrafficBoard(), { windows: 2 }), fill(new TrafficBoard())];
  for (const columns of [1, 8, 20, 39, 40, 55, 60, 75, 76, 80, 99, 100, 121, 200, 400]) {
    for (const rows of [1, 2, 9, 10, 12, 15, 21, 22, 24, 33, 34, 38, 40, 48, 70]) {
      for (const board of boards) {
        const more = {
          trouble: [null, "disconnected, retrying"][rows % 2]!,
          help: columns % 2 === 0,
          paused: rows % 3 === 0,
        };
        assertFits(screenOf(board, screenOptions(columns, rows, { ...more, color: true })), {
          columns,
          rows,
        });
      }
    }
  }
});

Deno.test("renderTraffic() with colour says the same as without", () => {
  const board = fill(new TrafficBoard());
  for (const [columns, rows] of [[120, 40], [80, 24], [60, 15]] as const) {
    const plain = screenOf(board, screenOptions(columns, rows));
    const colored = screenOf(board, screenOptions(columns, rows, { color: true }));
    // deno-lint-ignore no-control-regex
    assert.deepEqual(colored.map((line) => line.replace(/\x1b\[[0-9;]*m/g, "")), plain);
    assert.ok(!plain.join("").includes("\x1b"));
  }
});

Deno.test("traffic is harmless in a terminal, whatever links, rules, sources and evidence are called", () => {
  const board = new TrafficBoard();
  const made = new FakeTraffic([NASTY]).window(25);
  const [forecast] = made.forecasts;
  const named = { ...forecast!, forecast: { [NASTY]: { value: 1, lower: 0, upper: 2 } } };
  board.addForecast(bytesOf({ ...named, model: { name: NASTY, version: NASTY } }));
  const [anomaly] = made.anomalies;
  board.addAnomaly(bytesOf({ ...anomaly!, evidence: NASTY, subject: { dimension: "source", name: NASTY } }));
  board.addAlert(bytesOf({
    ...{ id: NASTY, link: NASTY, rule: NASTY, state: "raised", value: 1, threshold: 0, forecast: true },
    ...{ evidence: NASTY, window: forecast!.window, model: forecast!.model },
  }));
  const [processed] = made.processed;
  board.addProcessed(bytesOf({ ...processed!, topSources: [{ source: NASTY, bytes: 1 }] }));
  const snapshot = board.snapshot(0, ANY);
  const lines = [
    ...[[120, 40], [80, 24], [60, 15], [39, 9]].flatMap(([columns, rows]) =>
      screenOf(board, screenOptions(columns!, rows!))
    ),
    ...[trafficLine(snapshot), ...trafficSummary(snapshot), ...newsLines(snapshot, () => true)],
  ];
  assertHarmless(lines);
  assert.equal(snapshot.unreadable, 0);
});

Deno.test("TrafficBoard knows which alerts hold, and shows them before older ones", () => {
  const board = new TrafficBoard();
  const alert = (index: number, rule: string, state: "raised" | "cleared") => {
    const { window, model } = forecastAt(index);
    board.addAlert(bytesOf({
      ...{ id: `${index}/${rule}/${state}`, link: "a", rule, state, value: 2, threshold: 1, forecast: false },
      ...{ evidence: "", window, model },
    }));
  };
  alert(1, "bytes>p99", "raised");
  for (let index = 2; index < 40; index += 2) {
    alert(index, "packets>100", "raised");
    alert(index + 1, "packets>100", "cleared");
  }
  const { alerts, activeAlerts } = board.snapshot(0, ANY);
  assert.equal(activeAlerts, 1);
  assert.deepEqual([alerts[0]!.state, alerts[1]!.state, alerts.at(-1)!.state], [
    "cleared",
    "raised",
    "active",
  ]);
  for (const [columns, rows] of [[120, 40], [80, 24], [60, 15]] as const) {
    assert.match(screenOf(board, screenOptions(columns, rows)).join("\n"), /▲ active .* bytes>p99/);
  }
});

Deno.test("trafficLine(), trafficSummary() and trafficToJson() say the same without a screen", () => {
  const board = fill(new TrafficBoard());
  const snapshot = board.snapshot(0, ANY);
  const { score } = snapshot.chosen!;
  const line = trafficLine(snapshot, "gone");
  assert.match(line, /^14:13:45 UTC .*core-7 packets .*, next .* R² 0\.9\d+ \(last value 0\.\d+\)/);
  assert.match(line, /lag forecast 11,003, watch 5 {2}dead letters 3 {2}\[gone\]$/);
  const summary = trafficSummary(snapshot).join("\n");
  assert.match(summary, /^links 3, forecasts 495\ncore-7 packets .*\ncore-7 bytes /);
  assert.match(summary, /top talkers of core-7: 10\.2\.7\.1 \d+ kB, /);
  const json = JSON.parse(JSON.stringify(trafficToJson(snapshot)));
  assert.deepEqual(json.links.map(({ link }: { link: string }) => link), ["core-7", "uplink-2", "uplink-1"]);
  assert.equal(json.links[0].targets.packets.r2, score.r2);
  assert.equal(json.links[0].window.start, "2026-01-05T14:13:40.000Z");
  assert.equal(json.anomalies.count, json.anomalies.newest.length);
  assert.deepEqual(json.lag[0].partitions[1], { partition: 1, lag: 3 });
  assert.deepEqual(json.deadLettered, { "late": 2, "?": 1 });
  assert.equal(trafficLine(new TrafficBoard().snapshot(0, ANY)).split("  ")[0], "no forecasts yet");
  const told = new Set<string>();
  const isNew = (id: string) => !told.has(id) && !!told.add(id);
  const news = newsLines(snapshot, isNew);
  assert.equal(news.length, snapshot.alerts.length + snapshot.anomalies.length);
  assert.match(news[0]!, /^(alert raised|anomaly)/);
  assert.deepEqual(newsLines(snapshot, isNew), []);
});

Deno.test("the screen of traffic hears the keys: link, target, pause, help, refresh, quit", async () => {
  const [terminal, clock, board] = [new FakeTerminal(), new FakeClock(), fill(new TrafficBoard())];
  const ended = runShell({
    source: {
      run: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      snapshot: (nowMs, choice) => board.snapshot(nowMs, choice),
    },
    view: trafficView(),
    output: { mode: "screen", terminal, color: false, title: "t" },
    refreshMs: 1_000,
    signal: new AbortController().signal,
    clock,
  });
  const after = async (keys: string) => {
    terminal.resized!(); // all is redrawn
    terminal.typed!(keys);
    await clock.pass(150);
    return terminal.written.at(-1)!;
  };
  assert.match(terminal.text, /core-7: packets/);
  assert.match(await after("l"), /uplink-2: packets/);
  assert.match(await after("ll"), /core-7: packets/);
  assert.match(await after("L"), /uplink-1: packets/);
  assert.match(await after("t"), /uplink-1: bytes/);
  assert.match(await after("a"), /core-7: packets/);
  assert.match(await after("?"), /the busiest/);
  assert.match(await after("\x1b"), /Alerts/);
  assert.match(await after("p"), /paused/);
  fill(board, { traffic: new FakeTraffic(["new"]), windows: 3 });
  assert.match(await after("x"), /link 1 of 3/);
  assert.match(await after("p"), /link 1 of 4/);
  assert.match(await after("+"), /every 2\.0 s/);
  terminal.typed!("q");
  assert.ok((await ended).quit);
  // deno-lint-ignore no-control-regex
  assert.match(terminal.text, /\x1b\[\?1049l$/);
});
