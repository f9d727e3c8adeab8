/** `streamflow consume`: readings in, predictions out. */
import { CONNECTION_KEYS } from "../config/settings.ts";
import { type ConsumerProgress, runConsumer } from "../predict/consumer.ts";
import { loadModel } from "../predict/model_disk.ts";
import { startProgress } from "../runtime/progress.ts";
import { defineCommand } from "./command.ts";
import { openClient } from "./connection.ts";

const PROGRESS_EVERY_MS = 100;

function totalLag({ lag }: ConsumerProgress): number {
  return Object.values(lag).reduce((sum, records) => sum + records, 0);
}

function note(progress: ConsumerProgress): string {
  const { deadLettered, duplicates, byBaseline, latencyMs: { p50, p99 } } = progress;
  const parts = [`lag ${totalLag(progress).toLocaleString("en-US")}`];
  if (p50 !== null) parts.push(`latency p50 ${p50} ms, p99 ${p99} ms`);
  if (byBaseline > 0) parts.push(`by baseline ${byBaseline.toLocaleString("en-US")}`);
  if (deadLettered > 0) parts.push(`dead letters ${deadLettered.toLocaleString("en-US")}`);
  if (duplicates > 0) parts.push(`duplicates ${duplicates.toLocaleString("en-US")}`);
  return parts.join(", ");
}

function summarize(progress: ConsumerProgress): string {
  const { read, predicted, byBaseline, deadLettered, deadLetters, duplicates, latencyMs } = progress;
  const count = (n: number) => n.toLocaleString("en-US");
  const reasons = Object.entries(deadLetters).map(([reason, n]) => `${count(n)} ${reason}`).join(", ");
  const { p50, p95, p99 } = latencyMs;
  return `read ${count(read)}, predicted ${count(predicted)} (${
    count(byBaseline)
  } by the baseline), dead letters ` +
    `${count(deadLettered)}${reasons && ` (${reasons})`}, duplicates ${count(duplicates)}, lag ` +
    `${count(totalLag(progress))}` +
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
  ],
  settings: [
    ...(["model", "input", "output", "deadLetter", "group", "from", "limit", "untilIdle"] as const),
    ...(["sessionTimeout"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  async run(settings, { signal, out, log }) {
    const { input, output, deadLetter, group, from, limit, untilIdle, partitions, replicationFactor } =
      settings;
    const model = await loadModel(settings.model);
    log.debug(
      `model ${model.name}, version ${model.version}: ${model.target}, ${model.horizon} readings ahead`,
    );
    await using client = await openClient(settings);
    let final: ConsumerProgress;
    {
      using progress = startProgress({
        unit: "readings",
        log,
        quiet: settings.quiet,
        ...(limit === undefined ? {} : { total: limit }),
      });
      final = await runConsumer({
        client,
        forecaster: model,
        input,
        output,
        deadLetter,
        group,
        from,
        sessionTimeoutMs: settings.sessionTimeout * 1_000,
        ...(partitions === undefined ? {} : { partitions }),
        ...(replicationFactor === undefined ? {} : { replicationFactor }),
        ...(limit === undefined ? {} : { limit }),
        ...(untilIdle === undefined ? {} : { untilIdleMs: untilIdle * 1_000 }),
        signal,
        onProgress: (now) => progress.update(now.read, note(now)),
        progressIntervalMs: PROGRESS_EVERY_MS,
        onTopicCreated: (name) => log.info(`created the topic ${name}`),
      });
    }
    if (final.sourcesEvicted > 0) {
      log.warn(`${final.sourcesEvicted} sources were forgotten: there are more than a partition may have`);
    }
    if (settings.json) {
      const { predicted, byBaseline, deadLettered, duplicates, read, latencyMs } = final;
      const lag = totalLag(final);
      out(JSON.stringify({ read, predicted, byBaseline, deadLettered, duplicates, lag, latencyMs }));
    } else if (!settings.quiet) out(summarize(final));
    return 0;
  },
});
