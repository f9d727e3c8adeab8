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

Deno.test("WindowedAggregation emits a tumbling window when the watermark reaches its end", () => {
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

Deno.test("WindowedAggregation has the sliding windows of Kafka Streams' own example", () => {
  const { add, advance, told } = run({ spec: { kind: "sliding", size: 5_000 } });
  add(8_000, 1);
  add(9_200, 2);
  add(12_400, 4);
  advance(Infinity);
  assert.deepEqual(told(), [
    "a [3000, 8001) 1:1",
    "a [4200, 9201) 2:3",
    "a [7400, 12401) 3:7",
    "a [8001, 13002) 2:6",
    "a [9201, 14202) 1:4",
  ]);
});

Deno.test("WindowedAggregation has both ends of a sliding window in it, and each window once", () => {
  const { add, advance, told } = run({ spec: { kind: "sliding", size: 5 } });
  add(0, 1);
  add(5, 2);
  add(6, 4);
  advance(Infinity);
  assert.deepEqual(told(), [
    "a [-5, 1) 1:1",
    "a [0, 6) 2:3",
    "a [1, 7) 2:6",
    "a [6, 12) 1:4",
  ]);
});

Deno.test("WindowedAggregation makes new sliding windows by a late record, and corrects those that it falls into", () => {
  const { add, told } = run({ spec: { kind: "sliding", size: 5 }, grace: 10 });
  add(0, 1);
  add(3, 2);
  add(12, 4);
  assert.deepEqual(told(), ["a [-5, 1) 1:1", "a [-2, 4) 2:3", "a [1, 7) 1:2"]);
  assert.equal(add(2, 8), null);
  assert.deepEqual(told(), [
    "a [-3, 3) 2:9 corrected",
    "a [-2, 4) 3:11 corrected",
    "a [1, 7) 2:10 corrected",
    "a [3, 9) 1:2 corrected",
  ]);
  assert.deepEqual(add(1, 1), { reason: "late", lateness: 11, start: -4, end: 2 });
});

Deno.test("WindowedAggregation begins a new session exactly the gap after the last record, and not before", () => {
  const { add, advance, told } = run({ spec: { kind: "session", gap: 5 } });
  add(0, 1);
  add(4, 2);
  add(9, 4);
  assert.deepEqual(told(), ["a [0, 9) 2:3"]);
  advance(14);
  assert.deepEqual(told(), ["a [9, 14) 1:4"]);
});

Deno.test("WindowedAggregation makes two sessions one by a record between them", () => {
  const lateness = 20;
  const { windows, told } = run({ spec: { kind: "session", gap: 5 } });
  const results: WindowResult<Total>[] = [];
  const add = (time: number, watermark: number) =>
    windows.add("a", time, 1, watermark, (result) => results.push(result));
  add(0, 0 - lateness);
  add(8, 8 - lateness);
  assert.equal(windows.open, 2);
  add(4, 8 - lateness);
  assert.equal(windows.open, 1);
  windows.advance(Infinity, (result) => results.push(result));
  assert.deepEqual(results.map(({ start, end, count }) => [start, end, count]), [[0, 13, 3]]);
  assert.deepEqual(told(), []);
});

Deno.test("WindowedAggregation emits a session again that a late record has made longer, in place of those it covers", () => {
  const { add, advance, told } = run({ spec: { kind: "session", gap: 5 }, grace: 20 });
  add(0);
  add(9);
  add(16, 1, "b");
  assert.deepEqual(told(), ["a [0, 5) 1:1", "a [9, 14) 1:1"]);
  add(4);
  assert.deepEqual(told(), ["a [0, 9) 2:2 corrected"]);
  add(8);
  assert.deepEqual(told(), ["a [0, 14) 4:4 corrected"], "8 is within the gap of both");
  add(13);
  assert.deepEqual(told(), [], "it is open again, until 18");
  advance(18);
  assert.deepEqual(told(), ["a [0, 18) 5:5 corrected"]);
});

Deno.test("WindowedAggregation gives back the latest hopping window that a record missed and counts it in the others", () => {
  const { add, advance, told } = run({ spec: { kind: "hopping", size: 6, advance: 2 }, grace: 1 });
  add(5, 1);
  add(9, 2);
  assert.deepEqual(told(), ["a [0, 6) 1:1", "a [2, 8) 1:1"]);
  assert.deepEqual(add(4, 4), { reason: "late", lateness: 5, start: 2, end: 8 } satisfies Missed);
  assert.deepEqual(told(), []);
  advance(Infinity);
  assert.deepEqual(told(), ["a [4, 10) 3:7", "a [6, 12) 1:2", "a [8, 14) 1:2"]);
});

Deno.test("WindowedAggregation emits open windows early, only those that have changed, with time, not with records", () => {
  const { add, told } = run({ spec: { kind: "tumbling", size: 10 }, emission: { kind: "early", every: 2 } });
  add(0);
  add(1, 1, "b");
  assert.deepEqual(told(), []);
  add(2);
  assert.deepEqual(told(), ["a [0, 10) 1:1 so far", "b [0, 10) 1:1 so far"], "before the record at 2 is in");
  add(9);
  assert.deepEqual(told(), ["a [0, 10) 2:2 so far"]);
  add(10);
  assert.deepEqual(told(), ["a [0, 10) 3:3", "b [0, 10) 1:1"]);
});

Deno.test("WindowedAggregation emits every update", () => {
  const { add, told } = run({
    spec: { kind: "hopping", size: 4, advance: 2 },
    emission: { kind: "every-update" },
  });
  add(2);
  add(3, 2);
  add(4, 4);
  assert.deepEqual(told(), [
    "a [0, 4) 1:1 so far",
    "a [2, 6) 1:1 so far",
    "a [0, 4) 2:3 so far",
    "a [2, 6) 2:3 so far",
    "a [0, 4) 2:3",
    "a [2, 6) 3:7 so far",
    "a [4, 8) 1:4 so far",
  ]);
});

Deno.test("WindowedAggregation emits empty tumbling windows of a known key, and then evicts it", () => {
  const { add, advance, told, windows } = run({ spec: { kind: "tumbling", size: 5 }, emptyMax: 2 });
  add(1);
  advance(4);
  assert.deepEqual(told(), []);
  advance(10);
  assert.deepEqual(told(), ["a [0, 5) 1:1", "a [5, 10) 0:0"]);
  assert.equal(windows.open, 0);
  assert.equal(windows.hasOpen, false, "an empty one is not waited for");
  advance(100);
  assert.deepEqual(told(), ["a [10, 15) 0:0"]);
  assert.equal(windows.keys, 0);
  add(112);
  advance(120);
  assert.deepEqual(told(), ["a [110, 115) 1:1", "a [115, 120) 0:0"]);
});

Deno.test("WindowedAggregation.advance(Infinity) closes what has records and takes late ones as before", () => {
  const { add, advance, told, windows } = run({ spec: { kind: "tumbling", size: 5 }, grace: 2 });
  advance(Infinity);
  assert.equal(windows.watermark, -Infinity);
  add(11);
  advance(Infinity);
  assert.deepEqual(told(), ["a [10, 15) 1:1"]);
  assert.equal(windows.watermark, 15);
  assert.equal(add(12), null);
  assert.deepEqual(told(), ["a [10, 15) 2:2 corrected"]);
});
