/** Records that others wrote: compressed in every way, in transactions. */
import assert from "node:assert/strict";
import { Producer } from "@platformatic/kafka";
import { Buffer } from "node:buffer";
import kafkajs from "kafkajs";
import { connect } from "../../src/kafka/connect.ts";
import { uniqueName } from "../support/cluster.ts";
import { type ContractSubject, newTopic, textsOf } from "./kafka_client.ts";
import { readPartitions } from "../support/topics.ts";

/** Registers the tests. Transactions only where the cluster has them. */
export function foreignRecordsContract(subject: ContractSubject): void {
  const name = `${subject.client} on ${subject.cluster.name}`;
  const ignore = subject.cluster.missing !== null;

  Deno.test({
    name: `${name}: reads gzip, snappy, lz4 and zstd`,
    ignore,
    fn: async () => {
      await using cluster = await subject.cluster.open();
      const { bootstrapServer } = cluster;
      await using client = await connect({ bootstrapServer, clientId: "contract" }, subject.client);
      const topic = await newTopic(client);
      const text = "compressible ".repeat(100);
      const producer = new Producer({ clientId: "foreign", bootstrapBrokers: [bootstrapServer] });
      for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
        const value = Buffer.from(compression + text);
        await producer.send({
          messages: [{ topic, partition: 0, value }, { topic, partition: 0, value }],
          compression,
        });
      }
      await producer.close();
      const expected = ["gzip", "snappy", "lz4", "zstd"].flatMap((one) => [one + text, one + text]);
      assert.deepEqual(textsOf({ records: (await readPartitions(client, topic)).get(0) ?? [] }), expected);
    },
  });

  Deno.test({
    name: `${name}: a record's time is its sender's, the log's where the topic says so, or none`,
    ignore,
    fn: async () => {
      await using cluster = await subject.cluster.open();
      const { bootstrapServer } = cluster;
      await using client = await connect({ bootstrapServer, clientId: "contract" }, subject.client);
      const producer = new Producer({ clientId: "foreign", bootstrapBrokers: [bootstrapServer] });
      const timesOf = async (topic: string, times: readonly bigint[]) => {
        for (const timestamp of times) {
          await producer.send({ messages: [{ topic, partition: 0, value: Buffer.from("x"), timestamp }] });
        }
        return ((await readPartitions(client, topic)).get(0) ?? []).map(({ timestampMs }) => timestampMs);
      };
      assert.deepEqual(await timesOf(await newTopic(client), [1_000n, -1n]), [1_000, -1]);
      if (subject.cluster.name === "real") { // the embedded broker leaves LogAppendTime out
        const appended = uniqueName("appended");
        const configs = { "message.timestamp.type": "LogAppendTime" };
        await client.admin.createTopic({ name: appended, partitions: 1, replicationFactor: -1, configs });
        const before = Date.now() - 60_000;
        for (const time of await timesOf(appended, [1_000n, -1n])) assert.ok(time > before, `${time}`);
      }
      await producer.close();
    },
  });

  Deno.test({
    name: `${name}: passes over aborted transactions and control records`,
    ignore: ignore || subject.cluster.name !== "real",
    fn: async () => {
      await using cluster = await subject.cluster.open();
      const { bootstrapServer } = cluster;
      await using client = await connect({ bootstrapServer, clientId: "contract" }, subject.client);
      const topic = await newTopic(client);
      const kafka = new kafkajs.Kafka({ brokers: [bootstrapServer], logLevel: kafkajs.logLevel.NOTHING });
      const producer = kafka.producer({ transactionalId: uniqueName("tx"), maxInFlightRequests: 1 });
      await producer.connect();
      for (const end of ["commit", "abort", "commit", "abort"] as const) {
        const transaction = await producer.transaction();
        await transaction.send({ topic, messages: [{ value: `${end} 1` }, { value: `${end} 2` }] });
        await transaction[end]();
      }
      await producer.disconnect();
      const texts: string[] = [];
      let nextOffset = 0;
      const { signal } = new AbortController();
      for await (const chunk of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
        texts.push(...textsOf(chunk));
        nextOffset = chunk.nextOffset;
      }
      assert.deepEqual(texts, ["commit 1", "commit 2", "commit 1", "commit 2"]);
      assert.equal(nextOffset, 12); // 8 records and 4 markers
    },
  });
}
