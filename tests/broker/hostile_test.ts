/** What a client can make the broker hold: counted in reads, bytes and closed connections. */
import assert from "node:assert/strict";
import { PartitionLog } from "../../src/broker/log/partition_log.ts";
import type { RunningBroker } from "../../src/broker/mod.ts";
import { BrokerState } from "../../src/broker/state.ts";
import type { Log } from "../../src/runtime/log.ts";
import { joinGroupApi } from "../../src/wire/api/groups.ts";
import { apiVersionsApi, fetchApi, metadataApi, produceApi } from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { finish } from "../../src/wire/steps.ts";
import { batchOf } from "../support/batches.ts";
import { fetchPartition, startTestBroker, WireClient, withDefaults } from "./client.ts";

const KIB = 1024;
const NO_ID = "0".repeat(32);

async function createTopic(broker: RunningBroker, name: string): Promise<void> {
  using client = await WireClient.connect(broker);
  await client.ask(metadataApi, { topics: [{ topicId: NO_ID, name }], allowAutoTopicCreation: true });
}

async function fill(broker: RunningBroker, { topic, batches, sizeBytes }: {
  topic: string;
  batches: number;
  sizeBytes: number;
}): Promise<void> {
  using client = await WireClient.connect(broker);
  for (let count = 0; count < batches; count++) {
    const records = [batchOf(["x".repeat(sizeBytes)])];
    const topics = [{ name: topic, partitions: [{ partition: 0, records }] }];
    const request = withDefaults(produceApi.request, { acks: -1, timeoutMs: 1000, topics });
    const { responses } = await client.ask(produceApi, request);
    assert.equal(responses[0]!.partitions[0]!.errorCode, ErrorCode.NONE);
  }
}

function fetchAll(topic: string) {
  const partition = fetchPartition();
  const topics = [{ topic, topicId: NO_ID, partitions: [partition] }];
  return withDefaults(fetchApi.request, { minBytes: 1, maxBytes: 0x7fffffff, topics });
}

/** A log that calls back with the reason for which a connection was closed. */
function listen(onClosed: (reason: string) => void): Log {
  const note = (message: string) => {
    if (message.startsWith("connection closed")) onClosed(message);
  };
  return { info: note, warn: note, debug: note };
}

async function assertServes(broker: RunningBroker): Promise<void> {
  using client = await WireClient.connect(broker);
  for (let count = 0; count < 20; count++) {
    assert.equal((await client.ask(apiVersionsApi, {})).errorCode, ErrorCode.NONE);
  }
}

Deno.test("of a thousand fetches at once only those are read whose answers are taken, and all in the end", async () => {
  await using broker = startTestBroker();
  await createTopic(broker, "t");
  await fill(broker, { topic: "t", batches: 8, sizeBytes: 500 * KIB });
  const { read } = PartitionLog.prototype;
  let reads = 0;
  PartitionLog.prototype.read = function (...args) {
    reads++;
    return read.apply(this, args);
  };
  try {
    using client = await WireClient.connect(broker);
    const count = 1000;
    const sent = (async () => {
      for (let index = 0; index < count; index++) {
        await client.send(fetchApi, { version: 12, request: fetchAll("t") });
      }
    })();
    await sent;
    await assertServes(broker);
    // What the sockets' buffers take, some megabytes; it was all 1,000 before.
    assert.ok(reads < 20, `${reads} answers of a batch and more`);
    for (let index = 0; index < 30; index++) assert.ok((await client.nextFrame())!.length > 400 * KIB);
    assert.ok(reads >= 30);
  } finally {
    PartitionLog.prototype.read = read;
  }
});

Deno.test("requests that have begun share a bound: whoever holds most is closed, with the reason", async () => {
  const closed: string[] = [];
  const enough = Promise.withResolvers<void>();
  const log = listen((reason) => {
    if (closed.push(reason) === 8) enough.resolve();
  });
  await using broker = startTestBroker({
    log,
    limits: { requestBytesMax: 2000 * KIB, heldBytesMax: 4000 * KIB },
  });
  const clients = await Promise.all(Array.from({ length: 12 }, () => WireClient.connect(broker)));
  const part = new Uint8Array(1500 * KIB);
  new DataView(part.buffer).setInt32(0, 1900 * KIB);
  await Promise.all(clients.map((client) => client.sendBytes(part).catch(() => {})));
  await enough.promise;
  assert.match(closed[0]!, /held \d+ of \d+ bytes of requests and answers/);
  await assertServes(broker);
  for (const client of clients) client[Symbol.dispose]();
});

Deno.test("a request that trickles in is cut off, however often a byte of it comes", async () => {
  const closed = Promise.withResolvers<string>();
  await using broker = startTestBroker({
    log: listen(closed.resolve),
    limits: { halfRequestMsMax: 1000, requestMsMax: 150 },
  });
  using client = await WireClient.connect(broker);
  await client.sendBytes(Uint8Array.of(0, 0, 100, 0));
  let isClosed = false;
  closed.promise.then(() => isClosed = true);
  while (!isClosed) {
    await client.sendBytes(new Uint8Array(1)).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.match(await closed.promise, /a request began \d+ ms ago/);
  await assertServes(broker);
});

Deno.test("connections that ask nothing give their places to those that do", async () => {
  await using broker = startTestBroker({ limits: { connectionsMax: 20 } });
  using first = await WireClient.connect(broker);
  await first.ask(apiVersionsApi, {});
  const silent = await Promise.all(Array.from({ length: 40 }, () => WireClient.connect(broker)));
  await assertServes(broker);
  assert.equal((await first.ask(apiVersionsApi, {})).errorCode, ErrorCode.NONE);
  for (const client of silent) client[Symbol.dispose]();
});

Deno.test("a request with more elements than any client needs ends its connection", async () => {
  const closed = Promise.withResolvers<string>();
  await using broker = startTestBroker({ log: listen(closed.resolve) });
  using client = await WireClient.connect(broker);
  const topics = Array.from({ length: 60_000 }, (_, index) => ({ topicId: NO_ID, name: `t${index}` }));
  await client.send(metadataApi, { version: 12, request: withDefaults(metadataApi.request, { topics }) });
  assert.match(await closed.promise, /more than 50000 elements/);
  assert.equal(await client.nextFrame(), null);
});

Deno.test("thousands of joins without an id leave the broker serving, and a member of another group", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  const join = {
    groupId: "flood",
    sessionTimeoutMs: 30_000,
    rebalanceTimeoutMs: 30_000,
    protocolType: "consumer",
    protocols: [{ name: "range", metadata: new Uint8Array(0) }],
  };
  const request = withDefaults(joinGroupApi.request, join);
  const count = 4_000;
  const sent = (async () => {
    for (let index = 0; index < count; index++) await client.send(joinGroupApi, { version: 9, request });
  })();
  for (let index = 0; index < count; index++) assert.ok(await client.nextFrame() !== null);
  await sent;
  using other = await WireClient.connect(broker);
  const { memberId, errorCode } = await other.ask(joinGroupApi, { ...join, groupId: "g" });
  assert.equal(errorCode, ErrorCode.MEMBER_ID_REQUIRED);
  const joined = await other.ask(joinGroupApi, { ...join, groupId: "g", memberId });
  assert.deepEqual([joined.errorCode, joined.leader], [ErrorCode.NONE, memberId]);
});

Deno.test("a topic of thousands of partitions is made, and deleted, a few at a time, and no other takes its name", () => {
  const state = new BrokerState({ directory: null, defaultPartitions: 1, flush: "never" });
  try {
    const plan = { partitions: 3000, configs: {} };
    const made = state.createTopic("wide", plan);
    let steps = 0;
    for (; steps < 1000; steps++) made.next();
    assert.equal(state.topic("wide"), undefined);
    assert.equal(state.refuseTopic("wide", plan)?.errorCode, ErrorCode.TOPIC_ALREADY_EXISTS);
    assert.equal(state.partitions, 3000);
    const topic = finish(made);
    assert.equal(topic.logs.length, 3000);
    const deleted = state.deleteTopic(topic);
    for (steps = 0; steps < 1000; steps++) deleted.next();
    assert.equal(state.topic("wide"), undefined, "it is not served any more");
    assert.equal(state.refuseChange("wide")?.errorCode, ErrorCode.REQUEST_TIMED_OUT);
    finish(deleted);
    assert.equal(state.refuseTopic("wide", plan), null);
    assert.equal(state.partitions, 0);
  } finally {
    state.close();
  }
});
