/**
 * Three `consume` of one group on a six-partition topic: one is killed, one is stopped for longer than its session
 * and continued. Every reading is answered, each id with the same prediction.
 */
import assert from "node:assert/strict";
import { accountFor, consumeFlags, newRoad, produceFlags } from "../support/account.ts";
import { testClusters } from "../support/cluster.ts";
import { runStreamflow, startStreamflow, trainModel } from "../support/run.ts";
import { untilCommitted, untilRecords } from "../support/until.ts";

const READINGS = 12_000;
const SOURCES = 60;
const SESSION_MS = 6_000;
const model = await trainModel();

/** Readings of many sources, so that all partitions have some. */
function csv(): string {
  const rows = Array.from({ length: READINGS }, (_, row) => {
    const step = Math.floor(row / SOURCES);
    const time = new Date(Date.UTC(2026, 0, 1) + step * 5_000).toISOString();
    const wave = Math.sin((step + row % SOURCES) / 20);
    return `${time},sensor-${row % SOURCES},${(40 + wave).toFixed(2)},${(20 + 2 * wave).toFixed(2)}`;
  });
  return ["time,sensor,humidity,temperature", ...rows].join("\n");
}

for (const kind of testClusters()) {
  Deno.test({
    name: `a group survives a killed member and a member that hangs, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const created = await runStreamflow([
        ...["topics", "create", road.input, "--partitions", "6", "--replication-factor", "1"],
        ...["--bootstrap-server", road.bootstrapServer],
      ]);
      assert.equal(created.code, 0, created.stderr);
      const consume = [
        ...["consume", "--model", model, "--quiet", "--until-idle", "14s"],
        ...["--session-timeout", `${SESSION_MS / 1_000}s`, ...consumeFlags(road)],
      ];
      await using killed = await startStreamflow(consume);
      await using stopped = await startStreamflow(consume);
      await using steady = await startStreamflow(consume);
      const producing = runStreamflow([
        ...["produce", "--csv", "-", "--key", "sensor", "--features", "humidity,temperature"],
        ...["--timestamp", "time", "--rate", "1000", "--quiet", ...produceFlags(road)],
      ], { stdin: csv() });
      await untilRecords(road.bootstrapServer, road.output, 600);
      killed.child.kill("SIGKILL");
      stopped.child.kill("SIGSTOP");
      // The partitions of both are somebody else's, who has come as far as they would have.
      await untilCommitted(road);
      stopped.child.kill("SIGCONT");
      const sent = await producing;
      assert.equal(sent.code, 0, sent.stderr);
      for (const member of [steady, stopped]) {
        const { code, stderr } = await member.result;
        assert.equal(code, 0, stderr);
      }
      const account = await accountFor(road, { complete: true });
      assert.equal(account.ids, READINGS);
      assert.equal(account.predicted, READINGS);
    },
  });
}
