/** Readings into a topic at their times: what `produce` and `demo` do. */
import { type Dataset, type LabelledReading, repeat } from "../../datasets/mod.ts";
import { readingToJson } from "../../records/readings/print.ts";
import type { Settings } from "../../config/settings.ts";
import { sleep, untilAborted } from "../../runtime/clock.ts";
import { type Schedule, scheduleByRate, scheduleByRecording } from "../../runtime/pace.ts";
import type { Outbox } from "../outbox.ts";

/** Time that Ctrl-C leaves for what is in flight, in ms. */
const DRAIN_AFTER_STOP_MS = 4_000;

const encoder = new TextEncoder();

/** What of the settings counts for the stream of readings. */
export type StreamSettings = Pick<Settings, "rate" | "speed" | "limit" | "loop">;

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
export async function drain(outbox: Outbox, signal: AbortSignal): Promise<void> {
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
