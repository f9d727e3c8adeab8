/** `streamflow train --dataset nsl-kdd`: fits a classifier, and says what it is worth beside the majority class. */
import { formatCount } from "../../runtime/progress.ts";
import type { Settings } from "../../config/settings.ts";
import { readNslKddTable } from "../../datasets/mod.ts";
import { saveModel } from "../../models/disk.ts";
import { readModel } from "../../models/model_file.ts";
import { UserError } from "../../runtime/errors.ts";
import {
  classifierCard,
  type ClassifierTables,
  type EpochResult,
  evaluationJson,
  finishWork,
  formatEvaluation,
  formatTraining,
  hyperparametersOf,
  judgeClassifier,
  openTensorBoard,
  prepareClassifier,
  trainPrepared,
  unmeasured,
  writeClassifier,
} from "../../train/mod.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import { trainCommandLine, writeCard } from "./card.ts";
import type { TrainingMetrics } from "./metrics.ts";
import { startEpochs } from "./progress.ts";
import { checkpointFileOf } from "./checkpoint.ts";
import { type CLASSIFIER_KEYS, classifierRecipeOf, type RECIPE_KEYS } from "./recipe.ts";

/** Settings that say which tables. */
export type TableSettings = Pick<Settings, "dataset" | "train" | "test" | "unknownLabel">;

type ClassifierSettings =
  & TableSettings
  & Pick<Settings, typeof RECIPE_KEYS[number] | typeof CLASSIFIER_KEYS[number]>
  & Pick<Settings, "model" | "checkpoint" | "resume" | "tensorboard" | "json" | "quiet">;

/** Reads the file to learn from and the held-out one. @throws {UserError} where one is not named or cannot be read */
export async function readTables(
  { dataset, train, test, unknownLabel }: TableSettings,
  { log, signal }: CommandContext,
): Promise<ClassifierTables> {
  if (train === undefined || test === undefined) {
    throw new UserError(
      `Training on ${dataset} needs a file to train on and one to validate and test on: ` +
        `${train === undefined ? "--train" : "--test"} is missing`,
      {
        hint: `streamflow train --dataset ${dataset} --train KDDTrain+.txt --test KDDTest+.txt`,
        exitCode: 2,
      },
    );
  }
  const options = { unknownLabel, signal };
  const training = await readNslKddTable(train, options);
  const held = await readNslKddTable(test, { ...options, flag: "--test" });
  for (const { name, rows, skipped } of [training, held]) {
    const left = skipped === 0 ? "" : `, ${formatCount(skipped)} of an unknown class left out`;
    log.info(`${name}: ${formatCount(rows)} rows${left}`);
  }
  return { training, held };
}

/** Trains, writes the model file, and prints the report. */
export async function runClassifierTraining(
  settings: ClassifierSettings,
  context: CommandContext & { readonly metrics: TrainingMetrics },
): Promise<ExitCode> {
  const { log, out, signal, metrics } = context;
  const tables = await readTables(settings, context);
  const prepared = prepareClassifier(tables, classifierRecipeOf(settings));
  const { recipe, identity } = prepared;
  const file = checkpointFileOf(settings);
  const resumed = await file.load(identity);
  if (resumed !== undefined) log.info(`resuming after epoch ${resumed.history.length} of ${file.path}`);
  const startMs = performance.now();
  using progress = startEpochs(recipe, { log, quiet: settings.quiet });
  const result = await trainPrepared(prepared, {
    signal,
    resumed,
    log: settings.tensorboard === undefined
      ? undefined
      : openTensorBoard(settings.tensorboard, { hyperparameters: hyperparametersOf(recipe) }),
    onCheckpoint: (state) => file.save(identity, state),
    onEpoch: metrics.counting((epoch) => log.info(formatEpoch(epoch, recipe))),
    onProgress: ({ done }) => progress.update(done),
  });
  progress[Symbol.dispose]();
  const seconds = (performance.now() - startMs) / 1000;
  const report = await finishWork(judgeClassifier(tables, result), { signal });
  const bytes = writeClassifier(tables, result, report?.metrics ?? { keptEpoch: result.keptEpoch });
  await saveModel(settings.model, bytes);
  if (!result.interrupted) await file.finish();
  const { name, version, sha256 } = readModel(bytes);
  const { held } = tables;
  const facts = {
    model: { file: settings.model, name, version, sha256 },
    rows: {
      file: settings.test!,
      sha256: held.sha256,
      inFile: held.rows,
      split: { part: "test", seed: recipe.splitSeed },
      skipped: held.skipped,
      unseenValues: report?.unseenValues ?? 0,
      trainedOn: held.sha256 === tables.training.sha256,
    },
  } as const;
  const lines = [
    ...(report === undefined ? [unmeasured("streamflow evaluate")] : formatEvaluation(report.test, facts)),
    "",
    ...formatTraining(tables, { result, report }),
  ];
  if (settings.json) {
    const { epochs, keptEpoch, offsets, interrupted } = result;
    out(JSON.stringify({
      ...(report === undefined
        ? { model: facts.model, doubts: [unmeasured("streamflow evaluate")] }
        : { ...evaluationJson(report.test, facts), validation: report.validation, metrics: report.metrics }),
      ...{ recipe, epochs, keptEpoch, offsets, interrupted, seconds },
    }));
  } else {
    for (const line of lines) out(line);
    out(`Trained   in ${seconds.toFixed(1)} s; ${formatCount(bytes.length)} bytes`);
  }
  const card = await writeCard(
    settings.model,
    classifierCard(tables, result, {
      ...facts.model,
      ...{ report, lines, dataset: settings.dataset, bytes: bytes.length },
      commandLine: trainCommandLine({ settings, origin: context.origin }),
    }),
  );
  if (card !== null) log.info(`model card: ${card}`);
  if (result.interrupted) log.info(file.advice);
  return result.interrupted ? 130 : 0;
}

function formatEpoch(
  result: EpochResult,
  { epochs, restarts }: { readonly epochs: number; readonly restarts: number },
): string {
  const { trainingEpoch, restart, trainingLoss, validationLoss, baselineLoss, classification, best } = result;
  const number = String(trainingEpoch).padStart(String(epochs * restarts).length);
  // Epochs count on from restart to restart, and how many a restart takes is not known before.
  const place = `epoch ${number}${
    restart === undefined ? `/${epochs}` : ` (restart ${restart} of ${restarts})`
  }`;
  const losses = `loss ${trainingLoss.toFixed(4)}, validation ${validationLoss.toFixed(4)} ` +
    `(class shares ${baselineLoss.toFixed(4)})`;
  if (classification === undefined) return `${place}  ${losses}`;
  const { trainingAccuracy, validationAccuracy, validationMacroF1 } = classification;
  const accuracies = `accuracy ${trainingAccuracy.toFixed(4)}, validation ${validationAccuracy.toFixed(4)}`;
  return `${place}  ${losses}  ${accuracies}  macro-F1 ${validationMacroF1.toFixed(4)}${
    best ? "  best so far" : ""
  }`;
}
