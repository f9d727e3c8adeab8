/** The port by way of @platformatic/kafka. */
import { ClusterInspection } from "./inspection.ts";
import { CLOSE_TIMEOUT_MS } from "./limits.ts";
import type { ConnectionOptions, KafkaClient } from "./port.ts";
import { PlatformaticAdmin } from "./platformatic/admin.ts";
import { Cluster } from "./platformatic/cluster.ts";
import { PlatformaticGroupConsumer } from "./platformatic/group.ts";
import { retry } from "./platformatic/failure.ts";
import { partitionsOf } from "./platformatic/offsets.ts";
import { PlatformaticProducer } from "./platformatic/producer.ts";
import { read } from "./platformatic/reader.ts";
import { atMost } from "../runtime/wait.ts";

/** Connects. @throws {KafkaError} */
export async function connectPlatformatic(options: ConnectionOptions): Promise<KafkaClient> {
  const cluster = new Cluster(options);
  const close = async () => void await atMost(cluster.close(), CLOSE_TIMEOUT_MS);
  try {
    await cluster.connect();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name: "platformatic",
    isAway: () => cluster.isAway,
    admin: new PlatformaticAdmin(cluster),
    inspection: new ClusterInspection({
      ask: (node, asked, request) => cluster.ask(node, asked, request),
      retry,
    }),
    producer: (producerOptions) => Promise.resolve(new PlatformaticProducer(cluster, producerOptions)),
    groupConsumer: async (groupOptions) => {
      await partitionsOf(cluster, groupOptions.topics);
      return new PlatformaticGroupConsumer(cluster, groupOptions);
    },
    read: (readerOptions) => read(cluster, readerOptions),
    [Symbol.asyncDispose]: close,
  };
}
