/** What holds for every strategy, and what sets the robust ones apart. */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { StreamingMean } from "../../src/federated/strategies/mean.ts";
import type { StrategyState } from "../../src/federated/strategies/strategy.ts";
import { makeStrategy, STRATEGY_NAMES, type StrategyName } from "../../src/federated/strategies/mod.ts";
import { distance, type Update } from "../../src/federated/update.ts";
import { aggregate, updatesNear, weightsOf } from "./updates.ts";

const ROBUST: readonly StrategyName[] = [
  "median",
  "trimmed-mean",
  "krum",
  "multi-krum",
  "bulyan",
  "geometric-median",
];

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = Int32Array.from(items, (_, i) => i);
  new Random(seed).shuffle(order);
  return Array.from(order, (place) => items[place]!);
}

for (const name of STRATEGY_NAMES) {
  Deno.test(`${name}: the same updates give the same bits, and stay as they are`, () => {
    const global = weightsOf(40, 1), updates = updatesNear(global, { devices: 11, seed: 2 });
    const before = structuredClone({ global, updates });
    const once = aggregate(makeStrategy(name), global, { updates, round: 1 });
    assert.deepEqual({ global, updates }, before);
    assert.deepEqual(aggregate(makeStrategy(name), global, { updates, round: 1 }), once);
    assert.ok(once.every(Number.isFinite) && once.length === 40);
    assert.ok(distance(once, global) > 0.01, "it moves to where all devices are");
  });

  Deno.test(`${name}: from a saved state it goes on as if it had not stopped`, () => {
    const run = (restart: boolean) => {
      let strategy = makeStrategy(name), global: Float64Array = weightsOf(12, 3);
      const earlier = new Map<number, Float64Array>();
      for (let round = 1; round <= 4; round++) {
        const updates = updatesNear(global, { devices: 9, seed: round, round });
        // One is late, where late ones are taken.
        const taken = strategy.stalenessMax > 0 && round > 1
          ? [{ ...updates[0]!, round: round - 1 }, ...updates.slice(1)]
          : updates;
        const next = aggregate(strategy, global, { updates: taken, round, earlier });
        earlier.set(round, global);
        global = next;
        if (restart) strategy = makeStrategy(name, {}, structuredClone(strategy.state()));
      }
      return global;
    };
    assert.deepEqual(run(true), run(false));
  });

  Deno.test(`${name}: updates that agree are the global model, or a step towards it`, () => {
    const global = weightsOf(8, 5), agreed = global.map((weight) => weight + 0.25);
    const updates = updatesNear(global, { devices: 9, seed: 1 }).map((update) => ({
      ...update,
      weights: agreed,
    }));
    const next = aggregate(makeStrategy(name), global, { updates, round: 1 });
    if (["fedadam", "fedyogi", "fedadagrad"].includes(name)) {
      next.forEach((weight, i) => assert.ok(weight > global[i]! && weight < agreed[i]!));
    } else {
      assert.ok(distance(next, agreed) < 1e-12);
    }
  });
}

for (const name of STRATEGY_NAMES) {
  Deno.test(`${name}: the order in which updates come does not matter, to the bit`, () => {
    const global = weightsOf(30, 8), updates = updatesNear(global, { devices: 60, seed: 9 });
    const sorted = aggregate(makeStrategy(name), global, { updates, round: 1 });
    for (let seed = 0; seed < 5; seed++) {
      const other = aggregate(makeStrategy(name), global, { updates: shuffled(updates, seed), round: 1 });
      assert.deepEqual(other, sorted);
    }
  });
}

Deno.test("a plain sum would not pass that", () => {
  const global = weightsOf(30, 8), updates = updatesNear(global, { devices: 60, seed: 9 });
  const plain = (some: readonly Update[]) =>
    global.map((_, i) => some.reduce((sum, { weights, numExamples }) => sum + numExamples * weights[i]!, 0));
  const sorted = plain(updates);
  assert.ok([0, 1, 2].some((seed) => plain(shuffled(updates, seed)).some((sum, i) => sum !== sorted[i])));
});

Deno.test("the streaming mean is the mean of exact sums, at the limits too", () => {
  const global = new Float64Array([0, -7.25, 3]);
  const mean = new StreamingMean(global);
  const far = [[1_000, -1_007.25, 3 + 1e-13], [-999.123456789, 992.75, 3 - 3e-13], [1e-12, -7.25 + 1e-9, 3]];
  for (const weights of far) {
    mean.add({ device: "a", numExamples: 131_072, weights: Float64Array.from(weights) });
  }
  const exact = global.map((weight, i) => weight + far.reduce((sum, one) => sum + (one[i]! - weight), 0) / 3);
  mean.mean().forEach((weight, i) =>
    assert.ok(Math.abs(weight - exact[i]!) <= 1e-12, `${weight} ${exact[i]}`)
  );
  assert.equal(mean.numExamples, 3 * 131_072);
});

Deno.test("the streaming mean takes nothing that no check has passed", () => {
  const mean = new StreamingMean(new Float64Array(2));
  const add = (change: Partial<Update>) =>
    mean.add({ device: "a", numExamples: 1, weights: new Float64Array(2), ...change });
  assert.throws(() => add({ weights: new Float64Array([NaN, 0]) }), /weight 0 is NaN/);
  assert.throws(() => add({ weights: new Float64Array([0, 1e4]) }), /weight 1 is 10000/);
  assert.throws(() => add({ weights: new Float64Array(3) }), /not a checked one/);
  assert.throws(() => add({ numExamples: 1e9 }), /not a checked one/);
  assert.throws(() => mean.mean(), /no updates/);
});

for (const name of ROBUST) {
  Deno.test(`${name}: poisoned devices hardly move it, and move FedAvg`, () => {
    const global = weightsOf(20, 11), honest = updatesNear(global, { devices: 13, seed: 12 });
    const clean = aggregate(makeStrategy(name), global, { updates: honest, round: 1 });
    const poisons: Record<string, (weights: Float64Array) => Float64Array> = {
      "×100": (weights) => weights.map((weight, i) => global[i]! + 100 * (weight - global[i]!)),
      "sign flip": (weights) => weights.map((weight, i) => 2 * global[i]! - weight),
      "the same far place": () => global.map(() => 200),
    };
    for (const [kind, poison] of Object.entries(poisons)) {
      const updates = honest.map((update, i) =>
        i < 2 ? { ...update, weights: poison(update.weights) } : update
      );
      const moved = distance(aggregate(makeStrategy(name), global, { updates, round: 1 }), clean);
      const average = makeStrategy("fedavg");
      const movedAverage = distance(
        aggregate(average, global, { updates, round: 1 }),
        aggregate(average, global, { updates: honest, round: 1 }),
      );
      assert.ok(moved < 0.3, `${kind}: ${moved}`); // the devices themselves are 0.3 apart
      if (kind !== "sign flip") assert.ok(movedAverage > 1, `${kind}: ${movedAverage}`);
    }
  });
}

Deno.test("a trimmed mean says when it trims none, and refuses a share that leaves none", () => {
  const strategy = makeStrategy("trimmed-mean", { faultyShare: 0.2 });
  assert.match(strategy.doubt(3)!, /0.2 of 3 updates trims none/);
  assert.equal(strategy.doubt(5), null);
  for (const faultyShare of [0.5, 0.7, -0.1, NaN]) {
    assert.throws(() => makeStrategy("trimmed-mean", { faultyShare }), /below 0.5/);
  }
});

Deno.test("Krum, multi-Krum and Bulyan say when there are too few updates, and want three at least", () => {
  for (const name of ["krum", "multi-krum"] as const) {
    assert.match(makeStrategy(name).doubt(4)!, /too few/);
    assert.equal(makeStrategy(name).doubt(5), null);
  }
  assert.match(makeStrategy("bulyan").doubt(6)!, /too few/);
  assert.equal(makeStrategy("bulyan").doubt(7), null);
  for (const name of ["krum", "multi-krum", "bulyan"] as const) {
    const global = new Float64Array(2);
    const two = updatesNear(global, { devices: 2, seed: 1 });
    assert.throws(
      () => aggregate(makeStrategy(name), global, { updates: two, round: 1 }),
      /3 or more are wanted/,
    );
  }
});

Deno.test("FedBuff counts a late update for less, from the model it began with, and not at all where that is gone", () => {
  const strategy = makeStrategy("fedbuff");
  const begun = new Float64Array([0]);
  const update = (device: string, round: number, weight: number): Update => ({
    ...{ device, round, numExamples: 10, weights: new Float64Array([weight]) },
  });
  const next = aggregate(strategy, begun, { updates: [update("a", 1, 1)], round: 1 });
  assert.deepEqual([...next], [1]);
  // b moved by 2 from round 1's model: 2/√2 in round 2; a by −1 from round 2's.
  const earlier = new Map([[1, begun]]);
  const updates = [update("a", 2, 0), update("b", 1, 2)];
  const [after] = aggregate(strategy, next, { updates, round: 2, earlier });
  assert.ok(Math.abs(after! - (1 + (-1 + 2 / Math.SQRT2) / 2)) < 1e-12);
  for (const place of [{ round: 2 }, { round: 12, earlier }]) {
    assert.throws(() => aggregate(strategy, next, { updates, ...place }), /global model \d is not kept/);
  }
});

Deno.test("FedProx asks the participants for its term, the others for none", () => {
  for (const name of STRATEGY_NAMES) assert.equal(makeStrategy(name).proximal, name === "fedprox" ? 0.01 : 0);
  assert.throws(() => makeStrategy("fedprox", { proximal: 0 }), /above 0/);
  assert.throws(() => makeStrategy("fedavgm", { momentum: 1 }), /below 1/);
  assert.throws(() => makeStrategy("fedadam", { serverLearningRate: 0 }), /above 0/);
});

Deno.test("a state that is another's, or of another model, is refused", () => {
  const global = new Float64Array(3), updates = updatesNear(global, { devices: 3, seed: 1 });
  const run = (name: StrategyName, state: StrategyState) =>
    aggregate(makeStrategy(name, {}, state), global, { updates, round: 1 });
  const velocity = Float64Array.of(1, 2);
  assert.throws(() => run("fedavgm", { velocity }), /3 finite numbers are wanted as velocity/);
  const m = new Float64Array(3);
  assert.throws(() => run("fedadam", { m, v: Float64Array.of(NaN, 1, 2) }), /3 finite numbers/);
  assert.throws(() => run("fedadam", { velocity: m }), /3 finite numbers are wanted as m/);
});

Deno.test("noise: the strategy moves on by a clipped, noisy mean, and its ε grows with the rounds", () => {
  const global = weightsOf(400, 1), updates = updatesNear(global, { devices: 11, seed: 2 });
  const options = { clipNorm: 0.5, noiseMultiplier: 2, noiseKey: new Uint8Array(32).fill(3) };
  const strategy = makeStrategy("fedavg", options);
  assert.equal(strategy.epsilon(), 0, "nothing has been given away yet");
  const next = aggregate(strategy, global, { updates, round: 0 });
  const plain = aggregate(makeStrategy("fedavg", { clipNorm: 0.5 }), global, { updates, round: 0 });
  assert.ok(distance(plain, global) <= 0.5 + 1e-12, "no update moves the mean further than the clip");
  const noise = distance(next, plain) / Math.sqrt(400);
  assert.ok(Math.abs(noise - 2 * 0.5 / 11) < 0.01, `standard deviation of the noise: ${noise}`);
  const first = strategy.epsilon()!;
  const saved = structuredClone(strategy.state());
  const again = makeStrategy("fedavg", { ...options, noiseKey: new Uint8Array(32).fill(9) }, saved);
  const two = aggregate(strategy, next, { updates, round: 1 });
  assert.deepEqual(aggregate(again, next, { updates, round: 1 }), two, "the key goes on from the state");
  assert.ok(first > 0 && strategy.epsilon()! > first);
  assert.equal(makeStrategy("fedavg", { clipNorm: 0.5 }).epsilon(), null);
});

Deno.test("noise is refused where single updates are compared, and without a key", () => {
  const noiseKey = new Uint8Array(32).fill(3);
  for (const name of STRATEGY_NAMES) {
    const make = () => makeStrategy(name, { clipNorm: 1, noiseMultiplier: 1, noiseKey });
    if (makeStrategy(name).takesMean) make();
    else assert.throws(make, /compares single updates/);
  }
  assert.throws(() => makeStrategy("fedavg", { clipNorm: 1, noiseMultiplier: 1 }), /without a key/);
  assert.throws(() => makeStrategy("fedavg", { clipNorm: 0 }), /above 0/);
});
