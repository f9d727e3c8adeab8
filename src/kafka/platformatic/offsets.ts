/** Leaders of partitions, first and next offsets, offsets that a group has committed. */
import type { Connection } from "@platformatic/kafka";
import type { Address } from "../bootstrap.ts";
import { UNKNOWN_TOPIC_PATIENCE_MS } from "../limits.ts";
import { KafkaError, partitionKey, type TopicPartition, type TopicPartitionOffset } from "../port.ts";
import { BrokerError, throwIfFailed } from "../protocol_errors.ts";
import { READ_COMMITTED } from "../inspected.ts";
import { type CommittedOffset, committedTopicId, topicIdOf, type TopicIds } from "../topic_id.ts";
import { APIS } from "./apis.ts";
import type { Cluster } from "./cluster.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { mayPass, retry } from "./failure.ts";

/** A partition and the broker that leads it. */
export interface Leader extends TopicPartition {
  readonly leader: number;
  /** `null` where the broker gives topics no ids (before Kafka 2.8). */
  readonly topicId: string | null;
}

/** The partitions of topics that have a leader now, in order. @throws BrokerError where a topic is unknown. */
export async function knownLeaders(cluster: Cluster, topics: readonly string[]): Promise<Leader[]> {
  return (await allLeaders(cluster, topics)).filter((one) => one.leader >= 0);
}

/** All partitions of topics with their leaders. @throws BrokerError where one has none, or a topic is unknown. */
export async function leadersOf(cluster: Cluster, topics: readonly string[]): Promise<Leader[]> {
  const leaders = await allLeaders(cluster, topics);
  const without = leaders.find((one) => one.leader < 0);
  if (without) throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE, `${without.topic}-${without.partition}`);
  return leaders;
}

/** All partitions of topics, in order; the leader is -1 where there is none now. */
export async function allLeaders(cluster: Cluster, topics: readonly string[]): Promise<Leader[]> {
  const metadata = await cluster.metadata(topics);
  const leaders: Leader[] = [];
  for (const topic of metadata.topics) {
    if (topic.errorCode !== ErrorCode.LEADER_NOT_AVAILABLE) throwIfFailed(topic.errorCode, topic.name);
    const topicId = topicIdOf(topic.topicId);
    for (const { partition, leaderId } of topic.partitions) {
      leaders.push({ topic: topic.name ?? "", partition, leader: leaderId, topicId });
    }
  }
  return leaders.sort((a, b) => a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition);
}

/** Like {@linkcode allLeaders}, at once `unknown-topic` when a topic does not exist, and patient with the rest. @throws {KafkaError} */
export async function partitionsOf(cluster: Cluster, topics: readonly string[]): Promise<Leader[]> {
  const options = {
    timeoutMs: UNKNOWN_TOPIC_PATIENCE_MS,
    what: `looking up ${topics.join(", ")}`,
    again: (error: unknown) =>
      mayPass(error) &&
      !(error instanceof BrokerError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
  };
  return await retry(options, async () => {
    try {
      return await allLeaders(cluster, topics);
    } catch (error) {
      if (!(error instanceof BrokerError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)) throw error;
      const name = error.message.replace(/^[A-Z_]+: /, "");
      throw new KafkaError("unknown-topic", `topic "${name}" does not exist`, { cause: error });
    }
  });
}

/** The first (`-2`) or the next (`-1`) offset of partitions; the next one stops at open transactions. */
export async function listOffsets(
  cluster: Cluster,
  wanted: { partitions: readonly TopicPartition[]; at: -1 | -2; signal?: AbortSignal },
): Promise<TopicPartitionOffset[]> {
  const topics = [...new Set(wanted.partitions.map((one) => one.topic))];
  const options = {
    timeoutMs: UNKNOWN_TOPIC_PATIENCE_MS,
    what: `asking for the offsets of ${topics.join(", ")}`,
    ...(wanted.signal ? { signal: wanted.signal } : {}),
  };
  return await retry(options, async () => {
    const names = new Set(wanted.partitions.map(partitionKey));
    const leaders = (await leadersOf(cluster, topics)).filter((one) => names.has(partitionKey(one)));
    const nodes = [...new Set(leaders.map((one) => one.leader))];
    const parts = await Promise.all(nodes.map((node) => {
      return listOffsetsOfNode(cluster, {
        node,
        at: wanted.at,
        leaders: leaders.filter((l) => l.leader === node),
      });
    }));
    return parts.flat();
  });
}

/** Kafka's number for groups' coordinators. */
const GROUP_KEY = 0;

async function listOffsetsOfNode(
  cluster: Cluster,
  wanted: { node: number; at: number; leaders: readonly Leader[] },
): Promise<TopicPartitionOffset[]> {
  const connection = await cluster.node(wanted.node, "main");
  const topics = [...Map.groupBy(wanted.leaders, (one) => one.topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map((one) => ({
      partition: one.partition,
      currentLeaderEpoch: -1,
      timestamp: wanted.at,
    })),
  }));
  const request = { replicaId: -1, isolationLevel: READ_COMMITTED, topics };
  const response = await cluster.request(connection, APIS.listOffsets, request);
  return response.topics.flatMap((topic) =>
    topic.partitions.map(({ errorCode, partition, offset }) => {
      throwIfFailed(errorCode, `${topic.name}-${partition}`);
      return { topic: topic.name, partition, offset };
    })
  );
}

/** Where a group's coordinator is. @throws BrokerError when it is just moving. */
export async function findCoordinator(cluster: Cluster, groupId: string): Promise<Address> {
  const connection = await cluster.any();
  const request = { key: "", keyType: GROUP_KEY, coordinatorKeys: [groupId] };
  const response = await cluster.request(connection, APIS.findCoordinator, request);
  const found = response.coordinators[0];
  if (found === undefined) throw new BrokerError(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  throwIfFailed(found.errorCode, found.errorMessage);
  return { host: found.host, port: found.port };
}

/** A group, its topics, and a connection to its coordinator. */
export interface CommittedQuery {
  readonly connection: Connection;
  readonly groupId: string;
  readonly partitions: readonly TopicPartition[];
}

/** The ids of topics as they are now. @throws KafkaError */
export async function topicIds(cluster: Cluster, topics: readonly string[]): Promise<TopicIds> {
  return new Map((await partitionsOf(cluster, topics)).map(({ topic, topicId }) => [topic, topicId]));
}

/** What a group has committed; a partition without a commit is left out. @throws BrokerError */
export async function committedOffsets(
  cluster: Cluster,
  query: CommittedQuery,
): Promise<CommittedOffset[]> {
  const topics = [...Map.groupBy(query.partitions, (one) => one.topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map((one) => one.partition),
  }));
  const groups = [{ groupId: query.groupId, memberId: null, memberEpoch: -1, topics }];
  const request = { groupId: "", topics: null, groups, requireStable: true };
  const response = await cluster.request(query.connection, APIS.offsetFetch, request);
  const found: CommittedOffset[] = [];
  for (const group of response.groups) {
    throwIfFailed(group.errorCode);
    for (const topic of group.topics) {
      for (const one of topic.partitions) {
        const { partition, offset } = one;
        throwIfFailed(one.errorCode, `${topic.name}-${partition}`);
        if (offset < 0) continue;
        found.push({ topic: topic.name, partition, offset, topicId: committedTopicId(one.metadata) });
      }
    }
  }
  return found;
}
