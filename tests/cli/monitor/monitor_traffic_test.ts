/** `monitor --view traffic` through the real program: one snapshot, and lines as it goes. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import { testClusters } from "../../support/cluster.ts";
import { FakeTraffic, sendWindow } from "../../support/fake_traffic.ts";
import { interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";

const WINDOWS = 90;

Deno.test("monitor --view traffic shows what is on the topics, at once or as it goes", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const args = ["monitor", "--view", "traffic", "--bootstrap-server", cluster.bootstrapServer];
  const early = await runStreamflow([...args, "--once"]);
  assert.equal(early.code, 1);
  assert.match(early.stderr, /there is none of the topics forecasts, processed-data, alerts, anomalies/);
  {
    await using client = await connect({ ...cluster, clientId: "test" }, "platformatic");
    for (const name of ["packets", "forecasts", "alerts", "anomalies", "processed-data"]) {
      await client.admin.createTopic({ name, partitions: 2, replicationFactor: 1 });
    }
    await using producer = await client.producer();
    const traffic = new FakeTraffic();
    for (let index = 0; index < WINDOWS; index++) await sendWindow(producer, traffic.window(index));
    await producer.send("packets", [{ key: "core-7", value: new Uint8Array(1) }]);
  }
  const { code, stdout, stderr } = await runStreamflow([...args, "--once", "--json"]);
  assert.equal(code, 0, stderr);
  const told = JSON.parse(stdout);
  assert.equal(told.forecasts, 3 * WINDOWS);
  assert.deepEqual(told.links.map(({ link }: { link: string }) => link).toSorted(), [
    ...["core-7", "uplink-1", "uplink-2"],
  ]);
  assert.ok(told.links[0].targets.packets.scored > WINDOWS / 2);
  assert.ok(told.alerts.raised > 0 && told.anomalies.count > 0 && told.topTalkers.top.length > 0);
  assert.deepEqual([told.deadLettered, told.repeated, told.unreadable], [{}, 0, 0]);
  const { lag: [lag] } = told;
  const behind = lag.partitions.reduce((sum: number, one: { lag: number }) => sum + one.lag, 0);
  assert.deepEqual([lag.job, behind], ["forecast", 1]);
  const summary = await runStreamflow([...args, "--once"]);
  assert.match(summary.stdout, /^links 3, forecasts 270\n/);

  await using running = await startStreamflow([...args, "--interval", "0.2"], { watchOutput: true });
  const text = await untilSaid(running, /anomaly .*port-scan[^]*UTC .*core-7 packets/);
  assert.doesNotMatch(text, /waiting for topic/, "a topic that is not there is no trouble while others are");
  assert.match(text, /no screen, one line per interval[^]*alert raised .*: packets is forecast at/);
  if (Deno.build.os !== "windows") {
    assert.equal((await interrupt(running)).code, 130);
  }
});
