/** What is kept of a log that is in use: by time on disk and in memory, and by the bytes of all logs in memory. */
import assert from "node:assert/strict";
import { MemoryBudget } from "../../src/broker/log/memory_budget.ts";
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { BrokerState } from "../../src/broker/state.ts";
import { describeTopicConfigs, logOptionsOf, refuseTopicConfigs } from "../../src/broker/topic_config.ts";
import { batchOf, KEEP_ALL } from "../support/batches.ts";
import { finish } from "../../src/wire/steps.ts";
import { withFolderSync } from "../support/folder.ts";

const HOUR_MS = 3_600_000;
const MIB = 2 ** 20;

function append(log: PartitionLog, nowMs: number, value = "x"): void {
  const result = log.append(batchOf([value], { timestampMs: nowMs }), nowMs);
  assert.ok(result.ok, JSON.stringify(result));
}

/** A record a minute for a day, retention looked at each minute as the broker does; the oldest age there was. */
function ageOfOldest(directory: string | null, configs: Record<string, string>): number {
  const log = PartitionLog.open(directory, logOptionsOf(configs));
  let oldestMs = 0;
  for (let nowMs = 0; nowMs <= 24 * HOUR_MS; nowMs += 60_000) {
    append(log, nowMs);
    log.retain(nowMs);
    oldestMs = Math.max(oldestMs, nowMs - log.logStartOffset * 60_000);
    assert.ok(
      log.highWatermark - log.logStartOffset > Math.min(nowMs, HOUR_MS) / 60_000 - 1,
      "too young to go",
    );
  }
  log.close();
  return oldestMs;
}

Deno.test("retention.ms holds on a topic in use: nothing is kept longer than twice that", () => {
  withFolderSync((directory) => {
    const configs = { "retention.ms": String(HOUR_MS) };
    assert.ok(ageOfOldest(directory + "/t-0", configs) <= 2 * HOUR_MS + 60_000);
    assert.ok(ageOfOldest(null, configs) <= 2 * HOUR_MS + 60_000);
  });
});

Deno.test("segment.ms closes a segment by its age, and retention is as fine as that", () => {
  const configs = { "retention.ms": String(HOUR_MS), "segment.ms": "300000" };
  assert.ok(ageOfOldest(null, configs) <= HOUR_MS + 300_000 + 60_000);
});

Deno.test("a segment of a restarted broker is as old as its file", () => {
  withFolderSync((directory) => {
    const options = logOptionsOf({ "retention.ms": String(HOUR_MS) });
    const log = PartitionLog.open(directory, options);
    append(log, Date.now());
    log.close();
    const reopened = PartitionLog.open(directory, options);
    const soonMs = Date.now() + HOUR_MS - 60_000;
    append(reopened, soonMs);
    reopened.retain(soonMs + 120_000);
    append(reopened, soonMs + 120_000);
    assert.equal([...Deno.readDirSync(directory)].filter(({ name }) => name.endsWith(".log")).length, 2);
    reopened.close();
  });
});

Deno.test("segment.ms is a topic setting with Kafka's default, and refused where Kafka refuses it", () => {
  assert.equal(refuseTopicConfigs({ "segment.ms": "60000" }), null);
  assert.match(refuseTopicConfigs({ "segment.ms": "0" })!, /segment.ms must be a whole number of at least 1/);
  assert.equal(describeTopicConfigs({}).find(({ name }) => name === "segment.ms")?.value, "604800000");
});

Deno.test("all logs in memory stay within one budget; the largest makes room, small ones keep what they have", () => {
  const bytesMax = 8 * MIB;
  const state = new BrokerState({
    directory: null,
    defaultPartitions: 1,
    flush: "never",
    memoryBytesMax: bytesMax,
  });
  const models = finish(state.createTopic("models", { partitions: 1, configs: {} })).logs[0]!;
  append(models, 1, "a model");
  const busy = finish(state.createTopic("busy", { partitions: 20, configs: {} })).logs;
  for (let at = 0; at < 40_000; at++) {
    append(busy[at % 20]!, 2, "x".repeat(1 + at * 37 % 2000));
    const held = [models, ...busy].reduce((sum, { heldBytes }) => sum + heldBytes, 0);
    assert.ok(held <= bytesMax, `${held} bytes after ${at} records`);
  }
  assert.equal(models.logStartOffset, 0);
  assert.equal(models.read(0, 1000).length, 1);
  for (const log of busy) {
    assert.ok(log.logStartOffset > 0 && log.logStartOffset < log.highWatermark);
    assert.ok(log.sizeBytes > 100_000, `${log.sizeBytes} bytes are left of ${bytesMax / 20}`);
    assert.equal(log.read(log.logStartOffset, 1).length, 1);
  }
  finish(state.deleteTopic(state.topic("busy")!));
  assert.ok(models.heldBytes < MIB);
  state.close();
});

Deno.test("a log in memory may be the only one, or one of a thousand that hold one batch each", () => {
  const budget = new MemoryBudget(MIB);
  const logs = Array.from({ length: 1000 }, () => PartitionLog.open(null, { ...KEEP_ALL, memory: budget }));
  for (let round = 0; round < 3; round++) {
    for (const log of logs) append(log, round, "x".repeat(900));
    assert.ok(budget.usedBytes <= MIB, `${budget.usedBytes}`);
  }
  for (const log of logs.slice(1)) log.delete();
  const [only] = logs;
  for (let at = 0; at < 5000; at++) append(only!, 5, "x".repeat(900));
  assert.ok(budget.usedBytes <= MIB && only!.sizeBytes > MIB / 2, `${budget.usedBytes}, ${only!.sizeBytes}`);
  only!.delete();
  assert.equal(budget.usedBytes, 0);
});
