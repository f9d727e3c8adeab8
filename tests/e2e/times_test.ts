/** Records without a time, and with the log's, with the real program and both clients. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Producer } from "@platformatic/kafka";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName } from "../../src/kafka/port.ts";
import { consumeFlags, newRoad } from "../support/account.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { runStreamflow, trainModel } from "../support/run.ts";

const model = await trainModel();

for (const kind of testClusters()) {
  for (const client of ["platformatic", "kafkajs"] satisfies ClientName[]) {
    Deno.test({
      name: `${client}: a reading whose record has no time has no latency (${kind.name})`,
      ignore: kind.missing !== null,
      async fn() {
        await using cluster = await kind.open();
        const road = newRoad(cluster.bootstrapServer);
        await using kafka = await connect({ ...road, clientId: "times" }, "platformatic");
        await kafka.admin.createTopic({ name: road.input, partitions: 1, replicationFactor: 1 });
        const producer = new Producer({ clientId: "foreign", bootstrapBrokers: [road.bootstrapServer] });
        const reading = { id: "a", timestamp: "2026-01-01T00:00:00.000Z", source: "a" };
        const value = Buffer.from(
          JSON.stringify({ ...reading, features: { humidity: 40, temperature: 20 } }),
        );
        await producer.send({ messages: [{ topic: road.input, partition: 0, value, timestamp: -1n }] });
        await producer.close();
        const consumed = await runStreamflow([
          ...[
            "consume",
            "--client",
            client,
            "--model",
            model,
            "--until-idle",
            "1",
            "--json",
            ...consumeFlags(road),
          ],
        ]);
        assert.equal(consumed.code, 0, consumed.stderr);
        assert.doesNotMatch(consumed.stderr, /TimeoutNegativeWarning/);
        const { predicted, latencyMs } = JSON.parse(consumed.stdout);
        assert.deepEqual([predicted, latencyMs], [1, { p50: null, p95: null, p99: null }]);
        const monitored = await runStreamflow([
          ...[
            "monitor",
            "--once",
            "--json",
            "--client",
            client,
            "--output",
            road.output,
            "--input",
            road.input,
          ],
          ...["--dead-letter", road.deadLetter, "--bootstrap-server", road.bootstrapServer],
        ]);
        assert.equal(monitored.code, 0, monitored.stderr);
        const { processed, latencyMs: shown } = JSON.parse(monitored.stdout);
        assert.deepEqual([processed, shown], [1, { p50: null, p95: null, p99: null }]);
      },
    });

    Deno.test({
      name: `${client}: packets of a topic with LogAppendTime are not of the future (${kind.name})`,
      ignore: kind.missing !== null || kind.name !== "real", // the embedded broker leaves LogAppendTime out
      async fn() {
        await using cluster = await kind.open();
        const { bootstrapServer } = cluster;
        await using kafka = await connect({ bootstrapServer, clientId: "times" }, "platformatic");
        const input = uniqueName("appended");
        const configs = { "message.timestamp.type": "LogAppendTime" };
        await kafka.admin.createTopic({ name: input, partitions: 1, replicationFactor: 1, configs });
        const producer = new Producer({ clientId: "foreign", bootstrapBrokers: [bootstrapServer] });
        const packet = (i: number) => ({
          ...{ id: `p-${i}`, timestamp: (Date.now() - 60_000) * 1_000 + i * 1e5, length: 100 },
          ...{ protocol: "TCP", src: "10.0.0.1", dst: "10.0.0.2" },
        });
        const messages = Array.from({ length: 200 }, (_, i) => ({
          ...{ topic: input, partition: 0, timestamp: 1_000n, value: Buffer.from(JSON.stringify(packet(i))) },
        }));
        await producer.send({ messages });
        await producer.close();
        const group = uniqueName("w");
        const { code, stdout, stderr } = await runStreamflow([
          ...[
            "traffic",
            "watch",
            "--client",
            client,
            "--input",
            input,
            "--group",
            group,
            "--dead-letter",
            `${group}-dead`,
          ],
          ...["--until-idle", "2", "--close-after", "1", "--json", "--bootstrap-server", bootstrapServer],
        ]);
        assert.equal(code, 0, stderr);
        const { packets, deadLetters } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
        assert.deepEqual([packets, deadLetters], [200, {}]);
      },
    });
  }
}
