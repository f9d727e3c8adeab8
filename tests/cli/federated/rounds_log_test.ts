/** The topic of the rounds on clusters, through both client libraries. */
import assert from "node:assert/strict";
import { openRoundsLog } from "../../../src/cli/federated/rounds_log.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { ClientName, KafkaClient } from "../../../src/kafka/port.ts";
import type { UserError } from "../../../src/runtime/errors.ts";
import { FEDERATED_RECORD_BYTES_MAX } from "../../../src/records/limits.ts";
import { openCoordinator, submissionOf } from "../../federated/server.ts";
import { until } from "../../support/until.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";

for (const { name: kind, missing, open } of testClusters()) {
  for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
    const test = (what: string, use: (client: KafkaClient) => Promise<void>) =>
      Deno.test({
        name: `${what} (${name}, ${kind})`,
        ignore: missing !== null,
        fn: async () => {
          await using cluster = await open();
          await using client = await connect(
            { bootstrapServer: cluster.bootstrapServer, clientId: "test" },
            name,
          );
          await use(client);
        },
      });

    test("rounds on a cluster: a server goes on where the one before it was, and takes its place", async (client) => {
      const topic = uniqueName("rounds"), policy = { minParticipants: 2 };
      await using log = await openRoundsLog(client, { topic, onWarning: assert.fail });
      assert.deepEqual([log.isNew, log.records, log.recordBytesMax], [true, 0, FEDERATED_RECORD_BYTES_MAX]);
      await using first = await openCoordinator(log, { policy, recordBytesMax: log.recordBytesMax });
      const { global } = first;
      for (const device of ["a", "b"]) assert.ok((await first.submit(submissionOf(device, global))).accepted);
      const next = (await first.newerGlobal(0, AbortSignal.timeout(60_000)))!;
      assert.ok((await first.submit(submissionOf("a", next))).accepted);

      await using again = await openRoundsLog(client, { topic, onWarning: assert.fail });
      assert.equal(again.isNew, false);
      await using second = await openCoordinator(again, { policy, firstModel: null });
      await assert.rejects(first.ended, /Another server has taken the topic over/);
      assert.deepEqual(second.global.bytes, next.bytes);
      assert.deepEqual([second.status().updates, second.status().devices], [1, 2]);
      assert.ok((await second.submit(submissionOf("b", next))).accepted);
      assert.equal((await second.newerGlobal(1, AbortSignal.timeout(60_000)))!.round, 2);
      assert.deepEqual(second.history({ limit: 9 }).map(({ updates }) => updates), [2, 2]);
    });

    test("a topic that is deleted and made again ends the server, which acknowledges nothing there", async (client) => {
      const topic = uniqueName("rounds");
      await using log = await openRoundsLog(client, { topic, onWarning: assert.fail });
      await using server = await openCoordinator(log, { policy: { minParticipants: 2 } });
      const { global } = server;
      assert.ok((await server.submit(submissionOf("a", global))).accepted);
      await client.admin.deleteTopic(topic);
      await until(async () => !(await client.admin.listTopics()).includes(topic));
      await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
      let isOver = false;
      const ended = assert.rejects(server.ended, /was deleted and made again while the server ran/)
        .finally(() => isOver = true);
      // Records that reach the new topic are what it sees of it.
      while (!isOver) {
        assert.equal(await server.submit(submissionOf("b", global)).catch(() => null), null);
      }
      await ended;
    });

    test("a topic that cannot keep rounds is refused, or warned of", async (client) => {
      const several = uniqueName("rounds");
      await client.admin.createTopic({ name: several, partitions: 2, replicationFactor: -1 });
      await assert.rejects(
        openRoundsLog(client, { topic: several, onWarning: assert.fail }),
        (error: UserError) => {
          assert.match(error.message, /it has 2 partitions, 1 is wanted/);
          return true;
        },
      );
      const plain = uniqueName("rounds"), warnings: string[] = [];
      await client.admin.createTopic({ name: plain, partitions: 1, replicationFactor: -1 });
      await using log = await openRoundsLog(client, {
        topic: plain,
        onWarning: (text) => warnings.push(text),
      });
      assert.equal(log.recordBytesMax, 1_048_588);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0]!, /is not compacted: rounds and models older than its retention\.ms are lost/);
    });
  }
}
