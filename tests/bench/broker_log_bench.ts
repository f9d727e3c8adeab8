/**
 * Speed of the broker's log: `deno run -A tests/bench/broker_log_bench.ts`. Appends and reads batches of 100 records
 * of 200 bytes, in memory and in files, and opens the files again. One JSON object per line.
 */
import { MemoryBudget } from "../../src/broker/log/memory_budget.ts";
import { type LogOptions, PartitionLog } from "../../src/broker/log/partition_log.ts";
import { placeBatch } from "../../src/wire/record_batch.ts";
import { encodeBatch } from "../../src/wire/encode_batch.ts";

const BATCHES = 20_000;
const RECORDS_PER_BATCH = 100;
const RECORD_BYTES = 200;
const MIB = 1024 * 1024;
const NOW_MS = 1_700_000_000_000;

const options: LogOptions = {
  messageBytesMax: MIB,
  segmentBytesMax: 1024 * MIB,
  retentionMs: -1,
  retentionBytes: -1,
  memory: new MemoryBudget(1024 * MIB),
};

function makeBatch(recordsPerBatch: number): Uint8Array {
  const value = crypto.getRandomValues(new Uint8Array(RECORD_BYTES));
  const record = { timestampMs: NOW_MS, key: null, value, headers: [] };
  return encodeBatch(Array.from({ length: recordsPerBatch }, () => record));
}

function report(name: string, { bytes, records, ms }: { bytes: number; records: number; ms: number }): void {
  const mibPerS = Math.round(bytes / MIB / (ms / 1000));
  const recordsPerS = Math.round(records / (ms / 1000));
  console.log(JSON.stringify({ name, mibPerS, recordsPerS, ms: Math.round(ms) }));
}

function append(
  log: PartitionLog,
  { name, batches, recordsPerBatch }: { name: string; batches: number; recordsPerBatch: number },
): void {
  const batch = makeBatch(recordsPerBatch);
  const startMs = performance.now();
  for (let at = 0; at < batches; at++) {
    // The log writes the batch's offset into it: a producer's begins at 0.
    placeBatch(batch, { start: 0, baseOffset: 0, leaderEpoch: -1 });
    const result = log.append(batch, NOW_MS);
    if (!result.ok) throw new Error(result.detail);
  }
  const ms = performance.now() - startMs;
  report(name, { bytes: batches * batch.length, records: batches * recordsPerBatch, ms });
}

function readAll(log: PartitionLog, name: string): void {
  const startMs = performance.now();
  let bytes = 0;
  const view = (piece: Uint8Array) => new DataView(piece.buffer, piece.byteOffset, piece.byteLength);
  for (let next = log.logStartOffset; next < log.highWatermark;) {
    for (const piece of log.read(next, MIB)) {
      bytes += piece.length;
      for (let at = 0; at < piece.length; at += 12 + view(piece).getInt32(at + 8)) {
        next = Number(view(piece).getBigInt64(at)) + view(piece).getInt32(at + 23) + 1;
      }
    }
  }
  report(name, { bytes, records: log.highWatermark - log.logStartOffset, ms: performance.now() - startMs });
}

const directory = Deno.makeTempDirSync();
try {
  for (const place of ["memory", "files"]) {
    const path = place === "memory" ? null : `${directory}/t-0`;
    const log = PartitionLog.open(path, options);
    append(log, { name: `append, ${place}`, batches: BATCHES, recordsPerBatch: RECORDS_PER_BATCH });
    readAll(log, `read, ${place}`);
    append(log, { name: `append one by one, ${place}`, batches: 100_000, recordsPerBatch: 1 });
    log.close();
    if (path === null) continue;
    const { sizeBytes, highWatermark } = log;
    const startMs = performance.now();
    PartitionLog.open(path, options).close();
    report("open again", { bytes: sizeBytes, records: highWatermark, ms: performance.now() - startMs });
  }
  const durable = PartitionLog.open(`${directory}/t-1`, { ...options, flush: "always" });
  append(durable, { name: "append, flush always", batches: 2000, recordsPerBatch: RECORDS_PER_BATCH });
  durable.close();
} finally {
  Deno.removeSync(directory, { recursive: true });
}
