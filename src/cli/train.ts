/** `streamflow train`: fits the network, and says what it is worth beside the last value. */
import { openDataset } from "../datasets/mod.ts";
import { saveModel } from "../predict/model_disk.ts";
import { startProgress } from "../runtime/progress.ts";
import {
  type EpochResult,
  formatReport,
  readDataset,
  trainForecaster,
  type TrainingSet,
} from "../train/mod.ts";
import { type CommandContext, defineCommand } from "./command.ts";

/** The `train` command. */
export const trainCommand = defineCommand({
  name: "train",
  summary: "Fit the network and report what it is worth beside the last value",
  examples: [
    "train",
    "train --csv readings.csv --key station --target level --horizon 6",
    "train --from-topic input-data --max-messages 20000 --hidden 32,16",
  ],
  settings: [
    "dataset",
    "csv",
    "key",
    "features",
    "timestamp",
    "limit",
    "fromTopic",
    "maxMessages",
    "target",
    "horizon",
    "lookback",
    "hidden",
    "epochs",
    "batchSize",
    "learningRate",
    "optimizer",
    "seed",
    "model",
    "json",
    "quiet",
  ],
  async run(settings, context) {
    const { signal, log, out } = context;
    const set = await readSet(settings, context);
    const { target, horizon, lookback, hidden, epochs, batchSize, learningRate, optimizer, seed } = settings;
    const { report, bytes, model, interrupted } = await trainForecaster(set, {
      target,
      horizon,
      lookback,
      recipe: { hidden, epochs, batchSize, learningRate, optimizer, seed },
      signal,
      onEpoch: (result) => log.info(formatEpoch(result, epochs)),
    });
    await saveModel(settings.model, bytes);
    if (settings.json) {
      const { version, sha256 } = model;
      out(JSON.stringify({ model: { file: settings.model, version, sha256 }, ...report }));
    } else {
      for (const line of formatReport(report)) out(line);
      out("");
      out(
        `Model     ${settings.model}, version ${model.version}, ${
          bytes.length.toLocaleString("en-US")
        } bytes`,
      );
    }
    return interrupted ? 130 : 0;
  },
});

type DataSettings = Parameters<typeof openDataset>[0] & {
  readonly limit: number | undefined;
  readonly quiet: boolean;
};

async function readSet(settings: DataSettings, { log, signal }: CommandContext): Promise<TrainingSet> {
  const dataset = await openDataset(settings);
  for (const assumption of dataset.assumptions) log.info(`${dataset.name}: ${assumption}`);
  const known = dataset.count === undefined ? {} : { total: dataset.count };
  using progress = startProgress({ unit: "readings", ...known, log, quiet: settings.quiet });
  return await readDataset(dataset, {
    limit: settings.limit,
    signal,
    onProgress: (readings) => progress.update(readings),
  });
}

function formatEpoch(result: EpochResult, epochs: number): string {
  const { trainingEpoch, trainingLoss, validationLoss, baselineLoss, best } = result;
  const place = `epoch ${String(trainingEpoch).padStart(String(epochs).length)}/${epochs}`;
  const losses = `training loss ${trainingLoss.toFixed(5)}  validation loss ${validationLoss.toFixed(5)}`;
  return `${place}  ${losses} (last value ${baselineLoss.toFixed(5)})${best ? "  best so far" : ""}`;
}
