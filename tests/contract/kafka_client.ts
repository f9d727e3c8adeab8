/** What every Kafka client adapter does, on every cluster: topics, sending, reading. Groups: `kafka_client_groups.ts`. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { partitionOfKey } from "../../src/kafka/partitioner.ts";
import {
  type ClientName,
  type IncomingRecord,
  type KafkaClient,
  KafkaError,
  type KafkaErrorKind,
  type RecordChunk,
} from "../../src/kafka/port.ts";
import { type TestClusterKind, uniqueName } from "../support/cluster.ts";
import { readPartitions } from "../support/topics.ts";

/** Which client, on which cluster. */
export interface ContractSubject {
  readonly client: ClientName;
  readonly cluster: TestClusterKind;
}

/** Registers a test that gets a client connected to its cluster. */
export function contractTest(
  subject: ContractSubject,
  name: string,
  body: (client: KafkaClient) => Promise<void>,
) {
  Deno.test({
    name: `${subject.client} on ${subject.cluster.name}: ${name}`,
    ignore: subject.cluster.missing !== null,
    fn: async () => {
      await using cluster = await subject.cluster.open();
      const { bootstrapServer } = cluster;
      await using client = await connect({ bootstrapServer, clientId: "contract" }, subject.client);
      await body(client);
    },
  });
}

/** Creates a topic nobody else uses. */
export async function newTopic(client: KafkaClient, partitions = 1): Promise<string> {
  const name = uniqueName("contract");
  assert.equal(await client.admin.createTopic({ name, partitions, replicationFactor: -1 }), true);
  return name;
}

/** Sends texts to a partition, in order. */
export async function sendTexts(
  client: KafkaClient,
  { topic, texts, partition = 0 }: { topic: string; texts: readonly string[]; partition?: number },
): Promise<void> {
  await using producer = await client.producer();
  await producer.send(topic, texts.map((text) => ({ key: null, value: bytes(text), partition })));
}

/** The values of a chunk as texts. */
export function textsOf(chunk: RecordChunk | { records: readonly IncomingRecord[] }): string[] {
  return chunk.records.map((record) => new TextDecoder().decode(record.value ?? new Uint8Array(0)));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

async function rejectsWith(kind: KafkaErrorKind, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof KafkaError, `not a KafkaError: ${error}`);
    assert.equal(error.kind, kind, error.message);
    return true;
  });
}

/** The whole contract but for groups. */
export function kafkaClientContract(subject: ContractSubject): void {
  adminContract(subject);
  producerContract(subject);
  readerContract(subject);
}

function adminContract(subject: ContractSubject): void {
  contractTest(subject, "admin creates, lists, describes and deletes a topic", async ({ admin }) => {
    const name = uniqueName("contract");
    assert.equal(await admin.createTopic({ name, partitions: 3, replicationFactor: -1 }), true);
    assert.ok((await admin.listTopics()).includes(name));
    const [description] = await admin.describeTopics([name]);
    assert.equal(description?.name, name);
    assert.deepEqual(description?.partitions.map((one) => one.partition), [0, 1, 2]);
    assert.ok(description?.partitions.every((one) => one.leader >= 0 && one.replicas.includes(one.leader)));
    assert.deepEqual(
      await admin.topicOffsets(name),
      [0, 1, 2].map((partition) => ({ topic: name, partition, logStartOffset: 0, highWatermark: 0 })),
    );
    await admin.deleteTopic(name);
    await rejectsWith("unknown-topic", admin.describeTopics([name]));
  });

  contractTest(
    subject,
    "createTopic() says false for one that exists, and refuses a bad name",
    async ({ admin }) => {
      const topic = { name: uniqueName("contract"), partitions: 1, replicationFactor: -1 };
      assert.equal(await admin.createTopic(topic), true);
      assert.equal(await admin.createTopic({ ...topic, partitions: 2 }), false);
      await rejectsWith("invalid-topic", admin.createTopic({ ...topic, name: "no spaces/allowed" }));
    },
  );

  contractTest(
    subject,
    "createTopic() takes the fallback where the configs are refused, and says what is wrong with that",
    async ({ admin }) => {
      const configs = { "no.such.setting": "1" };
      const topic = { name: uniqueName("contract"), partitions: 1, replicationFactor: -1, configs };
      await assert.rejects(admin.createTopic(topic));
      assert.equal(await admin.createTopic({ ...topic, fallbackConfigs: { "retention.ms": "-1" } }), true);
      const unnamable = { ...topic, name: "no spaces/allowed", fallbackConfigs: {} };
      await rejectsWith("invalid-topic", admin.createTopic(unnamable));
    },
  );

  contractTest(subject, "an unknown topic is named as such, and not created", async (client) => {
    const name = uniqueName("missing");
    const { signal } = new AbortController();
    await rejectsWith("unknown-topic", client.admin.describeTopics([name]));
    await rejectsWith("unknown-topic", client.admin.topicOffsets(name));
    await rejectsWith("unknown-topic", client.admin.deleteTopic(name));
    await rejectsWith("unknown-topic", sendTexts(client, { topic: name, texts: ["x"] }));
    await rejectsWith("unknown-topic", readPartitions(client, name));
    const consumer = client.groupConsumer({
      groupId: uniqueName("g"),
      topics: [name],
      from: "beginning",
      signal,
    });
    await rejectsWith("unknown-topic", consumer);
    assert.ok(!(await client.admin.listTopics()).includes(name));
  });

  contractTest(subject, "a group that has committed nothing has no offsets", async (client) => {
    const topic = await newTopic(client);
    assert.deepEqual(await client.admin.committedOffsets(uniqueName("g"), topic), []);
  });
}

function producerContract(subject: ContractSubject): void {
  contractTest(subject, "what is sent comes back to the byte", async (client) => {
    const topic = await newTopic(client);
    await using producer = await client.producer();
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const before = Date.now();
    await producer.send(topic, [
      {
        key: "ключ",
        value: all,
        headers: [{ key: "h", value: all }, { key: "ü", value: new Uint8Array(0) }],
      },
      { key: null, value: null },
      { key: new Uint8Array(0), value: new Uint8Array(0) },
      { key: all, value: bytes("x".repeat(100_000)), partition: 0 },
    ]);
    const records = (await readPartitions(client, topic)).get(0) ?? [];
    assert.deepEqual(records.map((one) => one.offset), [0, 1, 2, 3]);
    assert.deepEqual(records.map((one) => one.key && [...one.key]), [[...bytes("ключ")], null, [], [...all]]);
    assert.deepEqual(records.slice(0, 3).map((one) => one.value && [...one.value]), [[...all], null, []]);
    assert.equal(records[3]?.value?.length, 100_000);
    const headers = records[0]?.headers.map(({ key, value }) => ({ key, value: [...value] }));
    assert.deepEqual(headers, [{ key: "h", value: [...all] }, { key: "ü", value: [] }]);
    assert.deepEqual(records[1]?.headers, []);
    assert.ok(records.every((one) => one.timestampMs >= before && one.timestampMs <= Date.now()));
  });

  contractTest(subject, "overlapping sends keep their order in each partition", async (client) => {
    const topic = await newTopic(client, 3);
    await using producer = await client.producer();
    const sends = Array.from({ length: 60 }, (_, call) => {
      const records = Array.from({ length: 50 }, (_, i) => {
        const number = call * 50 + i;
        return { key: null, value: bytes(String(number)), partition: number % 3 };
      });
      return producer.send(topic, records);
    });
    await Promise.all(sends);
    const found = await readPartitions(client, topic);
    for (const partition of [0, 1, 2]) {
      const expected = Array.from({ length: 1000 }, (_, i) => String(3 * i + partition));
      assert.deepEqual(textsOf({ records: found.get(partition) ?? [] }), expected);
    }
  });

  contractTest(subject, "5,000 records in one call, each where its key belongs", async (client) => {
    const topic = await newTopic(client, 4);
    await using producer = await client.producer();
    const keys = Array.from({ length: 5000 }, (_, i) => `key-${i % 700}`);
    await producer.send(topic, keys.map((key, i) => ({ key, value: bytes(String(i)) })));
    const found = await readPartitions(client, topic);
    assert.equal([...found.values()].reduce((sum, one) => sum + one.length, 0), 5000);
    for (const [partition, records] of found) {
      for (const { key } of records) assert.equal(partitionOfKey(key!, 4), partition);
      const order = textsOf({ records }).map(Number);
      assert.deepEqual(order, order.toSorted((a, b) => a - b));
    }
  });

  contractTest(subject, "a record that is too large is refused by itself", async (client) => {
    const topic = await newTopic(client);
    await using producer = await client.producer();
    const send = (size: number) => producer.send(topic, [{ key: null, value: new Uint8Array(size) }]);
    const outcomes = await Promise.allSettled([send(10), send(3_000_000), send(20)]);
    assert.deepEqual(outcomes.map((one) => one.status), ["fulfilled", "rejected", "fulfilled"]);
    await rejectsWith("record-too-large", send(3_000_000));
    const records = (await readPartitions(client, topic)).get(0) ?? [];
    assert.deepEqual(records.map((one) => one.value?.length), [10, 20]);
  });

  contractTest(
    subject,
    "a partition that does not exist is refused before anything is sent",
    async (client) => {
      const topic = await newTopic(client, 2);
      await rejectsWith("protocol", sendTexts(client, { topic, texts: ["x"], partition: 2 }));
      assert.equal((await readPartitions(client, topic)).size, 0);
    },
  );

  contractTest(subject, "a closed producer says so", async (client) => {
    const topic = await newTopic(client);
    const producer = await client.producer();
    await producer[Symbol.asyncDispose]();
    await rejectsWith("closed", producer.send(topic, [{ key: null, value: null }]));
  });
}

function readerContract(subject: ContractSubject): void {
  contractTest(subject, "read() until the end of an empty topic ends", async (client) => {
    const topic = await newTopic(client, 3);
    assert.equal((await readPartitions(client, topic)).size, 0);
  });

  contractTest(subject, "read() until the end stops where it was when it began", async (client) => {
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["a", "b", "c"] });
    const texts: string[] = [];
    const { signal } = new AbortController();
    for await (const chunk of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
      if (texts.length === 0) await sendTexts(client, { topic, texts: ["late"] });
      texts.push(...textsOf(chunk));
      assert.ok(chunk.highWatermark >= 3);
    }
    assert.deepEqual(texts, ["a", "b", "c"]);
    assert.equal((await readPartitions(client, topic)).get(0)?.length, 4);
  });

  contractTest(
    subject,
    "read() goes on with a topic that is made again, from its beginning",
    async (client) => {
      const topic = await newTopic(client);
      await sendTexts(client, { topic, texts: ["a", "b", "c"] });
      const abort = new AbortController();
      const texts: string[] = [];
      let isAnew = false;
      const chunks = client.read({
        topics: [topic],
        from: "beginning",
        until: "never",
        signal: abort.signal,
      });
      for await (const chunk of chunks) {
        texts.push(...textsOf(chunk));
        if (texts.length === 3 && !isAnew) {
          isAnew = true;
          await client.admin.deleteTopic(topic);
          await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
          await sendTexts(client, { topic, texts: ["d", "e", "f", "g", "h"] });
        }
        if (texts.length >= 8) abort.abort();
      }
      assert.deepEqual(texts, ["a", "b", "c", "d", "e", "f", "g", "h"]);
    },
  );

  contractTest(subject, "read() from the latest gives what comes, until the abort", async (client) => {
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["old"] });
    const abort = new AbortController();
    const chunks = client.read({ topics: [topic], from: "latest", until: "never", signal: abort.signal });
    const reading = chunks[Symbol.asyncIterator]();
    const first = reading.next();
    await using producer = await client.producer();
    const ticker = ticking(() => producer.send(topic, [{ key: null, value: bytes("new") }]));
    const { value } = await first;
    await ticker.stop();
    assert.deepEqual([...new Set(textsOf(value))], ["new"]);
    assert.equal(value.nextOffset, value.records.at(-1).offset + 1);
    abort.abort();
    for (let next = await reading.next(); !next.done; next = await reading.next());
  });
}

/** Does something every 50 ms until it is stopped: for what must be noticed "from now on", whenever now is. */
export function ticking(action: () => Promise<void>): { stop(): Promise<void> } {
  let wake: () => void = () => undefined;
  let running = true;
  const done = (async () => {
    while (running) {
      await action();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  })();
  return {
    stop: async () => {
      running = false;
      wake();
      await done;
    },
  };
}
