/** The topic of a federation's rounds on a cluster. */
import type { RoundsLog } from "../../federated/server/rounds_writer.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { FEDERATED_RECORD_BYTES_MAX } from "../../records/limits.ts";

/** Records that are not acknowledged after so long are refused to who sent them, in ms: they are sent again. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** Room for a batch around the largest record, in bytes. */
const BATCH_OVERHEAD_BYTES = 65_536;

const LARGEST = { "max.message.bytes": String(FEDERATED_RECORD_BYTES_MAX + BATCH_OVERHEAD_BYTES) };

/** A log while it is open. */
export interface ClusterRoundsLog extends RoundsLog, AsyncDisposable {
  /** Records that stand on the topic. */
  readonly records: number;
  /** The topic was not there before. */
  readonly isNew: boolean;
}

/** Makes sure of the topic, and opens it. @throws {KafkaError} */
export async function openRoundsLog(
  client: KafkaClient,
  { topic, replicationFactor = -1 }: {
    readonly topic: string;
    readonly replicationFactor?: number | undefined;
  },
): Promise<ClusterRoundsLog> {
  const isNew = await ensureTopic(client.admin, {
    ...{ name: topic, partitions: 1, replicationFactor },
    configs: { "cleanup.policy": "compact", ...LARGEST },
    // The embedded broker does not compact: it keeps all.
    fallbackConfigs: { "retention.ms": "-1", ...LARGEST },
  });
  const offsets = await client.admin.topicOffsets(topic);
  const producer = await client.producer({ deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  return {
    isNew,
    records: offsets.reduce(
      (sum, { highWatermark, logStartOffset }) => sum + highWatermark - logStartOffset,
      0,
    ),
    append: (records) => producer.send(topic, records),
    async *read(signal) {
      const chunks = client.read({ topics: [topic], from: "beginning", until: "never", signal });
      for await (const { records } of chunks) yield records;
    },
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}
