/** `bench throughput` through the real program, on a broker of its own and on a given cluster, which it leaves clean. */
import assert from "node:assert/strict";
import type { KafkaClient, OutgoingRecord, RecordChunk } from "../../../src/kafka/port.ts";
import { measureLatency } from "../../../src/cli/bench/latency.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { Packet } from "../../../src/records/packets/schema.ts";
import { testClusters } from "../../support/cluster.ts";
import { bytesOf, FakeTraffic } from "../../support/fake_traffic.ts";
import { runStreamflow } from "../../support/run.ts";

/** Windows that are too long for live traffic, so that it is over soon. */
const SHORT = ["bench", "throughput", "--limit", "3000", "--rate", "10", "--window", "20s"];

Deno.test("bench throughput reads every packet in each round, and leaves a given cluster as it was", async () => {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const at = ["--bootstrap-server", cluster.bootstrapServer];
  const { code, stdout, stderr } = await runStreamflow([...SHORT, "--json", ...at]);
  assert.equal(code, 0, stderr);
  const told = JSON.parse(stdout);
  assert.deepEqual([told.packets, told.rounds.length, told.claimPerSecond], [3_000, 3, 5_000]);
  assert.ok(told.packetsPerSecond > 0 && told.cores > 0 && told.peakRssBytes > 1e6);
  assert.ok(told.forecasts > 10 && told.parameters > 50_000);
  assert.deepEqual(told.latencyMs, { windows: 0, p50: null, p99: null, max: null });
  await using client = await connect({ ...cluster, clientId: "test" }, "platformatic");
  assert.deepEqual(
    (await client.admin.listTopics()).filter((name) => name.startsWith("streamflow-bench")),
    [],
  );
});

Deno.test("bench throughput brings a broker of its own, and says what it measured", async () => {
  const { code, stdout, stderr } = await runStreamflow(SHORT);
  assert.equal(code, 0, stderr);
  assert.match(stderr, /embedded broker on 127\.0\.0\.1:\d+.*\n.*filled a topic with 3,000 packets/);
  assert.match(stdout, /^packets\/s +[\d,]+, median of .*\nthe claim +5,000: [\d.]+ times/);
  assert.match(stdout, /latency +not measured: windows of 20 s take too long/);
});

const FORECAST = new FakeTraffic().window(0).forecasts[0]!;

/** A cluster whose forecaster emits a window as soon as a packet of the next one comes. */
class EchoClient {
  readonly name = "platformatic";
  #wake = Promise.withResolvers<void>();
  #waiting: { link: string; startMs: number }[] = [];
  readonly #open = new Map<string, number>();

  producer() {
    const send = (_: string, records: readonly OutgoingRecord[]) => {
      for (const { value } of records) {
        const { link, timestamp }: Packet = JSON.parse(new TextDecoder().decode(value!));
        const startMs = Math.floor(timestamp / 1_000 / 100) * 100;
        const open = this.#open.get(link!) ?? startMs;
        if (startMs > open) this.#waiting.push({ link: link!, startMs: open });
        this.#open.set(link!, startMs);
      }
      this.#wake.resolve();
      return Promise.resolve();
    };
    return Promise.resolve({ send, [Symbol.asyncDispose]: () => Promise.resolve() });
  }

  async *read(): AsyncIterable<RecordChunk> {
    for (;;) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      const records = this.#waiting.splice(0).map(({ link, startMs }) => {
        const observed = { ...FORECAST.observed, start: new Date(startMs).toISOString() };
        return {
          offset: 0,
          timestampMs: 0,
          key: null,
          value: bytesOf({ ...FORECAST, link, observed }),
          headers: [],
        };
      });
      yield { topic: "forecasts", partition: 0, records, nextOffset: 0, highWatermark: 0 };
    }
  }
}

Deno.test("measureLatency() times every window from the packet that closes it", async () => {
  const firstMs = Math.ceil(Date.now() / 100) * 100;
  const packets = Array.from({ length: 60 }, (_, at) => ({
    ...{ id: String(at), timestamp: (firstMs + 10 * at) * 1_000, length: 100, protocol: "UDP" },
    ...{ src: "10.0.0.1", dst: "10.0.0.2", link: `link-${at % 2}` },
  }));
  const latencies = await measureLatency({
    client: new EchoClient() as unknown as KafkaClient,
    ...{ input: "packets", forecasts: "forecasts", windowMs: 100, packets, partitions: 2 },
    signal: new AbortController().signal,
  });
  assert.equal(latencies.length, 2 * 5);
  assert.ok(latencies.every((latency) => latency >= 0));
});
