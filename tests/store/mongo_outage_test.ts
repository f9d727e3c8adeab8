/** A server of MongoDB that is killed and comes back: said once, and nothing is lost or doubled. */
import assert from "node:assert/strict";
import { openStore } from "../../src/store/open.ts";
import { StoreError } from "../../src/store/store.ts";
import { uniqueName } from "../support/cluster.ts";
import { testMongos } from "../support/mongodb.ts";
import { runStreamflow } from "../support/run.ts";
import { until } from "../support/until.ts";
import {
  assertSaidOnce,
  idsTo,
  readingIds,
  readings,
  runSink,
  send,
  untilReadings,
  withClient,
} from "./sinks.ts";

const ours = (await testMongos()).find(({ isOurs }) => isOurs)!;
const ignore = ours.missing !== null;

Deno.test({
  name: "a MongoDB that is killed is tried again until it is back; what came meanwhile is stored once",
  ignore,
  fn: () =>
    withClient(async (client) => {
      await using mongo = await ours.open();
      await using store = await openStore(`${mongo.url}/${uniqueName("streamflow")}`);
      await store.init();
      await send(client, "input-data", readings(0, 50));
      await using running = runSink({ client, store });
      await untilReadings(store, 50);
      await mongo.stop();
      await send(client, "input-data", readings(50, 80));
      await until(() => running.said.length > 0);
      assert.match(running.sink.state().trouble ?? "", /^the store is away: mongodb:\/\/127\.0\.0\.1:\d+/);
      // Whoever shares the process goes on: this asks the broker in it.
      assert.deepEqual(await client.admin.listTopics(), ["input-data"]);
      await mongo.start();
      await until(() => running.sink.state().trouble === null);
      await untilReadings(store, 80);
      assertSaidOnce(running.said, /^the store is away/);
      assert.deepEqual(await readingIds(store), idsTo(80));
    }),
});

Deno.test({
  name: "'store init' makes the collections under the program's permissions, and says what keeps it from it",
  ignore,
  async fn() {
    await using mongo = await ours.open();
    const url = `${mongo.url}/${uniqueName("streamflow")}`;
    const made = await runStreamflow(["store", "init", "--store", url]);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^made the store mongodb:\/\/127\.0\.0\.1:\d+\/streamflow-\w+: \d+ tables/);
    await mongo.stop();
    const away = await runStreamflow(["store", "init", "--store", url]);
    assert.equal(away.code, 1);
    assert.match(away.stderr, /^error: store: mongodb:\/\/127\.0\.0\.1:\d+\/\S+: .*ECONNREFUSED/);
  },
});

Deno.test("a password is not taken from the command line, and never shown", async () => {
  const shown = await runStreamflow(["store", "init", "--store", "mongodb://me:hush@127.0.0.1:1/"]);
  assert.equal(shown.code, 2);
  assert.match(shown.stderr, /STREAMFLOW_STORE_PASSWORD/);
  assert.doesNotMatch(shown.stderr, /hush/);
  const without = await runStreamflow(["store", "init", "--store", "mongodb://me@127.0.0.1:1/"]);
  assert.equal(without.code, 2);
  assert.match(without.stderr, /needs the password of 'me'/);
  await using store = await openStore("mongodb://me@127.0.0.1:1/", { password: "hush" });
  await assert.rejects(
    store.offsets("sink"),
    (error) => error instanceof StoreError && error.kind === "away" && !error.message.includes("hush"),
  );
});
