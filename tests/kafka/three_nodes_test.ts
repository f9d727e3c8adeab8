/** Nothing acknowledged is lost when a broker of three dies without warning; on a real Kafka only. */
import assert from "node:assert/strict";
import { LIMIT_MS, until } from "../support/until.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName, KafkaClient, Producer } from "../../src/kafka/port.ts";
import { type RealKafka, startRealKafka } from "../support/real_kafka.ts";

const RECORDS = 20_000;
const PARTITIONS = 6;
const CALL_RECORDS = 100;

const wanted = Deno.env.get("STREAMFLOW_TEST_CLUSTER") === "1";
if (!wanted) console.log("three nodes skipped: STREAMFLOW_TEST_CLUSTER is not 1");

/** Sends numbers over all partitions with a few calls at a time; the broker dies when a third is acknowledged. */
async function sendWhileDying(kafka: RealKafka, producer: Producer, topic: string): Promise<Set<number>> {
  const acknowledged = new Set<number>();
  let next = 0;
  let killed: Promise<void> | null = null;
  const worker = async () => {
    while (next < RECORDS) {
      const numbers = Array.from({ length: CALL_RECORDS }, (_, i) => next + i);
      next += CALL_RECORDS;
      const records = numbers.map((number) => ({
        key: `key-${number % 97}`,
        value: new TextEncoder().encode(`${number} ${"x".repeat(180)}`),
      }));
      await producer.send(topic, records);
      for (const number of numbers) acknowledged.add(number);
      if (acknowledged.size >= RECORDS / 3) killed ??= kafka.kill9(2);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  await killed;
  return acknowledged;
}

/** Reads as a group from the beginning, committing each chunk, until every number was seen. */
async function consumeAll(
  client: KafkaClient,
  topic: string,
): Promise<{ numbers: Set<number>; records: number }> {
  const abort = new AbortController();
  const options = {
    groupId: `g-${topic}`,
    topics: [topic],
    from: "beginning" as const,
    signal: abort.signal,
  };
  const numbers = new Set<number>();
  let records = 0;
  await using consumer = await client.groupConsumer(options);
  const timer = setTimeout(() => abort.abort(), LIMIT_MS);
  for await (const chunk of consumer.chunks()) {
    for (const { value } of chunk.records) numbers.add(parseInt(new TextDecoder().decode(value!), 10));
    records += chunk.records.length;
    await consumer.commit([{ ...chunk, offset: chunk.nextOffset }]);
    if (numbers.size === RECORDS) abort.abort();
  }
  clearTimeout(timer);
  return { numbers, records };
}

Deno.test({
  name: "20,000 records sent and read while a broker is killed: none that was acknowledged is lost",
  ignore: !wanted,
  fn: async (t) => {
    const kafka = await startRealKafka({ nodes: 3 });
    if ("missing" in kafka) return console.log(`three nodes skipped: ${kafka.missing}`);
    await using running = kafka;
    for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
      await t.step(name, async () => {
        await using client = await connect(
          { bootstrapServer: running.bootstrapServer, clientId: "test" },
          name,
        );
        const topic = `numbers-${name}`;
        await client.admin.createTopic({ name: topic, partitions: PARTITIONS, replicationFactor: 3 });
        const before = Date.now();
        let acknowledged: Set<number>;
        {
          await using producer = await client.producer();
          acknowledged = await sendWhileDying(running, producer, topic);
        }
        const sentMs = Date.now() - before;
        const { numbers, records } = await consumeAll(client, topic);
        console.log(
          `${name}: ${acknowledged.size} acknowledged in ${sentMs} ms, ${numbers.size} read, ` +
            `${records - numbers.size} more than once`,
        );
        assert.equal(acknowledged.size, RECORDS);
        assert.deepEqual(acknowledged.difference(numbers).size, 0);
        await running.restart(2);
      });
    }
  },
});

/** Sends numbers one call after the other until it is stopped; how many were acknowledged. */
function sendSteadily(producer: Producer, topic: string): { stop(): Promise<number> } {
  let running = true;
  const done = (async () => {
    let next = 0;
    while (running) {
      const numbers = Array.from({ length: CALL_RECORDS }, (_, i) => next + i);
      const records = numbers.map((number) => ({
        key: `key-${number % 97}`,
        value: encoder.encode(`${number} `),
      }));
      await producer.send(topic, records);
      next += CALL_RECORDS;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return next;
  })();
  return {
    stop: async () => {
      running = false;
      return await done;
    },
  };
}

const encoder = new TextEncoder();

Deno.test({
  name: "a member reads on while every broker in turn is killed and comes back",
  ignore: !wanted,
  fn: async (t) => {
    const kafka = await startRealKafka({ nodes: 3 });
    if ("missing" in kafka) return console.log(`three nodes skipped: ${kafka.missing}`);
    await using running = kafka;
    for (const name of ["platformatic", "kafkajs"] satisfies ClientName[]) {
      await t.step(name, async () => {
        await using client = await connect(
          { bootstrapServer: running.bootstrapServer, clientId: "test" },
          name,
        );
        const topic = `rolling-${name}`;
        await client.admin.createTopic({ name: topic, partitions: PARTITIONS, replicationFactor: 3 });
        const abort = new AbortController();
        const numbers = new Set<number>();
        let records = 0;
        let refused = 0;
        let wanted = Infinity;
        const consumer = await client.groupConsumer({
          groupId: `g-${topic}`,
          topics: [topic],
          from: "beginning",
          signal: abort.signal,
          sessionTimeoutMs: 10_000,
        });
        const timer = setTimeout(() => abort.abort(), 2 * LIMIT_MS);
        const reading = (async () => {
          for await (const chunk of consumer.chunks()) {
            for (const { value } of chunk.records) {
              numbers.add(parseInt(new TextDecoder().decode(value!), 10));
            }
            records += chunk.records.length;
            if (!await consumer.commit([{ ...chunk, offset: chunk.nextOffset }])) refused++;
            if (numbers.size >= wanted) abort.abort();
          }
        })();
        await using producer = await client.producer();
        const sender = sendSteadily(producer, topic);
        for (const node of [1, 2, 3]) {
          await running.kill9(node);
          const before = numbers.size;
          await until(() => numbers.size > before + CALL_RECORDS || abort.signal.aborted);
          await running.restart(node);
          await until(async () => {
            const [described] = await client.admin.describeTopics([topic]).catch(() => []);
            return described?.partitions.every(({ inSyncReplicas }) => inSyncReplicas.length === 3) ||
              abort.signal.aborted;
          });
        }
        wanted = await sender.stop();
        if (numbers.size >= wanted) abort.abort();
        await reading;
        clearTimeout(timer);
        await consumer[Symbol.asyncDispose]();
        console.log(
          `${name}: ${wanted} acknowledged, ${numbers.size} read, ${
            records - numbers.size
          } more than once, ` +
            `${refused} commits refused`,
        );
        assert.equal(numbers.size, wanted);
      });
    }
  },
});
