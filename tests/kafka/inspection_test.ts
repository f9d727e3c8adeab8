/** What people look at while one broker of three is down; on a real Kafka only. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName } from "../../src/kafka/port.ts";
import { sendTexts } from "../contract/kafka_client.ts";
import { startRealKafka } from "../support/real_kafka.ts";
import { until } from "../support/until.ts";

Deno.test({
  name: "topics, sizes and groups are shown while one of three brokers is down, and records are read",
  ignore: Deno.env.get("STREAMFLOW_TEST_CLUSTER") !== "1",
  fn: async (t) => {
    const kafka = await startRealKafka({ nodes: 3 });
    if ("missing" in kafka) return console.log(`three nodes skipped: ${kafka.missing}`);
    await using running = kafka;
    for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
      const isFine = await t.step(name, async () => {
        const { bootstrapServer } = running;
        await using client = await connect({ bootstrapServer, clientId: "test" }, name);
        const { inspection } = client;
        const topic = `inspected-${name}`;
        await client.admin.createTopic({ name: topic, partitions: 3, replicationFactor: 3 });
        for (const partition of [0, 1, 2]) await sendTexts(client, { topic, texts: ["a", "b"], partition });
        const look = async () => (await inspection.topics([topic]))[0]!;
        await until(async () => (await inspection.logSizes([await look()])).length === 9);
        await running.kill9(2);
        // Until the cluster has noticed: questions fail, and succeed again by themselves.
        await until(async () => {
          const found = await look().catch(() => null);
          return found?.partitions.every(({ leader, inSyncReplicas }) =>
            leader !== 2 && leader >= 0 && inSyncReplicas.length === 2
          ) ?? false;
        });
        const found = await look();
        const sizes = await inspection.logSizes([found]);
        assert.deepEqual([...new Set(sizes.map(({ broker }) => broker))].sort(), [1, 3]);
        assert.equal(sizes.length, 6);
        assert.ok(sizes.every(({ sizeBytes }) => sizeBytes === sizes[0]!.sizeBytes && sizeBytes > 0));
        // A leader that has just moved may not answer for its partition yet.
        await until(async () => (await inspection.offsets([await look()])).length === 3);
        assert.ok(Array.isArray(await inspection.groups()));
        const positions = [0, 1, 2].map((partition) => ({ partition, offset: 0 }));
        await until(async () => {
          const chunks = await inspection.fetch(await look(), { positions, bytesMax: 100_000 });
          return chunks.map((one) => one.isOutOfRange ? -1 : one.records.length).join() === "2,2,2";
        });
        await running.restart(2);
        await until(async () => (await inspection.logSizes([await look()])).length === 9);
      });
      if (!isFine) return; // the next one would wait for three brokers
    }
  },
});
