/** `streamflow youtube produce`: likes of videos and comments, polled, into the topic. */
import { formatCount } from "../../runtime/progress.ts";
import { CONNECTION_KEYS, type Settings } from "../../config/settings.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { plainName } from "../../runtime/plain_text.ts";
import { sleep } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import { writeAllSync } from "../../runtime/output.ts";
import { ApiClient, BudgetSpent } from "../../youtube/api/client.ts";
import { ApiFailure } from "../../youtube/api/failure.ts";
import { nextResetMs } from "../../youtube/api/quota.ts";
import { EVENTS_TOPIC_CONFIGS } from "../../youtube/consume.ts";
import { DASHED_ID, videoIdsOf, VIDEOS_OF_RUN_MAX } from "../../youtube/ids.ts";
import { Poller } from "../../youtube/poll.ts";
import { type PublishedVideo, readPublished } from "../../youtube/published.ts";
import type { YoutubeEvent } from "../../records/youtube_events.ts";
import { outboxMetrics } from "../../kafka/metrics.ts";
import { sample } from "../../metrics/metric.ts";
import { METRICS } from "../../metrics/table.ts";
import { METRICS_KEYS, MetricsServer } from "../serve_metrics.ts";
import { type CommandContext, defineCommand, type ExitCode } from "../command.ts";
import { openClient } from "../connection.ts";
import { drain, Outbox } from "../../kafka/outbox.ts";
import { credentialsFromEnvironment } from "./credentials.ts";

const encoder = new TextEncoder();

/** The ids that were given, or typed. @throws {UserError} for none, too many, or what is no id. */
function idsOf(args: readonly string[], warn: (message: string) => void): readonly string[] {
  const written = args.length > 0 || !Deno.stdin.isTerminal()
    ? args
    : (prompt("videos, up to five ids or URLs:") ?? "").split(/[\s,]+/).filter((word) => word !== "");
  const { ids, repeated, unknown } = videoIdsOf(written);
  const usage =
    "give ids or URLs: dQw4w9WgXcQ, https://youtu.be/dQw4w9WgXcQ, https://www.youtube.com/shorts/…";
  if (unknown.length > 0) {
    const names = unknown.map((one) => `'${plainName(one)}'`).join(", ");
    throw new UserError(`${names}: neither a video's id (11 letters) nor its URL`, {
      hint: usage,
      exitCode: 2,
    });
  }
  if (ids.length === 0) throw new UserError("produce needs a video", { hint: usage, exitCode: 2 });
  if (ids.length > VIDEOS_OF_RUN_MAX) {
    throw new UserError(`${ids.length} videos are too many: up to ${VIDEOS_OF_RUN_MAX} are followed`, {
      hint: "start a second 'youtube produce' for the others",
      exitCode: 2,
    });
  }
  for (const id of repeated) warn(`${id} was given more than once; it counts once`);
  return ids;
}

/** Polls until it is enough. @returns why it ended before somebody asked for it */
async function pollOn({ api, poller, settings, context, afterPoll }: {
  readonly api: ApiClient;
  readonly poller: Poller;
  readonly settings: Pick<Settings, "interval" | "once">;
  readonly context: CommandContext;
  readonly afterPoll: () => Promise<boolean>;
}): Promise<void> {
  const { signal, log } = context;
  for (let dueMs = performance.now(); !signal.aborted;) {
    try {
      await poller.poll();
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof BudgetSpent) {
        await afterPoll();
        return log.info(`${error.message}: it ends here`);
      }
      const passes = error instanceof ApiFailure &&
        (error.kind === "passing" || error.kind === "not-understood");
      if (settings.once || !passes) throw error;
      log.warn(`poll failed: ${error.message}; trying again in ${settings.interval} s`);
    }
    if (!await afterPoll()) return;
    log.info(`units of quota spent: ${formatCount(api.spent)}`);
    if (settings.once) return;
    dueMs = Math.max(performance.now(), dueMs + settings.interval * 1_000);
    await sleep(dueMs - performance.now(), signal);
  }
}

/** What the API's failure means to people. */
function toUserError(error: unknown): unknown {
  if (!(error instanceof ApiFailure)) return error;
  if (error.kind !== "quota-exceeded") {
    return new UserError(
      `the YouTube Data API: ${error.message}`,
      error.hint === undefined ? {} : { hint: error.hint },
    );
  }
  const reset = new Date(nextResetMs(Date.now())).toISOString();
  return new UserError(`the day's units of the YouTube Data API are used up; they come back at ${reset}`, {
    hint: "that is midnight Pacific time; with --wait it goes on then by itself",
  });
}

/** Totals as text, where they have changed since the last time. */
function textRecords(poller: Poller, sent: Map<string, string>) {
  return [...poller.likes()].flatMap(([id, { title, likes }]) => {
    const text = `${title}\n${likes}`;
    if (sent.get(id) === text) return [];
    sent.set(id, text);
    return [{ key: title, value: encoder.encode(String(likes)) }];
  });
}

interface Outlets {
  readonly outbox: Outbox;
  readonly recording: Deno.FsFile | null;
  /** Of what is in the topic: events, or totals as text, which are not emitted here. */
  readonly format: Settings["format"];
}

/** Where events go: into the topic, and into a recording where one is asked for. */
class EventOutlet {
  readonly #to: Outlets;
  /** Events that were emitted. */
  count = 0;

  constructor(to: Outlets) {
    this.#to = to;
  }

  async emit(events: readonly YoutubeEvent[]): Promise<void> {
    const { outbox, recording, format } = this.#to;
    this.count += events.length;
    for (const event of events) {
      const text = JSON.stringify(event);
      if (recording !== null) writeAllSync(recording, `${text}\n`);
      if (format === "json") await outbox.add({ key: event.videoId, value: encoder.encode(text) });
    }
    outbox.flush();
  }
}

/** @throws {UserError} for a format of files */
function requireEventFormat(format: Settings["format"]): void {
  if (format === "json" || format === "text") return;
  throw new UserError(`--format of events is json or text, and not ${format}`, { exitCode: 2 });
}

/** Polls videos. */
export const youtubeProduceCommand = defineCommand({
  name: "produce",
  summary: "Poll up to five videos and their comments, and publish each like count that has changed",
  examples: [
    "youtube produce dQw4w9WgXcQ https://youtu.be/9bZkp7q19f0",
    "youtube produce --interval 30 --record run.ndjson dQw4w9WgXcQ",
    "youtube produce --once --format text dQw4w9WgXcQ",
  ],
  args: "[video...]",
  dashed: DASHED_ID,
  settings: [
    ...(["topic", "interval", "once", "format", "record", "quotaBudget", "wait", "apiBase"] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...METRICS_KEYS,
    ...CONNECTION_KEYS,
  ],
  defaults: { topic: "topic_yt", interval: 60 },
  wording: {
    format: {
      description: "json: an event per change; text: key = title, value = total likes [default: json]",
      placeholder: "json|text",
    },
  },
  next: () => ({ command: "youtube consume", flags: { input: "topic" } }),
  async run(settings, context): Promise<ExitCode> {
    const { signal, out, log, args } = context;
    const { topic: name, partitions = -1, replicationFactor = -1, format } = settings;
    requireEventFormat(format);
    const videoIds = idsOf(args, (message) => log.warn(message));
    const allowPlaintext = settings.allowPlaintextCredentials;
    const api = new ApiClient({
      allowPlaintext,
      base: settings.apiBase.replace(/\/+$/, ""),
      credentials: await credentialsFromEnvironment({ allowPlaintext }),
      signal,
      quotaBudget: settings.quotaBudget,
      wait: settings.wait,
      say: (message) => log.warn(message),
    });
    await using metrics = await MetricsServer.open(settings, log);
    await using client = await openClient(settings, log);
    const topic = { name, partitions, replicationFactor, configs: EVENTS_TOPIC_CONFIGS };
    const isNew = await ensureTopic(client.admin, topic);
    if (isNew) log.info(`created the topic ${name}`);
    // What vanished while no run polled is known from the topic alone.
    const published = isNew || format === "text"
      ? new Map<string, PublishedVideo>()
      : await readPublished(client, { topic: name, videoIds, signal });
    await using producer = await client.producer();
    using recording = settings.record === undefined ? null : await openRecording(settings.record);
    const outbox = new Outbox(producer, name);
    const events = new EventOutlet({ outbox, recording, format });
    metrics.add(outboxMetrics(outbox), () => [
      sample(METRICS.youtubeEvents, events.count),
      sample(METRICS.youtubeQuota, api.spent),
    ]);
    metrics.readyWithKafka(client);
    const poller = new Poller({
      api,
      videoIds,
      emit: (all) => events.emit(all),
      say: (message) => log.warn(plain(message)),
      nowMs: Date.now,
      published,
    });
    const texts = new Map<string, string>();
    let failure: unknown;
    try {
      await pollOn({
        api,
        poller,
        settings,
        context,
        afterPoll: async () => {
          if (format === "text") {
            for (const record of textRecords(poller, texts)) await outbox.add(record);
          }
          await drain(outbox, signal);
          return outbox.failure === undefined;
        },
      });
    } catch (error) {
      if (!signal.aborted) failure = toUserError(error);
    } finally {
      await drain(outbox, signal);
    }
    const { sent, acknowledged, failed } = outbox.delivery;
    if (settings.json) out(JSON.stringify({ sent, acknowledged, failed, quotaUnits: api.spent }));
    else if (!settings.quiet) {
      out(
        `sent ${formatCount(sent)}, acknowledged ${formatCount(acknowledged)}, failed ${
          formatCount(failed)
        }; units of quota spent: ` +
          formatCount(api.spent),
      );
    }
    if (failure !== undefined || outbox.failure !== undefined) throw failure ?? outbox.failure;
    return failed > 0 ? 1 : 0;
  },
});

/** A line without what a terminal would obey or lose its place by. */
function plain(message: string): string {
  return message.replaceAll(/[\p{C}\p{Bidi_Control}]/gu, "");
}

async function openRecording(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { append: true, create: true });
  } catch (error) {
    throw new UserError(`cannot write the recording ${path}: ${(error as Error).message}`, {
      hint: "name a file in a folder that is there with --record",
      cause: error,
    });
  }
}
