/** `streamflow produce`: a data set, paced, into a topic. */
import { type Dataset, type LabelledReading, openDataset, readingToJson, repeat } from "../datasets/mod.ts";
import { CONNECTION_KEYS, type Settings } from "../config/settings.ts";
import type { KafkaClient } from "../kafka/port.ts";
import { sleep, unlessAborted, untilAborted } from "../runtime/clock.ts";
import { UserError } from "../runtime/errors.ts";
import { type Schedule, scheduleByRate, scheduleByRecording } from "../runtime/pace.ts";
import { formatDuration, formatRate, startProgress } from "../runtime/progress.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { openClient } from "./connection.ts";
import { type Delivery, Outbox } from "./outbox.ts";

/** Time that Ctrl-C leaves for what is in flight, in ms. */
const DRAIN_AFTER_STOP_MS = 4_000;
const PROGRESS_EVERY_MS = 100;

const encoder = new TextEncoder();

/** What of the settings counts for the stream of readings. */
export type StreamSettings = Pick<Settings, "topic" | "rate" | "speed" | "limit" | "loop">;

function refuseContradictions(
  settings: Pick<Settings, "speed" | "csv" | "key" | "features" | "timestamp">,
  origin: CommandContext["origin"],
): void {
  const isFlag = (key: string) => origin[key]?.startsWith("flag ") ?? false;
  if (isFlag("rate") && isFlag("speed")) {
    throw new UserError("--rate and --speed contradict each other", {
      hint: "give one of them",
      exitCode: 2,
    });
  }
  if (isFlag("dataset") && isFlag("csv")) {
    throw new UserError("--dataset and --csv contradict each other", {
      hint: "give one of them",
      exitCode: 2,
    });
  }
  for (const key of ["key", "features", "timestamp"]) {
    if (isFlag(key) && settings.csv === undefined) {
      throw new UserError(`--${key} names columns of a CSV file, and there is none`, {
        hint: "name one with --csv FILE",
        exitCode: 2,
      });
    }
  }
}

/** Creates the topic where it is missing. */
export async function ensureTopic(
  client: KafkaClient,
  { name, partitions, replicationFactor }: {
    name: string;
    partitions?: number | undefined;
    replicationFactor?: number | undefined;
  },
): Promise<boolean> {
  if ((await client.admin.listTopics()).includes(name)) return false;
  return await client.admin.createTopic({
    name,
    partitions: partitions ?? -1,
    replicationFactor: replicationFactor ?? -1,
  });
}

/** What surrounds the sending of readings. */
export interface SendOptions {
  readonly settings: StreamSettings;
  readonly outbox: Outbox;
  readonly signal: AbortSignal;
  /** Milliseconds of a clock that never goes back. @default performance.now */
  readonly nowMs?: () => number;
}

async function* limited(
  batches: AsyncIterable<LabelledReading[]>,
  limit: number,
): AsyncIterable<LabelledReading[]> {
  let left = limit;
  for await (const batch of batches) {
    yield batch.slice(0, left);
    left -= batch.length;
    if (left <= 0) return;
  }
}

/**
 * Sends readings at their times until the set, the limit, a failure or the signal ends it. What is due is sent at
 * once, in as few sends as the cluster's answers allow.
 */
export async function sendReadings(dataset: Dataset, options: SendOptions): Promise<void> {
  const { settings, outbox, signal } = options;
  const nowMs = options.nowMs ?? (() => performance.now());
  const schedule: Schedule = settings.speed === undefined
    ? scheduleByRate(settings.rate)
    : scheduleByRecording(settings.speed);
  const batches = settings.loop ? repeat(dataset) : dataset.batches();
  let index = 0;
  for await (const batch of untilAborted(limited(batches, settings.limit ?? Infinity), signal)) {
    for (const reading of batch) {
      const now = nowMs();
      const dueMs = schedule({ index: index++, nowMs: now, recordedMs: Date.parse(reading.timestamp) });
      if (dueMs > now) {
        outbox.flush();
        await sleep(dueMs - now, signal);
      }
      if (signal.aborted || outbox.failure !== undefined) return;
      await outbox.add({ key: reading.source, value: encoder.encode(readingToJson(reading)) });
    }
    // The next batch may be long in coming: standard input is as slow as whoever writes it.
    outbox.flush();
  }
}

/** Waits for the answers; after the signal for a limited time. */
async function drain(outbox: Outbox, signal: AbortSignal): Promise<void> {
  const drained = outbox.drain();
  const timeUp = new AbortController();
  const giveUp = async () => {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { signal: timeUp.signal });
      timeUp.signal.addEventListener("abort", () => resolve());
    });
    await sleep(DRAIN_AFTER_STOP_MS, timeUp.signal);
  };
  await Promise.race([drained, giveUp()]);
  timeUp.abort();
  outbox.abandon();
}

function summarize(delivery: Delivery, seconds: number): { line: string; object: Record<string, number> } {
  const perSecond = seconds > 0 ? delivery.acknowledged / seconds : 0;
  const { sent, acknowledged, failed } = delivery;
  const count = (n: number) => n.toLocaleString("en-US");
  return {
    line: `sent ${count(sent)}, acknowledged ${count(acknowledged)}, failed ${count(failed)} in ${
      formatDuration(seconds)
    } (${formatRate(perSecond)}/s)`,
    object: { sent, acknowledged, failed, seconds: round(seconds), perSecond: round(perSecond) },
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function totalOf({ count }: Dataset, { limit, loop }: StreamSettings): number | undefined {
  const end = loop ? undefined : count;
  return end === undefined || limit === undefined ? end ?? limit : Math.min(end, limit);
}

/** Streams a data set into a topic. */
export const produceCommand = defineCommand({
  name: "produce",
  summary: "Stream a data set into a topic",
  examples: [
    "produce",
    "produce --rate 0 --limit 18914",
    "produce --speed 60 --loop",
    "produce --csv plant.csv --key machine --features temperature,pressure --timestamp time",
    "produce --csv - --rate 0 < plant.csv",
  ],
  settings: [
    ...([
      "dataset",
      "csv",
      "key",
      "features",
      "timestamp",
      "topic",
      "rate",
      "speed",
      "limit",
      "loop",
    ] as const),
    ...(["partitions", "replicationFactor", "json", "quiet"] as const),
    ...CONNECTION_KEYS,
  ],
  async run(settings, { signal, out, log, origin }) {
    refuseContradictions(settings, origin);
    const { topic: name, partitions, replicationFactor } = settings;
    const dataset = await unlessAborted(openDataset(settings), signal);
    for (const assumption of dataset.assumptions) log.debug(`${dataset.name}: ${assumption}`);
    await using client = await openClient(settings);
    if (await ensureTopic(client, { name, partitions, replicationFactor })) {
      log.info(`created the topic ${name}`);
    }
    await using producer = await client.producer();
    const outbox = new Outbox(producer, name);
    const total = totalOf(dataset, settings);
    const startMs = performance.now();
    let failure: unknown;
    {
      using progress = startProgress({
        unit: "readings",
        log,
        quiet: settings.quiet,
        ...(total === undefined ? {} : { total }),
      });
      const show = () => progress.update(outbox.delivery.acknowledged);
      const timer = setInterval(show, PROGRESS_EVERY_MS);
      try {
        await sendReadings(dataset, { settings, outbox, signal });
      } catch (error) {
        failure = error;
      } finally {
        await drain(outbox, signal);
        clearInterval(timer);
      }
    }
    const { line, object } = summarize(outbox.delivery, (performance.now() - startMs) / 1000);
    if (settings.json) out(JSON.stringify(object));
    else if (!settings.quiet) out(line);
    if (failure !== undefined || outbox.failure !== undefined) throw failure ?? outbox.failure;
    return outbox.delivery.failed > 0 ? 1 : 0;
  },
});
