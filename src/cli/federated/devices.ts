/** What `simulate`, and a server without a model file, make a federation of: readings, task, recipe. */
import type { Settings } from "../../config/settings.ts";
import { FEDERATED_RECIPE, type FederatedRecipe } from "../../federated/simulate/recipe.ts";
import { UserError } from "../../runtime/errors.ts";
import { type ForecasterTask, readDataset, type TrainingSet } from "../../train/mod.ts";
import type { CommandContext } from "../command.ts";
import { CSV_KEYS, openWholeRows, refuseWithoutCsv, SERIES_WORDING } from "../readings/csv_rows.ts";
import { forecastTaskOf, given } from "../train/recipe.ts";

/** Settings that say which readings there are. */
export const DATA_KEYS = ["dataset", ...CSV_KEYS, "limit"] as const;

/** Settings that say what is forecast, and from what. */
export const TASK_KEYS = ["target", "horizon", "lookback", "calendar", "seasonal"] as const;

/** Settings that say how devices learn. */
export const RECIPE_KEYS = [
  ...["hidden", "activation", "dropout", "epochs", "batchSize", "learningRate", "optimizer", "seed"] as const,
  ...["deviceWindow", "normalisation"] as const,
] as const;

/** Wording of those that mean something else here. */
export const DATA_WORDING = {
  ...SERIES_WORDING,
  epochs: { description: "Passes over a device's window in a round [default: 2]", placeholder: "N" },
} as const;

/** The readings; their sources are the devices. @throws {UserError} where they are no series */
export async function readDevices(
  settings: Pick<Settings, typeof DATA_KEYS[number]>,
  context: CommandContext,
): Promise<TrainingSet> {
  refuseWithoutCsv(settings.csv, { origin: context.origin });
  if (settings.dataset === "nsl-kdd" && settings.csv === undefined) {
    throw new UserError("Cannot federate nsl-kdd: its rows are not the series of devices", {
      hint: "name readings with --csv FILE --key COLUMN, or --dataset meters",
      exitCode: 2,
    });
  }
  const { dataset, sayRows } = await openWholeRows(settings, context);
  const set = await readDataset(dataset, { limit: settings.limit, signal: context.signal });
  sayRows();
  return set;
}

/** The task: what the settings say, and of the meters set what nobody said. */
export function taskOf(
  settings: Pick<Settings, "dataset" | "csv" | typeof TASK_KEYS[number]>,
  origin: CommandContext["origin"],
): ForecasterTask {
  return forecastTaskOf({ ...settings, fromTopic: undefined, perSource: false }, origin);
}

/** The recipe: what the settings say, and what was found by trials. */
export function recipeOf(
  settings: Pick<Settings, typeof RECIPE_KEYS[number]>,
  rounds: number,
): FederatedRecipe {
  const { hidden, activation, dropout, epochs, batchSize, learningRate, optimizer, seed } = settings;
  const { normalisation, deviceWindow: windowLength } = settings;
  return {
    ...FEDERATED_RECIPE,
    ...given({ hidden, activation, dropout, epochs, batchSize, learningRate, optimizer }),
    ...{ seed, rounds, normalisation, windowLength },
  };
}
