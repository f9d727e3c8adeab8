/** Seeded chance: the authors' numbers, the right distributions, a state that can be kept. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";

Deno.test("Random gives the numbers of xoshiro128starstar.c 1.1 from the state 1, 2, 3, 4", () => {
  const random = new Random(0);
  random.restore([1, 2, 3, 4]);
  const drawn = Array.from({ length: 10 }, () => random.uint32());
  // As in the test of the Rust crate rand_xoshiro, made with the authors' C code.
  assert.deepEqual(drawn, [
    ...[11520, 0, 5927040, 70819200, 2031721883],
    ...[1637235492, 1287239034, 3734860849, 3729100597, 4258142804],
  ]);
});

Deno.test("Random fills its state by splitmix64", () => {
  // splitmix64.c from state 0: e220a8397b1dcdaf, 6e789e6aa1b965f4.
  assert.deepEqual(new Random(0).state(), [0x7b1dcdaf, 0xe220a839, 0xa1b965f4, 0x6e789e6a]);
  assert.notDeepEqual(new Random(1).state(), new Random(1 + 2 ** 32).state());
});

Deno.test("Random.uniform() and normal() have their moments", () => {
  const random = new Random(1), count = 100_000;
  for (
    const [draw, mean, sd] of [
      [() => random.uniform(2, 4), 3, 2 / Math.sqrt(12)],
      [() => random.normal(-1, 3), -1, 3],
    ] as const
  ) {
    let sum = 0, squares = 0;
    for (let i = 0; i < count; i++) {
      const x = draw() - mean;
      sum += x;
      squares += x * x;
    }
    assert.ok(Math.abs(sum / count) < 5 * sd / Math.sqrt(count));
    assert.ok(Math.abs(Math.sqrt(squares / count) - sd) < 0.02 * sd);
  }
  for (let i = 0; i < 1_000; i++) {
    const u = random.uniform();
    assert.ok(u >= 0 && u < 1);
  }
});

Deno.test("Random.shuffle() gives each order equally often, and the same from the same seed", () => {
  const random = new Random(2), seen = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = Int32Array.of(0, 1, 2, 3);
    random.shuffle(order);
    seen.set(order.join(), (seen.get(order.join()) ?? 0) + 1);
  }
  assert.equal(seen.size, 24);
  for (const count of seen.values()) assert.ok(count > 800 && count < 1_200);
  const one = Int32Array.from({ length: 100 }, (_, i) => i), other = one.slice();
  new Random(3).shuffle(one);
  new Random(3).shuffle(other);
  assert.deepEqual(one, other);
  assert.deepEqual(one.slice().sort(), Int32Array.from({ length: 100 }, (_, i) => i));
});

Deno.test("Random.restore() goes on from a state that went through JSON", () => {
  const random = new Random(4);
  random.normal();
  const state = JSON.parse(JSON.stringify(random.state()));
  const drawn = [random.uint32(), random.normal(), random.integer(10)];
  const other = new Random(99);
  other.restore(state);
  assert.deepEqual([other.uint32(), other.normal(), other.integer(10)], drawn);
});

Deno.test("Random refuses seeds, states and bounds that it cannot take", () => {
  for (const seed of [-1, 0.5, NaN, 2 ** 53]) assert.throws(() => new Random(seed), /Cannot seed with/);
  const random = new Random(1);
  assert.throws(() => random.restore([0, 0, 0, 0]), /not all zero/);
  assert.throws(() => random.restore([1, 2, 3, -4]), RangeError);
  assert.throws(() => random.restore([1, 2, 3] as unknown as [number, number, number, number]), RangeError);
  for (const below of [0, 1.5, 2 ** 33]) assert.throws(() => random.integer(below), /Cannot draw/);
});
