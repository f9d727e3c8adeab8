/** `streamflow youtube replay`: a recorded run into the topic, at its pace or another. */
import { CONNECTION_KEYS } from "../../config/settings.ts";
import { readBytes } from "../../datasets/bytes.ts";
import { UserError } from "../../runtime/errors.ts";
import { type Schedule, scheduleByRate, scheduleByRecording } from "../../runtime/pace.ts";
import { formatCount, formatDuration, startProgress } from "../../runtime/progress.ts";
import { EVENTS_TOPIC_CONFIGS } from "../../youtube/consume.ts";
import { readRecording } from "../../youtube/recording.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { outboxMetrics } from "../../kafka/metrics.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { openClient } from "../connection.ts";
import { jsonRecord } from "../../records/formats/json.ts";
import { drain, Outbox } from "../../kafka/outbox.ts";
import { type Pace, sendPaced } from "../../kafka/paced.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import type { YoutubeEvent } from "../../records/youtube_events.ts";

const PROGRESS_EVERY_MS = 100;

function scheduleOf(
  settings: { readonly rate: number; readonly speed: number | undefined },
  origin: CommandContext["origin"],
): Schedule {
  if (origin["rate"] !== undefined && origin["speed"] !== undefined) {
    throw new UserError("--rate and --speed contradict each other", {
      hint: "give one of them",
      exitCode: 2,
    });
  }
  return origin["rate"] === undefined
    ? scheduleByRecording(settings.speed ?? 1)
    : scheduleByRate(settings.rate);
}

/** Sends the events when they are due. @returns whether the recording's last line was cut off */
async function sendRecording(path: string, pace: Pick<Pace<YoutubeEvent>, "schedule" | "outbox" | "signal">) {
  let isCut = false;
  const wholeEvents = async function* () {
    for await (const events of readRecording(readBytes(path, "--file"), path)) {
      isCut ||= events.includes(null);
      yield events.filter((event) => event !== null);
    }
  };
  await sendPaced(wholeEvents(), {
    ...pace,
    recordedMs: ({ observedAt }) => Date.parse(observedAt),
    recordOf: (event) => jsonRecord(event.videoId, event),
  });
  return isCut;
}

/** Sends a recording. */
export const youtubeReplayCommand = defineCommand({
  name: "replay",
  summary: "Send a recorded run into the topic, at its pace, faster, or at a rate",
  examples: [
    "youtube replay --file recording.ndjson",
    "youtube replay --file recording.ndjson --speed 60",
    "youtube replay --file recording.ndjson --rate 0",
  ],
  settings: [
    ...(["file", "topic", "speed", "rate", "partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { topic: "topic_yt", speed: 1 },
  next: () => ({ command: "youtube consume", flags: { input: "topic" } }),
  async run(settings, { signal, out, log, origin }) {
    const { file, topic: name, partitions = -1, replicationFactor = -1 } = settings;
    if (file === undefined) {
      throw new UserError("replay needs a recording", {
        hint: "name one with --file FILE; 'streamflow youtube produce --record FILE' writes one",
        exitCode: 2,
      });
    }
    const schedule = scheduleOf(settings, origin);
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    const topic = { name, partitions, replicationFactor, configs: EVENTS_TOPIC_CONFIGS };
    if (await ensureTopic(client.admin, topic)) log.info(`created the topic ${name}`);
    await using producer = await client.producer();
    const outbox = new Outbox(producer, name);
    metrics.add(outboxMetrics(outbox));
    metrics.readyWithKafka(client);
    const startMs = performance.now();
    let failure: unknown;
    {
      using progress = startProgress({ unit: "events", log, quiet: settings.quiet });
      const timer = setInterval(() => progress.update(outbox.delivery.acknowledged), PROGRESS_EVERY_MS);
      try {
        if (await sendRecording(file, { schedule, outbox, signal })) {
          log.warn(`${file}: the last line is cut off and was left out`);
        }
      } catch (error) {
        failure = error;
      } finally {
        await drain(outbox, signal);
        clearInterval(timer);
      }
    }
    const { sent, acknowledged, failed } = outbox.delivery;
    const seconds = (performance.now() - startMs) / 1000;
    if (settings.json) out(JSON.stringify({ sent, acknowledged, failed }));
    else if (!settings.quiet) {
      out(
        `sent ${formatCount(sent)}, acknowledged ${formatCount(acknowledged)}, failed ${
          formatCount(failed)
        } in ${formatDuration(seconds)}`,
      );
    }
    if (failure !== undefined || outbox.failure !== undefined) throw failure ?? outbox.failure;
    return failed > 0 ? 1 : 0;
  },
});
