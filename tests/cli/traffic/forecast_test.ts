/** `traffic forecast` with the real program: what comes out is what the jobs alone make of the partitions' logs. */
import assert from "node:assert/strict";
import { connect } from "../../../src/kafka/connect.ts";
import type { IncomingRecord } from "../../../src/kafka/port.ts";
import { testClusters, uniqueName } from "../../support/cluster.ts";
import { runStreamflow } from "../../support/run.ts";
import { forecastJobs, Outcome, randomLog } from "../../traffic/forecast_run.ts";
import { tinyModelBytes } from "../../traffic/tiny_model.ts";
import { readPartitions, readRecords } from "../../support/topics.ts";
import { withFile } from "../../support/folder.ts";

const decoder = new TextDecoder();

/** Each link has its partition, as keys would see to. */
function partitionOf(value: Uint8Array | null): number {
  return /"link":"l[02]"/.test(decoder.decode(value ?? new Uint8Array())) ? 0 : 1;
}

function lines(records: readonly IncomingRecord[]): string[] {
  return records.map(({ key, value }) => `${decoder.decode(key!)} ${decoder.decode(value!)}`);
}

for (const kind of testClusters()) {
  Deno.test({
    name: `traffic forecast publishes what its jobs emit, across a restart, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    fn: () =>
      withFile(tinyModelBytes(), async (model) => {
        await using cluster = await kind.open();
        await using client = await connect({ ...cluster, clientId: "forecast" }, "platformatic");
        const [input, output, alerts, dead, group] = ["packets", "forecasts", "alerts", "dead", "group"].map(
          uniqueName,
        ) as [string, string, string, string, string];
        await client.admin.createTopic({ name: input, partitions: 2, replicationFactor: 1 });
        // Kafka's own time of sending comes long after the packets': what would be from the future is none here.
        const log = randomLog(3, 1_200).filter(({ value, timestampMs }) =>
          !decoder.decode(value ?? undefined).includes(`"timestamp":${timestampMs * 1_000 + 7_200_000_000},`)
        );
        const send = async (records: readonly IncomingRecord[]) => {
          await using producer = await client.producer();
          await producer.send(
            input,
            records.map(({ value }) => ({ key: null, value, partition: partitionOf(value) })),
          );
        };
        const run = async () => {
          const { code, stdout, stderr } = await runStreamflow([
            ...["traffic", "forecast", "--json", "--model", model, "--until-idle", "1s", "--grace", "5s"],
            ...["--alert", "packets>5, actual.bytes>p90", "--alert", "bytes.lower<1k", "--cooldown", "0"],
            ...["--bootstrap-server", cluster.bootstrapServer, "--input", input, "--output", output],
            ...["--alerts", alerts, "--dead-letter", dead, "--group", group],
          ]);
          assert.equal(code, 0, stderr);
          return { tally: JSON.parse(stdout), stderr };
        };
        await send(log.slice(0, 500));
        const first = await run();
        await send(log.slice(500));
        const second = await run();

        const { jobs, tally } = forecastJobs({
          rules: ["packets>5", "actual.bytes>p90", "bytes.lower<1k"],
        });
        const found = {
          forecasts: await readRecords(client, output),
          alerts: await readRecords(client, alerts),
        };
        let letters = 0;
        (await readPartitions(client, input)).forEach((records, partition) => {
          const outcome = new Outcome();
          jobs.make({ topic: input, partition }, null).take(records, outcome.emit);
          letters += outcome.letters.length;
          for (const topic of ["forecasts", "alerts"] as const) {
            const told = outcome.told.filter((one) => one.topic === topic);
            assert.ok(told.length > 10);
            // Keys decide where the outputs go; of each link the order counts.
            for (const link of new Set(told.map(({ key }) => key))) {
              const all = lines(found[topic]).filter((line) => line.startsWith(`${link} `));
              const wanted = told.filter(({ key }) => key === link).map(({ text }) => `${link} ${text}`);
              assert.deepEqual(all, wanted);
            }
          }
        });
        assert.equal((await readRecords(client, dead)).length, letters);
        assert.equal(first.tally.packets + second.tally.packets, tally.packets);
        assert.equal(first.tally.windows + second.tally.windows, tally.windows);
        assert.equal(second.tally.lag, 0);
        assert.match(second.stderr, /warning: alert on l\d, actual.bytes>p90: bytes was \d+ from/);
        assert.match(second.stderr, /all clear on l\d/);
      }),
  });
}

Deno.test("traffic forecast points at the character of a rule that it does not understand", () =>
  withFile(tinyModelBytes(), async (model) => {
    const rules = ["--alert", "packets>1", "--alert", "bytes>>p99"];
    const { code, stderr } = await runStreamflow(["traffic", "forecast", "--model", model, ...rules]);
    assert.equal(code, 2);
    assert.match(stderr, /^error: --alert, at character 7 of "bytes>>p99": a number .* is expected/);
    assert.match(stderr, /\n {2}bytes>>p99\n {8}\^\n/);
    const other = await runStreamflow([
      "traffic",
      "forecast",
      "--model",
      model,
      "--alert",
      "interarrival<1k",
    ]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /the model does not forecast interarrival \(it forecasts packets, bytes\)/);
  }));

Deno.test("traffic forecast wants a traffic model, and its window", async () => {
  await withFile(tinyModelBytes(), async (model) => {
    const { code, stderr } = await runStreamflow(["traffic", "forecast", "--model", model, "--window", "5s"]);
    assert.equal(code, 2);
    assert.match(stderr, /forecasts windows of 1 s, and --window is 5 s\n {2}hint: leave --window out/);
  });
  await withFile(Uint8Array.of(1, 2, 3), async (model) => {
    const { code, stderr } = await runStreamflow(["traffic", "forecast", "--model", model]);
    assert.equal(code, 1);
    assert.match(stderr, /^error: .*\n {2}hint: name a file that 'streamflow traffic train' has written/);
  });
});
