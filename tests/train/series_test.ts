import assert from "node:assert/strict";
import { SeriesBuilder } from "../../src/train/forecaster/series.ts";
import { at, setOf } from "./sets.ts";

Deno.test("SeriesBuilder sorts an interleaved stream by source and keeps the stream's order", () => {
  const set = setOf({ a: [1, 2, 3], b: [10, 20] }, [1]);
  assert.equal(set.readings, 5);
  assert.deepEqual(set.series.map(({ source, length }) => [source, length]), [["a", 3], ["b", 2]]);
  assert.deepEqual([...set.series[0]!.values], [1, 2, 3]);
  assert.deepEqual([...set.series[1]!.values], [10, 20]);
  assert.deepEqual([...set.series[0]!.places], [0, 2, 4]);
  assert.deepEqual([...set.series[1]!.events], [0, 1]);
});

Deno.test("SeriesBuilder leaves out what the pipeline would: repeated and late readings", () => {
  const builder = new SeriesBuilder([{ name: "x", unit: "" }]);
  const add = (id: string, n: number) =>
    builder.add({ id, timestamp: at(n), source: "a", features: { x: n } });
  add("1", 1);
  add("2", 2);
  add("2", 2);
  add("1", 1);
  add("0", 0);
  add("2b", 2);
  const set = builder.build("tiny", { sha256: null });
  assert.deepEqual(set.skipped, { duplicate: 2, late: 1, unusable: 0 });
  assert.deepEqual([...set.series[0]!.values], [1, 2, 2]);
  assert.equal(set.readings, 3);
});

Deno.test("SeriesBuilder names the reading whose feature is missing or not finite, and takes nothing of it", () => {
  const builder = new SeriesBuilder([{ name: "x", unit: "" }, { name: "y", unit: "" }]);
  const add = (id: string, features: Record<string, number>) =>
    builder.add({ id, timestamp: at(0), source: "a", features });
  assert.throws(() => add("r1", { x: 1 }), /reading r1: feature y is missing/);
  assert.throws(() => add("r2", { x: 1, y: NaN }), /reading r2: feature y is NaN/);
  add("r3", { x: 3, y: 4 });
  assert.deepEqual([...builder.build("tiny", { sha256: null }).series[0]!.values], [3, 4]);
});
