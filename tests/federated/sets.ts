/** Federations for tests: few readings, small networks. */
import { Random } from "../../nn/mod.ts";
import { type Federation, makeFederation } from "../../src/federated/simulate/devices.ts";
import { simulate, type SimulationOptions, type SimulationResult } from "../../src/federated/simulate/mod.ts";
import { FEDERATED_RECIPE, type FederatedRecipe } from "../../src/federated/simulate/recipe.ts";
import { finishAtOnce, type TrainingSet } from "../../src/train/mod.ts";
import { setOf } from "../train/sets.ts";

/** A wave of a device, of its own size and level, with noise that nobody can forecast. */
export function deviceWave(device: number, length: number): number[] {
  const random = new Random(100 + device);
  const size = 1 + device * 3;
  return Array.from(
    { length },
    (_, n) => 50 * device + size * (Math.sin((n + 3 * device) / 4) + random.normal(0, 0.1)),
  );
}

/** Devices with waves. */
export function waveSet(devices: number, length: number): TrainingSet {
  return setOf(
    Object.fromEntries(Array.from({ length: devices }, (_, i) => [`device-${i}`, deviceWave(i, length)])),
  );
}

/** Learns quickly. */
export const SMALL: FederatedRecipe = {
  ...FEDERATED_RECIPE,
  ...{ hidden: [8], dropout: 0, batchSize: 16, learningRate: 0.01, rounds: 6, windowLength: 200 },
};

/** What the waves are forecast from. */
export const TASK = { horizon: 4, lookback: 6 };

/** Devices of a set. */
export function federate(set: TrainingSet, recipe: FederatedRecipe = SMALL): Federation {
  return makeFederation(set, { task: TASK, recipe });
}

/** A whole simulation at once. */
export function simulated(set: TrainingSet, change: Partial<SimulationOptions> = {}): SimulationResult {
  const { recipe = SMALL } = change;
  return finishAtOnce(simulate({
    ...{ federation: federate(set, recipe), recipe, strategies: ["fedavg"], strategyOptions: {} },
    faults: { drop: 0, poison: 0 },
    ...change,
  }));
}
