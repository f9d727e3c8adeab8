/** What people look at while one broker of three is down; on a real Kafka only. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName } from "../../src/kafka/port.ts";
import { sendTexts } from "../contract/kafka_client.ts";
import { startRealKafka } from "../support/real_kafka.ts";
import { eventually } from "../support/until.ts";

/** An answer; a question that fails meanwhile is asked again. @throws {assert.AssertionError} */
function answered<T>(asked: Promise<T>): Promise<T> {
  return asked.catch((error) => assert.fail(String(error)));
}

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
        await eventually(async () => assert.equal((await inspection.logSizes([await look()])).length, 9));
        await running.kill9(2);
        // Until the cluster has noticed: questions fail, and succeed again by themselves.
        await eventually(async () => {
          const { partitions } = await answered(look());
          for (const { leader, inSyncReplicas } of partitions) {
            assert.ok(leader !== 2 && leader >= 0 && inSyncReplicas.length === 2, JSON.stringify(partitions));
          }
        });
        // A leader that has just moved may not answer for its partition yet.
        await eventually(async () => {
          const sizes = await answered(inspection.logSizes([await answered(look())]));
          assert.deepEqual([...new Set(sizes.map(({ broker }) => broker))].sort(), [1, 3]);
          assert.equal(sizes.length, 6);
          assert.ok(sizes.every(({ sizeBytes }) => sizeBytes === sizes[0]!.sizeBytes && sizeBytes > 0));
        });
        await eventually(async () =>
          assert.equal((await answered(inspection.offsets([await answered(look())]))).length, 3)
        );
        await eventually(async () => assert.ok(Array.isArray(await answered(inspection.groups()))));
        const positions = [0, 1, 2].map((partition) => ({ partition, offset: 0 }));
        await eventually(async () => {
          const topic = await answered(look());
          const chunks = await answered(inspection.fetch(topic, { positions, bytesMax: 100_000 }));
          assert.deepEqual(chunks.map((one) => one.isOutOfRange ? -1 : one.records.length), [2, 2, 2]);
        });
        await running.restart(2);
        await eventually(async () =>
          assert.equal((await answered(inspection.logSizes([await answered(look())]))).length, 9)
        );
      });
      if (!isFine) return; // the next one would wait for three brokers
    }
  },
});
