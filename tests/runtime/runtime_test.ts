import assert from "node:assert/strict";
import { sleep, unlessAborted, untilAborted } from "../../src/runtime/clock.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createLineWriter } from "../../src/runtime/output.ts";
import { scheduleByRate, scheduleByRecording } from "../../src/runtime/pace.ts";
import { formatDuration, formatRate, startProgress } from "../../src/runtime/progress.ts";
import { listenForSignals, type SignalSource } from "../../src/runtime/signals.ts";
import { didYouMean, nearest } from "../../src/runtime/suggest.ts";

Deno.test("nearest() finds slips of the finger and nothing far away", () => {
  const known = ["produce", "consume", "monitor", "train", "topics"];
  assert.equal(nearest("prodcue", known), "produce");
  assert.equal(nearest("Topic", known), "topics");
  assert.equal(nearest("bootstrap_server", ["bootstrapServer"]), "bootstrapServer");
  assert.equal(nearest("kubernetes", known), undefined);
  assert.equal(nearest("x", []), undefined);
  assert.equal(didYouMean("zzz", ["a", "b"]), "there is: a, b");
});

Deno.test("createLog() knows quiet, verbose and colour", () => {
  const lines = (options: { quiet: boolean; verbose: boolean; color: boolean }) => {
    let text = "";
    const log = createLog({ ...options, terminal: false, write: (more) => text += more });
    log.info("i");
    log.warn("w");
    log.debug("d");
    return text;
  };
  assert.equal(lines({ quiet: false, verbose: false, color: false }), "i\nwarning: w\n");
  assert.equal(lines({ quiet: true, verbose: false, color: false }), "warning: w\n");
  assert.equal(lines({ quiet: false, verbose: true, color: false }), "i\nwarning: w\nd\n");
  assert.ok(lines({ quiet: true, verbose: false, color: true }).includes("\x1b[33m"));
});

Deno.test("createLineWriter() writes all bytes, and reports a reader that went away once", () => {
  const got: number[] = [];
  const slow = {
    writeSync: (bytes: Uint8Array) => (got.push(...bytes.subarray(0, 3)), Math.min(3, bytes.length)),
  };
  createLineWriter(slow, () => assert.fail())("grün 12345");
  assert.equal(new TextDecoder().decode(Uint8Array.from(got)), "grün 12345\n");
  let closed = 0;
  const gone = {
    writeSync: (): number => {
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  const write = createLineWriter(gone, () => closed++);
  write("a");
  write("b");
  assert.equal(closed, 1);
});

Deno.test("listenForSignals() aborts on the first signal and ends at once on the second", () => {
  const handlers = new Map<string, () => void>();
  const source: SignalSource = {
    add: (signal, handler) => void handlers.set(signal, handler),
    remove: (signal) => void handlers.delete(signal),
  };
  let ends = 0;
  {
    using interruption = listenForSignals(() => ends++, { source, windows: false });
    assert.deepEqual([...handlers.keys()], ["SIGINT", "SIGTERM", "SIGHUP"]);
    interruption.stop("output closed");
    assert.ok(interruption.signal.aborted);
    assert.equal(interruption.reason(), "output closed");
  }
  assert.equal(handlers.size, 0);
  using interruption = listenForSignals(() => ends++, { source, windows: false });
  handlers.get("SIGINT")!();
  assert.ok(interruption.signal.aborted);
  assert.equal(interruption.reason(), "SIGINT");
  assert.equal(ends, 0);
  handlers.get("SIGTERM")!();
  assert.equal(ends, 1);
  using hangup = listenForSignals(() => ends++, { source, windows: false });
  handlers.get("SIGHUP")!();
  assert.deepEqual([hangup.signal.aborted, hangup.reason(), ends], [true, "SIGHUP", 1]);
});

Deno.test("startProgress() prints a plain line when it is time", () => {
  const lines: string[] = [];
  const log = { info: (line: string) => void lines.push(line), warn: () => {}, debug: () => {} };
  let now = 0;
  using progress = startProgress({
    unit: "readings",
    total: 1000,
    log,
    quiet: false,
    terminal: false,
    nowMs: () => now,
  });
  for (now = 0; now <= 2500; now += 100) progress.update(now / 10);
  assert.deepEqual(lines, [
    "100/1,000 readings  100.0/s  ETA 0:09",
    "200/1,000 readings  100.0/s  ETA 0:08",
  ]);
});

Deno.test("formatDuration() and formatRate() are short", () => {
  assert.deepEqual([0, 59.6, 3723, Infinity, NaN].map(formatDuration), ["0:00", "1:00", "1:02:03", "?", "?"]);
  assert.deepEqual([0, 0.25, 99.84, 12345].map(formatRate), ["0.00", "0.25", "99.8", "12,345"]);
});

Deno.test("scheduleByRate() keeps the rate exactly, and forgives debts above a second", () => {
  const due = scheduleByRate(100);
  assert.deepEqual([0, 1, 2].map((index) => due({ index, nowMs: 5, recordedMs: 0 })), [5, 15, 25]);
  assert.equal(due({ index: 100, nowMs: 1300, recordedMs: 0 }), 1005);
  // 8 s late at the 200th, due at 2005: seven of them are forgiven.
  assert.equal(due({ index: 200, nowMs: 10_005, recordedMs: 0 }), 9_005);
  assert.equal(due({ index: 201, nowMs: 10_005, recordedMs: 0 }), 9_015);
  assert.equal(scheduleByRate(0)({ index: 7, nowMs: 3, recordedMs: 0 }), 3);
});

Deno.test("scheduleByRecording() replays at the recorded pace times the speed", () => {
  const due = scheduleByRecording(10);
  const recorded = [1000, 6000, 6000, 5000, 11_000];
  assert.deepEqual(recorded.map((recordedMs, index) => due({ index, nowMs: 50, recordedMs })), [
    ...[50, 550, 550, 450, 1050],
  ]);
  assert.equal(scheduleByRecording(0)({ index: 1, nowMs: 60, recordedMs: 9_000 }), 60);
});

Deno.test("sleep() ends with the signal and leaves no timer", async () => {
  const controller = new AbortController();
  const sleeping = sleep(60_000, controller.signal);
  controller.abort();
  await sleeping;
  await sleep(60_000, controller.signal);
  await sleep(0, new AbortController().signal);
});

Deno.test("untilAborted() ends while it waits, and closes what it can", async () => {
  const controller = new AbortController();
  let closed = false;
  async function* source(): AsyncIterable<number> {
    try {
      yield 1;
      yield 2;
      await new Promise(() => {});
    } finally {
      closed = true;
    }
  }
  const got: number[] = [];
  for await (const n of untilAborted(source(), controller.signal)) {
    got.push(n);
    if (n === 2) setTimeout(() => controller.abort(), 1);
  }
  assert.deepEqual(got, [1, 2]);
  for await (const _ of untilAborted(source(), new AbortController().signal)) break;
  assert.ok(closed);
});

Deno.test("unlessAborted() throws the signal's reason", async () => {
  const controller = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), controller.signal), 1);
  const waiting = unlessAborted(new Promise(() => {}), controller.signal);
  controller.abort(new Error("why"));
  await assert.rejects(waiting, /why/);
  await assert.rejects(unlessAborted(new Promise(() => {}), controller.signal), /why/);
});
