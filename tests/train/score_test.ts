import assert from "node:assert/strict";
import { streamExamples } from "../../src/train/forecaster/examples.ts";
import { compare } from "../../src/train/forecaster/score.ts";
import { setOf } from "./sets.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const shape = { lookback: 1, horizon: 1, targetIndex: 0 };

Deno.test("compare() gives the figures that one gets by hand", () => {
  const set = setOf({ a: [0, 1, 3, 3], b: [10, 20] }, [2]);
  const contestants = {
    network: (windows: Float64Array, start: number) => windows[start]! + 1,
    ridge: () => 3,
  };
  const part = finishAtOnce(compare(streamExamples(set, shape), contestants));
  // a: 0→1, 1→3, 3→3; b: 10→20. Errors of network: 0, −1, 1, −9; last value: −1, −2, 0, −10; ridge: 2, 0, 0, −17.
  assert.deepEqual(part.all, {
    count: 4,
    network: { mse: 83 / 4, mae: 11 / 4 },
    lastValue: { mse: 105 / 4, mae: 13 / 4 },
    ridge: { mse: 293 / 4, mae: 19 / 4 },
    ratio: { mse: 83 / 105, mae: 11 / 13 },
    ridgeRatio: { mse: 293 / 105, mae: 19 / 13 },
  });
  // Reading 2 of a is labelled: 1→3 and 3→3 touch it.
  assert.equal(part.withoutEvents!.count, 2);
  assert.deepEqual(part.withoutEvents!.network, { mse: 81 / 2, mae: 9 / 2 });
  assert.deepEqual(part.sources.map(({ source, all }) => [source, all!.count]), [["a", 3], ["b", 1]]);
  assert.deepEqual(part.sources[0]!.withoutEvents!.lastValue, { mse: 1, mae: 1 });
});

Deno.test("compare() calls two errors of zero a draw, and leaves out what has no example", () => {
  const exact = (windows: Float64Array, start: number) => windows[start]!;
  const constant = setOf({ a: [5, 5, 5], b: [1] });
  const part = finishAtOnce(compare(streamExamples(constant, shape), { network: exact, ridge: exact }));
  assert.deepEqual(part.all!.ratio, { mse: 1, mae: 1 });
  assert.deepEqual(part.sources.map(({ source }) => source), ["a"]);
  const none = finishAtOnce(
    compare(streamExamples(setOf({ a: [1] }), shape), { network: exact, ridge: exact }),
  );
  assert.deepEqual(none, { all: null, withoutEvents: null, withoutLargest: null, sources: [] });
});

Deno.test("compare() leaves the largest changes out of withoutLargest, by the last value's errors", () => {
  const values = Array.from({ length: 201 }, (_, n) => n === 100 ? 50 : n % 2);
  const last = (windows: Float64Array, start: number) => windows[start]!;
  const part = finishAtOnce(
    compare(streamExamples(setOf({ a: values }), shape), { network: last, ridge: last }),
  );
  assert.equal(part.all!.count, 200);
  assert.deepEqual([part.withoutLargest!.count, part.withoutLargest!.lastValue], [198, { mse: 1, mae: 1 }]);
});
