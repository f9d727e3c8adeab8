/** Topics and groups by way of @platformatic/kafka. */
import { LEADERS_TIMEOUT_MS, UNKNOWN_TOPIC_PATIENCE_MS } from "../limits.ts";
import {
  type Admin,
  KafkaError,
  type NewTopic,
  type PartitionOffsets,
  type TopicDescription,
  type TopicPartitionOffset,
} from "../port.ts";
import { BrokerError, throwIfFailed } from "../protocol_errors.ts";
import { NO_UUID } from "../../wire/schema.ts";
import { APIS } from "./apis.ts";
import type { Cluster } from "./cluster.ts";
import { committedOffsets, findCoordinator, leadersOf, listOffsets, partitionsOf } from "./offsets.ts";
import { createWithFallback } from "../topics.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { mayPass, retry } from "./failure.ts";

const REQUEST_MS = 15_000;

/** The admin side of a cluster. */
export class PlatformaticAdmin implements Admin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async listTopics(): Promise<string[]> {
    return await retry({ timeoutMs: REQUEST_MS, what: "listing topics" }, async () => {
      const { topics } = await this.#cluster.metadata(null);
      return topics.filter((topic) => !topic.isInternal).map((topic) => topic.name ?? "").sort();
    });
  }

  async describeTopics(names: readonly string[]): Promise<TopicDescription[]> {
    if (names.length === 0) return [];
    const what = `describing ${names.join(", ")}`;
    const again = (error: unknown) => mayPass(error) && !isUnknownTopic(error);
    return await retry({ timeoutMs: REQUEST_MS, what, again }, async () => {
      const { topics } = await this.#cluster.metadata(names);
      return topics.map((topic) => {
        if (topic.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) {
          throw new KafkaError("unknown-topic", `topic "${topic.name}" does not exist`);
        }
        throwIfFailed(topic.errorCode, topic.name);
        const partitions = topic.partitions.map((one) => ({
          partition: one.partition,
          leader: one.leaderId,
          replicas: one.replicaNodes,
          inSyncReplicas: one.isrNodes,
        })).sort((a, b) => a.partition - b.partition);
        return { name: topic.name ?? "", partitions };
      });
    });
  }

  createTopic(topic: NewTopic): Promise<boolean> {
    return createWithFallback(topic, (one) => this.#createTopic(one));
  }

  async #createTopic(topic: NewTopic): Promise<boolean> {
    const what = `creating topic "${topic.name}"`;
    const created = await retry({ timeoutMs: LEADERS_TIMEOUT_MS, what }, async () => {
      const { controllerId } = await this.#cluster.metadata([]);
      const connection = await this.#cluster.node(controllerId, "main");
      const request = {
        name: topic.name,
        partitions: topic.partitions,
        replicationFactor: topic.replicationFactor,
        assignments: [],
        configs: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
      };
      const response = await this.#cluster.request(connection, APIS.createTopics, {
        ...{ topics: [request], timeoutMs: REQUEST_MS, validateOnly: false },
      });
      const answer = response.topics[0];
      if (answer?.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS) return false;
      throwIfFailed(answer?.errorCode ?? -1, answer?.errorMessage);
      return true;
    });
    await retry(
      { timeoutMs: LEADERS_TIMEOUT_MS, what: `waiting for the leaders of "${topic.name}"` },
      async () => {
        const leaders = await leadersOf(this.#cluster, [topic.name]);
        if (leaders.length < (created ? topic.partitions : 1)) {
          throw new BrokerError(ErrorCode.LEADER_NOT_AVAILABLE);
        }
      },
    );
    return created;
  }

  async deleteTopic(name: string): Promise<void> {
    const again = (error: unknown) => mayPass(error) && !isUnknownTopic(error);
    await retry({ timeoutMs: REQUEST_MS, what: `deleting topic "${name}"`, again }, async () => {
      const { controllerId } = await this.#cluster.metadata([]);
      const connection = await this.#cluster.node(controllerId, "main");
      const topics = [{ name, topicId: NO_UUID }];
      const request = { topics, topicNames: [], timeoutMs: REQUEST_MS };
      const response = await this.#cluster.request(connection, APIS.deleteTopics, request);
      throwIfFailed(response.responses[0]?.errorCode ?? -1, response.responses[0]?.errorMessage);
    });
  }

  async topicOffsets(topic: string): Promise<PartitionOffsets[]> {
    const partitions = await partitionsOf(this.#cluster, [topic]);
    const [first, next] = await Promise.all([
      listOffsets(this.#cluster, { partitions, at: -2 }),
      listOffsets(this.#cluster, { partitions, at: -1 }),
    ]);
    const logStart = new Map(first.map((one) => [one.partition, one.offset]));
    return next.map(({ partition, offset }) => ({
      topic,
      partition,
      logStartOffset: logStart.get(partition) ?? 0,
      highWatermark: offset,
    })).sort((a, b) => a.partition - b.partition);
  }

  async committedOffsets(groupId: string, topic: string): Promise<TopicPartitionOffset[]> {
    const partitions = await partitionsOf(this.#cluster, [topic]);
    const what = `asking for the offsets of group "${groupId}"`;
    return await retry({ timeoutMs: UNKNOWN_TOPIC_PATIENCE_MS, what }, async () => {
      const address = await findCoordinator(this.#cluster, groupId);
      const connection = await this.#cluster.connection({ address, lane: "main" });
      const found = await committedOffsets(this.#cluster, { connection, groupId, partitions });
      return found.map(({ partition, offset }) => ({ topic, partition, offset }));
    });
  }
}

function isUnknownTopic(error: unknown): boolean {
  return error instanceof BrokerError && error.code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
}
