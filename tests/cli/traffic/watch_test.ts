/** `traffic watch` with the real program: what comes out is what the jobs alone make of the partitions' logs. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import type { IncomingRecord } from "../../../src/kafka/port.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";
import { runStreamflow } from "../../support/run.ts";
import { eventfulLog, watchJobs, WatchOutcome } from "../../traffic/watch_log.ts";
import { readPartitions, readRecords } from "../../support/topics.ts";

const decoder = new TextDecoder();

function lines(records: readonly IncomingRecord[]): string[] {
  return records.map(({ key, value }) => `${decoder.decode(key!)} ${decoder.decode(value!)}`);
}

for (const kind of testClusters()) {
  Deno.test({
    name: `traffic watch publishes what its jobs emit, across a restart, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    fn: async () => {
      await using cluster = await kind.open();
      await using client = await connect({ ...cluster, clientId: "watch" }, "platformatic");
      const [input, output, anomalies, dead, group] = ["traffic", "processed", "anomalies", "dead", "group"]
        .map(uniqueName) as [string, string, string, string, string];
      await client.admin.createTopic({ name: input, partitions: 2, replicationFactor: 1 });
      const log = eventfulLog();
      const send = async (records: readonly IncomingRecord[]) => {
        await using producer = await client.producer();
        const isB = (value: Uint8Array | null) => decoder.decode(value ?? undefined).includes('"link":"b"');
        await producer.send(
          input,
          records.map(({ value }) => ({ key: null, value, partition: isB(value) ? 1 : 0 })),
        );
      };
      const run = async () => {
        const { code, stdout, stderr } = await runStreamflow([
          ...["traffic", "watch", "--json", "--until-idle", "1s", "--lateness", "2s", "--advance", "30s"],
          ...["--bootstrap-server", cluster.bootstrapServer, "--input", input, "--output", output],
          ...["--anomalies", anomalies, "--dead-letter", dead, "--group", group],
        ]);
        assert.equal(code, 0, stderr);
        return { tally: JSON.parse(stdout), stderr };
      };
      await send(log.slice(0, 4_600));
      const first = await run();
      await send(log.slice(4_600));
      const second = await run();

      const { jobs, tally } = watchJobs({
        graceUs: 60_000_000,
        latenessUs: 2_000_000,
        advanceUs: 30_000_000,
      });
      const found = {
        processed: await readRecords(client, output),
        anomalies: await readRecords(client, anomalies),
      };
      let letters = 0;
      (await readPartitions(client, input)).forEach((records, partition) => {
        const outcome = new WatchOutcome();
        jobs.make({ topic: input, partition }, null).take(records, outcome.emit);
        letters += outcome.letters.length;
        for (const topic of ["processed", "anomalies"] as const) {
          const told = outcome.told.filter((one) => one.topic === topic);
          assert.ok(told.length > (topic === "processed" ? 100 : partition === 0 ? 4 : -1));
          const all = lines(found[topic]).filter((line) => line.startsWith(partition === 0 ? "a " : "b "));
          assert.deepEqual(all, told.map(({ key, text }) => `${key} ${text}`));
        }
      });
      assert.equal((await readRecords(client, dead)).length, letters);
      assert.equal(first.tally.packets + second.tally.packets, tally.packets);
      assert.equal(first.tally.windows + second.tally.windows, tally.windows);
      assert.equal(second.tally.lag, 0);
      assert.match(
        first.stderr,
        /warning: spike on a since 2026-01-05T00:4\d:\d\d\.000Z, score 0\.\d\d: \d+ packets/,
      );
      assert.match(second.stderr, /warning: syn-flood on a since/);
    },
  });
}

Deno.test("traffic watch says which settings do not go together", async () => {
  const advance = await runStreamflow(["traffic", "watch", "--window", "10s", "--advance", "1m"]);
  assert.equal(advance.code, 2);
  assert.match(
    advance.stderr,
    /^error: --advance 60 s is longer than --window 10 s: .*\n {2}hint: leave --advance out/,
  );
});
