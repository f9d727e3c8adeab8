/** A cluster, a client and sinks on it: what tests of the sink share. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { KafkaClient } from "../../src/kafka/port.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { type Sink, type SinkOptions, startSink } from "../../src/store/sink/sink.ts";
import type { Store } from "../../src/store/store.ts";
import type { Row } from "../../src/store/tables.ts";
import { type TestCluster, testClusters } from "../support/cluster.ts";
import { until } from "../support/until.ts";

const encoder = new TextEncoder();

/** Readings `r-<from>` to `r-<to - 1>` as values of records. */
export function readings(from: number, to: number): Uint8Array[] {
  return Array.from({ length: to - from }, (_, at) =>
    encoder.encode(readingToJson({
      id: `r-${from + at}`,
      timestamp: new Date(1_700_000_000_000 + 1_000 * (from + at)).toISOString(),
      source: `meter-${(from + at) % 3}`,
      features: { power: (from + at) / 8 },
    })));
}

/** An embedded broker with a client. */
export async function withClient(
  use: (client: KafkaClient, cluster: TestCluster) => Promise<void>,
): Promise<void> {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  const { bootstrapServer } = cluster;
  await using client = await connect({ bootstrapServer, clientId: "sink-test" }, "platformatic");
  await use(client, cluster);
}

/** Sends values to a topic, which is made where it is not there. */
export async function send(
  client: KafkaClient,
  topic: string,
  values: readonly (Uint8Array | null)[],
  keys: readonly string[] = [],
): Promise<void> {
  await client.admin.createTopic({ name: topic, partitions: 1, replicationFactor: -1 });
  await using producer = await client.producer();
  await producer.send(topic, values.map((value, at) => ({ key: keys[at] ?? null, value })));
}

/** A sink that runs until it is stopped, and what it said. */
export interface RunningSink extends AsyncDisposable {
  readonly sink: Sink;
  readonly said: string[];
}

/** Starts a sink of the readings. */
export function runSink(
  options: Pick<SinkOptions, "client" | "store"> & Partial<SinkOptions>,
): RunningSink {
  const ended = new AbortController();
  const said: string[] = [];
  const sink = startSink({
    ...{ topics: { readings: "input-data" }, deadLetter: "dead-letters", signal: ended.signal },
    onWarning: (line) => said.push(line),
    ...options,
  });
  return {
    ...{ sink, said },
    [Symbol.asyncDispose]: async () => {
      ended.abort();
      await sink.done;
    },
  };
}

/** Ids of the readings in a store, in the order of their offsets. */
export async function readingIds(store: Store): Promise<string[]> {
  return (await readingsIn(store)).map(({ id }) => id);
}

/** Readings in a store. */
export async function readingsIn(store: Store): Promise<Row<"device_data">[]> {
  return (await Array.fromAsync(store.rows("device_data"))).flat();
}

/** Resolves when so many readings are in the store. */
export async function untilReadings(store: Store, count: number): Promise<void> {
  await until(async () => (await readingsIn(store)).length >= count);
}

/** `r-0` … as {@linkcode readings} names them. */
export function idsTo(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `r-${at}`);
}

/** That the sink said exactly two lines: that the store is away, and that it is back. */
export function assertSaidOnce(said: readonly string[], what: RegExp): void {
  assert.equal(said.length, 2, said.join("\n"));
  assert.match(said[0]!, what);
  assert.match(said[0]!, /trying again/);
  assert.match(said[1]!, /^the store takes rows again, after \d+\.\d s$/);
}
