/** Names of topics. */
import assert from "node:assert/strict";
import { describeLogDirsApi } from "../../src/wire/api/admin.ts";
import { metadataApi } from "../../src/wire/api/records.ts";
import { type TestClusterKind, uniqueName } from "../support/cluster.ts";
import { batchOf } from "../support/batches.ts";
import { brokerTest, createTopic, nameOf, newTopic, NO_ID, produce } from "./broker_client.ts";

const NO_NAMES = ["", ".", "..", "a b", "a/b", "ä", "a\n", "a\u0000", "a:b", "x".repeat(250)];

/** Registers the tests. */
export function topicsContract(cluster: TestClusterKind): void {
  brokerTest(
    cluster,
    "names are letters, digits, dots, underscores and hyphens, at most 249",
    async (client) => {
      for (const name of NO_NAMES) {
        assert.equal(await createTopic(client, name), "INVALID_TOPIC_EXCEPTION", JSON.stringify(name));
        const topics = [{ topicId: NO_ID, name }];
        const asked = await client.ask(metadataApi, { topics, allowAutoTopicCreation: true });
        assert.equal(nameOf(asked.topics[0]!.errorCode), "INVALID_TOPIC_EXCEPTION", JSON.stringify(name));
      }
      const unique = uniqueName("n");
      for (const name of [`...${unique}`, `-A0${unique}`, unique.padEnd(249, "x")]) {
        assert.equal(await createTopic(client, name), "NONE", name);
      }
    },
  );

  brokerTest(cluster, "names that differ in dots and underscores alone collide", async (client) => {
    const unique = uniqueName("n");
    assert.equal(await createTopic(client, `${unique}.a_b`), "NONE");
    assert.equal(await createTopic(client, `${unique}.a_b`), "TOPIC_ALREADY_EXISTS");
    for (const other of [`${unique}_a.b`, `${unique}.a.b`, `${unique}_a_b`]) {
      assert.equal(await createTopic(client, other), "INVALID_TOPIC_EXCEPTION", other);
    }
    assert.equal(await createTopic(client, `${unique}-a_b`), "NONE");
  });

  brokerTest(cluster, "the cluster's own topic is not created", async (client) => {
    assert.equal(await createTopic(client, "__cluster_metadata"), "INVALID_REQUEST");
  });

  brokerTest(cluster, "settings of time are Kafka's", async (client) => {
    const name = uniqueName("n");
    const long = "9223372036854775807";
    for (
      const [key, value] of [
        ["message.timestamp.type", "appendTime"],
        ["message.timestamp.type", ""],
        ["message.timestamp.after.max.ms", "-1"],
        ["message.timestamp.before.max.ms", "-1"],
        ["message.timestamp.before.max.ms", "soon"],
        ["retention.ms", "9223372036854775808"],
        ["retention.ms", "1.5"],
        ["retention.ms", ""],
        ["retention.ms", "-2"],
      ] as const
    ) {
      assert.equal(await createTopic(client, name, { [key]: value }), "INVALID_CONFIG", `${key}=${value}`);
    }
    await newTopic(client, { "retention.ms": long, "message.timestamp.before.max.ms": long });
  });

  brokerTest(cluster, "the sizes of logs are those of the batches as they are stored", async (client) => {
    const [name, empty] = [await newTopic(client), await newTopic(client)];
    const batches = [batchOf(["a", "b"]), batchOf(["x".repeat(5_000)]), batchOf(["c"])];
    const sizeBytes = batches.reduce((sum, { length }) => sum + length, 0);
    for (const batch of batches) await produce(client, { topic: name, batch });
    const named = [name, empty, uniqueName("missing")].map((one) => ({ name: one, partitions: [0, 7] }));
    for (let version = 1; version <= 5; version++) {
      for (const topics of [named, null]) {
        const { errorCode, results } = await client.ask(describeLogDirsApi, { topics }, version);
        assert.deepEqual([errorCode, results.length, results[0]?.errorCode], [0, 1, 0]);
        const found = new Map(results[0]!.topics.map((one) => [one.name, one.partitions]));
        const expected = { partition: 0, offsetLag: 0, isFuture: false };
        assert.deepEqual(found.get(name), [{ ...expected, sizeBytes }]);
        assert.deepEqual(found.get(empty), [{ ...expected, sizeBytes: 0 }]);
        assert.ok(topics === null || found.size === 2, "what does not exist is left out");
      }
    }
    assert.deepEqual((await client.ask(describeLogDirsApi, { topics: [] })).results[0]?.topics, []);
  });
}
