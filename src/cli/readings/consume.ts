/** `streamflow consume`: readings in, predictions out. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { totalLag } from "../../jobs/run.ts";
import { type ConsumerProgress, runConsumer } from "../../predict/consumer.ts";
import { loadModel } from "../../models/disk.ts";
import { type Model, readModel } from "../../models/model_file.ts";
import { followModels } from "../../models/swap/follow.ts";
import { ModelIntake } from "../../models/swap/intake.ts";
import { modelMetrics } from "../../models/metrics.ts";
import { writtenAt } from "../../models/swap/watch.ts";
import { predictionMetrics } from "../../predict/metrics.ts";
import { Tally } from "../../predict/tally.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { pipelinesOf } from "../../predict/pipelines.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";

const PROGRESS_EVERY_MS = 100;

function taskOf(model: Model): string {
  return model.kind === "forecaster"
    ? `${model.target}, ${model.horizon} readings ahead`
    : `${model.classifier.classes.join(", ")}`;
}

/** Share of rightly classified records so far; `null` where no true class is known. */
function accuracyOf({ labelled, right }: ConsumerProgress): number | null {
  return labelled === 0 ? null : right / labelled;
}

function note(progress: ConsumerProgress): string {
  const { deadLettered, duplicates, byBaseline, latencyMs: { p50, p99 } } = progress;
  const parts = [`lag ${formatCount(totalLag(progress))}`];
  const accuracy = accuracyOf(progress);
  if (accuracy !== null) parts.push(`accuracy ${(100 * accuracy).toFixed(2)} %`);
  if (p50 !== null) parts.push(`latency p50 ${p50} ms, p99 ${p99} ms`);
  if (byBaseline > 0) parts.push(`by baseline ${formatCount(byBaseline)}`);
  if (deadLettered > 0) parts.push(`dead letters ${formatCount(deadLettered)}`);
  if (duplicates > 0) parts.push(`duplicates ${formatCount(duplicates)}`);
  return parts.join(", ");
}

function summarize(progress: ConsumerProgress): string {
  const { read, predicted, byBaseline, deadLettered, deadLetters, duplicates, latencyMs } = progress;
  const reasons = Object.entries(deadLetters).map(([reason, n]) => `${formatCount(n)} ${reason}`).join(", ");
  const { p50, p95, p99 } = latencyMs;
  const accuracy = accuracyOf(progress);
  return `read ${formatCount(read)}, predicted ${formatCount(predicted)} (${
    formatCount(byBaseline)
  } by the baseline), dead letters ` +
    `${formatCount(deadLettered)}${reasons && ` (${reasons})`}, duplicates ${formatCount(duplicates)}, lag ` +
    `${formatCount(totalLag(progress))}` +
    (accuracy === null
      ? ""
      : `, accuracy ${(100 * accuracy).toFixed(2)} % of ${
        formatCount(progress.labelled)
      } with a true class`) +
    (progress.unknownLabels === 0
      ? ""
      : ` (${formatCount(progress.unknownLabels)} of a class that the model does not know)`) +
    (progress.unseenValues === 0 ? "" : `, values unseen in training ${formatCount(progress.unseenValues)}`) +
    (p50 === null ? "" : `, latency p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`);
}

/** Predicts every reading of a topic. */
export const consumeCommand = defineCommand({
  name: "consume",
  summary: "Predict every reading of a topic and publish the predictions",
  examples: [
    "consume",
    "consume --model plant.safetensors --input plant --from latest",
    "consume --until-idle 5 --json",
    "consume --model ids.safetensors --input connections --output predictions",
    "consume --model plant.safetensors --models models",
    "consume --metrics 127.0.0.1:9464",
  ],
  settings: [
    ...(["model", "models", "input", "output", "deadLetter", "group", "from", "limit", "untilIdle"] as const),
    ...(["sessionTimeout"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  next: () => ({
    command: "monitor",
    flags: { output: "output", input: "input", deadLetter: "deadLetter", group: "group" },
  }),
  async run(settings, { signal, out, log }) {
    const { input, output, deadLetter, group, from, limit, untilIdle, partitions, replicationFactor } =
      settings;
    const model = await loadModel(settings.model);
    log.debug(`model ${model.name}, version ${model.version}: ${taskOf(model)}`);
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    const tally = new Tally();
    const pipelines = pipelinesOf(model);
    const onTopicCreated = (name: string) => log.info(`created the topic ${name}`);
    let final: ConsumerProgress;
    {
      const intake = new ModelIntake<Model>({
        running: model,
        writtenMs: await writtenAt(settings.model),
        read: readModel,
        swap: (next, done) => done(pipelines.swap(next)),
        onSwap: log.info,
        onWarning: log.warn,
      });
      metrics.add(predictionMetrics(tally), modelMetrics(intake));
      await using _models = await followModels({
        ...{ intake, running: model, path: settings.model, topic: settings.models, client, onTopicCreated },
        onWarning: log.warn,
      });
      using progress = startProgress({
        unit: "readings",
        log,
        quiet: settings.quiet,
        ...(limit === undefined ? {} : { total: limit }),
      });
      final = await runConsumer({
        client,
        pipelines,
        tally,
        onOpened: metrics.jobs({ client, input, group }),
        input,
        output,
        deadLetter,
        group,
        from,
        sessionTimeoutMs: settings.sessionTimeout * 1_000,
        partitions,
        replicationFactor,
        limit,
        untilIdleMs: untilIdle === undefined ? undefined : untilIdle * 1_000,
        signal,
        onProgress: (now) => progress.update(now.read, note(now)),
        progressIntervalMs: PROGRESS_EVERY_MS,
        onTopicCreated,
        onWarning: log.warn,
      });
    }
    if (final.sourcesEvicted > 0) {
      log.warn(
        `${final.sourcesEvicted} sources were evicted: the limit of sources per partition was reached`,
      );
    }
    if (settings.json) {
      const { predicted, byBaseline, deadLettered, duplicates, read, latencyMs } = final;
      const lag = totalLag(final);
      const counts = { read, predicted, byBaseline, deadLettered, duplicates, lag, latencyMs };
      const { labelled, unknownLabels, unseenValues } = final;
      const classified = model.kind === "forecaster"
        ? {}
        : { labelled, unknownLabels, accuracy: accuracyOf(final), unseenValues };
      out(JSON.stringify({ ...counts, ...classified }));
    } else if (!settings.quiet) out(summarize(final));
    return 0;
  },
});
