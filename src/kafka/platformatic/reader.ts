/** Reading without a group: nothing is left behind on the cluster. */
import { ChunkQueue } from "../chunk_queue.ts";
import { CHUNKS_AHEAD_MAX } from "../limits.ts";
import { KafkaError, type ReaderOptions, type RecordChunk } from "../port.ts";
import { UntilEnd } from "../until_end.ts";
import type { Cluster } from "./cluster.ts";
import { Fetcher } from "./fetcher.ts";
import { madeAnew } from "../topic_id.ts";
import { readerOffsets } from "../start_offsets.ts";
import { listOffsets, partitionsOf } from "./offsets.ts";

/** See {@linkcode KafkaClient.read}. */
export async function* read(cluster: Cluster, options: ReaderOptions): AsyncGenerator<RecordChunk> {
  const { topics, from, signal } = options;
  if (signal.aborted) return;
  const partitions = await partitionsOf(cluster, topics);
  const next = await listOffsets(cluster, { partitions, at: -1, signal });
  const first = await listOffsets(cluster, { partitions, at: -2, signal });
  const topicIds = new Map(partitions.map(({ topic, topicId }) => [topic, topicId]));
  const begin = readerOffsets({ first, next, topicIds }, options);
  const until = options.until === "end" ? new UntilEnd(begin, next) : null;
  if (until?.done || signal.aborted) return;
  const queue = new ChunkQueue(CHUNKS_AHEAD_MAX);
  const fetcher = new Fetcher({
    ...{ cluster, queue, partitions: begin, from },
    topicIds,
    onMadeAnew: (topic) => {
      if (until === null) {
        cluster.warn(madeAnew(topic));
        return "begin";
      }
      // The end that was wanted will never come.
      queue.end(new KafkaError("unknown-topic", `the topic ${topic} was deleted while it was read`));
      return "stop";
    },
  });
  try {
    for await (const chunk of queue.chunks(signal)) {
      const wanted = until === null ? chunk : until.cut(chunk);
      if (wanted !== null) yield wanted;
      if (until?.done) return;
    }
  } finally {
    queue.end();
    await fetcher.stop();
  }
}
