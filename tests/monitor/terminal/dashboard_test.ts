/** The loop with a terminal, a clock and streams of its own. */
import assert from "node:assert/strict";
import { runDashboard } from "../../../src/monitor/terminal/dashboard.ts";
import { actionsOf, nextRefresh } from "../../../src/monitor/terminal/keys.ts";
import type { RecordChunk } from "../../../src/kafka/port.ts";
import { Screen, type Terminal } from "../../../src/monitor/terminal/screen.ts";
import { whyNoScreen } from "../../../src/monitor/terminal/terminal.ts";
import { fakeChunk, fakeDeadLetter, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";

const ENTER = "\x1b[?1049h";
// deno-lint-ignore no-control-regex
const LEAVE = /\x1b\[\?7h\x1b\[\?25h\x1b\[\?1049l$/;

class FakeTerminal implements Terminal {
  written: string[] = [];
  now: { columns: number; rows: number } | null = { columns: 80, rows: 24 };
  resized: (() => void) | null = null;
  typed: ((input: string) => void) | null = null;
  write(text: string): void {
    this.written.push(text);
  }
  size() {
    return this.now;
  }
  onResize(changed: () => void): () => void {
    this.resized = changed;
    return () => this.resized = null;
  }
  suspend: { leave: () => void; enter: () => void } | null = null;
  onSuspend(leave: () => void, enter: () => void): () => void {
    this.suspend = { leave, enter };
    return () => this.suspend = null;
  }
  openKeys(typed: (input: string) => void): () => void {
    this.typed = typed;
    return () => this.typed = null;
  }
  get text(): string {
    return this.written.join("");
  }
}

/** Time that passes when everybody waits. */
class FakeClock {
  #nowMs = Date.UTC(2026, 0, 2);
  #alarms: { atMs: number; ring: () => void }[] = [];
  nowMs = () => this.#nowMs;
  after = (delayMs: number, ring: () => void) => {
    const alarm = { atMs: this.#nowMs + delayMs, ring };
    this.#alarms.push(alarm);
    return () => void (this.#alarms = this.#alarms.filter((one) => one !== alarm));
  };
  async pass(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      const next = this.#alarms.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.ring();
    }
    this.#nowMs = untilMs;
  }
}

async function* endless(chunks: readonly RecordChunk[]): AsyncIterable<RecordChunk> {
  yield* chunks;
  await new Promise(() => {});
}

const PREDICTIONS = [fakeChunk("predictions", [fakeRecord(fakePrediction({ id: "a" }))])];
const DEAD_LETTERS = [fakeChunk("dead-letters", [fakeDeadLetter("late")])];

function start(more: Partial<Parameters<typeof runDashboard>[0]> = {}) {
  const [terminal, clock, abort] = [new FakeTerminal(), new FakeClock(), new AbortController()];
  const ended = runDashboard({
    predictions: endless(PREDICTIONS),
    deadLetters: endless(DEAD_LETTERS),
    lag: () => Promise.resolve([{ partition: 0, lag: 7 }]),
    output: { mode: "screen", terminal, color: false, title: "predictions" },
    refreshMs: 1_000,
    signal: abort.signal,
    clock,
    ...more,
  });
  return { terminal, clock, abort, ended };
}

Deno.test("runDashboard() draws, hears keys, and gives the terminal back after q", async () => {
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

Deno.test("runDashboard() gives the terminal back while it is stopped, and draws all anew after that", async () => {
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

Deno.test("runDashboard() follows the size, down to a few cells, and draws at most ten frames a second", async () => {
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

Deno.test("runDashboard() gives the terminal back when a stream fails, and says why", async () => {
  // deno-lint-ignore require-yield
  async function* broken(): AsyncIterable<RecordChunk> {
    await Promise.resolve();
    throw new Error("refused");
  }
  const { terminal, ended } = start({ predictions: broken() });
  await assert.rejects(ended, /refused/);
  assert.match(terminal.text, LEAVE);
});

Deno.test("runDashboard() without a screen writes a line or an object per interval", async () => {
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

Deno.test("runDashboard() ends with its streams, with the lag of the end, waiting for no answer that never comes", async () => {
  async function* finite(chunks: readonly RecordChunk[]): AsyncIterable<RecordChunk> {
    yield* chunks;
  }
  const streams = { predictions: finite(PREDICTIONS), deadLetters: finite(DEAD_LETTERS) };
  const { ended } = start({ ...streams, output: { mode: "silent" }, accounting: true });
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
