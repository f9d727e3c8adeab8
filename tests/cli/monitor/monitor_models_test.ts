/** `monitor` on a topic that several models share, through the real program. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import { deadLetter } from "../../../src/records/dead_letters/print.ts";
import { testClusters } from "../../support/cluster.ts";
import { fakeClassification, fakePrediction, fakeRecord } from "../../support/fake_predictions.ts";
import { runStreamflow } from "../../support/run.ts";

function of(name: string, version: string, record: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ ...record as object, model: { name, version } }));
}

async function fill(bootstrapServer: string): Promise<void> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  for (const name of ["input-data", "predictions", "dead-letters"]) {
    await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  await using producer = await client.producer();
  const scored = { predicted: 3, baseline: 2, actual: 1 };
  const values = ["a", "b", "c"].flatMap((id, at) => [
    of("plant", at < 2 ? "1" : "2", fakePrediction({ id, scored })),
    of("ids", "1", fakeClassification({ id, predicted: "dos", actual: "dos" })),
  ]);
  await producer.send("predictions", values.map((value) => ({ key: null, value })));
  const letters = ["input-data", "packets"].map((topic) =>
    deadLetter(fakeRecord("{"), { reason: "late", detail: "", from: { topic, partition: 0 } })
  );
  await producer.send("dead-letters", letters);
}

Deno.test("monitor keeps the models of a topic apart, and one object needs the choice of one", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const { bootstrapServer } = cluster;
  await fill(bootstrapServer);
  const monitor = (...args: string[]) =>
    runStreamflow(["monitor", "--once", "--bootstrap-server", bootstrapServer, ...args]);
  const mixed = await monitor("--json");
  assert.deepEqual([mixed.code, mixed.stdout], [1, ""]);
  assert.match(
    mixed.stderr,
    /^error: .*ids\/class, plant\/temperature\/12\n {2}hint: .*--model ids\/class\n$/,
  );

  const plant = await monitor("--json", "--model", "plant");
  assert.equal(plant.code, 0, plant.stderr);
  const json = JSON.parse(plant.stdout);
  assert.deepEqual([json.processed, json.repeated, json.mse, json.versions], [3, 0, 4, ["1", "2"]]);
  assert.deepEqual([json.deadLettered, json.deadLettersOfOtherTopics], [{ late: 1 }, 1]);
  assert.deepEqual(json.otherModels, [{ id: "ids/class", processed: 3 }]);
  assert.equal(JSON.parse((await monitor("--json", "--model", "ids/class")).stdout).accuracy, 1);

  const text = await monitor();
  assert.equal(text.code, 0, text.stderr);
  assert.match(text.stdout, /^model {9}(ids|plant)\/[^]*not shown {5}(ids|plant)\/\S+ 3: --model NAME/);

  const nobody = await monitor("--model", "nobody");
  assert.equal(nobody.code, 1);
  assert.match(
    nobody.stderr,
    /no predictions of a model 'nobody'.*\n.*there are predictions of ids\/class, plant/,
  );
  // A configuration file's model is the file that consume loads.
  const other = await runStreamflow(
    ["monitor", "--once", "--json", "--model", "plant", "--bootstrap-server", bootstrapServer],
    { env: { STREAMFLOW_MODEL: "model.safetensors" } },
  );
  assert.equal(other.code, 0, other.stderr);
  const fromEnvironment = await runStreamflow(["monitor", "--once", "--bootstrap-server", bootstrapServer], {
    env: { STREAMFLOW_MODEL: "model.safetensors" },
  });
  assert.equal(fromEnvironment.code, 0, fromEnvironment.stderr);
});
