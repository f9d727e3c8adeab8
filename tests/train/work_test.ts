import assert from "node:assert/strict";
import { createNetwork, Random } from "../../nn/mod.ts";
import { finishAtOnce, finishWork, rowsPerSlice, type Work } from "../../src/train/loop/work.ts";

/** Slices of 100 ms each by a clock of its own; `stopAfter` of them somebody asks to stop. */
function slices(count: number, stopAfter = Infinity) {
  const stop = new AbortController();
  const seen = { done: 0, nowMs: 0, closed: false };
  const work = function* (): Work<string> {
    try {
      for (; seen.done < count; seen.done++) {
        seen.nowMs += 100;
        if (seen.done + 1 === stopAfter) stop.abort();
        yield null;
      }
      return "all";
    } finally {
      seen.closed = true;
    }
  };
  return { seen, work: work(), options: { signal: stop.signal, now: () => seen.nowMs } };
}

Deno.test("finishWork() does all of it where nobody asks to stop", async () => {
  const { seen, work, options } = slices(50);
  assert.equal(await finishWork(work, options), "all");
  assert.deepEqual(seen, { done: 50, nowMs: 5000, closed: true });
  assert.equal(finishAtOnce(slices(50).work), "all");
});

Deno.test("finishWork() goes on for the time after the interruption, then leaves the rest", async () => {
  const { seen, work, options } = slices(50, 10);
  assert.equal(await finishWork(work, { ...options, withinMs: 500 }), undefined);
  assert.deepEqual([seen.nowMs, seen.closed], [1500, true]);
  const short = slices(12, 10);
  assert.equal(await finishWork(short.work, { ...short.options, withinMs: 500 }), "all");
});

Deno.test("finishWork() that was asked to stop before begins nothing where there is no time at all", async () => {
  const { seen, work, options } = slices(3);
  const stopped = { ...options, signal: AbortSignal.abort() };
  assert.equal(await finishWork(work, { ...stopped, withinMs: 0 }), undefined);
  assert.equal(seen.done, 0);
  const some = slices(50);
  await finishWork(some.work, { ...some.options, signal: AbortSignal.abort(), withinMs: 700 });
  assert.equal(some.seen.nowMs, 700);
});

Deno.test("finishWork() gives signals and timers their turn in between", async () => {
  const stop = new AbortController();
  const busy = function* (): Work<void> {
    for (;;) yield null;
  };
  setTimeout(() => stop.abort(), 0);
  assert.equal(await finishWork(busy(), { signal: stop.signal, withinMs: 0 }), undefined);
});

Deno.test("rowsPerSlice() takes fewer rows of a larger network, one at least", () => {
  const of = (units: number, steps: number) => {
    const layers = [{ kind: "lstm", units }, { kind: "dense", units: 1, activation: "identity" }] as const;
    return rowsPerSlice(createNetwork({ inputs: 1, steps, layers: [...layers] }, new Random(1)), 512);
  };
  assert.equal(of(8, 10), 512);
  assert.equal(of(128, 100), 149);
  assert.equal(of(800, 1000), 1);
});
