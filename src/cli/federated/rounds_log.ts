/** The topic of a federation's rounds on a cluster. */
import type { RoundsLog } from "../../federated/server/rounds_writer.ts";
import { type KafkaClient, KafkaError } from "../../kafka/port.ts";
import { ensureTopic } from "../../kafka/topics.ts";
import { UserError } from "../../runtime/errors.ts";
import { FEDERATED_RECORD_BYTES_MAX } from "../../records/limits.ts";

/** Records that are not acknowledged after so long are refused to who sent them, in ms: they are sent again. */
const DELIVERY_TIMEOUT_MS = 10_000;

/**
 * More than Kafka's own 1 MiB, which a model of 130,000 weights would fill: records here are as large as a model, or as
 * the two models that fedadam keeps. A topic that was there before has what it has, and that is looked at.
 */
const LARGEST = { "max.message.bytes": String(FEDERATED_RECORD_BYTES_MAX) };

/** A server reads the whole topic when it begins: compacted soon, that is some 100 MB whatever has been. */
const COMPACTED = {
  "cleanup.policy": "compact",
  "segment.bytes": String(64 * 1024 * 1024),
  "min.cleanable.dirty.ratio": "0.1",
};

/** A log while it is open. */
export interface ClusterRoundsLog extends RoundsLog, AsyncDisposable {
  /** Records that stand on the topic. */
  readonly records: number;
  /** Bytes of the largest record that the topic takes; `null` where it may not be known. */
  readonly recordBytesMax: number | null;
  /** The topic was not there before. */
  readonly isNew: boolean;
}

/**
 * Makes sure of the topic, and opens it.
 *
 * @param onWarning called where the topic may lose what it should keep
 * @throws {KafkaError} @throws {UserError} for a topic of several partitions, which have no order
 */
export async function openRoundsLog(
  client: KafkaClient,
  { topic, replicationFactor = -1, onWarning }: {
    readonly topic: string;
    readonly onWarning: (message: string) => void;
    readonly replicationFactor?: number | undefined;
  },
): Promise<ClusterRoundsLog> {
  const isNew = await ensureTopic(client.admin, {
    ...{ name: topic, partitions: 1, replicationFactor },
    configs: { ...COMPACTED, ...LARGEST },
    // The embedded broker does not compact: it keeps all.
    fallbackConfigs: { "retention.ms": "-1", ...LARGEST },
  });
  const offsets = await client.admin.topicOffsets(topic);
  if (offsets.length !== 1) {
    throw new UserError(`Cannot keep rounds on ${topic}: it has ${offsets.length} partitions, 1 is wanted`, {
      hint: "name another topic with --rounds-topic: it is created as it has to be",
    });
  }
  const settings = await settingsOf(client, topic);
  const keeps = settings.get("cleanup.policy")?.includes("compact") || settings.get("retention.ms") === "-1";
  if (settings.size > 0 && !keeps) {
    onWarning(
      `the topic ${topic} is not compacted: rounds and models older than its retention.ms are lost; ` +
        "set its cleanup.policy to compact",
    );
  }
  const producer = await client.producer({ deliveryTimeoutMs: DELIVERY_TIMEOUT_MS });
  return {
    isNew,
    recordBytesMax: Number(settings.get("max.message.bytes") ?? NaN) || null,
    records: offsets.reduce(
      (sum, { highWatermark, logStartOffset }) => sum + highWatermark - logStartOffset,
      0,
    ),
    append: (records) => producer.send(topic, records),
    async *read(signal) {
      const chunks = client.read({ topics: [topic], from: "beginning", until: "never", signal });
      let known: string | null = null;
      for await (const { records, topicId = null } of chunks) {
        known ??= topicId;
        // What the server knows does not stand there: what it acknowledges now would be lost at its next start.
        if (topicId !== null && topicId !== known) throw madeAgain(topic);
        yield records;
      }
    },
    [Symbol.asyncDispose]: () => producer[Symbol.asyncDispose](),
  };
}

function madeAgain(topic: string): UserError {
  return new UserError(`The topic ${topic} was deleted and made again while the server ran`, {
    hint: "start the server again: it begins anew, with the model of --model FILE where there is one",
  });
}

/** The settings of a topic by name; none where this user may not see them. */
async function settingsOf(client: KafkaClient, topic: string): Promise<ReadonlyMap<string, string | null>> {
  try {
    return new Map((await client.inspection.configs(topic)).map(({ name, value }) => [name, value]));
  } catch (error) {
    if (error instanceof KafkaError && error.kind === "authorization") return new Map();
    throw error;
  }
}
