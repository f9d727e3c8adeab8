/**
 * `kill -9` at random moments, of `consume`, of `produce` and of the embedded broker: nothing acknowledged is lost,
 * predictions for one id are identical, no offset is committed before its output. Three kills each, twenty with
 * STREAMFLOW_CHAOS=full.
 */
import assert from "node:assert/strict";
import { startBroker } from "../support/broker_process.ts";
import {
  accountFor,
  consumeFlags,
  finishAtEnd,
  newRoad,
  produceFlags,
  type Road,
} from "../support/account.ts";
import { type TestCluster, testClusters } from "../support/cluster.ts";
import { killAtOnce, runAndKill, runStreamflow, startStreamflow, trainModel } from "../support/run.ts";
import { untilRecords } from "../support/until.ts";
import { Random } from "../../nn/mod.ts";

const KILLS = Deno.env.get("STREAMFLOW_CHAOS") === "full" ? 20 : 3;
const READINGS = 18_914;

const model = await trainModel();

async function finish(road: Road): Promise<void> {
  const { code, stderr } = await runStreamflow([
    ...["consume", "--model", model, "--until-idle", "3s", "--quiet"],
    ...consumeFlags(road),
  ]);
  assert.equal(code, 0, stderr);
}

for (const kind of testClusters()) {
  Deno.test({
    name: `kill -9 of consume loses nothing, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster: TestCluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const random = new Random(7);
      const sent = await runStreamflow([
        "produce",
        "--dataset",
        "sensors",
        "--rate",
        "0",
        "--quiet",
        ...produceFlags(road),
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      const consume = [
        "consume",
        "--model",
        model,
        "--quiet",
        "--session-timeout",
        "6s",
        ...consumeFlags(road),
      ];
      for (let kill = 0; kill < KILLS; kill++) {
        assert.ok(await runAndKill(consume, { afterMs: random.integer(900) }));
        await accountFor(road, { complete: false });
      }
      await finish(road);
      const account = await accountFor(road, { complete: true });
      assert.equal(account.ids, READINGS);
      assert.equal(account.predicted, READINGS);
    },
  });

  Deno.test({
    name: `kill -9 of produce loses nothing that was acknowledged, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster: TestCluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const random = new Random(8);
      await using consumer = await startStreamflow([
        ...["consume", "--model", model, "--quiet"],
        ...consumeFlags(road),
      ]);
      const produce = ["produce", "--dataset", "sensors", "--rate", "8000", "--quiet", ...produceFlags(road)];
      let killed = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        if (await runAndKill(produce, { afterMs: random.integer(1500) })) killed++;
      }
      assert.ok(killed > 0, "it was done before each kill");
      const sent = await runStreamflow([
        "produce",
        "--dataset",
        "sensors",
        "--rate",
        "0",
        "--quiet",
        ...produceFlags(road),
      ]);
      assert.equal(sent.code, 0, sent.stderr);
      await finishAtEnd(consumer, road);
      const account = await accountFor(road, { complete: true });
      assert.equal(account.ids, READINGS);
      // A reading that was sent again long after is late: its prediction was there before.
      assert.equal(account.predicted, READINGS);
    },
  });
}

Deno.test("kill -9 of the embedded broker loses nothing that was acknowledged", async () => {
  const dataDir = await Deno.makeTempDir({ prefix: "streamflow-kill-" });
  const random = new Random(9);
  let { running, address } = await startBroker(["--listen", "127.0.0.1:0", "--data-dir", dataDir]);
  const road = newRoad(address);
  try {
    await using consumer = await startStreamflow([
      ...["consume", "--model", model, "--quiet"],
      ...consumeFlags(road),
    ]);
    const producing = runStreamflow([
      "produce",
      "--dataset",
      "sensors",
      "--rate",
      "4000",
      "--json",
      ...produceFlags(road),
    ]);
    for (let kill = 0; kill < KILLS; kill++) {
      const written = READINGS * (kill + random.uniform(0.2, 1)) / (KILLS + 1);
      await untilRecords(address, road.input, Math.floor(written));
      await killAtOnce(running);
      ({ running } = await startBroker(["--listen", address, "--data-dir", dataDir]));
    }
    const sent = await producing;
    assert.equal(sent.code, 0, sent.stderr);
    assert.equal(JSON.parse(sent.stdout).acknowledged, READINGS);
    await finishAtEnd(consumer, road);
    const account = await accountFor(road, { complete: true });
    assert.equal(account.ids, READINGS);
    assert.equal(account.predicted, READINGS);
  } finally {
    await running[Symbol.asyncDispose]();
    await Deno.remove(dataDir, { recursive: true });
  }
});
