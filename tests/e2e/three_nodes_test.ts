/** Three real nodes, replication 3, one killed in the middle of `produce` and `consume`: nothing is lost. */
import assert from "node:assert/strict";
import { accountFor, consumeFlags, finishAtEnd, newRoad, produceFlags } from "../support/account.ts";
import { startRealKafka } from "../support/real_kafka.ts";
import { untilRecords } from "../support/until.ts";
import { runStreamflow, startStreamflow, trainModel } from "../support/run.ts";

const READINGS = 18_914;
const asked = Deno.env.get("STREAMFLOW_TEST_CLUSTER") === "1";
if (!asked) {
  console.log("three nodes skipped: STREAMFLOW_TEST_CLUSTER is not 1 (deno task test:kafka sets it)");
}

for (const client of ["platformatic", "kafkajs"]) {
  Deno.test({
    name: `one of three nodes is killed in the middle: every reading is answered, with ${client}`,
    ignore: !asked,
    async fn(t) {
      const kafka = await startRealKafka({ nodes: 3 });
      if ("missing" in kafka) {
        await t.step({ name: `skipped: ${kafka.missing}`, ignore: true, fn: () => {} });
        return;
      }
      await using running = kafka;
      const model = await trainModel();
      const road = newRoad(running.bootstrapServer);
      const created = await runStreamflow([
        ...["topics", "create", road.input, "--partitions", "6", "--replication-factor", "3"],
        ...["--bootstrap-server", road.bootstrapServer],
      ]);
      assert.equal(created.code, 0, created.stderr);
      await using consumer = await startStreamflow([
        ...["consume", "--model", model, "--client", client, "--quiet"],
        ...["--session-timeout", "6s", ...consumeFlags(road)],
      ]);
      const producing = runStreamflow([
        ...[
          "produce",
          "--dataset",
          "sensors",
          "--client",
          client,
          "--rate",
          "3000",
          "--json",
          ...produceFlags(road),
        ],
      ]);
      await untilRecords(running.bootstrapServer, road.output, 1_000);
      await running.kill9(2);
      const sent = await producing;
      assert.equal(sent.code, 0, sent.stderr);
      assert.equal(JSON.parse(sent.stdout).acknowledged, READINGS);
      await finishAtEnd(consumer, road);
      const account = await accountFor(road, { complete: true });
      assert.equal(account.ids, READINGS);
      assert.equal(account.predicted, READINGS);
    },
  });
}
