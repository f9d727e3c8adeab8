/** The consumer on a cluster in memory: topics, ends, and what is closed. */
import assert from "node:assert/strict";
import { forecastPipelines } from "../../src/predict/pipeline.ts";
import type {
  GroupConsumerOptions,
  KafkaClient,
  NewTopic,
  OutgoingRecord,
  RecordChunk,
  TopicPartitionOffset,
} from "../../src/kafka/port.ts";
import { type ConsumerOptions, runConsumer } from "../../src/predict/consumer.ts";
import { fakeForecaster, readingRecord, recordOf } from "./fakes.ts";

/** One partition of one topic, and what was done to it. */
function fakeCluster({ topics = ["in"], partitions = 1, producerFails = false } = {}) {
  const log = [0, 1, 2, 3, 4].map((offset) => readingRecord(offset));
  log.push(recordOf(5, "junk"));
  const done = {
    created: [] as NewTopic[],
    sent: [] as { topic: string; records: readonly OutgoingRecord[] }[],
    commits: [] as TopicPartitionOffset[],
    closed: [] as string[],
  };
  const dispose = (name: string) => () => {
    done.closed.push(name);
    return Promise.resolve();
  };
  async function* chunks({ signal, startAt }: GroupConsumerOptions): AsyncGenerator<RecordChunk> {
    const place = { topic: "in", partition: 0 };
    const from = startAt!({ ...place, startOffset: 0, logStartOffset: 0, highWatermark: 0 });
    yield { ...place, records: log.slice(from), nextOffset: log.length, highWatermark: log.length };
    if (!signal.aborted) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    }
  }
  const client = {
    name: "kafkajs",
    admin: {
      listTopics: () => Promise.resolve(topics),
      describeTopics: () =>
        Promise.resolve([{
          name: "in",
          partitions: Array.from({ length: partitions }, (_, partition) => ({ partition })),
        }]),
      createTopic: (topic: NewTopic) => {
        done.created.push(topic);
        return Promise.resolve(true);
      },
    },
    producer: () =>
      producerFails ? Promise.reject(new Error("no producer")) : Promise.resolve({
        send: (topic: string, records: readonly OutgoingRecord[]) => {
          done.sent.push({ topic, records });
          return Promise.resolve();
        },
        [Symbol.asyncDispose]: dispose("producer"),
      }),
    groupConsumer: (options: GroupConsumerOptions) =>
      Promise.resolve({
        chunks: () => chunks(options),
        commit: (offsets: readonly TopicPartitionOffset[]) => {
          assert.deepEqual(done.closed, []);
          done.commits.push(...offsets);
          return Promise.resolve(true);
        },
        assignment: () => [],
        [Symbol.asyncDispose]: dispose("consumer"),
      }),
  } as unknown as KafkaClient;
  const options: ConsumerOptions = {
    client,
    pipelines: forecastPipelines(fakeForecaster()),
    input: "in",
    output: "out",
    deadLetter: "dead",
    group: "g",
    from: "beginning",
    signal: new AbortController().signal,
  };
  return { options, done };
}

Deno.test("runConsumer() creates the outputs, predictions with the input's partitions", async () => {
  const { options, done } = fakeCluster({ partitions: 6 });
  const names: string[] = [];
  await runConsumer({
    ...options,
    limit: 6,
    replicationFactor: 3,
    onTopicCreated: (name) => names.push(name),
  });
  assert.deepEqual(done.created, [
    { name: "out", partitions: 6, replicationFactor: 3 },
    { name: "dead", partitions: 1, replicationFactor: 3 },
  ]);
  assert.deepEqual(names, ["out", "dead"]);
});

Deno.test("runConsumer() creates a missing input with the partitions that were asked for", async () => {
  const { options, done } = fakeCluster({ topics: ["out", "dead"] });
  await runConsumer({ ...options, limit: 1, partitions: 4 });
  assert.deepEqual(done.created, [{ name: "in", partitions: 4, replicationFactor: -1 }]);
});

Deno.test("runConsumer() stops at its limit, commits, and closes the group before the producer", async () => {
  const { options, done } = fakeCluster();
  const { read, predicted, byBaseline, deadLettered, deadLetters, lag } = await runConsumer({
    ...options,
    limit: 6,
  });
  assert.deepEqual({ read, predicted, byBaseline, deadLettered }, {
    read: 6,
    predicted: 5,
    byBaseline: 2,
    deadLettered: 1,
  });
  assert.deepEqual(deadLetters, { "not-json": 1 });
  assert.deepEqual(lag, { "in/0": 0 });
  assert.deepEqual(done.commits, [{ topic: "in", partition: 0, offset: 6 }]);
  assert.deepEqual(done.closed, ["consumer", "producer"]);
});

Deno.test("runConsumer() ends when nothing comes for long enough, and says how far it is meanwhile", async () => {
  const { options, done } = fakeCluster();
  const seen: number[] = [];
  const { read } = await runConsumer({
    ...options,
    untilIdleMs: 60,
    progressIntervalMs: 5,
    onProgress: (progress) => seen.push(progress.read),
  });
  assert.equal(read, 6);
  assert.equal(done.commits.at(-1)?.offset, 6);
  assert.equal(seen.at(-1), 6);
});

Deno.test("runConsumer() ends at once with a signal that is aborted already", async () => {
  const { options, done } = fakeCluster();
  const { read } = await runConsumer({ ...options, signal: AbortSignal.abort() });
  assert.equal(read, 0);
  assert.deepEqual(done.closed, ["consumer", "producer"]);
});

Deno.test("runConsumer() closes what it has opened when the rest cannot be opened", async () => {
  const { options, done } = fakeCluster({ producerFails: true });
  await assert.rejects(runConsumer(options), /no producer/);
  assert.deepEqual(done.closed, ["consumer"]);
});
