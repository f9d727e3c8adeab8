/** The loop with a terminal, a clock and streams of its own. */
import assert from "node:assert/strict";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { predictionsView } from "../../../src/monitor/terminal/predictions_view.ts";
import { runShell, type ShellOutput } from "../../../src/monitor/terminal/shell.ts";
import { feed } from "../../../src/monitor/watch/feed.ts";
import { FakeClock, FakeTerminal } from "../../support/fake_terminal.ts";
import { actionsOf, nextRefresh } from "../../../src/monitor/terminal/keys.ts";
import type { RecordChunk } from "../../../src/kafka/port.ts";
import { Screen } from "../../../src/monitor/terminal/screen.ts";
import { whyNoScreen } from "../../../src/monitor/terminal/terminal.ts";
import { fakeChunk, fakeDeadLetter, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";

const ENTER = "\x1b[?1049h";
// deno-lint-ignore no-control-regex
const LEAVE = /\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l$/;

async function* endless(chunks: readonly RecordChunk[]): AsyncIterable<RecordChunk> {
  yield* chunks;
  await new Promise(() => {});
}

const PREDICTIONS = [fakeChunk("predictions", [fakeRecord(fakePrediction({ id: "a" }))])];
const DEAD_LETTERS = [fakeChunk("dead-letters", [fakeDeadLetter("late")])];

interface Started {
  readonly streams: readonly AsyncIterable<RecordChunk>[];
  readonly lag: () => Promise<{ partition: number; lag: number }[]>;
  readonly trouble: () => string | null;
  readonly output: ShellOutput;
}

function start(
  { streams, lag, trouble, output }: Partial<Started> = {},
  { accounting = false }: { accounting?: boolean } = {},
) {
  const [terminal, clock, abort] = [new FakeTerminal(), new FakeClock(), new AbortController()];
  const board = new PredictionsBoard({ nowMs: clock.nowMs(), accounting });
  const ended = runShell({
    source: feed<ReturnType<PredictionsBoard["snapshot"]>, typeof predictionsView.choice>(board, {
      streams: streams ?? [endless(PREDICTIONS), endless(DEAD_LETTERS)],
      lags: [{ job: "", ask: lag ?? (() => Promise.resolve([{ partition: 0, lag: 7 }])) }],
      ...(trouble === undefined ? {} : { trouble }),
      clock,
    }),
    view: predictionsView,
    output: output ?? { mode: "screen", terminal, color: false, title: "predictions" },
    refreshMs: 1_000,
    signal: abort.signal,
    clock,
  });
  return { terminal, clock, abort, ended };
}

Deno.test("runShell() draws, hears keys, and gives the terminal back after q", async () => {
  const { terminal, clock, ended } = start();
  await clock.pass(2_500);
  assert.ok(terminal.text.startsWith(ENTER));
  assert.match(terminal.text, /Dead letters 1/);
  assert.match(terminal.text, /Lag 7/);
  terminal.typed!("?");
  await clock.pass(200);
  assert.match(terminal.written.at(-1)!, /counting goes on/);
  terminal.typed!("\x1b");
  terminal.typed!("p");
  await clock.pass(200);
  assert.match(terminal.written.at(-1)!, /paused/);
  terminal.typed!(" ");
  terminal.typed!("-");
  await clock.pass(200);
  assert.match(terminal.text, /live .*every 0\.5 s|live.*every 500 ms/);
  terminal.typed!("r");
  await clock.pass(200);
  terminal.typed!("q");
  const { quit, snapshot } = await ended;
  assert.ok(quit);
  assert.equal(snapshot.processed, 0);
  assert.match(terminal.text, LEAVE);
  assert.ok(terminal.typed === null && terminal.resized === null && terminal.suspend === null);
});

Deno.test("runShell() gives the terminal back while it is stopped, and redraws all after that", async () => {
  const { terminal, clock, abort, ended } = start();
  await clock.pass(1_200);
  terminal.suspend!.leave();
  assert.match(terminal.text, LEAVE);
  terminal.written = [];
  await clock.pass(5_000);
  terminal.suspend!.leave();
  assert.deepEqual(terminal.written, []);
  terminal.suspend!.enter();
  await clock.pass(200);
  assert.ok(terminal.text.startsWith(ENTER));
  assert.ok(terminal.text.includes("\x1b[2J\x1b[1;1H streamflow"));
  assert.ok(terminal.text.includes("\x1b[24;1H"));
  abort.abort();
  await ended;
  assert.match(terminal.text, LEAVE);
});

Deno.test("runShell() follows the size, down to a few cells, and draws at most ten frames a second", async () => {
  const { terminal, clock, abort, ended } = start();
  await clock.pass(1_200);
  for (const [columns, rows] of [[120, 40], [60, 15], [20, 5]] as const) {
    terminal.now = { columns, rows };
    terminal.written = [];
    terminal.resized!();
    await clock.pass(150);
    assert.ok(terminal.written.at(-1)!.includes("\x1b[2J"));
    assert.ok(terminal.written.at(-1)!.includes(`\x1b[${rows};1H`));
    assert.ok(!terminal.written.at(-1)!.includes(`\x1b[${rows + 1};1H`));
  }
  terminal.written = [];
  for (let i = 0; i < 100; i++) {
    terminal.resized!();
    await clock.pass(10);
  }
  assert.ok(terminal.written.length <= 11, `${terminal.written.length} frames in a second`);
  abort.abort();
  assert.equal((await ended).quit, false);
  assert.match(terminal.text, LEAVE);
});

Deno.test("runShell() gives the terminal back when a stream fails, and says why", async () => {
  // deno-lint-ignore require-yield
  async function* broken(): AsyncIterable<RecordChunk> {
    await Promise.resolve();
    throw new Error("refused");
  }
  const { terminal, ended } = start({ streams: [broken(), endless(DEAD_LETTERS)] });
  await assert.rejects(ended, /refused/);
  assert.match(terminal.text, LEAVE);
});

Deno.test("runShell() without a screen writes a line or an object per interval", async () => {
  for (const mode of ["plain", "json"] as const) {
    const lines: string[] = [];
    const { clock, abort, ended } = start({
      output: { mode, out: (line) => lines.push(line) },
      trouble: () => "gone",
    });
    await clock.pass(3_100);
    abort.abort();
    await ended;
    assert.equal(lines.length, 3);
    assert.match(
      lines[2]!,
      mode === "plain" ? /processed 1 .*lag 7 .*dead letters 1 .*\[gone\]/ : /^{"time":.*"gone"}$/,
    );
  }
});

Deno.test("runShell() ends with its streams, with the lag of the end, waiting for no answer that never comes", async () => {
  async function* finite(chunks: readonly RecordChunk[]): AsyncIterable<RecordChunk> {
    yield* chunks;
  }
  const streams = [finite(PREDICTIONS), finite(DEAD_LETTERS)];
  const { ended } = start({ streams, output: { mode: "silent" } }, { accounting: true });
  const { snapshot } = await ended;
  assert.equal(snapshot.accountedIds, 2);
  assert.deepEqual(snapshot.lag.map(({ lag }) => lag), [7]);
  const { ended: stopped, abort } = start({ lag: () => new Promise(() => {}) });
  abort.abort();
  assert.equal((await stopped).quit, false);
});

Deno.test("Screen writes only lines that changed, in one synchronized write", () => {
  const terminal = new FakeTerminal();
  {
    using screen = new Screen(terminal);
    screen.draw(["a", "b"]);
    terminal.written = [];
    screen.draw(["a", "b"]);
    assert.deepEqual(terminal.written, []);
    screen.draw(["a", "c"]);
    assert.deepEqual(terminal.written, ["\x1b[?2026h\x1b[2;1H\x1b[2Kc\x1b[?2026l"]);
  }
  assert.match(terminal.text, LEAVE);
});

Deno.test("actionsOf() knows the keys and skips what terminals send besides", () => {
  assert.deepEqual(actionsOf("q?p +-r\x03"), [
    ...["quit", "help", "pause", "pause", "slower", "faster", "reset", "quit"],
  ]);
  assert.deepEqual(actionsOf("\x1b[A\x1bOP\x1b[1;5D\x1b[<0;3;4Mx"), []);
  assert.deepEqual(actionsOf("\x1b"), ["close"]);
  assert.deepEqual([nextRefresh(1_000, "slower"), nextRefresh(100, "faster"), nextRefresh(700, "faster")], [
    ...[2_000, 100, 500],
  ]);
});

Deno.test("whyNoScreen() names the reason", () => {
  const size = { columns: 80, rows: 24 };
  assert.equal(whyNoScreen({ size, environment: { TERM: "xterm" } }), null);
  assert.match(whyNoScreen({ size: null, environment: {} })!, /not a terminal/);
  assert.match(whyNoScreen({ size, environment: { TERM: "dumb" } })!, /dumb/);
  assert.match(whyNoScreen({ size, environment: { CI: "true" } })!, /CI/);
  assert.equal(whyNoScreen({ size, environment: { CI: "false" } }), null);
  assert.match(whyNoScreen({ size: { columns: 39, rows: 9 }, environment: {} })!, /39×9/);
});
