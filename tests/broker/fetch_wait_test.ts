/** What waiting fetches cost others: nothing but what their own partitions get. */
import assert from "node:assert/strict";
import { fetchHandler } from "../../src/broker/handle/01_fetch.ts";
import { produceHandler } from "../../src/broker/handle/00_produce.ts";
import type { RequestContext } from "../../src/broker/handler.ts";
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import { BrokerState } from "../../src/broker/state.ts";
import { Turn, Turns } from "../../src/broker/turns.ts";
import { fetchApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import type { ResponseOf } from "../../src/wire/schema.ts";
import { batchOf } from "../support/batches.ts";
import { fetchPartition, withDefaults } from "./client.ts";
import { finish } from "../../src/wire/steps.ts";

const VERSION = 12;
const LONG_MS = 60_000;

interface Bench {
  readonly context: RequestContext;
  readonly state: BrokerState;
  readonly abort: AbortController;
  /** Calls so far. */
  readonly calls: { read: number; bytesFrom: number };
}

/** A broker's state with topics, whose logs count how often they are read and measured. */
async function withTopics(names: readonly string[], run: (bench: Bench) => Promise<void> | void) {
  const state = new BrokerState({ directory: null, defaultPartitions: 1, flush: "never" });
  const abort = new AbortController();
  const turns = new Turns();
  const context = {
    state,
    version: VERSION,
    nowMs: 0,
    clientId: "",
    clientHost: "",
    advertised: { host: "", port: 0 },
    signal: abort.signal,
    turn: new Turn(turns),
    freeBytes: () => 1e9,
    hold: () => {},
  };
  const calls = { read: 0, bytesFrom: 0 };
  const { read, bytesFrom } = PartitionLog.prototype;
  PartitionLog.prototype.read = function (...args) {
    calls.read++;
    return read.apply(this, args);
  };
  PartitionLog.prototype.bytesFrom = function (...args) {
    calls.bytesFrom++;
    return bytesFrom.apply(this, args);
  };
  try {
    for (const name of names) finish(state.createTopic(name, { partitions: 1, configs: {} }));
    await run({ state, context, abort, calls });
  } finally {
    abort.abort();
    turns.close();
    Object.assign(PartitionLog.prototype, { read, bytesFrom });
    state.close();
  }
}

type Answer = ResponseOf<typeof fetchApi>;

function fetchFrom(
  { context }: Bench,
  { topic, minBytes, fetchOffset = 0, partitionMaxBytes = 0x7fffffff }: {
    topic: string;
    minBytes: number;
    fetchOffset?: number;
    partitionMaxBytes?: number;
  },
): Promise<Answer> {
  const partition = fetchPartition({ fetchOffset, partitionMaxBytes });
  const request = withDefaults(fetchApi.request, {
    maxWaitMs: LONG_MS,
    minBytes,
    maxBytes: 0x7fffffff,
    topics: [{ topic, topicId: "", partitions: [partition] }],
  });
  return Promise.resolve(fetchHandler.handle(request, context) as Answer | Promise<Answer>);
}

function produceTo({ context }: Bench, topic: string, batch = batchOf(["x".repeat(100)])): number {
  const topics = [{ name: topic, partitions: [{ partition: 0, records: [batch] }] }];
  produceHandler.handle(withDefaults(produceApi.request, { acks: 1, timeoutMs: 1000, topics }), context);
  return batch.length;
}

function bytesOf({ responses }: Answer): number {
  const pieces = responses.flatMap(({ partitions }) => partitions.flatMap(({ records }) => records ?? []));
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

Deno.test("appends look at nobody who waits for another topic, and read nothing before there is enough", () =>
  withTopics(["busy", "other"], async (bench) => {
    const { calls } = bench;
    const others = Array.from({ length: 500 }, () => fetchFrom(bench, { topic: "other", minBytes: 1 }));
    const sizeBytes = produceTo(bench, "busy");
    const waiting = [1, 2, 3].map(() => fetchFrom(bench, { topic: "busy", minBytes: 20 * sizeBytes }));
    const huge = fetchFrom(bench, { topic: "busy", minBytes: 2 ** 31 - 1 });
    const measured = calls.bytesFrom;
    for (let count = 1; count < 19; count++) produceTo(bench, "busy");
    assert.deepEqual(calls, { read: 0, bytesFrom: measured });
    produceTo(bench, "busy");
    for (const one of await Promise.all(waiting)) assert.equal(bytesOf(one), 20 * sizeBytes);
    assert.deepEqual(calls, { read: 3, bytesFrom: measured });
    bench.abort.abort();
    await Promise.all([...others, huge]);
  }));

Deno.test("bytes that were there before count, from the batch that holds the offset", () =>
  withTopics(["t"], async (bench) => {
    const [first, second] = [batchOf(["a", "b", "c"]), batchOf(["d".repeat(5000)])];
    produceTo(bench, "t", first);
    produceTo(bench, "t", second);
    const all = first.length + second.length;
    assert.equal(bytesOf(await fetchFrom(bench, { topic: "t", minBytes: all, fetchOffset: 2 })), all);
    const waiting = fetchFrom(bench, { topic: "t", minBytes: second.length + 1, fetchOffset: 3 });
    produceTo(bench, "t", batchOf(["e"]));
    assert.ok(bytesOf(await waiting) > second.length);
  }));

Deno.test("what a fetch may not be given does not count", () =>
  withTopics(["t"], async (bench) => {
    const sizeBytes = produceTo(bench, "t");
    const waiting = fetchFrom(bench, { topic: "t", minBytes: sizeBytes, partitionMaxBytes: sizeBytes - 1 });
    produceTo(bench, "t");
    bench.abort.abort();
    assert.deepEqual((await waiting).responses, []);
  }));

Deno.test("a fetch that waits hears of a topic's end and of records that were deleted", () =>
  withTopics(["t", "u"], async (bench) => {
    const { state } = bench;
    const sizeBytes = produceTo(bench, "u");
    const ofTopic = fetchFrom(bench, { topic: "t", minBytes: 1 });
    const ofRecords = fetchFrom(bench, { topic: "u", minBytes: sizeBytes + 1 });
    finish(state.deleteTopic(state.topic("t")!));
    state.log("u", 0)!.deleteRecordsBefore(-1);
    state.appends.notify(state.log("u", 0)!, 0);
    const errorOf = ({ responses }: Answer) => responses[0]!.partitions[0]!.errorCode;
    assert.equal(errorOf(await ofTopic), ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    assert.equal(errorOf(await ofRecords), ErrorCode.OFFSET_OUT_OF_RANGE);
  }));
