/**
 * Packets of the traffic model through `capture → forecast`, with `forecast` killed (`kill -9`) at random moments:
 * every window is told, its counts are those of a computation over the same packets, no alert is missing, and what is
 * told twice has the same value. On both clusters; 1,000,000 packets and 10 kills with STREAMFLOW_CHAOS=full.
 */
import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { Packet } from "../../src/records/packets/schema.ts";
import type { Alert } from "../../src/records/alerts.ts";
import type { TrafficForecast } from "../../src/records/forecasts.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { killAtOnce, runStreamflow, startStreamflow, untilSaid } from "../support/run.ts";

const FULL = Deno.env.get("STREAMFLOW_CHAOS") === "full";
const PACKETS = FULL ? 1_000_000 : 150_000;
const KILLS = FULL ? 10 : 4;
const WINDOW_US = 5_000_000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Values by id: the same one however often it was told. */
async function readValues(bootstrapServer: string, topic: string): Promise<Map<string, string>> {
  return (await readAll(bootstrapServer, topic)).values;
}

async function readAll(
  bootstrapServer: string,
  topic: string,
): Promise<{ values: Map<string, string>; again: number }> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const values = new Map<string, string>();
  const decoder = new TextDecoder();
  const { signal } = new AbortController();
  let again = 0;
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const { value } of records) {
      const text = decoder.decode(value!);
      const { id } = JSON.parse(text) as { id: string };
      assert.equal(values.get(id) ?? text, text, `${id} was emitted twice, differently`);
      if (values.has(id)) again++;
      values.set(id, text);
    }
  }
  return { values, again };
}

/** Packets and bytes per link and window. */
function countOffline(packets: Iterable<string>): Map<string, { packets: number; bytes: number }> {
  const windows = new Map<string, { packets: number; bytes: number }>();
  for (const text of packets) {
    const packet = JSON.parse(text) as Packet;
    const start = Math.floor(packet.timestamp / WINDOW_US) * WINDOW_US;
    const key = `${packet.link}/${start / 1_000}`;
    const window = windows.get(key) ?? { packets: 0, bytes: 0 };
    window.packets += packet.packets ?? 1;
    window.bytes += packet.length;
    windows.set(key, window);
  }
  return windows;
}

interface Places {
  readonly bootstrapServer: string;
  readonly packets: string;
  readonly model: string;
}

/** A group of its own with topics of its own. */
function forecastPlaces({ bootstrapServer, packets, model }: Places) {
  const [forecasts, alerts] = [uniqueName("forecasts"), uniqueName("alerts")];
  const args = [
    ...["traffic", "forecast", "--model", model, "--input", packets, "--output", forecasts],
    ...["--alerts", alerts, "--dead-letter", uniqueName("dead"), "--group", uniqueName("forecast")],
    ...["--alert", "packets>p90,bytes>p95,actual.packets>p99", "--cooldown", "0"],
    ...["--bootstrap-server", bootstrapServer, "--session-timeout", "6s"],
  ];
  return { args, forecasts, alerts };
}

/** What is known to be there is waited for as long as for a session: longer than the killed ones'. */
const TO_THE_END = ["--close-after", "1s", "--until-idle", "4s", "--session-timeout", "60s"];

for (const kind of testClusters()) {
  Deno.test({
    name: `kill -9 of traffic forecast publishes every window and alert once, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const { bootstrapServer } = cluster;
      const packets = uniqueName("packets");
      const at = ["--bootstrap-server", bootstrapServer, "--quiet"];
      const directory = await Deno.makeTempDir({ prefix: "streamflow-traffic-" });
      try {
        const captured = await runStreamflow([
          ...["traffic", "capture", "--simulate", "--seed", "7", "--rate", "200", "--links", "2"],
          ...["--speed", "0", "--limit", String(PACKETS), "--output", packets, "--partitions", "2"],
          ...["--json", ...at],
        ]);
        assert.equal(captured.code, 0, captured.stderr);
        assert.equal(JSON.parse(captured.stdout).acknowledged, PACKETS);
        const model = `${directory}/traffic.safetensors`;
        const trained = await runStreamflow([
          ...["traffic", "train", "--from-topic", packets, "--max-messages", "60000"],
          ...["--window", "5s", "--lookback", "4"],
          ...["--hidden", "8", "--epochs", "2", "--model", model, ...at],
        ]);
        assert.equal(trained.code, 0, trained.stderr);
        const places = { bootstrapServer, packets, model };

        const calm = forecastPlaces(places);
        const uninterrupted = await runStreamflow([...calm.args, ...TO_THE_END]);
        assert.equal(uninterrupted.code, 0, uninterrupted.stderr);

        const killed = forecastPlaces(places);
        const random = new Random(13);
        for (let kill = 0; kill < KILLS; kill++) {
          await using running = await startStreamflow(killed.args, { watchOutput: true });
          await untilSaid(running, /packets {2}.* windows/);
          await sleep(random.integer(1_200));
          await killAtOnce(running);
        }
        const finished = await runStreamflow([...killed.args, ...TO_THE_END]);
        assert.equal(finished.code, 0, finished.stderr);

        const { values: forecasts, again } = await readAll(bootstrapServer, killed.forecasts);
        console.log(
          `${forecasts.size} windows of ${PACKETS} packets, ${again} told again after ${KILLS} kills`,
        );
        if (FULL) assert.ok(again > 0, "no kill came between a window and the next checkpoint");
        const offline = countOffline((await readValues(bootstrapServer, packets)).values());
        let withPackets = 0;
        for (const text of forecasts.values()) {
          const { id, observed } = JSON.parse(text) as TrafficForecast;
          assert.ok(observed.final && !observed.correction, id);
          const expected = offline.get(id) ?? { packets: 0, bytes: 0 };
          assert.deepEqual({ packets: observed.packets, bytes: observed.bytes }, expected, id);
          if (observed.packets > 0) withPackets++;
        }
        assert.equal(withPackets, offline.size, "every window is told");
        assert.deepEqual(
          [...forecasts].sort(),
          [...await readValues(bootstrapServer, calm.forecasts)].sort(),
          "the same as without kills",
        );
        const alerts = await readValues(bootstrapServer, killed.alerts);
        assert.ok([...alerts.values()].some((text) => (JSON.parse(text) as Alert).state === "raised"));
        assert.deepEqual([...alerts].sort(), [...await readValues(bootstrapServer, calm.alerts)].sort());
      } finally {
        await Deno.remove(directory, { recursive: true });
      }
    },
  });
}
