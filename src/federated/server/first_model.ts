/** The global model that a federation begins with: any forecaster, with what participants need to know in its recipe. */
import { createNetwork, Random } from "../../../nn/mod.ts";
import { readForecastModel, writeModel } from "../../models/model_file.ts";
import type { TrainingSet } from "../../train/forecaster/series.ts";
import type { LocalRecipe } from "../participant/learner.ts";
import type { Federation } from "../simulate/devices.ts";
import { writeGlobalModel } from "../simulate/model.ts";
import { FEDERATED_RECIPE, type FederatedRecipe, type Normalisation } from "../simulate/recipe.ts";
import type { StrategyName } from "../strategies/mod.ts";
import type { Strategy } from "../strategies/strategy.ts";

/** How the devices of a federation learn: `recipe` in the metadata of its global models. */
export interface ParticipantRecipe extends LocalRecipe {
  readonly seed: number;
  readonly strategy: string;
  /** Examples that a device keeps to learn from. */
  readonly windowLength: number;
  /** μ of the term μ/2·‖w − global‖² in the devices' loss; 0 for none. */
  readonly proximal: number;
  /** Inputs, and targets, stay within this many of their units. */
  readonly clip: number;
  readonly normalisation: Normalisation;
}

/** What goes before what a file says. */
export interface FirstModelOptions {
  readonly strategy: Strategy;
  readonly said: Partial<LocalRecipe & Pick<ParticipantRecipe, "windowLength">>;
}

/**
 * A forecaster's file as the first global model. One that was made by a federation keeps its recipe; one that was trained
 * in one place has a recipe for that, which is replaced.
 *
 * @throws {ModelFileError} where the bytes are no forecaster
 */
export function toGlobalModel(
  bytes: Uint8Array,
  { strategy, said }: FirstModelOptions,
): Uint8Array<ArrayBuffer> {
  const { metadata, network } = readForecastModel(bytes);
  const own = metadata.recipe as Partial<ParticipantRecipe> & { readonly seed: number };
  const base = own.windowLength === undefined ? FEDERATED_RECIPE : { ...FEDERATED_RECIPE, ...own };
  const { epochs, batchSize, optimizer, learningRate, huberDelta, windowLength } = base;
  const { clip, spreadReadings } = metadata.preparation;
  const recipe: ParticipantRecipe = {
    ...(own.windowLength === undefined ? {} : own),
    ...{ seed: own.seed, strategy: strategy.name, proximal: strategy.proximal },
    ...{ epochs, batchSize, optimizer, learningRate, huberDelta, windowLength, clip },
    normalisation: spreadReadings === undefined ? "federation" : "own",
    ...said,
  };
  return writeModel(network, { ...metadata, recipe: { ...recipe } });
}

/** An untrained model for the devices of a data set; the same set and recipe give the same bytes. */
export function makeFirstModel(
  set: TrainingSet,
  { federation, horizon, recipe, strategy }: {
    readonly federation: Federation;
    readonly horizon: number;
    readonly recipe: FederatedRecipe;
    readonly strategy: Strategy;
  },
): Uint8Array<ArrayBuffer> {
  const weights = createNetwork(federation.spec, new Random(recipe.seed)).parameters;
  const bytes = writeGlobalModel(set, {
    ...{ federation, weights, horizon, metrics: {} },
    recipe: { ...recipe, strategy: strategy.name as StrategyName, drop: 0, poison: 0 },
  });
  return toGlobalModel(bytes, { strategy, said: {} });
}
