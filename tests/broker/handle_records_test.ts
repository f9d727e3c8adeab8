/** The handlers for topics and records, through the wire. */
import assert from "node:assert/strict";
import { zstdCompressSync } from "node:zlib";
import { HANDLERS } from "../../src/broker/handlers.ts";
import { LEFT_OUT_APIS, LEFT_OUT_FEATURES, reasonLeftOut } from "../../src/broker/left_out.ts";
import {
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  describeClusterApi,
  describeConfigsApi,
} from "../../src/wire/api/admin.ts";
import {
  apiVersionsApi,
  deleteRecordsApi,
  fetchApi,
  initProducerIdApi,
  listOffsetsApi,
  metadataApi,
  offsetForLeaderEpochApi,
  produceApi,
} from "../../src/wire/api/records.ts";
import { ErrorCode } from "../../src/wire/error_code.ts";
import { iterateBatches } from "../../src/wire/record_batch.ts";
import { NO_UUID } from "../../src/wire/schema.ts";
import { decodeBatch } from "../../src/wire/decode_batch.ts";
import { rawBatch, rawRecord } from "../support/raw_batch.ts";
import { batchOf } from "../support/batches.ts";
import { startTestBroker, WireClient } from "./client.ts";

async function produce(client: WireClient, { topic, batch }: { topic: string; batch: Uint8Array }) {
  const topics = [{ name: topic, partitions: [{ partition: 0, records: [batch] }] }];
  const { responses } = await client.ask(produceApi, { acks: -1, timeoutMs: 1000, topics });
  const answer = responses[0]?.partitions[0];
  assert.ok(answer !== undefined);
  return answer;
}

interface FetchOptions {
  readonly offset: number;
  readonly maxWaitMs?: number;
  readonly partitionMaxBytes?: number;
  readonly version?: number;
  readonly topicId?: string;
}

async function fetchFrom(client: WireClient, topic: string, options: FetchOptions) {
  const partition = {
    partition: 0,
    currentLeaderEpoch: -1,
    fetchOffset: options.offset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: options.partitionMaxBytes ?? 1_000_000,
  };
  const { responses } = await client.ask(fetchApi, {
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: 1,
    maxBytes: 10_000_000,
    topics: [{ topic, topicId: options.topicId ?? NO_UUID, partitions: [partition] }],
  }, options.version ?? 12);
  const answer = responses[0]?.partitions[0];
  assert.ok(answer !== undefined);
  return answer;
}

function valuesOf(records: readonly Uint8Array[] | null): string[] {
  const bytes = records?.[0] ?? new Uint8Array(0);
  return [...iterateBatches(bytes)].flatMap(({ start }) =>
    decodeBatch(bytes, start).map(({ value }) => new TextDecoder().decode(value ?? undefined))
  );
}

async function createTopic(client: WireClient, name: string, { partitions = 1, replicationFactor = 1 } = {}) {
  const wanted = { name, partitions, replicationFactor, assignments: [], configs: [] };
  const { topics } = await client.ask(createTopicsApi, { topics: [wanted], timeoutMs: 1000 });
  assert.ok(topics[0] !== undefined);
  return topics[0];
}

Deno.test("ApiVersions answers with the table of handlers, and Produce from 0 on", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  const { apiKeys } = await client.ask(apiVersionsApi, {});
  assert.deepEqual(apiKeys.map(({ apiKey }) => apiKey), [...HANDLERS.keys()].sort((a, b) => a - b));
  assert.deepEqual(apiKeys[0], { apiKey: 0, minVersion: 0, maxVersion: 11 });
  for (const { apiKey, maxVersion } of apiKeys) assert.equal(maxVersion, HANDLERS.get(apiKey)?.versions[1]);
});

Deno.test("what is left out is not served, and has a reason", () => {
  const keys = LEFT_OUT_APIS.flatMap((api) => api.keys);
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) {
    assert.equal(HANDLERS.has(key), false, `API ${key} is served`);
    assert.ok(reasonLeftOut(key) !== undefined);
  }
  assert.ok(LEFT_OUT_FEATURES.length > 0);
  assert.equal(reasonLeftOut(0), undefined);
});

Deno.test("no handler claims versions that its table does not have", () => {
  for (const { api, versions: [first, last] } of HANDLERS.values()) {
    assert.ok(first >= api.versions[0] && last <= api.versions[1], api.name);
  }
});

Deno.test("Metadata creates a topic where the client allows it, and only then", async () => {
  await using broker = startTestBroker({ defaultPartitions: 3 });
  using client = await WireClient.connect(broker);
  const topics = [{ topicId: NO_UUID, name: "t" }];
  const refused = await client.ask(metadataApi, { topics, allowAutoTopicCreation: false });
  assert.equal(refused.topics[0]?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const created = await client.ask(metadataApi, { topics, allowAutoTopicCreation: true });
  assert.equal(created.topics[0]?.errorCode, ErrorCode.NONE);
  assert.deepEqual(created.topics[0]?.partitions.map(({ leaderId }) => leaderId), [1, 1, 1]);
  const { topicId } = created.topics[0]!;
  const byId = await client.ask(metadataApi, { topics: [{ topicId, name: null }] });
  assert.equal(byId.topics[0]?.name, "t");
  const all = await client.ask(metadataApi, { topics: null });
  assert.deepEqual(all.topics.map(({ name }) => name), ["t"]);
  assert.equal(
    (await client.ask(metadataApi, { topics: [] }, 0)).topics.length,
    1,
    "version 0: empty is all",
  );
  assert.equal(all.controllerId, all.brokers[0]?.nodeId);
});

Deno.test("Metadata refuses names that cannot be", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  for (const name of ["", ".", "..", "a b", "ä", "x".repeat(250), "../x"]) {
    const { topics } = await client.ask(metadataApi, {
      topics: [{ topicId: NO_UUID, name }],
      allowAutoTopicCreation: true,
    });
    assert.equal(topics[0]?.errorCode, ErrorCode.INVALID_TOPIC_EXCEPTION, JSON.stringify(name));
  }
});

Deno.test("Produce stores, Fetch returns the batch that holds the offset", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  const { topicId } = await createTopic(client, "t");
  assert.equal((await produce(client, { topic: "t", batch: batchOf(["a", "b", "c"]) })).baseOffset, 0);
  assert.equal((await produce(client, { topic: "t", batch: batchOf(["d"]) })).baseOffset, 3);
  const whole = await fetchFrom(client, "t", { offset: 0 });
  assert.deepEqual(valuesOf(whole.records), ["a", "b", "c", "d"]);
  assert.equal(whole.highWatermark, 4);
  assert.deepEqual(valuesOf((await fetchFrom(client, "t", { offset: 2 })).records), ["a", "b", "c", "d"]);
  const least = await fetchFrom(client, "t", { offset: 1, partitionMaxBytes: 1 });
  assert.deepEqual(valuesOf(least.records), ["a", "b", "c"]);
  assert.deepEqual(valuesOf((await fetchFrom(client, "", { offset: 3, version: 17, topicId })).records), [
    "d",
  ]);
  assert.deepEqual(valuesOf((await fetchFrom(client, "t", { offset: 4 })).records), []);
});

Deno.test("Fetch says what is wrong at once", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  const maxWaitMs = 60_000;
  assert.equal(
    (await fetchFrom(client, "t", { offset: 1, maxWaitMs })).errorCode,
    ErrorCode.OFFSET_OUT_OF_RANGE,
  );
  assert.equal(
    (await fetchFrom(client, "t", { offset: -1, maxWaitMs })).errorCode,
    ErrorCode.OFFSET_OUT_OF_RANGE,
  );
  const missing = await fetchFrom(client, "missing", { offset: 0, maxWaitMs });
  assert.equal(missing.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const unknown = await fetchFrom(client, "", {
    offset: 0,
    maxWaitMs,
    version: 13,
    topicId: "ab".repeat(16),
  });
  assert.equal(unknown.errorCode, ErrorCode.UNKNOWN_TOPIC_ID);
  const session = await client.ask(fetchApi, { sessionId: 5, sessionEpoch: 1, maxWaitMs });
  assert.equal(session.errorCode, ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
});

Deno.test("a Fetch that waits ends with the record that comes, or with the topic", async () => {
  await using broker = startTestBroker();
  using producer = await WireClient.connect(broker);
  using consumer = await WireClient.connect(broker);
  await createTopic(producer, "t");
  const waiting = fetchFrom(consumer, "t", { offset: 0, maxWaitMs: 60_000 });
  await produce(producer, { topic: "t", batch: batchOf(["now"]) });
  assert.deepEqual(valuesOf((await waiting).records), ["now"]);
  const orphaned = fetchFrom(consumer, "t", { offset: 1, maxWaitMs: 60_000 });
  await producer.ask(apiVersionsApi, {});
  await producer.ask(deleteTopicsApi, { topics: [{ name: "t", topicId: NO_UUID }], timeoutMs: 1000 });
  assert.equal((await orphaned).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
});

Deno.test("Produce refuses what is damaged, too large, or goes nowhere", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  const damaged = batchOf(["a"]);
  damaged[damaged.length - 1]! ^= 1;
  assert.equal((await produce(client, { topic: "t", batch: damaged })).errorCode, ErrorCode.CORRUPT_MESSAGE);
  const large = batchOf(["x".repeat(1_100_000)]);
  assert.equal((await produce(client, { topic: "t", batch: large })).errorCode, ErrorCode.MESSAGE_TOO_LARGE);
  const lost = await produce(client, { topic: "missing", batch: batchOf(["a"]) });
  assert.equal(lost.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const transactional = await client.ask(produceApi, {
    transactionalId: "x",
    acks: -1,
    topics: [{ name: "t", partitions: [{ partition: 0, records: [batchOf(["a"])] }] }],
  });
  assert.equal(transactional.responses[0]?.partitions[0]?.errorCode, ErrorCode.UNSUPPORTED_VERSION);
  assert.equal((await fetchFrom(client, "t", { offset: 0 })).highWatermark, 0);
});

Deno.test("Produce refuses a batch that opens to more than 16 MiB, and takes no memory for it", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  const value = new Uint8Array(40_000_000);
  const bomb = () => rawBatch({ records: zstdCompressSync(rawRecord({ value })), count: 1, attributes: 4 });
  for (let sent = 0; sent < 3; sent++) {
    const refused = await produce(client, { topic: "t", batch: bomb() });
    assert.equal(refused.errorCode, ErrorCode.MESSAGE_TOO_LARGE);
    assert.match(refused.errorMessage ?? "", /more than 16,777,216 bytes/);
  }
  const large = zstdCompressSync(rawRecord({ value: value.subarray(0, 16_000_000) }));
  const batch = rawBatch({ records: large, count: 1, attributes: 4 });
  assert.equal((await produce(client, { topic: "t", batch })).errorCode, ErrorCode.NONE);
});

Deno.test("an idempotent producer's batch is stored once, and answered alike again", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  const { producerId, producerEpoch } = await client.ask(initProducerIdApi, { transactionalId: null });
  const another = await client.ask(initProducerIdApi, { transactionalId: null });
  assert.notEqual(another.producerId, producerId);
  const send = (baseSequence: number, values: string[]) =>
    produce(client, { topic: "t", batch: batchOf(values, { producerId, producerEpoch, baseSequence }) });
  assert.equal((await send(0, ["a", "b"])).baseOffset, 0);
  assert.equal((await send(2, ["c"])).baseOffset, 2);
  const again = await send(0, ["a", "b"]);
  assert.deepEqual([again.errorCode, again.baseOffset], [ErrorCode.NONE, 0]);
  assert.equal((await send(5, ["f"])).errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
  assert.deepEqual(valuesOf((await fetchFrom(client, "t", { offset: 0 })).records), ["a", "b", "c"]);
});

Deno.test("ListOffsets finds beginning, end and times; DeleteRecords moves the beginning", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  for (const timestampMs of [1000, 2000, 3000]) {
    await produce(client, { topic: "t", batch: batchOf(["a", "b"], { timestampMs, stepMs: 0 }) });
  }
  const offsetAt = async (timestamp: number) => {
    const partitions = [{ partition: 0, currentLeaderEpoch: -1, timestamp }];
    const { topics } = await client.ask(listOffsetsApi, {
      replicaId: -1,
      topics: [{ name: "t", partitions }],
    });
    return topics[0]?.partitions[0]?.offset;
  };
  assert.deepEqual([await offsetAt(-1), await offsetAt(-2), await offsetAt(-3)], [6, 0, 4]);
  assert.deepEqual([await offsetAt(0), await offsetAt(1500), await offsetAt(3000)], [0, 2, 4]);
  assert.equal(await offsetAt(3001), -1);
  const cut = async (offset: number) => {
    const topics = [{ name: "t", partitions: [{ partition: 0, offset }] }];
    return (await client.ask(deleteRecordsApi, { topics, timeoutMs: 1000 })).topics[0]?.partitions[0];
  };
  assert.equal((await cut(3))?.lowWatermark, 3);
  assert.equal(await offsetAt(-2), 3);
  assert.equal((await fetchFrom(client, "t", { offset: 2 })).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
  assert.equal((await cut(7))?.errorCode, ErrorCode.OFFSET_OUT_OF_RANGE);
  assert.equal((await cut(-1))?.lowWatermark, 6);
});

Deno.test("CreateTopics, CreatePartitions and DeleteTopics check before they act", async () => {
  await using broker = startTestBroker({ defaultPartitions: 2 });
  using client = await WireClient.connect(broker);
  const made = await createTopic(client, "t", { partitions: -1, replicationFactor: -1 });
  assert.deepEqual([made.errorCode, made.partitions], [ErrorCode.NONE, 2]);
  assert.equal((await createTopic(client, "t")).errorCode, ErrorCode.TOPIC_ALREADY_EXISTS);
  assert.equal((await createTopic(client, "u", { partitions: 0 })).errorCode, ErrorCode.INVALID_PARTITIONS);
  assert.equal((await createTopic(client, "u", { partitions: 1e9 })).errorCode, ErrorCode.POLICY_VIOLATION);
  const replicas = await createTopic(client, "u", { replicationFactor: 3 });
  assert.equal(replicas.errorCode, ErrorCode.INVALID_REPLICATION_FACTOR);
  assert.match(replicas.errorMessage ?? "", /one node/);
  const grow = async (name: string, count: number) => {
    const topics = [{ name, count, assignments: null }];
    return (await client.ask(createPartitionsApi, { topics, timeoutMs: 1000 })).results[0]?.errorCode;
  };
  assert.deepEqual(
    [await grow("t", 2), await grow("missing", 2), await grow("t", 5)],
    [ErrorCode.INVALID_PARTITIONS, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NONE],
  );
  const remove = async (name: string) =>
    (await client.ask(deleteTopicsApi, { topics: [{ name, topicId: NO_UUID }] })).responses[0]?.errorCode;
  assert.deepEqual(
    [await remove("t"), await remove("t")],
    [ErrorCode.NONE, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION],
  );
});

Deno.test("DescribeConfigs answers settings with their source, CreateTopics refuses those that are not", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  const create = async (name: string, configs: { name: string; value: string }[]) => {
    const wanted = { name, partitions: 1, replicationFactor: 1, assignments: [], configs };
    return (await client.ask(createTopicsApi, { topics: [wanted] })).topics[0]?.errorCode;
  };
  assert.equal(await create("t", [{ name: "retention.ms", value: "60000" }]), ErrorCode.NONE);
  assert.equal(await create("u", [{ name: "cleanup.policy", value: "compact" }]), ErrorCode.INVALID_CONFIG);
  assert.equal(await create("u", [{ name: "no.such", value: "1" }]), ErrorCode.INVALID_CONFIG);
  const resources = [{ resourceType: 2, resourceName: "t", configurationKeys: null }];
  const { results } = await client.ask(describeConfigsApi, { resources });
  const retention = results[0]?.configs.find(({ name }) => name === "retention.ms");
  assert.deepEqual([retention?.value, retention?.configSource], ["60000", 1]);
  const cleanup = results[0]?.configs.find(({ name }) => name === "cleanup.policy");
  assert.deepEqual([cleanup?.value, cleanup?.configSource], ["delete", 5]);
});

Deno.test("the cluster is one node, whose leader epoch never changes", async () => {
  await using broker = startTestBroker();
  using client = await WireClient.connect(broker);
  await createTopic(client, "t");
  await produce(client, { topic: "t", batch: batchOf(["a"]) });
  const cluster = await client.ask(describeClusterApi, { endpointType: 1 });
  assert.deepEqual([cluster.clusterId, cluster.brokers.length], [broker.clusterId, 1]);
  const endOf = async (leaderEpoch: number) => {
    const partitions = [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }];
    const { topics } = await client.ask(offsetForLeaderEpochApi, { topics: [{ topic: "t", partitions }] });
    return topics[0]?.partitions[0]?.endOffset;
  };
  assert.deepEqual([await endOf(0), await endOf(1)], [1, -1]);
});
