/** The whole road with the real program: produce → train → consume → monitor, on both clusters. */
import assert from "node:assert/strict";
import { accountFor, consumeFlags, newRoad, produceFlags } from "../support/account.ts";
import { testClusters } from "../support/cluster.ts";
import { interrupt, runStreamflow, startStreamflow, trainModel } from "../support/run.ts";
import { untilRecords } from "../support/until.ts";
import { scratchFolder } from "../support/folder.ts";

const READINGS = 18_914;

function monitorFlags(
  { bootstrapServer, input, output, deadLetter, group }: ReturnType<typeof newRoad>,
): string[] {
  const topics = ["--input", input, "--output", output, "--dead-letter", deadLetter, "--group", group];
  return ["monitor", "--once", "--json", "--bootstrap-server", bootstrapServer, ...topics];
}

for (const kind of testClusters()) {
  Deno.test({
    name:
      `18,914 readings are accounted for, with the errors of the training report, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const model = `${await scratchFolder()}/model.safetensors`;
      const trained = await runStreamflow([
        ...["train", "--dataset", "sensors", "--epochs", "2", "--model", model, "--json"],
      ]);
      assert.equal(trained.code, 0, trained.stderr);
      const sent = await runStreamflow([
        ...["produce", "--dataset", "sensors", "--rate", "0", "--limit", String(READINGS), "--json"],
        ...produceFlags(road),
      ]);
      assert.deepEqual({ code: sent.code, acknowledged: JSON.parse(sent.stdout).acknowledged }, {
        code: 0,
        acknowledged: READINGS,
      });
      const consumed = await runStreamflow([
        ...["consume", "--model", model, "--until-idle", "2s", "--json"],
        ...consumeFlags(road),
      ]);
      assert.equal(consumed.code, 0, consumed.stderr);
      assert.equal(JSON.parse(consumed.stdout).read, READINGS);
      const seen = await runStreamflow(monitorFlags(road));
      assert.equal(seen.code, 0, seen.stderr);
      const monitor = JSON.parse(seen.stdout);
      assert.equal(monitor.distinctIdsWithDeadLetters, READINGS);
      assert.equal(monitor.lag.reduce((sum: number, { lag }: { lag: number }) => sum + lag, 0), 0);
      const report = JSON.parse(trained.stdout).stream.all;
      assert.equal(monitor.scored, report.count);
      // The order of the sums may differ where there are several partitions.
      const same = (a: number, b: number) => assert.ok(Math.abs(a - b) <= 1e-9 * b, `${a} is not ${b}`);
      same(monitor.mse, report.network.mse);
      same(monitor.baselineMse, report.lastValue.mse);
      same(monitor.mae, report.network.mae);
      same(monitor.baselineMae, report.lastValue.mae);
      assert.equal((await accountFor(road, { complete: true })).predicted, READINGS);
    },
  });

  Deno.test({
    name: `Ctrl-C lets consume finish, commit and leave, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const model = await trainModel();
      const consume = ["consume", "--model", model, "--json", ...consumeFlags(road)];
      const producing = runStreamflow([
        "produce",
        "--dataset",
        "sensors",
        "--rate",
        "3000",
        "--limit",
        "12000",
        ...produceFlags(road),
      ]);
      await using running = await startStreamflow(consume);
      await untilRecords(road.bootstrapServer, road.output, 1_000);
      const first = await interrupt(running);
      assert.equal(first.code, 130, first.stderr);
      assert.equal((await producing).code, 0);
      await accountFor(road, { complete: false });
      const second = await runStreamflow([...consume, "--until-idle", "2s"]);
      assert.equal(second.code, 0, second.stderr);
      const read = JSON.parse(first.stdout).read + JSON.parse(second.stdout).read;
      assert.equal(
        read,
        12_000,
        "each record was answered by one of the two: the first had committed all it read",
      );
      await accountFor(road, { complete: true });
    },
  });
}
