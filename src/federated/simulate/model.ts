/** The global model as an ordinary model file. */
import { allocateNetwork } from "../../../nn/mod.ts";
import { writeModel } from "../../models/model_file.ts";
import type { TrainingSet } from "../../train/forecaster/series.ts";
import { nameOfModel } from "../../train/forecaster/write.ts";
import type { Federation } from "./devices.ts";
import type { StrategyName } from "../strategies/mod.ts";
import type { Faults } from "./faults.ts";
import type { FederatedRecipe } from "./recipe.ts";

/** The bytes of a model file; the same weights give the same bytes. */
export function writeGlobalModel(
  set: TrainingSet,
  { federation, weights, horizon, recipe, metrics }: {
    readonly federation: Federation;
    readonly weights: Float64Array;
    readonly horizon: number;
    readonly recipe: FederatedRecipe & Faults & { readonly strategy: StrategyName };
    readonly metrics: Readonly<Record<string, number>>;
  },
): Uint8Array<ArrayBuffer> {
  const { preparation, spec, devices } = federation;
  const { name: target, unit } = set.features[preparation.targetIndex]!;
  const network = allocateNetwork(spec);
  network.parameters.set(weights);
  return writeModel(network, {
    name: nameOfModel(set, { target, horizon }),
    architecture: spec,
    preparation,
    task: { kind: "forecast", target, unit, horizon },
    recipe: { ...recipe },
    training: { name: set.name, sha256: set.sha256, readings: set.readings, sources: devices.length },
    metrics,
  });
}
