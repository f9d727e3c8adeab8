/** Intrusion classes with the real program, on both clusters: train, produce, consume, monitor, evaluate agree. */
import assert from "node:assert/strict";
import { accountFor, consumeFlags, newRoad, produceFlags } from "../support/account.ts";
import { testClusters } from "../support/cluster.ts";
import { killAtOnce, runStreamflow, startStreamflow } from "../support/run.ts";
import { untilRecords } from "../support/until.ts";
import { findNslKdd } from "../support/nsl_kdd.ts";
import { scratchFolder } from "../support/folder.ts";

const CONNECTIONS = 22_544;
const files = findNslKdd();
if ("missing" in files) console.log(`connections skipped: ${files.missing}`);
const { train, test } = "missing" in files ? { train: "", test: "" } : files;

async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runStreamflow(args);
  assert.equal(code, 0, `${args[0]}: ${stderr}`);
  return stdout;
}

let trained: Promise<string> | undefined;

/** A model for all tests of this file, trained once. */
function trainOnce(): Promise<string> {
  return trained ??= (async () => {
    const model = `${await scratchFolder()}/ids.safetensors`;
    await run(
      "train",
      ...["--dataset", "nsl-kdd", "--train", train, "--test", test],
      "--epochs",
      "1",
      "--model",
      model,
    );
    return model;
  })();
}

for (const kind of testClusters()) {
  Deno.test({
    name: `22,544 connections are accounted for, with the scores of evaluate, on the ${kind.name} cluster`,
    ignore: kind.missing !== null || "missing" in files,
    async fn() {
      const model = await trainOnce();
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const sent = await run(
        ...["produce", "--dataset", "nsl-kdd", "--file", test, "--rate", "0", "--json"],
        ...produceFlags(road),
      );
      assert.equal(JSON.parse(sent).acknowledged, CONNECTIONS);
      const consumed = JSON.parse(
        await run("consume", "--model", model, "--until-idle", "2s", "--json", ...consumeFlags(road)),
      );
      assert.deepEqual([consumed.read, consumed.predicted, consumed.deadLettered], [
        CONNECTIONS,
        CONNECTIONS,
        0,
      ]);
      const { bootstrapServer, output, deadLetter } = road;
      const watched = [
        "--bootstrap-server",
        bootstrapServer,
        "--output",
        output,
        "--dead-letter",
        deadLetter,
      ];
      const monitor = JSON.parse(await run("monitor", "--once", "--json", ...watched));
      assert.equal(monitor.distinctIdsWithDeadLetters, CONNECTIONS);
      const evaluated = JSON.parse(
        await run("evaluate", "--model", model, "--dataset", "nsl-kdd", "--test", test, "--json"),
      );
      assert.equal(monitor.accuracy, evaluated.report.accuracy);
      assert.equal(monitor.macroF1, evaluated.report["macro avg"]["f1-score"]);
      assert.equal(consumed.accuracy, evaluated.report.accuracy);
      assert.equal(consumed.unseenValues, evaluated.rows.unseenValues);
      assert.deepEqual(
        monitor.confusionMatrix,
        evaluated.confusionMatrix.counts,
      );
      assert.equal((await accountFor(road, { complete: true })).predicted, CONNECTIONS);
    },
  });

  Deno.test({
    name: `a classifier that is killed goes on where it was, on the ${kind.name} cluster`,
    ignore: kind.missing !== null || "missing" in files,
    async fn() {
      const model = await trainOnce();
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      await run("produce", "--dataset", "nsl-kdd", "--file", test, "--rate", "0", ...produceFlags(road));
      const consume = ["consume", "--model", model, "--json", ...consumeFlags(road)];
      for (let kill = 0; kill < 2; kill++) {
        await using running = await startStreamflow([...consume, "--session-timeout", "6"]);
        await untilRecords(road.bootstrapServer, road.output, 1 + kill * 5_000);
        await killAtOnce(running);
      }
      await run(...consume, "--until-idle", "8s");
      assert.equal((await accountFor(road, { complete: true })).predicted, CONNECTIONS);
    },
  });
}
