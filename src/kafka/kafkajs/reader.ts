/** Reading without a group of one's own: kafkajs can only read as a group, so one is made up and deleted again. */
import type { Admin as Library } from "kafkajs";
import { READER_GROUP_PREFIX } from "../inspection_port.ts";
import { CLOSE_TIMEOUT_MS } from "../limits.ts";
import { KafkaError, partitionKey, type ReaderOptions, type RecordChunk } from "../port.ts";
import { readerOffsets } from "../start_offsets.ts";
import { UntilEnd } from "../until_end.ts";
import { atMost } from "../../runtime/wait.ts";
import { type KafkajsConnection, KafkajsGroupConsumer } from "./group.ts";

/** See {@linkcode KafkaClient.read}. */
export async function* read(
  connection: KafkajsConnection & { library: Library },
  options: ReaderOptions,
): AsyncGenerator<RecordChunk> {
  const { topics, from, signal } = options;
  if (signal.aborted) return;
  const offsets = (await Promise.all(topics.map((topic) => connection.admin.topicOffsets(topic)))).flat();
  const next = offsets.map((one) => ({ ...one, offset: one.highWatermark }));
  const first = offsets.map((one) => ({ ...one, offset: one.logStartOffset }));
  const topicIds = new Map(await connection.admin.topicIds(topics));
  const begin = readerOffsets({ first, next, topicIds }, options);
  const until = options.until === "end" ? new UntilEnd(begin, next) : null;
  if (until?.done || signal.aborted) return;
  const groupId = `${READER_GROUP_PREFIX}${crypto.randomUUID()}`;
  // A rebalance (a broker that comes and goes) must not start over: positions are kept here, nothing is committed.
  const positions = new Map(begin.map((one) => [partitionKey(one), one.offset]));
  const consumer = new KafkajsGroupConsumer(connection, {
    groupId,
    topics,
    from,
    signal,
    startAt: ({ topic, partition, topicId = null, startOffset }) => {
      if (topicIds.get(topic) !== topicId) {
        // The end that was wanted will never come.
        if (until !== null) {
          throw new KafkaError("unknown-topic", `the topic ${topic} was deleted while it was read`);
        }
        topicIds.set(topic, topicId);
        for (const key of positions.keys()) if (key.startsWith(`${topic} `)) positions.delete(key);
      }
      return positions.get(partitionKey({ topic, partition })) ?? startOffset;
    },
  });
  try {
    for await (const chunk of consumer.chunks()) {
      positions.set(partitionKey(chunk), chunk.nextOffset);
      const wanted = until === null ? chunk : until.cut(chunk);
      if (wanted !== null) yield wanted;
      if (until?.done) return;
    }
  } finally {
    await consumer[Symbol.asyncDispose]();
    // An empty group without offsets goes away by itself as well: it does not matter if this fails.
    await atMost(connection.library.deleteGroups([groupId]).catch(() => undefined), CLOSE_TIMEOUT_MS);
  }
}
