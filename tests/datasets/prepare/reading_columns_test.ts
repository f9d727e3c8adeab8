/** Readings in columns: order, repeated times, chunks, limits. */
import assert from "node:assert/strict";
import { Random } from "../../../nn/random.ts";
import { SOURCES_MAX } from "../../../src/datasets/prepare/limits.ts";
import { ReadingColumns } from "../../../src/datasets/prepare/reading_columns.ts";

Deno.test("rows of several chunks come in the order of time and sources, each source's time once, the first of the file", () => {
  const random = new Random(1), columns = new ReadingColumns(["value"]);
  const first = new Map<string, number>();
  const count = 150_000;
  for (let row = 0; row < count; row++) {
    const timeMs = Math.floor(random.uniform() * 40_000), source = Math.floor(random.uniform() * 5);
    columns.add(timeMs, columns.numberOf(`s${source}`), Float64Array.of(row));
    const key = `${timeMs} s${source}`;
    if (!first.has(key)) first.set(key, row);
  }
  const { order, repeated } = columns.inOrder();
  assert.equal(order.length, first.size);
  assert.equal(repeated, count - first.size);
  for (let at = 0; at < order.length; at++) {
    const row = order[at]!, key = `${columns.timeOf(row)} ${columns.sources[columns.sourceOf(row)]}`;
    assert.equal(columns.valueOf(row, 0), first.get(key));
    if (at === 0) continue;
    const before = order[at - 1]!, later = columns.timeOf(row) - columns.timeOf(before);
    assert.ok(later > 0 || later === 0 && columns.sourceOf(row) > columns.sourceOf(before));
  }
});

Deno.test("no readings are no rows, and too many sources are refused", () => {
  const columns = new ReadingColumns(["value"]);
  assert.equal(columns.inOrder().order.length, 0);
  for (let source = 0; source < SOURCES_MAX; source++) columns.numberOf(`s${source}`);
  assert.equal(columns.numberOf("s7"), 7);
  assert.throws(() => columns.numberOf("one more"), /more than 10000 sources/);
});
