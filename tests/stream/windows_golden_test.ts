/** Windows and aggregates equal those of pandas and of Kafka Streams on the same records, see tests/golden/windows. */
import assert from "node:assert/strict";
import { compose } from "../../src/stream/aggregates/compose.ts";
import { count } from "../../src/stream/aggregates/count.ts";
import { distinct } from "../../src/stream/aggregates/distinct.ts";
import { max, min } from "../../src/stream/aggregates/extreme.ts";
import { mean } from "../../src/stream/aggregates/mean.ts";
import { quantiles } from "../../src/stream/aggregates/quantiles.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import { topK } from "../../src/stream/aggregates/top_k.ts";
import { variance } from "../../src/stream/aggregates/variance.ts";
import { WindowedAggregation, type WindowResult, type WindowSpec } from "../../src/stream/windows.ts";
import kafka from "../golden/windows/sliding_kafka_streams.json" with { type: "json" };
import golden from "../golden/windows/windows_pandas.json" with { type: "json" };

interface Row {
  readonly x: number;
  readonly name: string;
}

const figures = compose({
  count: count(),
  sum: sum(({ x }: Row) => x),
  mean: mean(({ x }: Row) => x),
  variance: variance(({ x }: Row) => x),
  min: min(({ x }: Row) => x),
  max: max(({ x }: Row) => x),
  distinct: distinct(({ name }: Row) => name),
  quantiles: quantiles(({ x }: Row) => x, { at: [0.5, 0.9], relativeError: 0.01 }),
  top: topK(3, ({ name }: Row) => name),
});

type Figures = ReturnType<typeof figures.result>;

/** Windows of all records, taken in the order of their times plus an offset: out of order by up to `jitter`. */
function windowsOf(spec: WindowSpec, jitter: number): WindowResult<Figures>[] {
  const windows = new WindowedAggregation({ spec, aggregate: figures });
  const told: WindowResult<Figures>[] = [];
  const rows = (golden.records as [string, number, number, string][]).map((row, i) => ({
    row,
    at: row[1] + (i * 7) % (jitter + 1),
  })).sort((a, b) => a.at - b.at);
  for (const { row: [key, time, x, name], at } of rows) {
    const missed = windows.add(key, time, { x, name }, at - jitter, (result) => told.push(result));
    assert.equal(missed, null);
  }
  windows.advance(Infinity, (result) => told.push(result));
  assert.equal(windows.open, 0);
  return told.sort((a, b) => a.end - b.end || a.start - b.start || (a.key < b.key ? -1 : 1));
}

function assertNear(actual: number | null, expected: number | null, off: number, what: string): void {
  if (actual === null || expected === null) return assert.equal(actual, expected, what);
  assert.ok(
    Math.abs(actual - expected) <= off * Math.max(1, Math.abs(expected)),
    `${what}: ${actual} ${expected}`,
  );
}

for (const { spec, windows: expected } of golden.cases) {
  Deno.test(`WindowedAggregation equals ${golden.tool.split(",")[0]} on ${JSON.stringify(spec)}`, () => {
    assert.ok(expected.length > 10);
    for (const jitter of [0, 40, 2_000]) {
      const told = windowsOf(spec as WindowSpec, jitter);
      assert.deepEqual(
        told.map((
          { key, start, end, count, final, correction },
        ) => [key, start, end, count, final, correction]),
        expected.map(({ key, start, end, count }) => [key, start, end, count, true, false]),
      );
      told.forEach(({ value }, i) => {
        const pandas = expected[i]!;
        const what = `${pandas.key} ${pandas.start}`;
        assert.equal(value.count, pandas.count);
        for (const name of ["sum", "mean", "min", "max"] as const) {
          assertNear(value[name], pandas[name], 1e-9, what);
        }
        assertNear(value.variance, pandas.variance, 1e-6, what);
        if (!("quantiles" in pandas)) return;
        assert.equal(value.distinct, pandas.distinct, what);
        pandas.quantiles.forEach((exact, q) => assertNear(value.quantiles![q]!, exact, 0.01, what));
        assert.deepEqual(value.top.map(({ name, weight }) => [name, weight]), pandas.top);
      });
    }
  });
}

for (const { size, grace, records, windows: expected } of kafka.cases) {
  Deno.test(`sliding windows of ${size} with a grace of ${grace} equal those of ${kafka.tool.split(",")[0]}`, () => {
    const windows = new WindowedAggregation({
      spec: { kind: "sliding", size },
      grace,
      aggregate: sum((value: number) => value),
      emission: { kind: "every-update" },
    });
    const last = new Map<string, number>();
    let highest = -Infinity;
    for (const [key, time, value] of records as [string, number, number][]) {
      highest = Math.max(highest, time);
      const missed = windows.add(key, time, value, highest, ({ key, start, end, value }) => {
        assert.equal(end, start + size + 1);
        last.set(`${key} ${start}`, value);
      });
      assert.equal(missed, null);
    }
    const told = new Map(expected.map(({ key, start, sum }) => [`${key} ${start}`, sum]));
    assert.deepEqual([...last].sort(), [...told].sort());
  });
}
