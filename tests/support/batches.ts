/** Batches for tests of the broker's log. */
import { type BatchOptions, encodeBatch } from "../../src/wire/encode_batch.ts";
import type { LogOptions } from "../../src/broker/log/partition_log.ts";

/** A log that keeps everything. */
export const KEEP_ALL: LogOptions = {
  messageBytesMax: 1_048_588,
  segmentBytesMax: 1_073_741_824,
  retentionMs: -1,
  retentionBytes: -1,
};

/** A batch of records with these values; the first has the timestamp 1000, the next 1001 (`stepMs` later). */
export function batchOf(
  values: readonly string[],
  options: BatchOptions & { timestampMs?: number; stepMs?: number } = {},
) {
  const { timestampMs = 1000, stepMs = 1, ...rest } = options;
  const encoder = new TextEncoder();
  const records = values.map((value, index) => ({
    timestampMs: timestampMs + stepMs * index,
    key: null,
    value: encoder.encode(value),
    headers: [],
  }));
  return encodeBatch(records, rest);
}

/** A batch of an idempotent producer. */
export function idempotentBatch(
  [producerId, producerEpoch, baseSequence]: readonly [number, number, number],
  values: readonly string[] = ["x"],
) {
  return batchOf(values, { producerId, producerEpoch, baseSequence });
}
