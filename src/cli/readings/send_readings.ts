/** Readings into a topic at their times: what `produce` and `demo` do. */
import { type Dataset, type LabelledReading, repeat } from "../../datasets/mod.ts";
import { readingToJson } from "../../records/readings/print.ts";
import type { Settings } from "../../config/settings.ts";
import { scheduleByRate, scheduleByRecording } from "../../runtime/pace.ts";
import type { Outbox } from "../../kafka/outbox.ts";
import { sendPaced } from "../../kafka/paced.ts";

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

/** Sends readings at their times until the set, the limit, a failure or the signal ends it. */
export async function sendReadings(dataset: Dataset, options: SendOptions): Promise<void> {
  const { settings, ...way } = options;
  await sendPaced(limited(settings.loop ? repeat(dataset) : dataset.batches(), settings.limit ?? Infinity), {
    ...way,
    schedule: settings.speed === undefined
      ? scheduleByRate(settings.rate)
      : scheduleByRecording(settings.speed),
    recordedMs: ({ timestamp }) => Date.parse(timestamp),
    recordOf: (reading) => ({ key: reading.source, value: encoder.encode(readingToJson(reading)) }),
  });
}
