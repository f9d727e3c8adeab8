/** Sketches keep within their stated errors. */
import assert from "node:assert/strict";
import { Random } from "../../nn/random.ts";
import type { Aggregate } from "../../src/stream/aggregate.ts";
import { distinct } from "../../src/stream/aggregates/distinct.ts";
import { quantiles } from "../../src/stream/aggregates/quantiles.ts";
import { topK } from "../../src/stream/aggregates/top_k.ts";

function stateOf<In, State>(aggregate: Aggregate<In, State, unknown>, values: Iterable<In>): State {
  let state = aggregate.create();
  for (const value of values) state = aggregate.add(state, value);
  return state;
}

Deno.test("distinct() is exact up to its limit and within 1.6 % (one standard error) beyond", () => {
  const aggregate = distinct((value: string) => value, { exactMax: 100 });
  const few = Array.from({ length: 300 }, (_, i) => `10.0.0.${i % 100}`);
  assert.equal(aggregate.result(stateOf(aggregate, few)), 100);
  for (const size of [101, 1_000, 3_000, 10_000, 30_000]) {
    let squares = 0;
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      const values = Array.from({ length: size }, (_, i) => `10.${round}.${i >> 8}.${i & 255}`);
      const off = aggregate.result(stateOf(aggregate, values)) / size - 1;
      squares += off * off;
      assert.ok(Math.abs(off) < 5 * 0.01625, `${size}: ${off}`);
    }
    assert.ok(Math.sqrt(squares / rounds) < 1.5 * 0.01625, `${size}: ${Math.sqrt(squares / rounds)}`);
  }
});

Deno.test("distinct() gives the same count in whatever order and parts the values come", () => {
  const aggregate = distinct((value: number) => String(value), { exactMax: 50 });
  const values = Array.from({ length: 500 }, (_, i) => i);
  const whole = aggregate.result(stateOf(aggregate, values));
  assert.equal(aggregate.result(stateOf(aggregate, values.toReversed())), whole);
  const parts = [values.slice(0, 40), values.slice(30, 200), values.slice(150)];
  const merged = parts.reduce(
    (into, part) => aggregate.merge(into, stateOf(aggregate, part)),
    aggregate.create(),
  );
  assert.equal(aggregate.result(merged), whole);
});

Deno.test("quantiles() is within its relative error of the value of that rank", () => {
  const random = new Random(1);
  const at = [0, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1];
  const draws: Readonly<Record<string, () => number>> = {
    normal: () => random.normal(0, 50),
    "heavy tail": () => random.uniform() ** -2,
    small: () => 1e-6 * random.uniform(),
    integers: () => random.integer(1_500) - 20,
  };
  for (const relativeError of [0.01, 0.05]) {
    const aggregate = quantiles((value: number) => value, { at, relativeError });
    for (const [title, draw] of Object.entries(draws)) {
      const values = Array.from({ length: 5_000 }, draw);
      const estimates = aggregate.result(stateOf(aggregate, values))!;
      values.sort((a, b) => a - b);
      at.forEach((q, i) => {
        const exact = values[Math.floor(q * (values.length - 1))]!;
        const off = Math.abs(estimates[i]! - exact);
        assert.ok(
          off <= Math.abs(exact) * relativeError * (1 + 1e-9) + 1e-9,
          `${title} ${q}: ${exact} ${estimates[i]}`,
        );
      });
    }
  }
});

Deno.test("quantiles() keeps the largest sizes where they are too far apart for its buckets, in any order", () => {
  const aggregate = quantiles((value: number) => value, { at: [0, 0.5, 1] });
  const values = Array.from({ length: 601 }, (_, i) => 10 ** (i - 300));
  const state = stateOf(aggregate, values);
  assert.deepEqual(aggregate.toJson(stateOf(aggregate, values.toReversed())), aggregate.toJson(state));
  const halves = [values.slice(300), values.slice(0, 300)].map((half) => stateOf(aggregate, half));
  assert.deepEqual(aggregate.toJson(aggregate.merge(halves[0]!, halves[1]!)), aggregate.toJson(state));
  assert.equal(state.positive.counts.size <= 2_048, true);
  assert.equal(aggregate.result(state)![2], 1e300);
});

Deno.test("topK() has the heaviest names with the errors it states, in parts or whole, in bounded memory", () => {
  const random = new Random(2);
  const namesMax = 50;
  const aggregate = topK(10, (value: string) => value, { namesMax });
  const values = Array.from({ length: 20_000 }, () => `host-${Math.floor(random.uniform() ** -1.6)}`);
  const truth = new Map<string, number>();
  for (const value of values) truth.set(value, (truth.get(value) ?? 0) + 1);
  assert.ok(truth.size > 10 * namesMax);
  const whole = stateOf(aggregate, values);
  let merged = aggregate.create();
  for (let i = 0; i < values.length; i += 1_900) {
    merged = aggregate.merge(merged, stateOf(aggregate, values.slice(i, i + 1_900)));
  }
  for (const state of [whole, merged]) {
    assert.ok(state.byName.size <= namesMax);
    const top = aggregate.result(state);
    for (const { name, weight, error } of top) {
      assert.ok(weight >= truth.get(name)! && weight - error <= truth.get(name)!, name);
      assert.ok(error <= values.length / namesMax, `${error}`);
    }
    const names = new Set([...state.byName.keys()]);
    for (const [name, weight] of truth) {
      if (weight > values.length / namesMax) assert.ok(names.has(name), `${name} ${weight}`);
    }
  }
  assert.equal(aggregate.result(whole)[0]!.name, "host-1");
});

Deno.test("topK() goes on from JSON with the same names where it has had to let names go", () => {
  const random = new Random(3);
  const aggregate = topK(4, (value: string) => value, { namesMax: 6, weight: () => 1 });
  const values = Array.from({ length: 600 }, () => `n${random.integer(30)}`);
  const cut = stateOf(aggregate, values.slice(0, 300));
  let again = aggregate.fromJson(JSON.parse(JSON.stringify(aggregate.toJson(cut))));
  for (const value of values.slice(300)) again = aggregate.add(again, value);
  assert.deepEqual(aggregate.toJson(again), aggregate.toJson(stateOf(aggregate, values)));
});
