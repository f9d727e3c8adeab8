/** Whole simulations: that devices learn together, what faults do, and that the same seed gives the same bits. */
import assert from "node:assert/strict";
import { countSlices, simulate } from "../../src/federated/simulate/mod.ts";
import { STRATEGY_NAMES } from "../../src/federated/strategies/mod.ts";
import { federate, simulated, SMALL, waveSet } from "./sets.ts";

const set = waveSet(8, 300);
const FAULTS = { drop: 0.3, poison: 0.5 };

Deno.test("devices that learn together beat the last value on unseen time, and come near one model for all", () => {
  const { mse, strategies: [fedavg], devices } = simulated(set);
  const { global, personalised } = fedavg!.clean;
  assert.ok(global < 0.5 * mse.lastValue, `${global} ${mse.lastValue}`);
  assert.ok(mse.centralised < 0.5 * mse.lastValue && mse.local < mse.lastValue);
  assert.ok(global < 2 * mse.centralised, `${global} ${mse.centralised}`);
  assert.ok(personalised < mse.lastValue);
  assert.equal(fedavg!.faulty, null);
  assert.deepEqual(devices.map(({ device }) => device), set.series.map(({ source }) => source));
  const mean = (who: "global" | "lastValue") =>
    devices.reduce((sum, { mse }) => sum + mse[who]!, 0) / devices.length;
  assert.ok(Math.abs(mean("global") - global) < 1e-12 && Math.abs(mean("lastValue") - mse.lastValue) < 1e-12);
});

Deno.test("every round is scored before it is learned: the first one by a network of chance, the last one by a trained one", () => {
  const { rounds } = simulated(set).strategies[0]!.clean;
  assert.deepEqual(
    rounds.map(({ round, updates }) => [round, updates]),
    [1, 2, 3, 4, 5, 6].map((n) => [n, 8]),
  );
  assert.ok(rounds[5]!.ratio < 0.5 * rounds[0]!.ratio);
});

Deno.test("the same seed gives the same bits for every strategy, faults included; another one gives others", () => {
  const run = (seed: number) =>
    simulated(set, { recipe: { ...SMALL, seed, rounds: 3 }, strategies: STRATEGY_NAMES, faults: FAULTS });
  const once = run(1);
  assert.deepEqual(run(1), once);
  assert.notDeepEqual(run(2).global, once.global);
  assert.deepEqual(once.strategies.map(({ name }) => name), STRATEGY_NAMES);
});

Deno.test("nothing is learned from the unseen time", () => {
  const other = {
    ...set,
    series: set.series.map((series) => ({
      ...series,
      values: series.values.map((value, n) => n < 0.8 * series.length ? value : 1e6 - value),
    })),
  };
  for (const normalisation of ["own", "federation"] as const) {
    const recipe = { ...SMALL, normalisation, rounds: 2 };
    assert.deepEqual(simulated(other, { recipe }).global, simulated(set, { recipe }).global, normalisation);
  }
});

Deno.test("poisoned and dropped devices: FedAvg collapses, the robust ones hardly notice, each refusal has its reason", () => {
  const faults = { drop: 0.2, poison: 0.3 };
  const many = waveSet(14, 300);
  const { strategies, devices } = simulated(many, { strategies: ["fedavg", "median", "multi-krum"], faults });
  const poisons = devices.flatMap(({ device, poison }) => poison === null ? [] : [{ device, poison }]);
  assert.equal(poisons.length, 5);
  assert.deepEqual(new Set(poisons.map(({ poison }) => poison)).size, 4);
  const nan = poisons.find(({ poison }) => poison === "not-a-number")!.device;
  const [fedavg, ...robust] = strategies;
  assert.ok(fedavg!.faulty!.global > 3 * fedavg!.clean.global);
  for (const { name, clean, faulty } of robust) {
    assert.ok(faulty!.global < 1.3 * clean.global, `${name}: ${faulty!.global} ${clean.global}`);
  }
  for (const { clean, faulty } of strategies) {
    assert.equal(clean.rejected, 0);
    assert.ok(faulty!.rejected > 0);
    assert.equal(faulty!.remarks[`refused from ${nan}: not-finite`] !== undefined, true);
    for (const { updates, dropped, refused } of faulty!.rounds) assert.ok(updates + dropped + refused <= 14);
    assert.ok(faulty!.rounds.some(({ dropped }) => dropped > 0));
  }
});

Deno.test("FedBuff takes what came late in the round after, others never", () => {
  const { strategies } = simulated(set, {
    strategies: ["fedavg", "fedbuff"],
    faults: { drop: 0.5, poison: 0 },
  });
  const [fedavg, fedbuff] = strategies.map(({ faulty }) => faulty!.rounds);
  fedavg!.forEach(({ updates, dropped }) => assert.equal(updates + dropped, 8));
  fedbuff!.forEach(({ updates, dropped }, i) =>
    assert.equal(updates + dropped, 8 + (i === 0 ? 0 : fedbuff![i - 1]!.dropped))
  );
});

Deno.test("where nobody's update comes the global model stays, and that is said", () => {
  const { strategies: [krum] } = simulated(set, {
    strategies: ["krum"],
    faults: { drop: 0.9, poison: 0 },
    recipe: { ...SMALL, rounds: 4 },
  });
  assert.ok(krum!.faulty!.remarks["fewer updates than 3: the global model stayed"]! > 0);
});

Deno.test("the federation's normalisation learns as well where devices are alike in size", () => {
  const recipe = { ...SMALL, normalisation: "federation" } as const;
  const { preparation } = federate(set, recipe);
  assert.equal(preparation.spreadReadings, undefined);
  assert.ok(preparation.scale.every((scale) => scale > 0) && preparation.targetScale > 1);
  const { mse, strategies } = simulated(set, { recipe });
  assert.ok(strategies[0]!.clean.global < mse.lastValue);
  assert.equal(federate(set).preparation.spreadReadings, 6);
});

Deno.test("an LSTM learns in a federation, too", () => {
  const recipe = { ...SMALL, hidden: ["lstm:6"] as const, rounds: 3 };
  const { mse, strategies } = simulated(waveSet(3, 200), { recipe });
  assert.ok(strategies[0]!.clean.global < mse.lastValue);
});

Deno.test("the progress counts every slice", () => {
  const recipe = { ...SMALL, rounds: 2 };
  const options = {
    ...{
      federation: federate(set, recipe),
      recipe,
      strategies: ["fedavg", "krum"] as const,
      strategyOptions: {},
    },
    faults: { drop: 0.1, poison: 0 },
  };
  assert.equal([...simulate(options)].length, countSlices(options));
});

Deno.test("what cannot be federated is refused with what to do", () => {
  assert.throws(() => federate(waveSet(1, 300)), /all of its readings are of one source/);
  assert.throws(() => federate(waveSet(3, 16)), /examples to learn from/);
});
