/** The view of a federation. Golden screens: `UPDATE_GOLDEN=1 deno test -A tests/monitor`. */
import assert from "node:assert/strict";
import { FederatedBoard } from "../../../src/monitor/boards/federated.ts";
import {
  federatedLine,
  federatedNews,
  federatedSummary,
  federatedToJson,
} from "../../../src/monitor/terminal/federated_plain.ts";
import { renderDevices, renderFederated } from "../../../src/monitor/terminal/federated_render.ts";
import { federatedView } from "../../../src/monitor/terminal/federated_view.ts";
import { runShell } from "../../../src/monitor/terminal/shell.ts";
import { printRoundsJson } from "../../../src/records/federated_rounds/print.ts";
import { chunkOf, FakeFederation, START_MS } from "../../support/fake_federation.ts";
import { FakeClock, FakeTerminal } from "../../support/fake_terminal.ts";
import { assertFits, assertGolden, assertHarmless, NASTY, screenOptions } from "../../support/screens.ts";

/** So many rounds, and a part of the next one. */
function filled(
  { devices, rounds = 14 }: { devices?: readonly string[]; rounds?: number } = {},
) {
  const federation = new FakeFederation(devices === undefined ? {} : { devices });
  const board = new FederatedBoard({ nowMs: START_MS });
  const records = [...federation.rounds(rounds), ...federation.update(), ...federation.update()];
  for (const { topic, record } of records) board.take(chunkOf(topic, [record]), federation.nowMs);
  return { board, nowMs: federation.nowMs, snapshot: board.snapshot(federation.nowMs) };
}

for (const [columns, rows] of [[120, 40], [80, 24], [60, 15], [39, 9]] as const) {
  Deno.test(`renderFederated() at ${columns}×${rows} is as it was looked at`, async () => {
    const lines = renderFederated(filled().snapshot, screenOptions(columns, rows));
    assertFits(lines, { columns, rows });
    await assertGolden(lines, new URL(`../golden/federated_${columns}x${rows}.txt`, import.meta.url));
  });
}

Deno.test("a federation fits every size, empty and full, with and without colour, help and trouble", () => {
  const snapshots = [
    new FederatedBoard().snapshot(0),
    filled({ rounds: 0 }).snapshot,
    filled({ devices: ["a"], rounds: 1 }).snapshot,
    filled().snapshot,
    filled().board.snapshot(START_MS * 2),
  ];
  for (const columns of [1, 8, 20, 39, 40, 55, 60, 75, 76, 80, 99, 100, 121, 200, 400]) {
    for (const rows of [1, 2, 9, 10, 12, 15, 21, 22, 24, 33, 34, 38, 40, 70]) {
      for (const snapshot of snapshots) {
        const options = screenOptions(columns, rows, {
          trouble: [null, "disconnected, retrying"][rows % 2]!,
          ...{ help: columns % 2 === 0, paused: rows % 3 === 0, color: true },
        });
        assertFits(renderFederated(snapshot, options), { columns, rows });
        assertFits(renderDevices(snapshot, options), { columns, rows });
      }
    }
  }
});

Deno.test("a federation's screen with colour says the same as without", () => {
  const { snapshot } = filled();
  for (const [columns, rows] of [[120, 40], [80, 24], [60, 15]] as const) {
    for (const render of [renderFederated, renderDevices]) {
      const plain = render(snapshot, screenOptions(columns, rows));
      const colored = render(snapshot, screenOptions(columns, rows, { color: true }));
      // deno-lint-ignore no-control-regex
      assert.deepEqual(colored.map((line) => line.replace(/\x1b\[[0-9;]*m/g, "")), plain);
      assert.ok(!plain.join("").includes("\x1b") && colored.join("").includes("\x1b"));
    }
  }
});

Deno.test("a federation is harmless in a terminal, whatever devices, participants and reasons are called", () => {
  const name = NASTY.toWellFormed();
  const { board, nowMs } = filled({ devices: [name, "b", "c"], rounds: 2 });
  board.take(
    chunkOf("federated-rounds", [
      printRoundsJson({
        ...{ type: "refusal", device: name, participant: name, round: 0, timeMs: nowMs, reason: name },
        detail: name,
      }),
    ]),
    nowMs,
  );
  const snapshot = board.snapshot(nowMs);
  assert.equal(snapshot.unreadable, 0);
  assertHarmless([
    ...[[120, 40], [80, 24], [60, 15], [39, 9]].flatMap(([columns, rows]) => [
      ...renderFederated(snapshot, screenOptions(columns!, rows!)),
      ...renderDevices(snapshot, screenOptions(columns!, rows!)),
    ]),
    ...[federatedLine(snapshot), ...federatedSummary(snapshot), ...federatedNews(snapshot, () => true)],
  ]);
});

Deno.test("an empty federation says what to run, one without a server says so", () => {
  const empty = new FederatedBoard().snapshot(0);
  const { board, nowMs } = filled();
  const later = board.snapshot(nowMs + 120_000);
  for (const [columns, rows] of [[120, 40], [80, 24], [60, 15]] as const) {
    const [before, after] = [empty, later].map((snapshot) =>
      renderFederated(snapshot, screenOptions(columns, rows)).join("\n")
    );
    assert.match(before!, /streamflow federated server/);
    assert.match(after!, /deadline is .* past[^]*is the server gone\?/);
  }
  assert.match(federatedSummary(empty).join("\n"), /run 'streamflow federated server'/);
  assert.match(federatedLine(later), /is the server gone\?/);
});

Deno.test("a federation's line, summary and JSON say the same without a screen", () => {
  const { snapshot } = filled();
  const line = federatedLine(snapshot, "gone");
  assert.match(line, /^round 14 collecting {2}updates 2 of 18 wanted {2}closes in 59 s at the latest/);
  assert.match(line, /refused 5: 3 not-finite, 2 norm {2}anomalies 3 {2}\[gone\]$/);
  const summary = federatedSummary(snapshot).join("\n");
  assert.match(summary, /14 rounds published, 254 updates\n/);
  assert.match(summary, /meter-18 +site-3 +14:04:12 +13 +14 +0 /);
  assert.match(summary, /round 1 not-finite: weight 17 of 433 is NaN$/);
  const json = JSON.parse(JSON.stringify(federatedToJson(snapshot, "gone")));
  assert.deepEqual([json.round.round, json.published, json.updates, json.trouble], [14, 14, 254, "gone"]);
  assert.deepEqual([json.devices.length, json.rounds.length, json.refusals.length], [18, 15, 5]);
  assert.deepEqual(json.mse, snapshot.mse);
  assert.equal(json.rounds[1].closed, "2026-01-05T14:04:12.000Z");
  assert.deepEqual(json.devices[0].mse, snapshot.devices[0]!.mse);
});

Deno.test("news of a federation are each round and refusal once, in their order", () => {
  const { board, nowMs } = filled({ rounds: 2 });
  const view = federatedView();
  const first = view.lines(board.snapshot(nowMs), null);
  assert.deepEqual(first.slice(0, 3).map((line) => line.slice(0, 22)), [
    ...["round 0 closed by quor", "refused 14:00:21 meter", "round 1 closed by quor"],
  ]);
  assert.equal(first.length, 4);
  assert.deepEqual(view.lines(board.snapshot(nowMs), null), [federatedLine(board.snapshot(nowMs))]);
});

Deno.test("the screen of a federation hears the keys: the devices alone, their order, help, quit", async () => {
  const { board, nowMs } = filled();
  const [terminal, clock] = [new FakeTerminal(), new FakeClock()];
  const ended = runShell({
    source: {
      run: (signal) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
      snapshot: (_, choice) => board.snapshot(nowMs, choice),
    },
    view: federatedView(),
    output: { mode: "screen", terminal, color: false, title: "t" },
    ...{ refreshMs: 1_000, clock, signal: new AbortController().signal },
  });
  const after = async (keys: string) => {
    terminal.resized!(); // all is redrawn
    terminal.typed!(keys);
    await clock.pass(150);
    return terminal.written.at(-1)!;
  };
  assert.match(terminal.text, /Round 14 {2}collecting/);
  assert.match(await after("f"), /by name; errors are MSE[^]*meter-16/);
  assert.match(await after("o"), /by seen[^]*│ meter-2 [^]*│ meter-1 [^]*│ meter-18/);
  assert.match(await after("o"), /by error[^]*│ meter-18/);
  assert.match(await after("f"), /Round 14 {2}collecting/);
  assert.match(await after("?"), /order of devices/);
  terminal.typed!("q");
  assert.equal((await ended).quit, true);
});
