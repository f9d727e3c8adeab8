/** What is remembered of sources, rule by rule. */
import assert from "node:assert/strict";
import { PartitionSeries, rewindFrom, sourcesMaxOf, SourceTable } from "../../src/predict/series.ts";
import { SourceSeries } from "../../src/predict/source_series.ts";
import { fakeForecaster } from "./fakes.ts";

const forecaster = fakeForecaster(); // look-back 3, horizon 2, features a and b, target b

function values(i: number): Float64Array {
  return Float64Array.of(i, i * i);
}

Deno.test("SourceSeries forecasts from the last look-back readings, wherever they lie in its buffer", () => {
  const series = new SourceSeries("s", forecaster);
  for (let i = 0; i < 100; i++) {
    assert.equal(series.accept(`${i}`, i, values(i)), "accepted");
    assert.equal(series.held, Math.min(i + 1, 5));
    assert.equal(series.lastValue, i * i);
    const due = series.due();
    const forecast = series.forecast();
    if (i < 2) assert.ok(Number.isNaN(forecast));
    else {
      const window = Float64Array.of(...values(i - 2), ...values(i - 1), ...values(i));
      assert.equal(forecast, forecaster.predict(window, 0));
    }
    if (i < 2) assert.equal(due, null);
    else {
      assert.equal(due!.id, `${i - 2}`);
      assert.equal(due!.baseline, (i - 2) ** 2);
      assert.equal(due!.actual, i * i);
      assert.equal(due!.byNetwork, i - 2 >= 2);
      const window = Float64Array.of(...values(i - 4), ...values(i - 3), ...values(i - 2));
      assert.equal(due!.predicted, i < 4 ? (i - 2) ** 2 : forecaster.predict(window, 0));
    }
  }
});

Deno.test("SourceSeries gives a due forecast that nobody asked for when it was made", () => {
  const asked = new SourceSeries("s", forecaster);
  const silent = new SourceSeries("s", forecaster);
  for (let i = 0; i < 40; i++) {
    asked.accept(`${i}`, i, values(i));
    silent.accept(`${i}`, i, values(i));
    assert.deepEqual(silent.due(), asked.due());
    asked.forecast();
    silent.skipForecast();
  }
});

Deno.test("SourceSeries answers with the baseline where the network's answer is not finite", () => {
  const series = new SourceSeries("s", fakeForecaster({ lookback: 1, horizon: 1, predict: () => Infinity }));
  series.accept("0", 0, values(3));
  assert.ok(Number.isNaN(series.forecast()));
  series.accept("1", 1, values(4));
  assert.deepEqual(series.due(), {
    id: "0",
    predicted: 9,
    baseline: 9,
    actual: 16,
    byNetwork: false,
    references: null,
  });
});

Deno.test("SourceSeries distinguishes duplicates from late readings", () => {
  const series = new SourceSeries("s", forecaster);
  for (let i = 0; i < 8; i++) series.accept(`${i}`, i * 10, values(i));
  assert.equal(series.accept("7", 70, values(7)), "duplicate");
  assert.equal(series.accept("5", 50, values(5)), "duplicate");
  assert.equal(series.accept("3", 30, values(3)), "duplicate"); // the oldest of look-back + horizon
  assert.equal(series.accept("2", 20, values(2)), "late"); // no longer known
  assert.equal(series.accept("new", 69, values(2)), "late");
  assert.equal(series.accept("other", 70, values(7)), "accepted"); // the same time, another id
  assert.equal(series.accept("7", 71, values(7)), "accepted"); // a newer time, whatever the id
});

Deno.test("SourceTable forgets the source that was seen least recently, and counts it", () => {
  const table = new SourceTable(forecaster, 3);
  const [a, b] = [table.see("a"), table.see("b")];
  table.see("c");
  assert.equal(table.see("a"), a);
  assert.equal(table.see("b"), b);
  table.see("d"); // c goes
  assert.equal(table.see("a"), a);
  assert.equal(table.evicted, 1);
  assert.equal(table.size, 3);
  table.see("c"); // b goes
  table.see("e"); // d goes
  assert.equal(table.see("a"), a);
  assert.notEqual(table.see("b"), b);
  assert.equal(table.evicted, 4);
});

Deno.test("sourcesMaxOf() is lower where a source's history is long", () => {
  assert.equal(sourcesMaxOf(fakeForecaster()), 10_000);
  const max = sourcesMaxOf(fakeForecaster({ lookback: 1_000, horizon: 1_000 }));
  assert.ok(max > 500 && max < 2_000, String(max));
});

Deno.test("rewindFrom() goes back at least half of the limit and at most all of it", () => {
  for (let offset = 0; offset < 400; offset++) {
    const from = rewindFrom(offset, { rewindRecordsMax: 100 });
    assert.ok(from === 0 || offset - from >= 50, `${offset}: ${from}`);
    assert.ok(offset - from < 100, `${offset}: ${from}`);
  }
});

Deno.test("PartitionSeries forgets a source's readings of two epochs ago", () => {
  const series = new PartitionSeries(forecaster, { rewindRecordsMax: 20 });
  const enter = (offset: number) =>
    series.enter(offset, { id: `${offset}`, source: "s", timestampMs: offset }, values(offset));
  for (const offset of [0, 1, 9]) enter(offset);
  assert.ok(series.series.held >= 3);
  enter(19); // the next epoch: 0, 1, 9 still count
  assert.ok(series.series.held >= 3);
  enter(20); // the one after: only 19 and 20 count
  assert.ok(series.series.held < 3);
  enter(21);
  assert.ok(series.series.held >= 3);
  enter(1_000); // many epochs later
  assert.ok(series.series.held < 3);
});
