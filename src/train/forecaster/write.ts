/** What the model file of a trained forecaster says. */
import type { Network } from "../../../nn/mod.ts";
import type { ForecastMetadata } from "../../models/model_file.ts";
import type { Preparation } from "../../models/preparation.ts";
import type { Recipe } from "./recipe.ts";
import type { TrainingSet } from "./series.ts";

/** What the model file says, without the errors that are measured with it. */
export function describeModel(
  set: TrainingSet,
  { preparation, network, recipe, horizon }: {
    readonly preparation: Preparation;
    readonly network: Network;
    readonly recipe: Recipe;
    readonly horizon: number;
  },
): ForecastMetadata {
  const { name: target, unit } = set.features[preparation.targetIndex]!;
  const { hidden: _, seed, ...rest } = recipe;
  return {
    name: nameOfModel(set, { target, horizon }),
    architecture: network.spec,
    preparation,
    task: { kind: "forecast", target, unit, horizon },
    recipe: { seed, ...rest },
    training: { name: set.name, sha256: set.sha256, readings: set.readings, sources: set.series.length },
    metrics: {},
  };
}

/** `meters-power-6`: the data set's file name without its ending, the target, the horizon. */
export function nameOfModel(
  { name }: TrainingSet,
  { target, horizon }: { readonly target: string; readonly horizon: number },
): string {
  const stem = name.split(/[\\/]/).at(-1)!.replace(/\.[^.]+$/, "");
  return `${stem}-${target}-${horizon}`;
}
