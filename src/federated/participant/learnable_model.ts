/** The global model as a participant takes it: weights, what is forecast of which features, and how devices learn. */
import type { NetworkSpec } from "../../../nn/mod.ts";
import { readForecastModel } from "../../models/model_file.ts";
import type { Preparation } from "../../models/preparation.ts";
import { type DeviceRecipe, readDeviceRecipe } from "./device_recipe.ts";

/** A published global model. */
export interface LearnableModel {
  /** Its number, and that of the round whose updates learn from it. */
  readonly round: number;
  /** Beginning of its file's SHA-256. */
  readonly version: string;
  readonly weights: Float64Array;
  readonly spec: NetworkSpec;
  readonly preparation: Preparation;
  /** The same preparation has the same text. */
  readonly preparationText: string;
  readonly target: string;
  readonly horizon: number;
  readonly recipe: DeviceRecipe;
  /** What the states of devices depend on: models of another task cannot go on from them. */
  readonly signature: string;
}

/** Reads a model's file. @throws {ModelFileError} for one that does not forecast, or with a recipe out of range */
export function readLearnableModel(bytes: Uint8Array, round: number): LearnableModel {
  const { version, network, target, horizon, metadata } = readForecastModel(bytes);
  const { preparation, architecture: spec } = metadata;
  const { features, targetIndex, lookback } = preparation;
  const recipe = readDeviceRecipe(metadata.recipe);
  const names = features.map(({ name }) => name);
  return {
    ...{ round, version, spec, preparation, target, horizon, recipe },
    weights: network.parameters.slice(),
    preparationText: JSON.stringify(preparation),
    signature: `federated 1, ${
      JSON.stringify({ names, targetIndex, horizon, lookback, spec })
    }, window ${recipe.windowLength}`,
  };
}
