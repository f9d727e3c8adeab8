/** A topic that is deleted and made again while `consume` runs, or while nothing does: the new one is read whole. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName, KafkaClient } from "../../src/kafka/port.ts";
import { consumeFlags, finishAtEnd, newRoad, type Road } from "../support/account.ts";
import { testClusters } from "../support/cluster.ts";
import { type RunResult, runStreamflow, startStreamflow, trainModel } from "../support/run.ts";
import { untilOffset } from "../support/until.ts";

const model = await trainModel();
const encoder = new TextEncoder();

/** Makes the input topic, anew where it was there, with readings of one source. */
async function refill(
  client: KafkaClient,
  { input }: Road,
  { from, count }: { from: number; count: number },
) {
  if ((await client.admin.listTopics()).includes(input)) await client.admin.deleteTopic(input);
  await client.admin.createTopic({ name: input, partitions: 1, replicationFactor: 1 });
  await using producer = await client.producer();
  const readings = Array.from({ length: count }, (_, i) => ({
    ...{ id: `a-${from + i}`, source: "a", features: { humidity: 40, temperature: 20 } },
    // Older than what the old topic had: states of it would call them late.
    timestamp: new Date(Date.UTC(2026, 0, 1) + 1_000 * (i - from)).toISOString(),
  }));
  const records = readings.map((reading) => ({ key: "a", value: encoder.encode(JSON.stringify(reading)) }));
  await producer.send(input, records);
}

function check({ code, stdout, stderr }: RunResult, predicted: number): string {
  assert.equal(code, 0, stderr);
  const { lag, deadLettered, ...counts } = JSON.parse(stdout);
  assert.deepEqual([counts.predicted, deadLettered, lag], [predicted, 0, 0], stderr);
  return stderr;
}

for (const kind of testClusters()) {
  for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
    Deno.test({
      name: `${name}: a topic that is made again is consumed from its beginning, and said so (${kind.name})`,
      ignore: kind.missing !== null,
      async fn() {
        await using cluster = await kind.open();
        const road = newRoad(cluster.bootstrapServer);
        await using client = await connect({ ...road, clientId: "again" }, "platformatic");
        await refill(client, road, { from: 0, count: 10 });
        const args = ["consume", "--client", name, "--model", model, "--json"];
        await using running = await startStreamflow([...args, ...consumeFlags(road)]);
        await untilOffset(road, 10);
        await refill(client, road, { from: 100, count: 30 });
        const said = check(await finishAtEnd(running, road), 40);
        const warning =
          /warning: the topic \S+ was deleted and made again: reading the new one from its beginning/g;
        assert.equal(said.match(warning)?.length, 1, said);

        await refill(client, road, { from: 200, count: 50 });
        check(await runStreamflow([...args, "--until-idle", "2", ...consumeFlags(road)]), 50);
      },
    });
  }
}
