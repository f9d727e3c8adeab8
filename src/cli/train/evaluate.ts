/** `streamflow evaluate`: what a model is worth on data whose outcome is known, beside the baseline. */
import { flagOf, type SettingKey, type Settings } from "../../config/settings.ts";
import { loadModel } from "../../models/disk.ts";
import type { ForecastModel } from "../../models/model_file.ts";
import { UserError } from "../../runtime/errors.ts";
import {
  evaluateForecaster,
  type ForecastFacts,
  formatForecastEvaluation,
  readDataset,
  type TrainingSet,
} from "../../train/mod.ts";
import { CSV_KEYS, openWholeRows } from "../readings/csv_rows.ts";
import { evaluateClassifier } from "./evaluate_classifier.ts";
import { type CommandContext, defineCommand, type ExitCode } from "../command.ts";

/** Settings that one kind of model alone knows. */
const CLASSIFIER_KEYS = ["test", "unknownLabel", "seed", "html"] as const;
const FORECASTER_KEYS = [...CSV_KEYS, "limit"] as const;
const KEYS = [
  ...["model", "dataset", "split"] as const,
  ...CLASSIFIER_KEYS,
  ...FORECASTER_KEYS,
  ...["json", "quiet"] as const,
];

type EvaluateSettings = Pick<Settings, typeof KEYS[number]>;

/** The `evaluate` command. */
export const evaluateCommand = defineCommand({
  name: "evaluate",
  summary: "Evaluate a model on data with known outcomes, beside the baseline",
  examples: [
    "evaluate --model ids.safetensors --dataset nsl-kdd --test KDDTest+.txt",
    "evaluate --model ids.safetensors --dataset nsl-kdd --test KDDTest+.txt --split test --html report.html",
    "evaluate --model model.safetensors --csv readings.csv --key station --json",
  ],
  settings: KEYS,
  next: () => ({ command: "consume", flags: { model: "model" } }),
  async run(settings, context) {
    const model = await loadModel(settings.model);
    const own = `${settings.model} ${
      model.kind === "classifier" ? "predicts classes" : `forecasts ${model.target}`
    }`;
    if (model.kind === "classifier") {
      refuseFlags(FORECASTER_KEYS, context, { to: "forecasters", own });
      return await evaluateClassifier(model, settings, context);
    }
    refuseFlags(CLASSIFIER_KEYS, context, { to: "classifiers", own });
    return await evaluateForecasts(model, settings, context);
  },
});

/** A flag that means nothing to this kind of model is a misunderstanding; a setting from elsewhere may be for others. */
function refuseFlags(
  keys: readonly SettingKey[],
  { origin }: CommandContext,
  { to, own }: { readonly to: string; readonly own: string },
): void {
  const wrong = keys.filter((key) => origin[key]?.startsWith("flag ")).map(flagOf);
  if (wrong.length === 0) return;
  throw new UserError(`${wrong.join(", ")} ${wrong.length === 1 ? "is" : "are"} for ${to}: ${own}`, {
    hint: wrong.length === 1 ? "leave it out" : "leave them out",
    exitCode: 2,
  });
}

async function evaluateForecasts(
  model: ForecastModel,
  settings: EvaluateSettings,
  context: CommandContext,
): Promise<ExitCode> {
  const set = await readReadings(model, settings, context);
  const { split, json } = settings;
  const { name, version, sha256, horizon, lookback, reach, predict, refer, metadata } = model;
  const { preparation, references } = metadata;
  const evaluation = evaluateForecaster({ horizon, preparation, predict, refer, references }, set, split);
  if (evaluation === undefined) {
    throw new UserError(
      `Cannot evaluate on ${set.name}: its ${set.readings} readings of ${set.series.length} sources hold no ` +
        `forecast${split === "all" ? "" : ` in the ${split} part`}`,
      { hint: `one takes ${reach + horizon} readings of one source in a row` },
    );
  }
  const facts: ForecastFacts = {
    model: { file: settings.model, name, version, sha256 },
    task: { target: metadata.task.target, unit: metadata.task.unit, horizon, lookback },
    readings: {
      name: set.name,
      sha256: set.sha256,
      count: set.readings,
      sources: set.series.length,
      trainedOn: set.sha256 !== null && set.sha256 === metadata.training.sha256,
    },
  };
  if (json) context.out(JSON.stringify({ ...facts, ...evaluation }));
  else for (const line of formatForecastEvaluation(evaluation, facts)) context.out(line);
  return 0;
}

/** The readings, with the features that the model knows. */
async function readReadings(
  { metadata }: ForecastModel,
  settings: EvaluateSettings,
  { signal, log }: CommandContext,
): Promise<TrainingSet> {
  if (settings.dataset === "nsl-kdd" && settings.csv === undefined) {
    throw new UserError(`Cannot evaluate a forecaster on ${settings.dataset}: its rows are not a series`, {
      hint: "name readings with --csv FILE, or --dataset meters",
      exitCode: 2,
    });
  }
  const wanted = metadata.preparation.features.map((feature) => feature.name);
  const { dataset, sayRows } = await openWholeRows(
    { ...settings, features: settings.features ?? wanted },
    { log },
  );
  const found = dataset.features.map((feature) => feature.name);
  if (found.join() !== wanted.join()) {
    throw new UserError(
      `Cannot evaluate on ${dataset.name}: its features are ${found.join(", ")}, the model's ${
        wanted.join(", ")
      }`,
      {
        hint: "name the model's data set with --dataset or --csv, and its columns with --features",
        exitCode: 2,
      },
    );
  }
  const set = await readDataset(dataset, { limit: settings.limit, signal });
  sayRows();
  return set;
}
