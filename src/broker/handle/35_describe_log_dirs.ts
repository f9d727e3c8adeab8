/**
 * DescribeLogDirs, key 35, versions 1–5: how large the logs are, of all topics or of those that are named; what does
 * not exist is left out, as in Kafka. The log directory of a broker that keeps its records in memory is `memory`.
 * Left out: the size of the disk and what is free on it (−1: not known).
 */
import { describeLogDirsApi } from "../../wire/api/admin.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import { distinctPartitions, mapInTurns, then } from "../elements.ts";
import { defineHandler } from "../handler.ts";
import type { PartitionLog } from "../log/partition_log.ts";
import type { BrokerState, Topic } from "../state.ts";

type WantedTopic = NonNullable<RequestOf<typeof describeLogDirsApi>["topics"]>[number];
type DescribedPartition = ResponseOf<typeof describeLogDirsApi>["results"][number]["topics"][number][
  "partitions"
][number];

/** A topic that is there, and which of its partitions are asked for. */
interface FoundTopic {
  readonly topic: Topic;
  readonly partitions: readonly number[];
}

function find(wanted: readonly WantedTopic[] | null, state: BrokerState): FoundTopic[] {
  if (wanted === null) {
    return state.topics().map((topic) => ({ topic, partitions: [...topic.logs.keys()] }));
  }
  const keys = { topicKey: ({ name }: WantedTopic) => name, partitionKey: (partition: number) => partition };
  return distinctPartitions(wanted, keys).flatMap(({ name, partitions }) => {
    const topic = state.topic(name);
    const known = partitions.filter((partition) => topic?.logs[partition] !== undefined);
    return topic === undefined || known.length === 0 ? [] : [{ topic, partitions: known }];
  });
}

function describe(partition: number, { sizeBytes }: PartitionLog): DescribedPartition {
  return { partition, sizeBytes, offsetLag: 0, isFuture: false };
}

/** Serves DescribeLogDirs. */
export const describeLogDirsHandler = defineHandler({
  api: describeLogDirsApi,
  versions: [1, 5],
  handle(request, context) {
    const described = mapInTurns(find(request.topics, context.state), ({ topic, partitions }) => ({
      name: topic.name,
      partitions: partitions.map((partition) => describe(partition, topic.logs[partition]!)),
    }), context);
    return then(described, (topics) => ({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      results: [{
        ...{ errorCode: ErrorCode.NONE, logDir: context.state.logDirectory ?? "memory", topics },
        ...{ totalBytes: -1, usableBytes: -1, isCordoned: false },
      }],
    }));
  },
});
