/** A store that is locked or full: said once, and once that it is over; nothing is lost, nothing doubled. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openStore } from "../../src/store/open.ts";
import { runStreamflow } from "../support/run.ts";
import { withFolder } from "../support/folder.ts";
import { smallDiskTest } from "../support/small_disk.ts";
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

const testOnSmallDisk = await smallDiskTest("sink_outage_test");

Deno.test("a store that another process has locked is tried again until it is free", () =>
  withClient((client) =>
    withFolder(async (folder) => {
      const place = join(folder, "fl.sqlite");
      await using store = await openStore(place);
      await store.init();
      using other = new DatabaseSync(place);
      other.exec("BEGIN IMMEDIATE");
      await send(client, "input-data", readings(0, 100));
      await using running = runSink({ client, store });
      await until(() => running.said.length > 0);
      assert.match(running.sink.state().trouble ?? "", /^the store is locked: .*fl\.sqlite: another process/);
      // Whoever shares the process goes on: this asks the broker in it.
      assert.deepEqual(await client.admin.listTopics(), ["input-data"]);
      assert.deepEqual(await store.offsets("sink"), []);
      other.exec("ROLLBACK");
      await untilReadings(store, 100);
      await until(() => running.sink.state().trouble === null);
      assertSaidOnce(running.said, /^the store is locked/);
      assert.deepEqual(await readingIds(store), idsTo(100));
    })
  ));

testOnSmallDisk(
  "a full disk is waited for until it has room, and no record is lost",
  (folder) =>
    withClient(async (client) => {
      const ballast = join(folder, "ballast");
      await Deno.writeFile(ballast, new Uint8Array(1_500_000));
      await using store = await openStore(join(folder, "fl.sqlite"));
      await store.init();
      await send(client, "input-data", readings(0, 4_000));
      await using running = runSink({ client, store });
      await until(() => running.said.length > 0);
      const [noted] = await store.offsets("sink");
      assert.equal((await readingIds(store)).length, noted?.offset ?? 0);
      assert.ok((noted?.offset ?? 0) < 4_000);
      await Deno.remove(ballast);
      await untilReadings(store, 4_000);
      await until(() => running.sink.state().trouble === null);
      assertSaidOnce(running.said, /^the store is full: .*the disk is full/);
      assert.deepEqual(await readingIds(store), idsTo(4_000));
    }),
);

testOnSmallDisk("a store that cannot be made on a full disk is one line", async (folder) => {
  await Deno.writeFile(join(folder, "ballast"), new Uint8Array(1_980_000));
  const { code, stderr } = await runStreamflow(["store", "init", "--store", join(folder, "fl.sqlite")]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: store: .*(disk is full|disk I\/O error)/);
  assert.match(stderr, /hint: /);
});
