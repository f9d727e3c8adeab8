/** The flags of `train` and `tune` that change a recipe, as the recipe's own keys. */
import { CSV_KEYS } from "../readings/csv_rows.ts";
import { flagOf, type SettingKey, type Settings } from "../../config/settings.ts";
import { METERS } from "../../datasets/mod.ts";
import { UserError } from "../../runtime/errors.ts";
import type { CommandContext } from "../command.ts";
import {
  CLASSIFIER_RECIPES,
  type ClassifierRecipe,
  type ForecasterTask,
  METERS_RECIPE,
  METERS_TASK,
  type Recipe,
} from "../../train/mod.ts";

/** Settings that are about how a network is trained, whatever it is for. */
export const RECIPE_KEYS = [
  "hidden",
  "activation",
  "epochs",
  "patience",
  "batchSize",
  "learningRate",
  "optimizer",
  "schedule",
  "weightDecay",
  "clipNorm",
  "dropout",
  "seed",
  "threads",
  "fma",
] as const;

/** Settings that say what a forecaster is to forecast, and from what. */
export const TASK_KEYS = ["target", "horizon", "lookback", "calendar", "seasonal", "perSource"] as const;

/** Settings of a classifier's recipe alone. */
export const CLASSIFIER_KEYS = [
  "recipe",
  "criterion",
  "restarts",
  "labelSmoothing",
  "classWeights",
  "logFeatures",
  "offsets",
] as const;

/** Flags that are about forecasters, and those that are about classifiers, alone. */
const FORECASTER_FLAGS: readonly SettingKey[] = [
  ...[...CSV_KEYS, "limit", "fromTopic", "maxMessages"] as const,
  ...TASK_KEYS,
];
const CLASSIFIER_FLAGS: readonly SettingKey[] = ["train", "test", "unknownLabel", ...CLASSIFIER_KEYS];

/**
 * Refuses flags that would do nothing; a configuration file may hold settings for both.
 *
 * @throws {UserError} (exit code 2)
 */
export function refuseForeignFlags(dataset: Settings["dataset"], origin: CommandContext["origin"]): void {
  const classifies = dataset === "nsl-kdd";
  const foreign = classifies ? FORECASTER_FLAGS : CLASSIFIER_FLAGS;
  const found = foreign.find((key) => origin[key]?.startsWith("flag "));
  if (found === undefined) return;
  throw new UserError(
    `${flagOf(found)} is about ${classifies ? "forecasts" : "classes"}, and ${dataset} trains a model to ${
      classifies ? "predict classes" : "forecast readings"
    }`,
    { hint: `leave it out, or choose another data set with --dataset`, exitCode: 2 },
  );
}

type RecipeSettings = Pick<Settings, typeof RECIPE_KEYS[number]>;
type ClassifierSettings = RecipeSettings & Pick<Settings, typeof CLASSIFIER_KEYS[number]>;

/** Without the entries that nobody gave. */
export function given<T extends object>(entries: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function sharedRecipe(settings: RecipeSettings) {
  const { hidden, activation, epochs, patience, batchSize, learningRate, seed, threads, fma } = settings;
  const { schedule, weightDecay, clipNorm, dropout } = settings;
  if (weightDecay !== undefined && weightDecay > 0 && (settings.optimizer ?? "adamw") !== "adamw") {
    throw new UserError(`--weight-decay is adamw's: --optimizer ${settings.optimizer} has none`, {
      hint: "leave --optimizer out, or take adamw",
      exitCode: 2,
    });
  }
  const optimizer = settings.optimizer ??
    (weightDecay === undefined || weightDecay === 0 ? undefined : "adamw");
  return given({
    ...{ hidden, activation, epochs, patience, batchSize, learningRate, seed, threads, fma },
    ...{ optimizer, schedule, weightDecay, clipNorm, dropout },
  });
}

/** Settings that say which readings are learned. */
type SourceSettings = Pick<Settings, "dataset" | "csv" | "fromTopic">;

/** Whether the shipped electricity set is learned, which has a task and a recipe of its own. */
function isMeters({ dataset, csv, fromTopic }: SourceSettings): boolean {
  return dataset === METERS && csv === undefined && fromTopic === undefined;
}

/** The task of a forecaster: what the settings say, and of the meters set what nobody said. */
export function forecastTaskOf(
  settings: SourceSettings & Pick<Settings, typeof TASK_KEYS[number]>,
  origin: CommandContext["origin"],
): ForecasterTask {
  const { target, horizon, lookback, calendar, seasonal: seasons, perSource } = settings;
  const own = isMeters(settings) ? METERS_TASK : undefined;
  const said = <T>(key: SettingKey, value: T, of: T | undefined): T =>
    origin[key] === undefined && of !== undefined ? of : value;
  return {
    target,
    horizon: said("horizon", horizon, own?.horizon),
    lookback: said("lookback", lookback, own?.lookback),
    calendar: said("calendar", calendar, own?.calendar),
    seasons: said<readonly number[] | undefined>("seasonal", seasons, own?.seasons),
    perSource: said("perSource", perSource, own?.perSource),
  };
}

/** The recipe of a forecaster: what the settings say, changing that of the data set. */
export function forecastRecipeOf(settings: RecipeSettings & SourceSettings): Partial<Recipe> {
  const said = sharedRecipe(settings);
  return isMeters(settings) ? { ...METERS_RECIPE, ...said } : said;
}

/** The recipe of a classifier: the one that is named, changed by the flags. */
export function classifierRecipeOf(settings: ClassifierSettings): ClassifierRecipe {
  const { criterion, restarts, labelSmoothing, classWeights, logFeatures, offsets } = settings;
  const recipe = {
    ...CLASSIFIER_RECIPES[settings.recipe ?? "default"],
    ...sharedRecipe(settings),
    ...given({ criterion, restarts, labelSmoothing, classWeights, logFeatures }),
    ...(offsets === undefined ? {} : { offsets: offsets === "on" }),
  };
  // A recipe that keeps the last epoch goes through all of them, however many are asked for.
  return recipe.keep === "last" && settings.patience === undefined
    ? { ...recipe, patience: recipe.epochs }
    : recipe;
}
