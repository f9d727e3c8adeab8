/**
 * Two members of `traffic forecast` share a topic with four partitions while packets come; one is killed (`kill -9`)
 * in the middle, and the other takes its partitions over: forecasts and alerts are those of one member alone that
 * nothing has disturbed, with the same ids and values.
 */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { killAtOnce, runStreamflow, startStreamflow, untilSaid } from "../support/run.ts";
import { tinyModelBytes } from "../traffic/tiny_model.ts";
import { untilRecords } from "../support/until.ts";

const PACKETS = 50_000;
/** Of the traffic's time: some eight seconds of the clock. */
const PACE = ["--rate", "1000", "--speed", "10"];

/** Values by id: the same one however often it was published. */
async function readValues(bootstrapServer: string, topic: string): Promise<[id: string, text: string][]> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const values = new Map<string, string>();
  const decoder = new TextDecoder();
  const { signal } = new AbortController();
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const { value } of records) {
      const text = decoder.decode(value!);
      const { id } = JSON.parse(text) as { id: string };
      assert.equal(values.get(id) ?? text, text, `${id} was published twice, differently`);
      values.set(id, text);
    }
  }
  return [...values].sort();
}

/** What a member says that has taken packets. */
const TAKES_PACKETS = /^[\d,]*[1-9][\d,]* packets {2}/m;

async function succeeds(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runStreamflow(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

for (const kind of testClusters()) {
  Deno.test({
    name: `a member of traffic forecast takes over from one that was killed, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const at = ["--bootstrap-server", cluster.bootstrapServer];
      const packets = uniqueName("packets");
      const directory = await Deno.makeTempDir({ prefix: "streamflow-group-" });
      const model = `${directory}/traffic.safetensors`;
      const group = () => {
        const [forecasts, alerts] = [uniqueName("forecasts"), uniqueName("alerts")];
        const args = [
          ...["traffic", "forecast", "--model", model, "--input", packets, "--output", forecasts],
          ...["--alerts", alerts, "--dead-letter", uniqueName("dead"), "--group", uniqueName("forecast")],
          ...["--alert", "packets>p90,actual.bytes>p99", "--cooldown", "0", "--session-timeout", "6s"],
          ...["--json", ...at],
        ];
        const finish = () => succeeds([...args, "--close-after", "1s", "--until-idle", "3s"]);
        return { args, forecasts, alerts, finish };
      };
      try {
        await Deno.writeFile(model, tinyModelBytes());
        await succeeds(["topics", "create", packets, "--partitions", "4", ...at]);

        const shared = group();
        await using sender = await startStreamflow(
          [
            ...["traffic", "capture", "--simulate", "--seed", "7", "--links", "8", ...PACE],
            ...["--limit", String(PACKETS), "--output", packets, "--quiet", ...at],
          ],
        );
        await untilRecords(cluster.bootstrapServer, packets, 1);
        {
          await using killed = await startStreamflow(shared.args, { watchOutput: true });
          await using other = await startStreamflow([...shared.args, "--until-idle", "7s"], {
            watchOutput: true,
          });
          // Both have a part in it.
          await Promise.all([untilSaid(killed, TAKES_PACKETS), untilSaid(other, TAKES_PACKETS)]);
          await untilRecords(cluster.bootstrapServer, shared.forecasts, 8);
          await killAtOnce(killed);
          assert.equal((await sender.result).code, 0);
          const { code, stderr } = await other.result;
          assert.equal(code, 0, stderr);
        }
        const alone = group();
        await Promise.all([shared.finish(), alone.finish()]);
        for (const topic of ["forecasts", "alerts"] as const) {
          const expected = await readValues(cluster.bootstrapServer, alone[topic]);
          assert.ok(expected.length > 0, topic);
          assert.deepEqual(await readValues(cluster.bootstrapServer, shared[topic]), expected, topic);
        }
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
