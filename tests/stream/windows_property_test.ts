/** All kinds of windows on random streams, with snapshots in the middle, against the plain reference. */
import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import type { Aggregate } from "../../src/stream/aggregate.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import type { Json } from "../../src/stream/json.ts";
import { WindowedAggregation, type WindowOptions, type WindowSpec } from "../../src/stream/windows.ts";
import { ReferenceWindows, type Told } from "./windows_reference.ts";

/** Keeps every value: nothing can be counted twice, or lost, without being seen. */
const values: Aggregate<number, number[], number[]> = {
  create: () => [],
  add(state, value) {
    state.push(value);
    return state;
  },
  merge(into, from) {
    into.push(...from);
    return into;
  },
  result: (state) => [...state].sort((a, b) => a - b),
  toJson: (state) => state,
  fromJson: (json) => [...json as number[]],
};

type Options = WindowOptions<number, number[], number[]>;

const KINDS: Readonly<Record<string, (random: Random) => Partial<Options> & { readonly spec: WindowSpec }>> =
  {
    tumbling: (random) => ({ spec: { kind: "tumbling", size: random.integer(7) + 1 } }),
    "tumbling, empty ones told": (random) => ({
      spec: { kind: "tumbling", size: random.integer(5) + 1 },
      emptyMax: random.integer(4) + 1,
    }),
    hopping: (random) => {
      const size = random.integer(9) + 1;
      return { spec: { kind: "hopping", size, advance: random.integer(size) + 1 } };
    },
    sliding: (random) => ({ spec: { kind: "sliding", size: random.integer(8) + 1 } }),
    session: (random) => ({ spec: { kind: "session", gap: random.integer(8) + 1 } }),
  };

function draw(random: Random, kind: keyof typeof KINDS): Options {
  const emissions = [
    { kind: "final" },
    { kind: "early", every: random.integer(6) + 1 },
    { kind: "every-update" },
  ] as const;
  return {
    ...KINDS[kind]!(random),
    aggregate: values,
    grace: random.integer(3) * random.integer(8),
    emission: emissions[random.integer(3)]!,
  };
}

const inOrder = (told: readonly Told[]) =>
  [...told].sort((a, b) =>
    Number(b.final) - Number(a.final) || a.end - b.end || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );

/** One random stream through the windows, the reference, and windows that are taken down and made again. */
function compare(random: Random, options: Options): number {
  const reference = new ReferenceWindows(options);
  const whole = new WindowedAggregation(options);
  let cut = new WindowedAggregation(options);
  const lateness = random.integer(7);
  let [clock, highest, results] = [random.integer(40) - 20, -Infinity, 0];
  for (let step = 0; step < 80; step++) {
    const told: Told[] = [];
    const toldByCut: Told[] = [];
    clock += random.integer(5) === 0 ? random.integer(30) : random.integer(3);
    let expected: Told[];
    if (random.integer(12) === 0) {
      const watermark = random.integer(3) === 0 ? Infinity : clock - random.integer(10);
      expected = reference.advance(watermark);
      whole.advance(watermark, (result) => told.push(result));
      cut.advance(watermark, (result) => toldByCut.push(result));
    } else {
      const key = "abc"[random.integer(3)]!;
      const time = clock - random.integer(random.integer(5) === 0 ? 25 : 4);
      highest = Math.max(highest, time);
      const answer = reference.add(key, time, step, highest - lateness);
      expected = answer.told;
      const missed = whole.add(key, time, step, highest - lateness, (result) => told.push(result));
      assert.deepEqual(missed, answer.missed);
      cut.add(key, time, step, highest - lateness, (result) => toldByCut.push(result));
    }
    results += told.length;
    assert.deepEqual(inOrder(told), inOrder(expected));
    assert.deepEqual(toldByCut, told, "the one from a snapshot tells the same in the same order");
    assert.equal(whole.open, reference.open);
    assert.equal(whole.hasOpen, whole.open > 0);
    if (random.integer(6) === 0) {
      cut = new WindowedAggregation<number, number[], number[]>(options, copy(cut.toJson()));
    }
  }
  return results;
}

function copy(json: Json): Json {
  const again = JSON.parse(JSON.stringify(json));
  assert.deepEqual(again, json, "every number survives JSON");
  return again;
}

for (const kind of Object.keys(KINDS)) {
  Deno.test(`WindowedAggregation (${kind}) equals the plain reference on random streams, snapshots or not`, () => {
    const random = new Random(5);
    let results = 0;
    for (let round = 0; round < 150; round++) {
      const options = draw(random, kind);
      try {
        results += compare(random, options);
      } catch (error) {
        console.error(round, JSON.stringify(options));
        throw error;
      }
    }
    assert.ok(results > 5_000, `${results}`);
  });
}

Deno.test("WindowedAggregation gives sums of fractions to the last digit from a snapshot", () => {
  const random = new Random(9);
  let results = 0;
  for (let round = 0; round < 200; round++) {
    const kinds = Object.keys(KINDS);
    const options = {
      ...draw(random, kinds[round % kinds.length]!),
      aggregate: sum((value: number) => value),
    };
    const told: unknown[] = [];
    const toldByCut: unknown[] = [];
    const whole = new WindowedAggregation(options);
    let cut = new WindowedAggregation(options);
    let highest = 0;
    for (let step = 0; step < 120; step++) {
      const time = Math.floor(step / 3) - random.integer(random.integer(10) === 0 ? 20 : 3);
      highest = Math.max(highest, time);
      const value = random.normal() * 10 ** random.integer(6);
      whole.add("a", time, value, highest - 2, (result) => told.push(result));
      cut.add("a", time, value, highest - 2, (result) => toldByCut.push(result));
      if (random.integer(5) === 0) cut = new WindowedAggregation(options, copy(cut.toJson()));
    }
    results += told.length;
    assert.deepEqual(toldByCut, told);
  }
  assert.ok(results > 5_000, `${results}`);
});
