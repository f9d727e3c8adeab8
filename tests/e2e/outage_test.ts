/** Brokers and members that go away, with the real program and both clients: said once, survived, nothing unread. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName } from "../../src/kafka/port.ts";
import { accountFor, consumeFlags, finishAtEnd, newRoad, type Road } from "../support/account.ts";
import { startBroker } from "../support/broker_process.ts";
import { testClusters } from "../support/cluster.ts";
import {
  interrupt,
  killAtOnce,
  runStreamflow,
  startStreamflow,
  trainModel,
  untilSaid,
} from "../support/run.ts";
import { untilOffset } from "../support/until.ts";

const model = await trainModel();
const encoder = new TextEncoder();

async function send(road: Road, { from, count }: { from: number; count: number }): Promise<void> {
  await using client = await connect({ ...road, clientId: "outage" }, "platformatic");
  await client.admin.createTopic({ name: road.input, partitions: 1, replicationFactor: 1 });
  await using producer = await client.producer();
  const readings = Array.from({ length: count }, (_, i) => ({
    ...{ id: `a-${from + i}`, source: "a", features: { humidity: 40, temperature: 20 } },
    timestamp: new Date(Date.UTC(2026, 0, 1) + 1_000 * (from + i)).toISOString(),
  }));
  await producer.send(
    road.input,
    readings.map((reading) => ({ key: "a", value: encoder.encode(JSON.stringify(reading)) })),
  );
}

for (const client of ["platformatic", "kafkajs"] satisfies ClientName[]) {
  Deno.test(`${client}: a broker that is killed is said once, and when it is back; the stream goes on`, async () => {
    const data = await Deno.makeTempDir({ prefix: "streamflow-outage-" });
    try {
      const first = await startBroker(["--data-dir", data, "--listen", "127.0.0.1:0"]);
      const { address } = first;
      const road = newRoad(address);
      await send(road, { from: 0, count: 5 });
      await using consume = await startStreamflow(
        [
          "consume",
          "--client",
          client,
          "--model",
          model,
          "--json",
          ...consumeFlags(road),
        ],
        { watchOutput: true },
      );
      await untilOffset(road, 5);
      await killAtOnce(first.running);
      await untilSaid(
        consume,
        /warning: cannot reach Kafka at 127\.0\.0\.1:\d+ \(ECONNREFUSED\): trying again/,
      );
      const second = await startBroker(["--data-dir", data, "--listen", address]);
      await using _second = second.running;
      await untilSaid(consume, /warning: Kafka at 127\.0\.0\.1:\d+ is back after/);
      await send(road, { from: 5, count: 5 });
      consume.watched!.cancel();
      const { stdout, stderr } = await finishAtEnd(consume, road);
      // What was read before the group was joined again may be read twice, with the same answers.
      assert.ok(JSON.parse(stdout).predicted >= 10, stderr);
      assert.equal((await accountFor(road, { complete: true })).ids, 10);
      assert.equal(stderr.match(/cannot reach Kafka/g)?.length, 1, stderr);
      assert.equal(stderr.match(/is back after/g)?.length, 1, stderr);
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  });

  Deno.test(`${client}: without a broker, every command says so at once, and then fails`, async () => {
    const args = ["topics", "list", "--client", client, "--bootstrap-server", "127.0.0.1:1"];
    const { code, stderr } = await runStreamflow(args);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^warning: cannot reach Kafka at 127\.0\.0\.1:1 \(ECONNREFUSED\): trying again\nerror: /,
    );
  });

  for (const kind of testClusters()) {
    Deno.test({
      name: `${client}: --until-idle waits until a killed member is missed (${kind.name})`,
      ignore: kind.missing !== null,
      async fn() {
        await using cluster = await kind.open();
        const road = newRoad(cluster.bootstrapServer);
        await send(road, { from: 0, count: 5 });
        const args = ["consume", "--client", client, "--model", model, "--session-timeout", "6", "--json"];
        await using killed = await startStreamflow([...args, ...consumeFlags(road)]);
        await untilOffset(road, 5);
        await killAtOnce(killed);
        await send(road, { from: 5, count: 5 });
        const { code, stdout, stderr } = await runStreamflow([
          ...args,
          "--until-idle",
          "1",
          ...consumeFlags(road),
        ]);
        assert.equal(code, 0, stderr);
        assert.equal(JSON.parse(stdout).read, 5, stderr);
      },
    });

    Deno.test({
      name: `${client}: SIGHUP leaves the group: the next member need not wait (${kind.name})`,
      ignore: kind.missing !== null,
      async fn() {
        await using cluster = await kind.open();
        const road = newRoad(cluster.bootstrapServer);
        await send(road, { from: 0, count: 5 });
        const args = ["consume", "--client", client, "--model", model, "--session-timeout", "300", "--json"];
        await using first = await startStreamflow([...args, ...consumeFlags(road)]);
        await untilOffset(road, 5);
        const { code, stderr } = await interrupt(first, "SIGHUP");
        assert.equal(code, 0, stderr);
        await send(road, { from: 5, count: 5 });
        // With a session of 5 minutes, a member that had not left would hold the partition for as long.
        const next = await runStreamflow([...args, "--until-idle", "1", ...consumeFlags(road)]);
        assert.equal(JSON.parse(next.stdout).read, 5, next.stderr);
      },
    });
  }
}
