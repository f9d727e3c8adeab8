/** The log of a partition: what goes in comes out, in memory and in files. */
import assert from "node:assert/strict";
import { type AppendResult, type LogOptions, PartitionLog } from "../../src/broker/log/partition_log.ts";
import { MemoryBudget } from "../../src/broker/log/memory_budget.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { batchOf, idempotentBatch, KEEP_ALL } from "../support/batches.ts";

const DAY_MS = 86_400_000;

/** Runs a test on a log in memory and on one in files. */
function testBoth(name: string, run: (open: (options?: Partial<LogOptions>) => PartitionLog) => void): void {
  Deno.test(`${name} (memory)`, () => run((options) => PartitionLog.open(null, { ...KEEP_ALL, ...options })));
  Deno.test(`${name} (files)`, () => {
    const directory = Deno.makeTempDirSync();
    const opened: PartitionLog[] = [];
    try {
      run((options) => {
        const log = PartitionLog.open(`${directory}/t-0`, { ...KEEP_ALL, ...options });
        opened.push(log);
        return log;
      });
    } finally {
      for (const log of opened) log.close();
      Deno.removeSync(directory, { recursive: true });
    }
  });
}

/** Values of all records from `offset` on, read in pieces of `bytesMax`. */
function readValues(log: PartitionLog, { offset = 0, bytesMax = 1_000_000 } = {}): string[] {
  const values: string[] = [];
  for (let next = offset; next < log.highWatermark;) {
    const before = next;
    for (const piece of log.read(next, bytesMax)) {
      for (const { start } of iterateBatches(piece)) {
        for (const record of decodeBatch(piece, start)) {
          if (record.offset >= offset) values.push(new TextDecoder().decode(record.value!));
          next = record.offset + 1;
        }
      }
    }
    assert.ok(next > before, `nothing to read at ${before}, the log ends at ${log.highWatermark}`);
  }
  return values;
}

function appended(result: AppendResult): number {
  assert.ok(result.ok, JSON.stringify(result));
  return result.baseOffset;
}

function errorOf(result: AppendResult): string {
  return result.ok ? "NONE" : result.error;
}

testBoth("append() gives offsets one after the other, read() gives the batches back", (open) => {
  const log = open();
  assert.equal(appended(log.append(batchOf(["a", "b", "c"]), 0)), 0);
  assert.equal(appended(log.append(batchOf(["d"]), 0)), 3);
  assert.equal(log.highWatermark, 4);
  assert.deepEqual(readValues(log), ["a", "b", "c", "d"]);
  assert.deepEqual(log.read(4, 100), []);
  assert.deepEqual(log.read(-1, 100), []);
});

testBoth("read() in the middle of a batch gives the whole batch, and one batch at least", (open) => {
  const log = open();
  log.append(batchOf(["a", "b", "c"]), 0);
  log.append(batchOf(["d", "e"]), 0);
  const [piece] = log.read(1, 1);
  assert.deepEqual([...iterateBatches(piece!)].map(({ header }) => header.baseOffset), [0]);
  assert.deepEqual(readValues(log, { offset: 1, bytesMax: 1 }), ["b", "c", "d", "e"]);
  assert.deepEqual(readValues(log, { offset: 4 }), ["e"]);
});

testBoth("read() finds every offset across segments and index entries, however much it may take", (open) => {
  const log = open({ segmentBytesMax: 20_000 });
  const values = Array.from({ length: 1500 }, (_, index) => `${index}`.padStart(1 + index % 90, "."));
  for (let at = 0; at < values.length; at += 3) log.append(batchOf(values.slice(at, at + 3)), 0);
  for (const bytesMax of [1, 300, 5000, 1_000_000]) assert.deepEqual(readValues(log, { bytesMax }), values);
  for (let offset = 0; offset < values.length; offset += 7) {
    const [piece] = log.read(offset, 200);
    const { header } = [...iterateBatches(piece!)][0]!;
    assert.equal(header.baseOffset, offset - offset % 3);
  }
});

testBoth("append() refuses what is no whole, undamaged batch of a client", (open) => {
  const log = open({ messageBytesMax: 200 });
  const flipped = batchOf(["a"]);
  flipped[66]! ^= 1;
  assert.equal(errorOf(log.append(flipped, 0)), "CORRUPT_MESSAGE");
  assert.equal(errorOf(log.append(batchOf(["a"]).subarray(0, 60), 0)), "INVALID_RECORD");
  assert.equal(errorOf(log.append(new Uint8Array(0), 0)), "INVALID_RECORD");
  assert.equal(errorOf(log.append(batchOf(["a".repeat(300)]), 0)), "MESSAGE_TOO_LARGE");
  const old = batchOf(["a"]);
  old[16] = 1;
  assert.equal(errorOf(log.append(old, 0)), "INVALID_RECORD");
  const two = new Uint8Array([...batchOf(["a"]), ...batchOf(["b"])]);
  assert.equal(errorOf(log.append(two, 0)), "INVALID_RECORD");
  assert.equal(log.highWatermark, 0);
});

testBoth("append() takes a repeated batch once and keeps the order of a producer", (open) => {
  const log = open();
  assert.equal(appended(log.append(idempotentBatch([7, 0, 0], ["a", "b"]), 0)), 0);
  assert.equal(appended(log.append(idempotentBatch([7, 0, 2]), 0)), 2);
  assert.deepEqual(log.append(idempotentBatch([7, 0, 0], ["a", "b"]), 0), {
    ok: true,
    baseOffset: 0,
    isDuplicate: true,
  });
  assert.equal(log.highWatermark, 3);
  assert.equal(errorOf(log.append(idempotentBatch([7, 0, 4]), 0)), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  assert.equal(errorOf(log.append(idempotentBatch([7, 1, 3]), 0)), "OUT_OF_ORDER_SEQUENCE_NUMBER");
  assert.equal(appended(log.append(idempotentBatch([7, 1, 0]), 0)), 3);
  assert.equal(errorOf(log.append(idempotentBatch([7, 0, 3]), 0)), "INVALID_PRODUCER_EPOCH");
  assert.equal(appended(log.append(idempotentBatch([8, 3, 99]), 0)), 4);
});

testBoth("append() forgets a producer that was silent for a day", (open) => {
  const log = open();
  log.append(idempotentBatch([7, 5, 0]), 0);
  log.retain(DAY_MS + 1);
  assert.equal(appended(log.append(idempotentBatch([7, 0, 40]), DAY_MS + 1)), 1);
});

testBoth("offsetForTimestamp() finds the first record at or after a time", (open) => {
  const log = open({ segmentBytesMax: 3000 });
  for (let at = 0; at < 200; at += 2) log.append(batchOf(["a", "b"], { timestampMs: 1000 + at * 10 }), 0);
  assert.deepEqual(log.offsetForTimestamp(0), { offset: 0, timestampMs: 1000 });
  assert.deepEqual(log.offsetForTimestamp(1001), { offset: 1, timestampMs: 1001 });
  assert.deepEqual(log.offsetForTimestamp(1002), { offset: 2, timestampMs: 1020 });
  assert.deepEqual(log.offsetForTimestamp(2501), { offset: 151, timestampMs: 2501 });
  assert.equal(log.offsetForTimestamp(10_000), null);
  assert.deepEqual(log.maxTimestamp(), { offset: 199, timestampMs: 2981 });
});

testBoth("deleteRecordsBefore() moves the start and frees segments", (open) => {
  const log = open({ segmentBytesMax: 1000 });
  for (let at = 0; at < 100; at++) log.append(batchOf([`${at}`]), 0);
  const before = log.sizeBytes;
  assert.deepEqual(log.deleteRecordsBefore(50, 0), { ok: true, logStartOffset: 50 });
  assert.ok(log.sizeBytes < 0.6 * before);
  assert.deepEqual(log.read(49, 100), []);
  assert.equal(readValues(log, { offset: 50 })[0], "50");
  assert.deepEqual(log.offsetForTimestamp(0), { offset: 50, timestampMs: 1000 });
  const beyond = log.deleteRecordsBefore(101, 0);
  assert.equal(beyond.ok ? "NONE" : beyond.error, "OFFSET_OUT_OF_RANGE");
  log.deleteRecordsBefore(-1, 0);
  assert.deepEqual([log.logStartOffset, log.highWatermark, log.sizeBytes], [100, 100, 0]);
  assert.equal(appended(log.append(batchOf(["a"]), 0)), 100);
});

testBoth("retain() deletes closed segments by age and by size", (open) => {
  const log = open({ segmentBytesMax: 1000, retentionMs: 500 });
  for (let at = 0; at < 100; at++) log.append(batchOf([`${at}`]), at * 10);
  log.retain(1000);
  assert.ok(log.logStartOffset > 35 && log.logStartOffset <= 50, `${log.logStartOffset}`);
  log.configure({ ...KEEP_ALL, segmentBytesMax: 1000, retentionBytes: 2000 });
  log.retain(1000);
  assert.ok(log.sizeBytes >= 2000 && log.sizeBytes < 3000, `${log.sizeBytes}`);
  log.configure({ ...KEEP_ALL, retentionMs: 500 });
  log.retain(10_000);
  assert.deepEqual([log.logStartOffset, log.highWatermark, log.sizeBytes], [100, 100, 0]);
});

Deno.test("append() in memory lets go of the oldest records past the limit", () => {
  const log = PartitionLog.open(null, { ...KEEP_ALL, memory: new MemoryBudget(100_000) });
  const value = "x".repeat(1000);
  for (let at = 0; at < 1000; at++) appended(log.append(batchOf([value]), 0));
  assert.ok(log.sizeBytes <= 100_000 && log.sizeBytes > 70_000, `${log.sizeBytes}`);
  assert.equal(readValues(log, { offset: log.logStartOffset }).length, 1000 - log.logStartOffset);
});

Deno.test("read() in memory does not copy", () => {
  const log = PartitionLog.open(null, KEEP_ALL);
  log.append(batchOf(["a"]), 0);
  log.append(batchOf(["b"]), 0);
  assert.equal(log.read(0, 1000)[0]!.buffer, log.read(1, 1000)[0]!.buffer);
});
