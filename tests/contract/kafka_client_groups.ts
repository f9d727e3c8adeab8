/** What every Kafka client adapter does as a member of a group, on every cluster. */
import assert from "node:assert/strict";
import type {
  AssignedPartition,
  GroupConsumer,
  GroupConsumerOptions,
  KafkaClient,
  TopicPartition,
} from "../../src/kafka/port.ts";
import { uniqueName } from "../support/cluster.ts";
import { eventually } from "../support/until.ts";
import { type ContractSubject, contractTest, newTopic, sendTexts, textsOf, ticking } from "./kafka_client.ts";

/** A member that reads in the background and keeps what it received. */
class Reader implements AsyncDisposable {
  readonly texts: string[] = [];
  readonly assigned: AssignedPartition[] = [];
  readonly revoked: TopicPartition[] = [];
  readonly next = new Map<number, number>();
  readonly abort = new AbortController();
  readonly ended: Promise<void>;
  readonly consumer: GroupConsumer;

  private constructor(consumer: GroupConsumer, abort: AbortController) {
    this.consumer = consumer;
    this.abort = abort;
    this.ended = this.#read();
  }

  static async open(client: KafkaClient, options: Omit<GroupConsumerOptions, "signal">): Promise<Reader> {
    const abort = new AbortController();
    let reader: Reader | null = null;
    const consumer = await client.groupConsumer({
      ...options,
      signal: abort.signal,
      startAt: (one) => {
        reader!.assigned.push(one);
        return options.startAt?.(one) ?? one.startOffset;
      },
      onRevoked: (partitions) => {
        reader!.revoked.push(...partitions);
      },
    });
    reader = new Reader(consumer, abort);
    return reader;
  }

  async #read(): Promise<void> {
    for await (const chunk of this.consumer.chunks()) {
      this.texts.push(...textsOf(chunk));
      this.next.set(chunk.partition, chunk.nextOffset);
    }
  }

  /** Waits until something is so. @throws {assert.AssertionError} with what was read, also where the reading ends */
  async until(what: string, holds: () => boolean): Promise<void> {
    const check = () => assert.ok(holds(), `waited in vain until ${what}; read ${this.texts.length} records`);
    await Promise.race([eventually(check), this.ended.then(check)]);
  }

  get partitions(): number[] {
    return this.consumer.assignment().map((one) => one.partition).sort();
  }

  async commitAll(topic: string): Promise<boolean> {
    return await this.consumer.commit(
      [...this.next].map(([partition, offset]) => ({ topic, partition, offset })),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort.abort();
    await this.ended;
    await this.consumer[Symbol.asyncDispose]();
  }
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => String(from + i));
}

/** The contract of group members. */
export function kafkaGroupContract(subject: ContractSubject): void {
  positionContract(subject);
  membershipContract(subject);
}

function positionContract(subject: ContractSubject): void {
  contractTest(subject, "a group goes on where it has committed", async (client) => {
    const topic = await newTopic(client);
    const group = { groupId: uniqueName("g"), topics: [topic], from: "beginning" as const };
    await sendTexts(client, { topic, texts: numbers(0, 5) });
    {
      await using reader = await Reader.open(client, group);
      await reader.until("5 records are read", () => reader.texts.length === 5);
      assert.equal(await reader.consumer.commit([{ topic, partition: 0, offset: 3 }]), true);
    }
    assert.deepEqual(await client.admin.committedOffsets(group.groupId, topic), [{
      topic,
      partition: 0,
      offset: 3,
    }]);
    await using reader = await Reader.open(client, group);
    await reader.until("2 records are read", () => reader.texts.length === 2);
    assert.deepEqual(reader.texts, ["3", "4"]);
    const [{ topicId, ...assigned }] = reader.assigned as [AssignedPartition];
    assert.deepEqual(assigned, { topic, partition: 0, startOffset: 3, logStartOffset: 0, highWatermark: 5 });
    assert.match(topicId!, /^[0-9a-f]{32}$/);
    assert.equal(await reader.commitAll(topic), true);
    assert.deepEqual(await client.admin.committedOffsets(group.groupId, topic), [{
      topic,
      partition: 0,
      offset: 5,
    }]);
  });

  contractTest(
    subject,
    "commit() takes the offset where a member begins, before a record has come",
    async (client) => {
      const topic = await newTopic(client);
      const abort = new AbortController();
      const { promise: assigned, resolve } = Promise.withResolvers<void>();
      await using consumer = await client.groupConsumer({
        ...{ groupId: uniqueName("g"), topics: [topic], from: "beginning" },
        startAt: ({ startOffset }) => {
          setTimeout(resolve, 0);
          return startOffset;
        },
        signal: abort.signal,
      });
      const chunks = consumer.chunks()[Symbol.asyncIterator]();
      const first = chunks.next();
      await assigned;
      assert.equal(await consumer.commit([{ topic, partition: 0, offset: 0 }]), true);
      assert.equal(await consumer.commit([{ topic, partition: 0, offset: 1 }]), false);
      abort.abort();
      assert.equal((await first).done, true);
    },
  );

  contractTest(subject, "startAt() rewinds behind the committed offset", async (client) => {
    const topic = await newTopic(client);
    const group = { groupId: uniqueName("g"), topics: [topic], from: "beginning" as const };
    await sendTexts(client, { topic, texts: numbers(0, 10) });
    {
      await using reader = await Reader.open(client, group);
      await reader.until("all is read", () => reader.texts.length === 10);
      assert.equal(await reader.commitAll(topic), true);
    }
    await using reader = await Reader.open(client, { ...group, startAt: (one) => one.startOffset - 4 });
    await reader.until("4 records are read", () => reader.texts.length === 4);
    assert.deepEqual(reader.texts, numbers(6, 10));
    assert.equal(reader.assigned[0]?.startOffset, 10);
  });

  contractTest(
    subject,
    "a topic that is made again is read from its beginning while a member runs",
    async (client) => {
      const topic = await newTopic(client, 2);
      const send = (texts: readonly string[]) =>
        Promise.all([0, 1].map((partition) => sendTexts(client, { topic, texts, partition })));
      await send(numbers(0, 5));
      const groupId = uniqueName("g");
      await using reader = await Reader.open(client, {
        groupId,
        topics: [topic],
        from: "latest",
        startAt: () => 0,
      });
      await reader.until("all is read", () => reader.texts.length === 10);
      assert.equal(await reader.commitAll(topic), true);
      const before = reader.assigned[0]!.topicId;
      await client.admin.deleteTopic(topic);
      await client.admin.createTopic({ name: topic, partitions: 2, replicationFactor: -1 });
      reader.next.clear();
      reader.texts.length = 0;
      await send(numbers(100, 120)); // more than the old topic had: nothing lies beyond the end
      await reader.until("all of the new topic is read", () => reader.texts.length >= 40);
      assert.deepEqual(reader.texts.toSorted(), [...numbers(100, 120), ...numbers(100, 120)].toSorted());
      assert.equal(reader.revoked.length, 2);
      const [{ topicId, startOffset }] = reader.assigned.slice(-1) as [AssignedPartition];
      assert.notEqual(topicId, before);
      assert.equal(startOffset, 0);
      assert.equal(await reader.commitAll(topic), true);
      const committed = await client.admin.committedOffsets(groupId, topic);
      assert.deepEqual(committed.map(({ offset }) => offset), [20, 20]);
    },
  );

  contractTest(
    subject,
    "offsets of a topic that was made again while nothing ran are not taken",
    async (client) => {
      const topic = await newTopic(client);
      const group = { groupId: uniqueName("g"), topics: [topic], from: "beginning" as const };
      await sendTexts(client, { topic, texts: numbers(0, 5) });
      {
        await using reader = await Reader.open(client, group);
        await reader.until("all is read", () => reader.texts.length === 5);
        assert.equal(await reader.commitAll(topic), true);
      }
      await client.admin.deleteTopic(topic);
      await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
      await sendTexts(client, { topic, texts: numbers(100, 120) });
      await using reader = await Reader.open(client, group);
      await reader.until("all of the new topic is read", () => reader.texts.length >= 20);
      assert.deepEqual(reader.texts, numbers(100, 120));
    },
  );

  contractTest(subject, "from the latest, a new group reads only what comes", async (client) => {
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["old"] });
    await using reader = await Reader.open(client, {
      groupId: uniqueName("g"),
      topics: [topic],
      from: "latest",
    });
    await reader.until("partitions are assigned", () => reader.partitions.length === 1);
    await sendTexts(client, { topic, texts: ["new"] });
    await reader.until("something is read", () => reader.texts.length > 0);
    assert.deepEqual(reader.texts, ["new"]);
    assert.equal(reader.assigned[0]?.startOffset, 1);
  });

  contractTest(
    subject,
    "an abort ends the chunks; what is in hand can still be committed",
    async (client) => {
      const topic = await newTopic(client);
      const groupId = uniqueName("g");
      await sendTexts(client, { topic, texts: numbers(0, 3) });
      const abort = new AbortController();
      {
        const options = { groupId, topics: [topic], from: "beginning" as const, signal: abort.signal };
        await using consumer = await client.groupConsumer(options);
        for await (const chunk of consumer.chunks()) {
          abort.abort();
          assert.equal(await consumer.commit([{ topic, partition: 0, offset: chunk.nextOffset }]), true);
        }
      }
      assert.deepEqual(await client.admin.committedOffsets(groupId, topic), [{
        topic,
        partition: 0,
        offset: 3,
      }]);
    },
  );
}

function membershipContract(subject: ContractSubject): void {
  contractTest(subject, "two members share six partitions, the last one has them all", async (client) => {
    const topic = await newTopic(client, 6);
    const group = { groupId: uniqueName("g"), topics: [topic], from: "beginning" as const };
    await using first = await Reader.open(client, group);
    await first.until("it has all partitions", () => first.partitions.length === 6);
    {
      await using second = await Reader.open(client, group);
      await second.until("they share", () => second.partitions.length === 3 && first.partitions.length === 3);
      assert.deepEqual([...first.partitions, ...second.partitions].sort(), [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(new Set(first.revoked.map((one) => one.partition)), new Set([0, 1, 2, 3, 4, 5]));
    }
    await first.until("it has all partitions again", () => first.partitions.length === 6);
    for (let partition = 0; partition < 6; partition++) {
      await sendTexts(client, { topic, texts: [String(partition)], partition });
    }
    await first.until("all is read", () => first.texts.length === 6);
    assert.deepEqual(first.texts.toSorted(), numbers(0, 6));
  });

  contractTest(subject, "commit() says false for records from before a rebalance", async (client) => {
    const topic = await newTopic(client, 2);
    const group = { groupId: uniqueName("g"), topics: [topic], from: "beginning" as const };
    await sendTexts(client, { topic, texts: numbers(0, 3), partition: 0 });
    await sendTexts(client, { topic, texts: numbers(3, 6), partition: 1 });
    const abort = new AbortController();
    await using first = await client.groupConsumer({ ...group, signal: abort.signal });
    const chunks = first.chunks()[Symbol.asyncIterator]();
    const { value: chunk } = await chunks.next();
    {
      await using second = await Reader.open(client, group);
      await second.until("it reads", () => second.texts.length > 0);
      const offset = { topic, partition: chunk.partition, offset: chunk.nextOffset };
      assert.equal(await first.commit([offset]), false);
    }
    abort.abort();
    for (let next = await chunks.next(); !next.done; next = await chunks.next());
  });

  contractTest(subject, "a member that takes long for a chunk stays in the group", async (client) => {
    const topic = await newTopic(client);
    const group = {
      groupId: uniqueName("g"),
      topics: [topic],
      from: "beginning" as const,
      sessionTimeoutMs: 3_000,
    };
    const abort = new AbortController();
    let revoked = 0;
    const onRevoked = () => revoked++;
    await sendTexts(client, { topic, texts: numbers(0, 10) });
    await using consumer = await client.groupConsumer({ ...group, signal: abort.signal, onRevoked });
    await using producer = await client.producer();
    const ticker = ticking(() => producer.send(topic, [{ key: null, value: new Uint8Array(10) }]));
    for await (const chunk of consumer.chunks()) {
      await new Promise((resolve) => setTimeout(resolve, 4_000)); // longer than the session
      assert.equal(revoked, 0);
      assert.equal(await consumer.commit([{ topic, partition: 0, offset: chunk.nextOffset }]), true);
      abort.abort();
    }
    await ticker.stop();
  });
}
