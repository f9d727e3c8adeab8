/** The port by way of kafkajs 2.2.4. */
import { ClusterInspection } from "./inspection.ts";
import { CLOSE_TIMEOUT_MS, CONNECT_TIMEOUT_MS } from "./limits.ts";
import { KafkajsAdmin } from "./kafkajs/admin.ts";
import { LIBRARY } from "./kafkajs/failure.ts";
import { KafkajsGroupConsumer } from "./kafkajs/group.ts";
import { createKafka } from "./kafkajs/library.ts";
import { KafkajsNodes } from "./kafkajs/nodes.ts";
import { KafkajsProducer } from "./kafkajs/producer.ts";
import { read } from "./kafkajs/reader.ts";
import { Outage } from "./outage.ts";
import type { ConnectionOptions, KafkaClient } from "./port.ts";
import { connectionFailure } from "./protocol_errors.ts";
import { atMost, Backoff } from "../runtime/wait.ts";

const RETRIES = 5;

/** Connects. @throws {KafkaError} */
export async function connectKafkajs(options: ConnectionOptions): Promise<KafkaClient> {
  const warn = options.onWarning ?? (() => undefined);
  const outage = new Outage(warn);
  await probe(options, outage);
  const kafka = createKafka({ ...options, outage }, RETRIES);
  const library = kafka.admin();
  await library.connect();
  const admin = new KafkajsAdmin(library);
  const connection = { kafka, admin, library, warn };
  const nodes = new KafkajsNodes(createKafka({ ...options, outage }, 0));
  return {
    name: "kafkajs",
    isAway: () => outage.isAway,
    admin,
    inspection: new ClusterInspection(nodes),
    producer: (producerOptions) => {
      const unretried = createKafka({ ...options, outage }, 0);
      return Promise.resolve(new KafkajsProducer({ kafka: unretried, admin, warn }, producerOptions));
    },
    groupConsumer: async (groupOptions) => {
      await admin.describeTopics(groupOptions.topics);
      return new KafkajsGroupConsumer(connection, groupOptions);
    },
    read: (readerOptions) => read(connection, readerOptions),
    [Symbol.asyncDispose]: async () => {
      await atMost(Promise.all([library.disconnect(), nodes.close()]), CLOSE_TIMEOUT_MS);
    },
  };
}

/** Tries until a broker answers; a refused login is final. */
async function probe(options: ConnectionOptions, outage: Outage): Promise<void> {
  const deadline = Date.now() + (options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
  const backoff = new Backoff(50, 1_000);
  for (;;) {
    const admin = createKafka({ ...options, outage }, 0).admin();
    try {
      await admin.connect();
      return;
    } catch (error) {
      const failure = connectionFailure(error, { options, library: LIBRARY });
      if (failure.kind === "authentication" || Date.now() >= deadline) throw failure;
    } finally {
      await atMost(admin.disconnect(), CLOSE_TIMEOUT_MS);
    }
    await backoff.wait();
  }
}
