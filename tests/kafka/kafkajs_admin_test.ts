/** kafkajs' admin is asked about several topics at once. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";

const ROUNDS = 30;

for (const kind of testClusters()) {
  Deno.test({
    name: `kafkajs: offsets of several topics are known when all are asked for at once (${kind.name})`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const topics = Array.from({ length: 4 }, () => uniqueName("at-once"));
      {
        await using client = await connect({ ...cluster, clientId: "test" }, "kafkajs");
        for (const name of topics) {
          await client.admin.createTopic({ name, partitions: 2, replicationFactor: 1 });
        }
      }
      for (let round = 0; round < ROUNDS; round++) {
        await using client = await connect({ ...cluster, clientId: "test" }, "kafkajs");
        const { admin } = client;
        // Each in a row of its own: whatever is asked falls between two requests of the others.
        const rows = topics.map(async (topic, row) => {
          for (let turn = 0; turn < row; turn++) await admin.describeTopics([topics[turn]!]);
          const offsets = await admin.topicOffsets(topic);
          await admin.committedOffsets("nobody", topic);
          return offsets.length;
        });
        assert.deepEqual(await Promise.all(rows), topics.map(() => 2));
      }
    },
  });
}
