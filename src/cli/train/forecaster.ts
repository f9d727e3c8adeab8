/** `streamflow train` on readings: fits a forecaster, and says what it is worth beside the last value. */
import type { openDataset } from "../../datasets/mod.ts";
import { saveModel } from "../../models/disk.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Log } from "../../runtime/log.ts";
import { formatCount, type Progress, startProgress } from "../../runtime/progress.ts";
import type { Settings } from "../../config/settings.ts";
import {
  completeRecipe,
  doubtReach,
  type EpochResult,
  forecasterCard,
  formatReport,
  hyperparametersOf,
  openTensorBoard,
  readDataset,
  readTopic,
  reportDoubts,
  trainForecaster,
  type TrainingSet,
} from "../../train/mod.ts";
import type { CommandContext, ExitCode } from "../command.ts";
import type { ConnectionSettings } from "../connection.ts";
import { trainCommandLine, writeCard } from "./card.ts";
import { openWholeRows, refuseWithoutCsv } from "../readings/csv_rows.ts";
import type { TrainingMetrics } from "./metrics.ts";
import { startEpochs } from "./progress.ts";
import { checkpointFileOf } from "./checkpoint.ts";
import { forecastRecipeOf, forecastTaskOf, type RECIPE_KEYS, type TASK_KEYS } from "./recipe.ts";

type ForecasterSettings =
  & DataSettings
  & Pick<Settings, typeof RECIPE_KEYS[number] | typeof TASK_KEYS[number]>
  & Pick<Settings, "model" | "checkpoint" | "resume" | "tensorboard" | "json">;

/** Trains, writes the model file, and prints the report. */
export async function runForecasterTraining(
  settings: ForecasterSettings,
  context: CommandContext & { readonly metrics: TrainingMetrics },
): Promise<ExitCode> {
  const { signal, log, out, metrics } = context;
  const set = await readSet(settings, context);
  const { tensorboard } = settings;
  const recipe = completeRecipe(forecastRecipeOf(settings));
  const file = checkpointFileOf(settings);
  using progress = startEpochs(recipe, { log, quiet: settings.quiet });
  const { report, bytes, model, interrupted } = await trainForecaster(set, {
    ...{ ...forecastTaskOf(settings, context.origin), recipe, signal },
    log: tensorboard === undefined
      ? undefined
      : openTensorBoard(tensorboard, { hyperparameters: hyperparametersOf(recipe) }),
    onBegin: (identity) => file.load(identity),
    onCheckpoint: (identity, state) => file.save(identity, state),
    onEpoch: metrics.counting((result) => log.info(formatEpoch(result, recipe.epochs))),
    onProgress: ({ done }) => progress.update(done),
  });
  progress[Symbol.dispose]();
  const doubt = doubtReach({ sources: set.series.length, reach: model.reach });
  if (doubt !== null) log.warn(doubt);
  await saveModel(settings.model, bytes);
  if (!interrupted) await file.finish();
  if (settings.json) {
    const { version, sha256 } = model;
    out(JSON.stringify({
      model: { file: settings.model, version, sha256 },
      doubts: reportDoubts(report),
      ...report,
    }));
  } else {
    for (const line of formatReport(report)) out(line);
    out("");
    out(
      `Model     ${settings.model}, version ${model.version}, ${formatCount(bytes.length)} bytes`,
    );
  }
  const commandLine = trainCommandLine({ settings, origin: context.origin });
  const place = { file: settings.model, bytes: bytes.length, commandLine };
  const card = await writeCard(settings.model, forecasterCard(model, report, place));
  if (card !== null) log.info(`model card: ${card}`);
  if (interrupted) log.info(file.advice);
  return interrupted ? 130 : 0;
}

/** Settings that say which readings. */
export type DataSettings = Parameters<typeof openDataset>[0] & ConnectionSettings & {
  readonly fromTopic: string | undefined;
  readonly maxMessages: number | undefined;
  readonly limit: number | undefined;
  readonly quiet: boolean;
} & Pick<Settings, "onError">;

/** Reads the data set or topic that the settings name. @throws {UserError} where they contradict each other */
export async function readSet(settings: DataSettings, context: CommandContext): Promise<TrainingSet> {
  const { fromTopic, limit } = settings;
  const given = (key: string) => context.origin[key]?.startsWith("flag ") ?? false;
  if (fromTopic !== undefined && given("csv")) {
    throw new UserError("--csv and --from-topic contradict each other", {
      hint: "give one of them",
      exitCode: 2,
    });
  }
  // --features are also those of a topic's readings.
  refuseWithoutCsv(settings.csv, { origin: context.origin, but: ["features"] });
  if (fromTopic === undefined && given("maxMessages")) {
    throw new UserError("--max-messages says how much of a topic to read, and there is none", {
      hint: "name one with --from-topic TOPIC, or use --limit N",
      exitCode: 2,
    });
  }
  if (fromTopic !== undefined) return await readFromTopic(settings, { topic: fromTopic, ...context });
  const { log, signal } = context;
  const { dataset, sayRows } = await openWholeRows(settings, context);
  const total = limit ?? dataset.count;
  using progress = startReading(total, { log, quiet: settings.quiet });
  const set = await readDataset(dataset, {
    limit,
    signal,
    onProgress: (readings) => progress.update(readings),
  });
  sayRows();
  return set;
}

function startReading(total: number | undefined, display: { log: Log; quiet: boolean }): Progress {
  return startProgress({ unit: "readings", ...(total === undefined ? {} : { total }), ...display });
}

/** Reads a topic from its beginning to where it ends now; joins no group and commits nothing. */
async function readFromTopic(
  settings: DataSettings,
  { topic, log, signal }: { topic: string } & Pick<CommandContext, "log" | "signal">,
): Promise<TrainingSet> {
  const { openClient } = await import("../connection.ts");
  await using client = await openClient(settings, log);
  const partitions = await client.admin.topicOffsets(topic);
  const records = partitions.reduce(
    (sum, { logStartOffset, highWatermark }) => sum + highWatermark - logStartOffset,
    0,
  );
  const limit = settings.maxMessages ?? settings.limit;
  using progress = startReading(Math.min(records, limit ?? Infinity), { log, quiet: settings.quiet });
  const stop = new AbortController();
  const options = { topics: [topic], from: "beginning", until: "end" } as const;
  try {
    return await readTopic(client.read({ ...options, signal: AbortSignal.any([signal, stop.signal]) }), {
      topic,
      features: settings.features,
      limit,
      signal,
      onProgress: (readings) => progress.update(readings),
    });
  } finally {
    stop.abort();
  }
}

function formatEpoch(result: EpochResult, epochs: number): string {
  const { trainingEpoch, trainingLoss, validationLoss, baselineLoss, best } = result;
  const place = `epoch ${String(trainingEpoch).padStart(String(epochs).length)}/${epochs}`;
  const losses = `training loss ${trainingLoss.toFixed(5)}  validation loss ${validationLoss.toFixed(5)}`;
  return `${place}  ${losses} (last value ${baselineLoss.toFixed(5)})${best ? "  best so far" : ""}`;
}
