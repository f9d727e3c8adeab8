/**
 * How fast the client adapters are through the port: 200-byte keyed records over three partitions. On the cluster of
 * STREAMFLOW_TEST_BOOTSTRAP, or on a real Kafka of its own: `deno run -A tests/bench/client_bench.ts [RECORDS]`.
 */
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName, KafkaClient } from "../../src/kafka/port.ts";
import { BOOTSTRAP_VARIABLE, uniqueName } from "../support/cluster.ts";
import { startRealKafka } from "../support/real_kafka.ts";

const RECORDS = Number(Deno.args[0] ?? 200_000);
const ROUNDS = 3;
const CALL_RECORDS = 1000;
const CALLS_UNDER_WAY = 8;
const VALUE = new TextEncoder().encode(JSON.stringify({ text: "y".repeat(190) }));

/** Records per second. */
interface Rates {
  readonly produce: number;
  readonly read: number;
  readonly group: number;
}

function rate(startedMs: number): number {
  return Math.round(RECORDS / ((performance.now() - startedMs) / 1000));
}

async function produce(client: KafkaClient, topic: string): Promise<number> {
  await using producer = await client.producer();
  await producer.send(topic, [{ key: null, value: null }]); // connected, leaders known
  const started = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < RECORDS) {
      const first = next;
      next += CALL_RECORDS;
      const records = Array.from(
        { length: CALL_RECORDS },
        (_, i) => ({ key: `k${first + i}`, value: VALUE }),
      );
      await producer.send(topic, records);
    }
  };
  await Promise.all(Array.from({ length: CALLS_UNDER_WAY }, worker));
  return rate(started);
}

async function read(client: KafkaClient, topic: string): Promise<number> {
  const { signal } = new AbortController();
  const started = performance.now();
  for await (const _ of client.read({ topics: [topic], from: "beginning", until: "end", signal }));
  return rate(started);
}

/** Measured from the first chunk: joining takes as long as the cluster wants. */
async function consume(client: KafkaClient, topic: string): Promise<number> {
  const abort = new AbortController();
  const options = { groupId: topic, topics: [topic], from: "beginning" as const, signal: abort.signal };
  await using consumer = await client.groupConsumer(options);
  let started = 0;
  let seen = 0;
  for await (const chunk of consumer.chunks()) {
    started ||= performance.now();
    seen += chunk.records.length;
    await consumer.commit([{ ...chunk, offset: chunk.nextOffset }]);
    if (seen > RECORDS) abort.abort();
  }
  return rate(started);
}

async function round(bootstrapServer: string, name: ClientName): Promise<Rates> {
  await using client = await connect({ bootstrapServer, clientId: "bench" }, name);
  const topic = uniqueName("bench");
  await client.admin.createTopic({ name: topic, partitions: 3, replicationFactor: -1 });
  const rates = {
    produce: await produce(client, topic),
    read: await read(client, topic),
    group: await consume(client, topic),
  };
  await client.admin.deleteTopic(topic);
  return rates;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function main(bootstrapServer: string): Promise<void> {
  const found: Record<ClientName, Rates[]> = { kafkajs: [], platformatic: [] };
  for (let i = 0; i < ROUNDS; i++) {
    for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
      found[name].push(await round(bootstrapServer, name));
    }
  }
  console.log(
    `${RECORDS} records of ${VALUE.length} bytes, median of ${ROUNDS} rounds [all], records per second`,
  );
  for (const [name, rounds] of Object.entries(found)) {
    for (const kind of ["produce", "read", "group"] as const) {
      const values = rounds.map((one) => one[kind]);
      console.log(`${name.padEnd(13)}${kind.padEnd(9)}${median(values)}  [${values.join(", ")}]`);
    }
  }
}

const given = Deno.env.get(BOOTSTRAP_VARIABLE);
if (given) {
  await main(given);
} else {
  const kafka = await startRealKafka();
  if ("missing" in kafka) {
    console.log(`skipped: ${kafka.missing}`);
  } else {
    await using running = kafka;
    await main(running.bootstrapServer);
  }
}
