/** Kafka's answers as people look at them; requests of a fetch. Pure. */
import type { describeGroupsApi } from "../wire/api/groups.ts";
import type { fetchApi, metadataApi } from "../wire/api/records.ts";
import { decodeAssignment } from "../wire/consumer_protocol.ts";
import { ErrorCode } from "../wire/error_code.ts";
import { WireError } from "../wire/reader.ts";
import { NO_UUID, type RequestOf, type ResponseOf } from "../wire/schema.ts";
import { decodeFetched } from "./fetched_batches.ts";
import type { FetchedChunk, FetchPosition, GroupDescription, InspectedTopic } from "./inspection_port.ts";
import type { TopicPartition } from "./partition.ts";
import { throwIfFailed } from "./protocol_errors.ts";
import { topicIdOf } from "./topic_id.ts";

/** Kafka's number for reading what is committed alone. */
export const READ_COMMITTED = 1;

/** A topic in Kafka's answer. */
export function inspected(topic: ResponseOf<typeof metadataApi>["topics"][number]): InspectedTopic {
  return {
    name: topic.name ?? "",
    topicId: topicIdOf(topic.topicId),
    isInternal: topic.isInternal,
    partitions: topic.partitions.map((one) => ({
      partition: one.partition,
      leader: one.leaderId,
      replicas: one.replicaNodes,
      inSyncReplicas: one.isrNodes,
    })).sort((a, b) => a.partition - b.partition),
  };
}

/** A group in Kafka's answer. */
export function describedGroup(
  group: ResponseOf<typeof describeGroupsApi>["groups"][number],
): GroupDescription {
  return {
    ...{ groupId: group.groupId, state: group.groupState, protocolType: group.protocolType },
    assignor: group.protocolData,
    members: group.members.map((one) => ({
      ...{ memberId: one.memberId, clientId: one.clientId, host: one.clientHost.replace(/^\//, "") },
      partitions: partitionsIn(one.memberAssignment),
    })),
  };
}

/** Other kinds of members (Kafka Connect's) write assignments of their own: none of their partitions is known. */
function partitionsIn(assignment: Uint8Array | null): TopicPartition[] {
  try {
    return decodeAssignment(assignment ?? new Uint8Array(0));
  } catch (error) {
    if (error instanceof WireError) return [];
    throw error;
  }
}

/** Asks for what is there, without waiting. */
export function fetchRequest(
  { name, topicId }: InspectedTopic,
  { wanted, bytesMax }: { readonly wanted: readonly FetchPosition[]; readonly bytesMax: number },
): RequestOf<typeof fetchApi> {
  return {
    ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: bytesMax, isolationLevel: READ_COMMITTED },
    ...{ sessionId: 0, sessionEpoch: -1, forgottenTopics: [], rackId: "" },
    topics: [{
      topic: name,
      topicId: topicId ?? NO_UUID,
      partitions: wanted.map(({ partition, offset }) => ({
        ...{ partition, currentLeaderEpoch: -1, fetchOffset: offset },
        ...{ lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes: bytesMax },
      })),
    }],
  };
}

type FetchedPartition = ResponseOf<typeof fetchApi>["responses"][number]["partitions"][number];

/** A partition in the answer to a fetch. @throws {BrokerError} */
export function chunkOf(fetched: FetchedPartition, fromOffset: number): FetchedChunk {
  const { partition, errorCode, highWatermark, logStartOffset } = fetched;
  if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return { partition, isOutOfRange: true };
  const isGone = errorCode === ErrorCode.UNKNOWN_TOPIC_ID;
  throwIfFailed(isGone ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode, `partition ${partition}`);
  const { records, nextOffset } = decodeFetched({
    ...{ bytes: fetched.records?.[0] ?? new Uint8Array(0), aborted: fetched.abortedTransactions ?? [] },
    ...{ fromOffset, highWatermark },
  });
  return { partition, isOutOfRange: false, records, nextOffset, highWatermark, logStartOffset };
}
