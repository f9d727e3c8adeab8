/** What a demo learns from, and how: the same in the demo and in its thread. */
import { createNetwork, Random } from "../../../nn/mod.ts";
import { openMeters } from "../../datasets/mod.ts";
import { Learner } from "../../federated/participant/learner.ts";
import { type Federation, makeFederation } from "../../federated/simulate/devices.ts";
import { FEDERATED_RECIPE, type FederatedRecipe } from "../../federated/simulate/recipe.ts";
import type { RunParts } from "../../federated/simulate/run.ts";
import { METERS_TASK, readDataset, type TrainingSet } from "../../train/mod.ts";

/** The devices and their recipe. */
export interface Demo {
  readonly set: TrainingSet;
  readonly federation: Federation;
  readonly recipe: FederatedRecipe;
}

/** The meters as devices. @throws {UserError} for more rounds than there are examples */
export async function makeDemo(rounds: number, signal: AbortSignal): Promise<Demo> {
  const set = await readDataset(openMeters(), { signal });
  const recipe = { ...FEDERATED_RECIPE, rounds };
  return { set, recipe, federation: makeFederation(set, { task: METERS_TASK, recipe }) };
}

/** As the simulation has it: the network, and the weights that all begin with. */
export function runPartsOf({ federation, recipe }: Demo): RunParts {
  const { spec } = federation;
  const initial = createNetwork(spec, new Random(recipe.seed)).parameters.slice();
  return { federation, recipe, initial, learner: new Learner(spec, recipe) };
}
