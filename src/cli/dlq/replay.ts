/** `streamflow dlq replay`: dead letters to the topics that they came from, each once. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { formatCount } from "../../runtime/progress.ts";
import { plainName } from "../../runtime/plain_text.ts";
import { noOutcome, replayLetters, type ReplayOutcome } from "../../jobs/replay.ts";
import { type Collect, sample, samplesBy } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { defineCommand } from "../command.ts";
import { openClient } from "../connection.ts";
import { findLetters, readLetters } from "./letters.ts";
import { replayedTopicOf } from "../../records/dead_letters/topic.ts";

/** The topic of what was replayed: its records count as long as the letters are there. */
const LOG_TOPIC = {
  partitions: 1,
  replicationFactor: -1,
  configs: { "cleanup.policy": "compact" },
  // The embedded broker does not compact.
  fallbackConfigs: { "retention.ms": "-1" },
};

function summaryLines({ replayed, before, left, unknownTopics }: ReplayOutcome): string[] {
  const lines: [number, string][] = [
    [before, "replayed before"],
    [left["came-back"], "came back after a replay: --again sends them again"],
    [
      left.truncated,
      "cannot be replayed: their value was cut (or key or headers: too large for a dead letter) or not decodable",
    ],
    [left["no-origin"], "cannot be replayed: they do not say which topic they came from"],
    ...[...unknownTopics].map(([topic, n]): [number, string] => [
      n,
      `cannot be replayed: there is no topic '${plainName(topic)}' any more`,
    ]),
  ];
  return [
    `replayed ${formatCount(replayed)}`,
    ...lines.filter(([n]) => n > 0).map(([n, what]) => `${formatCount(n)} ${what}`),
  ];
}

/** What a replay has come to so far. */
function replayMetrics(outcome: ReplayOutcome): Collect {
  return () => {
    const { replayed, before, left, unknownTopics } = outcome;
    const unknown = unknownTopics.values().reduce((sum, letters) => sum + letters, 0);
    return [
      sample(METRICS.lettersReplayed, replayed),
      ...samplesBy(METRICS.lettersLeft, "reason", {
        "replayed-before": before,
        ...left,
        "unknown-topic": unknown,
      }),
    ];
  };
}

/** Sends dead letters again. */
export const dlqReplayCommand = defineCommand({
  name: "replay",
  summary: "Send dead letters to the topics that they came from, each once",
  args: "[place...]",
  examples: ["dlq replay --reason late", "dlq replay 17", "dlq replay --reason not-a-packet --again"],
  settings: ["deadLetter", "reason", "limit", "again", "json", "quiet", ...METRICS_KEYS, ...CONNECTION_KEYS],
  async run(settings, { signal, out, log, args }) {
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    const outcome = noOutcome();
    metrics.add(replayMetrics(outcome));
    metrics.readyWithKafka(client);
    const choice = { ...settings, client, places: args, signal };
    const found = await findLetters(choice);
    const logTopic = replayedTopicOf(settings.deadLetter);
    if (found && await ensureTopic(client.admin, { name: logTopic, ...LOG_TOPIC })) {
      log.info(`created the topic ${logTopic}`);
    }
    const { again, limit = Infinity } = settings;
    if (found) await replayLetters(readLetters(choice), { from: choice, again, limit, outcome });
    const { replayed, before, left, unknownTopics } = outcome;
    if (settings.json) {
      const { truncated, "no-origin": noOrigin, "came-back": cameBack } = left;
      const unknown = Object.fromEntries(unknownTopics);
      out(
        JSON.stringify({
          ...{ replayed, replayedBefore: before, cameBack, truncated, noOrigin },
          unknownTopics: unknown,
        }),
      );
    } else if (!settings.quiet) (found ? summaryLines(outcome) : ["no dead letters"]).forEach(out);
    return 0;
  },
});
