/** Readings on a topic → predictions on another, on every cluster and with every client. */
import assert from "node:assert/strict";
import { forecastPipelines } from "../../src/predict/pipeline.ts";
import { openSensors } from "../../src/datasets/mod.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { ClientName, KafkaClient, OutgoingRecord } from "../../src/kafka/port.ts";
import { createForecaster, type Forecaster } from "../../src/models/forecaster.ts";
import { type ConsumerOptions, type ConsumerProgress, runConsumer } from "../../src/predict/consumer.ts";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import { predictionSchema } from "../../src/records/predictions/schema.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";

const READINGS = 18_914;
const SEND_RECORDS = 1_000;
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The shape of the default model, with weights from a seed. */
function forecaster(): Forecaster {
  const inputs = 22;
  return createForecaster({
    name: "e2e",
    version: "0",
    horizon: 12,
    preparation: {
      kind: "differences",
      lookback: 12,
      features: [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }],
      targetIndex: 1,
      center: new Array(inputs).fill(0),
      scale: new Array(inputs).fill(0.1),
      clip: 3,
      targetScale: 0.1,
      targetClip: 3,
    },
    network: createNetwork(
      denseSpec({ inputs, hidden: [16], outputs: 1, activation: "tanh" }),
      new Random(1),
    ),
  });
}

async function sensorRecords(): Promise<OutgoingRecord[]> {
  const dataset = openSensors();
  const records: OutgoingRecord[] = [];
  for await (const batch of dataset.batches()) {
    for (const reading of batch) {
      records.push({ key: reading.source, value: encoder.encode(readingToJson(reading)) });
    }
  }
  return records;
}

/** A new set of topics with the records on the input, and the options of its consumers. */
async function prepare(
  client: KafkaClient,
  { records, partitions }: { records: readonly OutgoingRecord[]; partitions: number },
): Promise<Omit<ConsumerOptions, "signal">> {
  const name = uniqueName("consume");
  const options = {
    client,
    pipelines: forecastPipelines(forecaster()),
    input: `${name}-in`,
    output: `${name}-out`,
    deadLetter: `${name}-dead`,
    group: name,
    from: "beginning" as const,
  };
  await client.admin.createTopic({ name: options.input, partitions, replicationFactor: 1 });
  await using producer = await client.producer();
  for (let start = 0; start < records.length; start += SEND_RECORDS) {
    await producer.send(options.input, records.slice(start, start + SEND_RECORDS));
  }
  return options;
}

async function removeTopics(options: Omit<ConsumerOptions, "signal">): Promise<void> {
  const { client, input, output, deadLetter } = options;
  for (const name of [input, output, deadLetter]) await client.admin.deleteTopic(name);
}

/** Every prediction by the reading's id: what does not depend on the time, one text for each time it was made. */
async function readAnswers({ client, output }: { client: KafkaClient; output: string }) {
  const answers = new Map<string, string[]>();
  const { signal } = new AbortController();
  for await (
    const { records } of client.read({ topics: [output], from: "beginning", until: "end", signal })
  ) {
    for (const { value } of records) {
      const prediction = predictionSchema.parse(JSON.parse(decoder.decode(value!)));
      const text = JSON.stringify({ ...prediction, predictedAt: "", latencyMs: 0 });
      answers.set(prediction.id, [...(answers.get(prediction.id) ?? []), text]);
    }
  }
  return answers;
}

async function countRecords({ client, topic }: { client: KafkaClient; topic: string }): Promise<number> {
  const offsets = await client.admin.topicOffsets(topic);
  return offsets.reduce((sum, { logStartOffset, highWatermark }) => sum + highWatermark - logStartOffset, 0);
}

const signal = new AbortController().signal;

async function consumeInTwoRuns(client: KafkaClient): Promise<void> {
  const records = await sensorRecords();
  assert.equal(records.length, READINGS);
  records.splice(5_000, 0, { key: "1", value: encoder.encode("junk") }, { key: "1", value: null });
  const options = await prepare(client, { records, partitions: 1 });
  const first = await runConsumer({ ...options, limit: 7_777, signal });
  const second = await runConsumer({ ...options, limit: records.length - 7_777, signal });
  assert.equal(first.read, 7_777);
  assert.equal(first.predicted + second.predicted, READINGS);
  assert.equal(second.replayed, 7_777);
  assert.equal(first.deadLettered + second.deadLettered, 2);
  assert.deepEqual(second.lag, { [`${options.input}/0`]: 0 });
  assert.deepEqual(
    await client.admin.committedOffsets(options.group, options.input),
    [{ topic: options.input, partition: 0, offset: records.length }],
  );
  const answers = await readAnswers(options);
  assert.equal(answers.size, READINGS);
  assert.ok([...answers.values()].every((texts) => texts.length === 1), "answered twice");
  assert.equal(await countRecords({ client, topic: options.deadLetter }), 2);
  const whole = { ...options, group: `${options.group}-whole`, output: `${options.output}-whole` };
  await runConsumer({ ...whole, limit: records.length, signal });
  assert.deepEqual(await readAnswers(whole), answers);
  await client.admin.deleteTopic(whole.output);
  await removeTopics(options);
}

async function consumeThroughRebalances(clients: readonly [KafkaClient, KafkaClient]): Promise<void> {
  const records = await sensorRecords();
  const options = await prepare(clients[0], { records, partitions: 3 });
  const stopped = new AbortController();
  const leave = ({ read }: ConsumerProgress) => {
    if (read >= 2_000) stopped.abort();
  };
  const runs = await Promise.all([
    runConsumer({ ...options, untilIdleMs: 6_000, signal }),
    runConsumer({
      ...options,
      client: clients[1],
      untilIdleMs: 6_000,
      signal: stopped.signal,
      onProgress: leave,
      progressIntervalMs: 1,
    }),
  ]);
  assert.ok(runs[0]!.read + runs[1]!.read >= READINGS);
  const answers = await readAnswers(options);
  assert.equal(answers.size, READINGS);
  for (const [id, texts] of answers) assert.equal(new Set(texts).size, 1, `${id} was answered in two ways`);
  await removeTopics(options);
}

for (const cluster of testClusters()) {
  for (const name of ["platformatic", "kafkajs"] as const satisfies readonly ClientName[]) {
    const where = `on the ${cluster.name} cluster with ${name}`;
    const open = (bootstrapServer: string) => connect({ bootstrapServer, clientId: "consume-test" }, name);
    Deno.test({
      name: `runConsumer() accounts for every reading once, stopped and started again, ${where}`,
      ignore: cluster.missing !== null,
      fn: async () => {
        await using running = await cluster.open();
        await using client = await open(running.bootstrapServer);
        await consumeInTwoRuns(client);
      },
    });
    Deno.test({
      name: `runConsumer() accounts for every reading when a member comes and goes, ${where}`,
      ignore: cluster.missing !== null,
      fn: async () => {
        await using running = await cluster.open();
        await using first = await open(running.bootstrapServer);
        await using second = await open(running.bootstrapServer);
        await consumeThroughRebalances([first, second]);
      },
    });
  }
}
