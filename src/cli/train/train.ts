/** `streamflow train`: fits the network, and says what it is worth beside the baseline. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { announceWhereAsked } from "./announce_model.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { TrainingMetrics } from "./metrics.ts";
import { defineCommand } from "../command.ts";
import { CSV_KEYS } from "../readings/csv_rows.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { CLASSIFIER_KEYS, RECIPE_KEYS, refuseForeignFlags, TASK_KEYS } from "./recipe.ts";
import { runClassifierTraining } from "./classifier.ts";
import { runForecasterTraining } from "./forecaster.ts";

/** The `train` command. */
export const trainCommand = defineCommand({
  name: "train",
  summary: "Train the network and compare it with the baseline",
  examples: [
    "train",
    "train --dataset sensors",
    "train --csv power.csv --key meter --horizon 6 --lookback 24 --calendar --seasonal 24h,168h --per-source",
    "train --csv readings.csv --key station --target level --horizon 6 --hidden lstm:64,dropout:0.2,lstm:64",
    "train --from-topic input-data --max-messages 20000 --hidden 32,16",
    "train --dataset nsl-kdd --train KDDTrain+.txt --test KDDTest+.txt --model ids.safetensors",
    "train --dataset nsl-kdd --train KDDTrain+.txt --test KDDTest+.txt --recipe plain --tensorboard logs",
    "train --resume",
  ],
  settings: [
    ...["dataset", "train", "test", "unknownLabel", ...CSV_KEYS, "limit"] as const,
    ...["fromTopic", "maxMessages"] as const,
    ...TASK_KEYS,
    ...RECIPE_KEYS,
    ...CLASSIFIER_KEYS,
    ...["checkpoint", "resume", "tensorboard", "model", "models", "json", "quiet"] as const,
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  next: () => ({ command: "consume", flags: { model: "model", input: "fromTopic" } }),
  async run(settings, context) {
    refuseForeignFlags(settings.dataset, context.origin);
    const { train, test, csv } = settings;
    refuseOverwriting(["--model", settings.model], { "--train": train, "--test": test, "--csv": csv });
    await requireWritable({ "--model": settings.model, "--checkpoint": settings.checkpoint });
    await using server = await MetricsServer.open(settings, context.log);
    const metrics = new TrainingMetrics();
    server.add(metrics.collect);
    server.readyUnless(() => null);
    const code = settings.dataset === "nsl-kdd"
      ? await runClassifierTraining(settings, { ...context, metrics })
      : await runForecasterTraining(settings, { ...context, metrics });
    if (code === 0) await announceWhereAsked(settings, context.log);
    return code;
  },
});
