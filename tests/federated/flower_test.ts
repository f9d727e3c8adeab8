/** The same updates through Flower's strategies: the same numbers where it is right, each case named where it is not. */
import assert from "node:assert/strict";
import { makeStrategy, type StrategyName } from "../../src/federated/strategies/mod.ts";
import type { StrategyOptions } from "../../src/federated/strategies/strategy.ts";
import { checkUpdate, type Update } from "../../src/federated/update.ts";
import { aggregate } from "./updates.ts";

interface FlowerRound {
  readonly round: number;
  readonly global: readonly number[];
  readonly updates: readonly { readonly numExamples: number; readonly weights: readonly number[] }[];
  readonly result: readonly number[];
}

const read = async (name: string) =>
  JSON.parse(await Deno.readTextFile(new URL(`../golden/federated/${name}`, import.meta.url)));
const flower: {
  readonly cases: readonly {
    readonly strategy: StrategyName;
    readonly options: StrategyOptions;
    readonly rounds: readonly FlowerRound[];
  }[];
  readonly wrong: Readonly<Record<string, unknown>>;
} = await read("flower.json");

const update = (weights: readonly number[], i: number, numExamples = 10): Update => ({
  ...{ device: `device-${i}`, round: 1, numExamples, weights: Float64Array.from(weights) },
});

flower.cases.forEach(({ strategy: name, options, rounds }, place) => {
  Deno.test(`as Flower: ${name} of ${rounds[0]!.updates.length} (${place})`, () => {
    const strategy = makeStrategy(name, options);
    for (const { round, global, updates, result } of rounds) {
      const own = updates.map(({ weights, numExamples }, i) => update(weights, i, numExamples));
      const next = aggregate(strategy, Float64Array.from(global), { updates: own, round });
      next.forEach((weight, i) =>
        assert.ok(Math.abs(weight - result[i]!) < 1e-12, `${round}: ${weight} ${result[i]}`)
      );
    }
  });
});

Deno.test("unlike Flower: one NaN client destroys its model, and is refused here", () => {
  const wrong = flower.wrong["one NaN client"] as Record<string, unknown[]>;
  for (const strategy of ["fedavg", "median", "trimmed-mean"] as const) {
    assert.equal(wrong[strategy]![0], "nan");
  }
  const global = new Float64Array(2);
  const sent = [[1, 2], [3, 4], [NaN, 1]].map((weights, i) => checkUpdate(update(weights, i), { global }));
  const kept = sent.flatMap((checked) => "update" in checked ? [checked.update] : []);
  assert.deepEqual(sent.flatMap((checked) => "refusal" in checked ? [checked.refusal] : []), [
    { device: "device-2", reason: "not-finite", detail: "weight 0 of 2 is NaN" },
  ]);
  for (const name of ["fedavg", "median", "trimmed-mean"] as const) {
    assert.deepEqual([...aggregate(makeStrategy(name), global, { updates: kept, round: 1 })], [2, 3]);
  }
});

Deno.test("unlike Flower: its trimmed mean of three trims none and does not say so", () => {
  const [mean] = flower.wrong["trimmed mean of three, one at 1e9"] as number[];
  assert.ok(mean! > 3e8);
  assert.match(makeStrategy("trimmed-mean", { faultyShare: 0.2 }).doubt(3)!, /trims none/);
  // And the check of the norm keeps such an update out.
  assert.ok("refusal" in checkUpdate(update([1e9], 2), { global: new Float64Array(1) }));
});

Deno.test("unlike Flower 1.20: β = 0.5 gave NaN; 1.42 refuses it, as this does", async () => {
  assert.equal((await read("flower_trimmed_mean.json")).result, "nan");
  assert.match(flower.wrong["trimmed mean of four, β = 0.5"] as string, /ValueError/);
  assert.throws(() => makeStrategy("trimmed-mean", { faultyShare: 0.5 }), RangeError);
});

Deno.test("unlike Flower: clients without examples are a division by zero there, and refused here", () => {
  assert.match(flower.wrong["no examples at all"] as string, /ZeroDivisionError/);
  const checked = checkUpdate(update([1], 0, 0), { global: new Float64Array(1) });
  assert.ok("refusal" in checked && checked.refusal.reason === "examples");
});

Deno.test("unlike Flower: its Krum's distances ‖x‖² + ‖y‖² − 2x·y lose near updates far from 0", () => {
  assert.deepEqual(flower.wrong["Krum's distances of near updates far from 0"], [1e8]);
  const updates = [1e8, 1e8 + 1, 1e8 + 0.9, 1e8 + 30].map((weight, i) => update([weight], i));
  const chosen = aggregate(makeStrategy("krum", { faultyShare: 0 }), new Float64Array([1e8]), {
    updates,
    round: 1,
  });
  assert.deepEqual([...chosen], [1e8 + 0.9]);
});
