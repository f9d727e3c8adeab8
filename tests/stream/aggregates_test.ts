/** One contract for every aggregate; then what each promises of its own. */
import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import type { Aggregate } from "../../src/stream/aggregate.ts";
import { compose } from "../../src/stream/aggregates/compose.ts";
import { count } from "../../src/stream/aggregates/count.ts";
import { distinct } from "../../src/stream/aggregates/distinct.ts";
import { max, min } from "../../src/stream/aggregates/extreme.ts";
import { mean } from "../../src/stream/aggregates/mean.ts";
import { quantiles } from "../../src/stream/aggregates/quantiles.ts";
import { sum } from "../../src/stream/aggregates/sum.ts";
import { topK } from "../../src/stream/aggregates/top_k.ts";
import { variance } from "../../src/stream/aggregates/variance.ts";

interface Row {
  readonly x: number;
  readonly name: string;
}

type Any = Aggregate<Row, unknown, unknown>;

const x = ({ x }: Row) => x;
const name = ({ name }: Row) => name;

const ALL: Readonly<Record<string, Any>> = {
  count: count(),
  sum: sum(x),
  mean: mean(x),
  variance: variance(x),
  min: min(x),
  max: max(x),
  "distinct, exact": distinct(name),
  "distinct, by a sketch": distinct(name, { exactMax: 5 }),
  quantiles: quantiles(x, { at: [0, 0.1, 0.5, 0.99, 1] }),
  "topK, exact": topK(3, name),
  "topK of weights": topK(3, name, { weight: (row) => Math.abs(x(row)) }),
  compose: compose({ records: count(), total: sum(x), spread: variance(x), names: distinct(name) }),
};

/** Integers and fractions of both signs, zero among them; some twenty names. */
function rows(random: Random, length: number): Row[] {
  return Array.from({ length }, () => ({
    x: random.integer(3) === 0 ? random.integer(9) - 4 : random.normal(100, 300),
    name: `host-${random.integer(1 + random.integer(20))}`,
  }));
}

function stateOf(aggregate: Any, rows: readonly Row[]): unknown {
  return rows.reduce((state, row) => aggregate.add(state, row), aggregate.create());
}

/** Equal, but for the last digits of fractions. */
function assertClose(actual: unknown, expected: unknown): void {
  const rounded = (value: unknown) =>
    JSON.stringify(value, (_, each) => typeof each === "number" ? Number(each.toPrecision(9)) + 0 : each);
  assert.equal(rounded(actual), rounded(expected));
}

function copy<State>(aggregate: Aggregate<Row, State, unknown>, state: State): State {
  const json = aggregate.toJson(state);
  const again = JSON.parse(JSON.stringify(json));
  assert.deepEqual(again, json, "every number survives JSON");
  return aggregate.fromJson(again);
}

for (const [title, aggregate] of Object.entries(ALL)) {
  Deno.test(`${title}: parts, merged, are the whole`, () => {
    const random = new Random(1);
    for (let round = 0; round < 100; round++) {
      const all = rows(random, random.integer(60));
      const [a, b] = [random.integer(all.length + 1), random.integer(all.length + 1)].sort((a, b) => a - b);
      const parts = [all.slice(0, a), all.slice(a, b), all.slice(b)].map((part) => stateOf(aggregate, part));
      const before = JSON.stringify(aggregate.toJson(parts[1]!));
      const merged = parts.reduce((into, from) => aggregate.merge(into, from), aggregate.create());
      assertClose(aggregate.result(merged), aggregate.result(stateOf(aggregate, all)));
      assert.equal(JSON.stringify(aggregate.toJson(parts[1]!)), before, "what is merged in stays as it is");
    }
  });

  Deno.test(`${title}: a state from JSON goes on as before`, () => {
    const random = new Random(2);
    for (let round = 0; round < 50; round++) {
      const all = rows(random, random.integer(60));
      const cut = random.integer(all.length + 1);
      let state = stateOf(aggregate, all.slice(0, cut));
      state = copy(aggregate, state);
      for (const row of all.slice(cut)) state = aggregate.add(state, row);
      assert.deepEqual(aggregate.result(state), aggregate.result(stateOf(aggregate, all)));
    }
  });

  Deno.test(`${title}: a merge with nothing changes nothing, and a result changes no state`, () => {
    const state = stateOf(aggregate, rows(new Random(3), 40));
    const result = aggregate.result(state);
    const json = JSON.stringify(aggregate.toJson(state));
    assert.deepEqual(aggregate.result(aggregate.merge(state, aggregate.create())), result);
    assert.deepEqual(aggregate.result(aggregate.merge(aggregate.create(), state)), result);
    assert.equal(JSON.stringify(aggregate.toJson(state)), json);
  });
}

Deno.test("aggregates of no records have a result that JSON keeps", () => {
  const results = Object.fromEntries(
    Object.entries(ALL).map(([title, each]) => [title, each.result(each.create())]),
  );
  assert.deepEqual(JSON.parse(JSON.stringify(results)), {
    count: 0,
    sum: 0,
    mean: null,
    variance: null,
    min: null,
    max: null,
    "distinct, exact": 0,
    "distinct, by a sketch": 0,
    quantiles: null,
    "topK, exact": [],
    "topK of weights": [],
    compose: { records: 0, total: 0, spread: null, names: 0 },
  });
});

Deno.test("sum(), min() and max() survive JSON with numbers that JSON has not", () => {
  for (const aggregate of [sum(x), min(x), max(x), mean(x), variance(x)] as Any[]) {
    for (const values of [[1e308, 1e308], [-0], [NaN], [-1e308, -1e308]]) {
      const state = stateOf(aggregate, values.map((x) => ({ x, name: "" })));
      assert.deepEqual(aggregate.result(copy(aggregate, state)), aggregate.result(state));
    }
  }
});

Deno.test("variance() keeps its digits where the mean is large, one by one and merged", () => {
  const random = new Random(4);
  const values = Array.from({ length: 2_000 }, () => 1e9 + random.uniform());
  const middle = values.reduce((total, x) => total + (x - 1e9), 0) / values.length;
  const twoPass = values.reduce((total, x) => total + (x - 1e9 - middle) ** 2, 0) / (values.length - 1);
  const aggregate = variance((x: number) => x);
  const add = (part: readonly number[]) =>
    part.reduce((state, x) => aggregate.add(state, x), aggregate.create());
  let merged = aggregate.create();
  for (let i = 0; i < values.length; i += 37) merged = aggregate.merge(merged, add(values.slice(i, i + 37)));
  for (const state of [add(values), merged]) {
    assert.ok(
      Math.abs(aggregate.result(state)! / twoPass - 1) < 1e-6,
      `${aggregate.result(state)}, ${twoPass}`,
    );
  }
  const naive = values.reduce((total, x) => total + x * x, 0) / values.length -
    (values.reduce((total, x) => total + x, 0) / values.length) ** 2;
  assert.ok(Math.abs(naive / twoPass - 1) > 0.1, "the textbook formula loses them");
});
