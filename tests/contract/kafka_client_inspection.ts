/** What every Kafka client adapter finds out for people who look, on every cluster. */
import assert from "node:assert/strict";
import type { InspectedTopic } from "../../src/kafka/inspection_port.ts";
import { type KafkaClient, KafkaError } from "../../src/kafka/port.ts";
import { uniqueName } from "../support/cluster.ts";
import { until } from "../support/until.ts";
import { type ContractSubject, contractTest, newTopic, sendTexts, textsOf } from "./kafka_client.ts";

/** Registers the tests. */
export function kafkaInspectionContract(subject: ContractSubject): void {
  topicsContract(subject);
  groupsContract(subject);
  fetchContract(subject);
}

async function inspect({ inspection }: KafkaClient, name: string): Promise<InspectedTopic> {
  return (await inspection.topics([name]))[0]!;
}

function topicsContract(subject: ContractSubject): void {
  contractTest(
    subject,
    "topics are looked up by name or all, with leader, replicas and id",
    async (client) => {
      const names = [await newTopic(client, 3), await newTopic(client)].sort();
      const found = await client.inspection.topics(names);
      assert.deepEqual(found.map(({ name }) => name), names);
      for (const { topicId, isInternal, partitions } of found) {
        assert.match(topicId ?? "", /^[0-9a-f]{32}$/);
        assert.equal(isInternal, false);
        assert.ok(partitions.every(({ leader, inSyncReplicas }) => inSyncReplicas.includes(leader)));
      }
      const all = await client.inspection.topics(null);
      assert.deepEqual(all.filter(({ name }) => names.includes(name)), found);
      assert.deepEqual(await client.inspection.topics([]), []);
      const missing = uniqueName("missing");
      await assert.rejects(
        client.inspection.topics([missing]),
        (error) =>
          error instanceof KafkaError && error.kind === "unknown-topic" && error.message.includes(missing),
      );
    },
  );

  contractTest(subject, "a setting is the topic's own or the broker's default", async (client) => {
    const name = uniqueName("contract");
    const configs = { "retention.ms": "60000" };
    await client.admin.createTopic({ name, partitions: 1, replicationFactor: -1, configs });
    const found = new Map((await client.inspection.configs(name)).map((one) => [one.name, one]));
    const retention = found.get("retention.ms");
    assert.deepEqual([retention?.value, retention?.isSet, retention?.isSensitive], ["60000", true, false]);
    const cleanup = found.get("cleanup.policy");
    assert.deepEqual([cleanup?.value, cleanup?.isSet], ["delete", false]);
    assert.ok((retention?.documentation ?? "").length > 10);
  });

  contractTest(subject, "offsets and sizes are those of the records", async (client) => {
    const [name, empty] = [await newTopic(client, 2), await newTopic(client)];
    await sendTexts(client, { topic: name, texts: ["a", "b", "c"], partition: 1 });
    const topics = await client.inspection.topics([name, empty]);
    const offsets = await client.inspection.offsets(topics);
    const ends = (topic: string) =>
      offsets.filter((one) => one.topic === topic).sort((a, b) => a.partition - b.partition)
        .map(({ logStartOffset, highWatermark }) => [logStartOffset, highWatermark]);
    assert.deepEqual(ends(name), [[0, 0], [0, 3]]);
    assert.deepEqual(ends(empty), [[0, 0]]);
    const sizes = await client.inspection.logSizes(topics);
    const sizeOf = (topic: string, partition: number) =>
      sizes.find((one) => one.topic === topic && one.partition === partition)?.sizeBytes;
    assert.deepEqual([sizeOf(name, 0), sizeOf(empty, 0)], [0, 0]);
    // A record batch has a header of 61 bytes, a record of one byte takes 8: both clients send them in one batch.
    assert.equal(sizeOf(name, 1), 61 + 3 * 8);
    const { leader } = topics.find((one) => one.name === name)!.partitions[1]!;
    assert.equal(sizes.find((one) => one.topic === name && one.partition === 1)?.broker, leader);
  });
}

function groupsContract(subject: ContractSubject): void {
  contractTest(subject, "a group has a state, members with partitions, and commits", async (client) => {
    const [topic, other] = [await newTopic(client, 2), await newTopic(client)];
    await sendTexts(client, { topic, texts: ["a", "b", "c"], partition: 1 });
    const groupId = uniqueName("g");
    const abort = new AbortController();
    const { inspection } = client;
    {
      await using consumer = await client.groupConsumer({
        ...{ groupId, topics: [topic, other], from: "beginning", signal: abort.signal },
      });
      const reading = (async () => {
        for await (const { partition, nextOffset } of consumer.chunks()) {
          assert.equal(await consumer.commit([{ topic, partition, offset: nextOffset - 1 }]), true);
        }
      })();
      await until(async () => (await inspection.committed([groupId])).get(groupId)?.length === 1);
      assert.deepEqual(
        (await inspection.groups()).find((one) => one.groupId === groupId),
        { groupId, state: "Stable", protocolType: "consumer" },
      );
      const [described] = await inspection.describeGroups([groupId]);
      assert.deepEqual([described?.groupId, described?.state], [groupId, "Stable"]);
      assert.equal(described?.members.length, 1);
      const [member] = described!.members;
      assert.equal(member?.clientId, "contract");
      assert.deepEqual(
        member?.partitions.map((one) => `${one.topic} ${one.partition}`).sort(),
        [`${topic} 0`, `${topic} 1`, `${other} 0`].sort(),
      );
      abort.abort();
      await reading;
    }
    await until(async () => (await inspection.describeGroups([groupId]))[0]?.state === "Empty");
    const nobody = uniqueName("g");
    const committed = await inspection.committed([groupId, nobody]);
    assert.deepEqual(
      committed.get(groupId)?.map((one) => [one.topic, one.partition, one.offset]),
      [[topic, 1, 2]],
    );
    assert.deepEqual(committed.get(nobody), []);
    const [unknown] = await inspection.describeGroups([nobody]);
    assert.ok(unknown === undefined || unknown.state === "Dead");
    assert.deepEqual(await inspection.describeGroups([]), []);
  });
}

function fetchContract(subject: ContractSubject): void {
  contractTest(subject, "records are fetched from an offset on, without a group", async (client) => {
    const topic = await newTopic(client, 2);
    for (const text of ["a", "b", "c"]) await sendTexts(client, { topic, texts: [text], partition: 1 });
    const found = await inspect(client, topic);
    const positions = [{ partition: 0, offset: 0 }, { partition: 1, offset: 1 }];
    const chunks = await client.inspection.fetch(found, { positions, bytesMax: 100_000 });
    const chunk = chunks.find(({ partition }) => partition === 1);
    assert.ok(chunk && !chunk.isOutOfRange);
    assert.deepEqual(textsOf(chunk), ["b", "c"]);
    assert.deepEqual([chunk.nextOffset, chunk.highWatermark, chunk.logStartOffset], [3, 3, 0]);
    const first = await client.inspection.fetch(found, {
      ...{ positions: [{ partition: 1, offset: 0 }], bytesMax: 1 },
    });
    assert.ok(first[0] && !first[0].isOutOfRange);
    assert.deepEqual(textsOf(first[0]), ["a"]);
    const beyond = await client.inspection.fetch(found, {
      ...{ positions: [{ partition: 1, offset: 99 }], bytesMax: 1 },
    });
    assert.deepEqual(beyond, [{ partition: 1, isOutOfRange: true }]);
    const groups = (await client.inspection.groups()).map(({ groupId }) => groupId);
    assert.deepEqual(groups.filter((one) => one.startsWith("streamflow-read-")), []);
  });

  contractTest(subject, "a topic that was made again is not taken for the old one", async (client) => {
    const topic = await newTopic(client);
    await sendTexts(client, { topic, texts: ["a", "b"] });
    const old = await inspect(client, topic);
    await client.admin.deleteTopic(topic);
    const positions = [{ partition: 0, offset: 0 }];
    const fetching = async () => {
      for (;;) await client.inspection.fetch(old, { positions, bytesMax: 1_000 });
    };
    await assert.rejects(
      fetching(),
      (error) => error instanceof KafkaError && error.kind === "unknown-topic",
    );
    await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
    await sendTexts(client, { topic, texts: ["new"] });
    const anew = await inspect(client, topic);
    assert.notEqual(anew.topicId, old.topicId);
    const [chunk] = await client.inspection.fetch(anew, { positions, bytesMax: 1_000 });
    assert.ok(chunk && !chunk.isOutOfRange);
    assert.deepEqual(textsOf(chunk), ["new"]);
  });
}
