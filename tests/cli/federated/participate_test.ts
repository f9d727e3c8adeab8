/** `federated participate`: what it says at the start and at the end, its metrics, and what it refuses. */
import assert from "node:assert/strict";
import { startBroker } from "../../../src/broker/mod.ts";
import { connect } from "../../../src/kafka/connect.ts";
import { RECIPE, recordsOf } from "../../federated/devices.ts";
import { federate, TASK, waveSet } from "../../federated/sets.ts";
import { firstModel, StandIn } from "../../support/federated_stand_in.ts";
import { withFolder } from "../../support/folder.ts";
import { interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";
import { startMetered } from "../../support/scrape.ts";

const set = waveSet(3, 300);
const first = firstModel(federate(set, RECIPE), { horizon: TASK.horizon, recipe: RECIPE });

async function openBroker(): Promise<{ readonly address: string } & AsyncDisposable> {
  const broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  await using client = await connect({ bootstrapServer: broker.address, clientId: "test" }, "platformatic");
  await client.admin.createTopic({ name: "input-data", partitions: 1, replicationFactor: 1 });
  await using producer = await client.producer();
  const bad = { key: null, value: new TextEncoder().encode("no reading") };
  await producer.send("input-data", [...recordsOf(set).map(({ value }) => ({ key: null, value })), bad]);
  return { address: broker.address, [Symbol.asyncDispose]: () => broker.close() };
}

Deno.test("--until-idle ends it when all is learned and sent, with a table of the devices or JSON", async () => {
  await using broker = await openBroker();
  await using server = new StandIn({ first });
  const args = ["federated", "participate", "--bootstrap-server", broker.address, "--server", server.url];
  const { code, stdout, stderr } = await runStreamflow([...args, "--until-idle", "1s", "--json"]);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /global model 0 \(\w{12}\) forecasts x 4 readings ahead; normalisation: own, each device/,
  );
  const { devices, updates, read, round, lag, deadLetters } = JSON.parse(stdout);
  assert.deepEqual({ updates, read, round, lag, deadLetters }, {
    ...{ updates: 3, read: 901, round: 0, lag: 0 },
    deadLetters: { "not-json": 1 },
  });
  assert.equal(server.counted.length, 3);
  for (const { readings, updates, mse } of devices) {
    assert.deepEqual([readings, updates], [300, 1]);
    assert.deepEqual(Object.keys(mse), ["lastValue", "local", "global", "personalised"]);
  }
  const again = await runStreamflow([...args, "--until-idle", "1s"]);
  assert.match(again.stdout, /device-0 +0 +300 +1/);
  assert.match(again.stdout, /read 0, devices new here 0, .*updates 0 \(0 of them sent twice\), refused 0/);
});

Deno.test("--metrics shows updates, devices and the round", async () => {
  await using broker = await openBroker();
  await using server = new StandIn({ first });
  await using metered = await startMetered([
    ...["federated", "participate", "--bootstrap-server", broker.address, "--server", server.url],
  ]);
  const accepted = 'streamflow_participant_updates_total{outcome="accepted"}';
  const { values } = await metered.until(({ values }) => values.get(accepted) === 3);
  assert.equal(values.get("streamflow_participant_devices"), 3);
  assert.equal(values.get("streamflow_participant_round"), 0);
});

Deno.test("without a server it waits, says so once, and Ctrl-C ends it with 130", async () => {
  await using broker = await openBroker();
  await using running = await startStreamflow([
    ...["federated", "participate", "--bootstrap-server", broker.address, "--server", "http://127.0.0.1:1"],
  ], { watchOutput: true });
  await untilSaid(running, /the server http:\/\/127\.0\.0\.1:1 cannot be reached \(no connection\)/);
  assert.equal((await interrupt(running)).code, 130);
});

Deno.test("addresses and tokens that are none are usage errors", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/empty`, "\n");
    for (
      const args of [
        ["--server", "somewhere"],
        ["--token-file", `${folder}/empty`],
        ["--token-file", `${folder}/none`],
      ]
    ) {
      const { code, stderr } = await runStreamflow(["federated", "participate", ...args]);
      assert.equal(code, 2, stderr);
    }
  }));
