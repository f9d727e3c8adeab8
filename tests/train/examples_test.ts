import assert from "node:assert/strict";
import { type Examples, splitExamples, streamExamples } from "../../src/train/forecaster/examples.ts";
import { setOf } from "./sets.ts";

const counting = (length: number, from = 0) => Array.from({ length }, (_, n) => from + n);

function list(examples: Examples): [number[], number][] {
  return Array.from({ length: examples.count }, (_, example) => {
    const start = examples.startOf(example);
    const window = examples.valuesOf(example).slice(start, start + examples.shape.lookback);
    return [[...window], examples.actualOf(example)];
  });
}

Deno.test("splitExamples() splits every source by time, and no target leaks into an earlier part", () => {
  const set = setOf({ a: counting(20) });
  const split = splitExamples(set, { lookback: 2, horizon: 2, targetIndex: 0 });
  assert.deepEqual(list(split.training)[0], [[0, 1], 3]);
  assert.deepEqual(list(split.training).at(-1), [[8, 9], 11]);
  assert.deepEqual(list(split.validation)[0], [[11, 12], 14]);
  assert.deepEqual(list(split.validation).at(-1), [[12, 13], 15]);
  assert.deepEqual(list(split.test)[0], [[15, 16], 18]);
  assert.deepEqual(list(split.test).at(-1), [[16, 17], 19]);
});

Deno.test("examples never cross from one source to another", () => {
  const set = setOf({ a: counting(30), b: counting(25, 1000), c: counting(3, 5000) });
  const shape = { lookback: 3, horizon: 2, targetIndex: 0 };
  const split = splitExamples(set, shape);
  const all = [split.training, split.validation, split.test, streamExamples(set, shape)];
  for (const [window, target] of all.flatMap(list)) {
    assert.deepEqual(window, counting(3, window[0]));
    assert.equal(target, window[2]! + 2);
  }
});

Deno.test("streamExamples() holds every forecast that comes due, in the order of the outcomes", () => {
  const set = setOf({ a: counting(6), b: counting(5, 100) });
  const examples = streamExamples(set, { lookback: 2, horizon: 1, targetIndex: 0 });
  assert.deepEqual(list(examples).map(([, target]) => target), [2, 102, 3, 103, 4, 104, 5]);
});

Deno.test("Examples has the last value, the change, and whether window or target touch an event", () => {
  const set = setOf({ a: [0, 1, 4, 9, 16, 25, 36, 49] }, [3]);
  const examples = streamExamples(set, { lookback: 2, horizon: 2, targetIndex: 0 });
  assert.equal(examples.lastOf(0), 1);
  assert.equal(examples.actualOf(0), 9);
  assert.equal(examples.changeOf(0), 8);
  const touching = Array.from({ length: examples.count }, (_, example) => examples.touchesEvent(example));
  assert.deepEqual(touching, [true, false, true, true, false]);
});
