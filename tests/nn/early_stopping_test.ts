/** Early stopping: its rule, its state, refusals. Against Keras: schedule_test.ts. */
import assert from "node:assert/strict";
import { EarlyStopping, type EarlyStoppingOptions } from "../../nn/optimizers/early_stopping.ts";

function watch(options: EarlyStoppingOptions, figures: readonly number[]): string[] {
  const stopping = new EarlyStopping(options);
  return figures.map((figure) => stopping.observe(figure));
}

Deno.test("EarlyStopping waits for its patience, then stops", () => {
  assert.deepEqual(watch({ patience: 1 }, [3, 2, 2]), ["best", "best", "stop"]);
  assert.deepEqual(watch({ patience: 3 }, [3, 4, 2, 2, 3, 1]), [
    "best",
    "wait",
    "best",
    "wait",
    "wait",
    "best",
  ]);
  assert.deepEqual(watch({ patience: 2, mode: "max" }, [1, 2, 1, 1]), ["best", "best", "wait", "stop"]);
  assert.deepEqual(watch({ patience: 2, minDelta: 0.5 }, [3, 2.6, 2.4]), ["best", "wait", "best"]);
});

Deno.test("EarlyStopping takes no NaN and no Infinity for better", () => {
  const stopping = new EarlyStopping({ patience: 3 });
  assert.deepEqual([NaN, -Infinity].map((figure) => stopping.observe(figure)), ["wait", "wait"]);
  assert.equal(stopping.best, null);
  assert.equal(stopping.observe(1e308), "best");
  assert.deepEqual([NaN, NaN, NaN].map((figure) => stopping.observe(figure)), ["wait", "wait", "stop"]);
  assert.deepEqual(stopping.best, { epoch: 3, figure: 1e308 });
});

Deno.test("EarlyStopping goes on from its state, which JSON can hold", () => {
  const options = { patience: 3, mode: "max" } as const;
  const figures = [0.1, 0.4, 0.3, 0.35, 0.5, 0.2, 0.2, 0.2];
  const whole = watch(options, figures);
  for (let at = 0; at < figures.length; at++) {
    const before = new EarlyStopping(options), after = new EarlyStopping(options);
    const told = figures.slice(0, at).map((figure) => before.observe(figure));
    after.restore(JSON.parse(JSON.stringify(before.state())));
    before.observe(9);
    told.push(...figures.slice(at).map((figure) => after.observe(figure)));
    assert.deepEqual(told, whole);
    assert.deepEqual(after.best, { epoch: 5, figure: 0.5 });
  }
});

Deno.test("EarlyStopping refuses states that are none", () => {
  const stopping = new EarlyStopping({ patience: 2 });
  for (
    const [epochs, best, waited] of [
      [3, { epoch: 1, figure: 0.5 }, 1],
      [3, { epoch: 4, figure: 0.5 }, -1],
      [1, { epoch: 1, figure: NaN }, 0],
      [2.5, null, 2.5],
    ] as const
  ) assert.throws(() => stopping.restore({ epochs, best, waited }), /^RangeError: Cannot restore the state/);
  stopping.restore({ epochs: 3, best: { epoch: 2, figure: 0.5 }, waited: 1 });
  assert.equal(stopping.observe(0.6), "stop");
});

Deno.test("EarlyStopping refuses settings out of range", () => {
  for (const patience of [0, -1, 1.5, NaN]) {
    assert.throws(() => new EarlyStopping({ patience }), new RegExp(`a patience of ${patience}`));
  }
  for (const minDelta of [-1, NaN, Infinity]) {
    assert.throws(() => new EarlyStopping({ patience: 1, minDelta }), /a difference of/);
  }
});
