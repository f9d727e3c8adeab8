/** Windows at their boundaries: what is told, when, and what is given back. */
import assert from "node:assert/strict";
import { compose } from "../../src/stream/aggregates/compose.ts";
import { count } from "../../src/stream/aggregates/count.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import {
  type Missed,
  WindowedAggregation,
  type WindowOptions,
  type WindowResult,
} from "../../src/stream/windows.ts";

const total = compose({ records: count(), sum: sum((value: number) => value) });

type Total = { readonly records: number; readonly sum: number };

/** Runs `[time, value, key]` records with a watermark of the highest time; what was told, in words. */
function run(
  options:
    & Partial<WindowOptions<number, unknown[], Total>>
    & Pick<WindowOptions<number, unknown[], Total>, "spec">,
) {
  const told: string[] = [];
  const windows = new WindowedAggregation<number, unknown[], Total>({ aggregate: total, ...options });
  let highest = -Infinity;
  const emit = ({ key, start, end, count, value, final, correction }: WindowResult<Total>) => {
    assert.equal(count, value.records);
    const mark = correction ? " corrected" : final ? "" : " so far";
    told.push(`${key} [${start}, ${end}) ${count}:${value.sum}${mark}`);
  };
  return {
    windows,
    add(time: number, value = 1, key = "a"): Missed | null {
      highest = Math.max(highest, time);
      return windows.add(key, time, value, highest, emit);
    },
    advance: (watermark: number) => windows.advance(watermark, emit),
    told: () => told.splice(0),
  };
}

Deno.test("WindowedAggregation tells a tumbling window when the watermark reaches its end", () => {
  const { add, advance, told, windows } = run({ spec: { kind: "tumbling", size: 5 } });
  add(0, 10);
  add(4, 1);
  assert.deepEqual(told(), []);
  assert.equal(windows.open, 1);
  add(5, 7);
  assert.deepEqual(told(), ["a [0, 5) 2:11"]);
  advance(9);
  assert.deepEqual(told(), []);
  advance(10);
  assert.deepEqual(told(), ["a [5, 10) 1:7"]);
  assert.equal(windows.open, 0);
  assert.equal(windows.states, 0);
  assert.equal(windows.keys, 0);
});

Deno.test("WindowedAggregation has negative times in windows of their own", () => {
  const { add, advance, told } = run({ spec: { kind: "tumbling", size: 5 } });
  add(-6);
  add(-5);
  add(-1);
  add(-0);
  advance(Infinity);
  assert.deepEqual(told(), ["a [-10, -5) 1:1", "a [-5, 0) 2:2", "a [0, 5) 1:1"]);
});

Deno.test("WindowedAggregation has a record in every hopping window over it", () => {
  const { add, advance, told } = run({ spec: { kind: "hopping", size: 5, advance: 2 } });
  add(4, 1);
  add(5, 2, "b");
  advance(Infinity);
  assert.deepEqual(told(), [
    "a [0, 5) 1:1",
    "a [2, 7) 1:1",
    "b [2, 7) 1:2",
    "a [4, 9) 1:1",
    "b [4, 9) 1:2",
  ]);
});

Deno.test("WindowedAggregation corrects within grace and gives back what is later", () => {
  const { add, told, windows } = run({ spec: { kind: "tumbling", size: 5 }, grace: 5 });
  add(1);
  add(9);
  assert.deepEqual(told(), ["a [0, 5) 1:1"]);
  assert.equal(add(4, 3), null);
  assert.deepEqual(told(), ["a [0, 5) 2:4 corrected"]);
  assert.equal(add(10), null);
  assert.deepEqual(add(3), { reason: "late", lateness: 7, start: 0, end: 5 });
  assert.equal(windows.late, 1);
  assert.deepEqual(told(), ["a [5, 10) 1:1"]);
});
