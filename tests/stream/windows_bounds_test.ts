/** Memory of windows is bounded, and what has no room is given back and counted. */
import assert from "node:assert/strict";
import { count } from "../../src/stream/aggregates/count.ts";
import { WindowedAggregation, type WindowOptions, type WindowSpec } from "../../src/stream/windows.ts";

const SPECS: readonly WindowSpec[] = [
  { kind: "tumbling", size: 10 },
  { kind: "hopping", size: 10, advance: 5 },
  { kind: "sliding", size: 10 },
  { kind: "session", gap: 10 },
];

function make(options: Partial<WindowOptions<unknown, number, number>> & { readonly spec: WindowSpec }) {
  const windows = new WindowedAggregation({ aggregate: count(), ...options });
  let told = 0;
  return {
    windows,
    add: (key: string, time: number, watermark = -1_000) =>
      windows.add(key, time, {}, watermark, ({ count }) => told += count),
    advance: (watermark: number) => windows.advance(watermark, ({ count }) => told += count),
    told: () => told,
  };
}

for (const spec of SPECS) {
  Deno.test(`WindowedAggregation (${spec.kind}) gives a record of one key too many back, and has room again later`, () => {
    const { windows, add, advance } = make({ spec, keysMax: 2 });
    assert.equal(add("a", 1), null);
    assert.equal(add("b", 1), null);
    const full = add("c", 1);
    assert.ok(full?.reason === "full" && full.bound === "keys" && full.max === 2);
    assert.ok(full.start <= 1 && full.end > 1);
    assert.equal(windows.refused, 1);
    assert.equal(windows.late, 0);
    assert.equal(add("a", 2), null, "keys that are known go on");
    advance(1_000);
    assert.equal(windows.keys, 0);
    assert.equal(windows.states, 0);
    assert.equal(add("c", 1_001), null);
  });

  Deno.test(`WindowedAggregation (${spec.kind}) keeps no more states than it may, in all and of a key`, () => {
    for (const bounds of [{ openMax: 3 }, { openPerKeyMax: 3 }]) {
      const { windows, add } = make({ spec, ...bounds });
      for (let i = 0; i < 3; i++) assert.equal(add("a", 100 * i), null);
      const full = add("a", 900);
      assert.ok(full?.reason === "full" && full.max === 3, JSON.stringify(full));
      assert.equal(windows.states, 3);
      assert.equal(add("b", 0) === null, "openPerKeyMax" in bounds);
      const again = new WindowedAggregation({ aggregate: count(), spec, ...bounds }, windows.toJson());
      assert.equal(again.states, windows.states);
      assert.equal(again.refused, windows.refused);
    }
  });

  Deno.test(`WindowedAggregation (${spec.kind}) survives JSON around time 0`, () => {
    const { windows, add } = make({ spec });
    for (const time of [-0, -1, 0, 1]) add("a", time);
    const json = windows.toJson();
    assert.deepEqual(JSON.parse(JSON.stringify(json)), json);
  });

  Deno.test(`WindowedAggregation (${spec.kind}) forgets what takes no more records`, () => {
    const { windows, add, told } = make({ spec, grace: 30 });
    let statesMax = 0;
    for (let time = 0; time < 20_000; time++) {
      add(`key ${time % 7}`, time, time - 20);
      statesMax = Math.max(statesMax, windows.states);
    }
    assert.ok(statesMax <= 7 * 100, `${statesMax}`);
    assert.ok(told() > 0 || spec.kind === "session");
  });
}

Deno.test("WindowedAggregation (session) keeps no more in its queue for sessions that become one", () => {
  const { windows, add, advance, told } = make({ spec: { kind: "session", gap: 10 } });
  for (let i = 0; i < 20_000; i++) add("a", i % 2 === 0 ? i * 9 + 9 : i * 9 - 9);
  assert.ok(windows.states < 20_000);
  advance(Infinity);
  assert.equal(told(), 20_000);
});

Deno.test("WindowedAggregation (tumbling) keeps one empty window for each known key beside what it may", () => {
  const { windows, add, advance } = make({
    spec: { kind: "tumbling", size: 10 },
    openMax: 5,
    emptyMax: 1_000,
  });
  for (let i = 0; i < 5; i++) add(`${i}`, 1);
  assert.equal(add("x", 1)?.reason, "full");
  for (let end = 10; end < 500; end += 10) {
    advance(end);
    assert.equal(windows.states, 5);
  }
});

Deno.test("WindowedAggregation refuses windows that cannot be, and times that are no integers", () => {
  const options = { aggregate: count() };
  const wrong: readonly [Partial<WindowOptions<unknown, number, number>>, RegExp][] = [
    [{ spec: { kind: "tumbling", size: 0 } }, /size is 0, a whole number above 0/],
    [{ spec: { kind: "session", gap: 1.5 } }, /gap is 1.5/],
    [{ spec: { kind: "hopping", size: 5, advance: 6 } }, /advance 6 is longer than size 5/],
    [{ spec: { kind: "hopping", size: 5, advance: NaN } }, /advance is NaN/],
    [{ spec: SPECS[0]!, grace: -1 }, /grace is -1, a whole number from 0/],
    [{ spec: SPECS[0]!, emission: { kind: "early", every: 0 } }, /every is 0/],
    [{ spec: SPECS[1]!, emptyMax: 1 }, /only tumbling/],
  ];
  for (const [each, message] of wrong) {
    assert.throws(
      () => new WindowedAggregation({ ...options, ...each } as WindowOptions<unknown, number, number>),
      {
        name: "RangeError",
        message,
      },
    );
  }
  const { add } = make({ spec: SPECS[0]! });
  for (const time of [NaN, Infinity, 1.5]) assert.throws(() => add("a", time), /integer is wanted/);
});
