/** Topics and groups by way of kafkajs. */
import type { Admin as Library } from "kafkajs";
import { LEADERS_TIMEOUT_MS } from "../limits.ts";
import {
  type Admin,
  KafkaError,
  type NewTopic,
  type PartitionOffsets,
  type TopicDescription,
  type TopicPartitionOffset,
} from "../port.ts";
import { type CommittedOffset, committedTopicId, type TopicIds } from "../topic_id.ts";
import { Backoff } from "../../runtime/wait.ts";
import { retry } from "./failure.ts";
import { createWithFallback } from "../topics.ts";

/** How long a request is tried again. */
const PATIENCE_MS = 15_000;

/** The admin side of a cluster. */
export class KafkajsAdmin implements Admin {
  readonly #admin: Library;
  #before: Promise<unknown> = Promise.resolve();

  constructor(admin: Library) {
    this.#admin = admin;
  }

  async listTopics(): Promise<string[]> {
    const topics = await this.#attempt("listing topics", () => this.#admin.listTopics());
    return topics.filter((name) => !name.startsWith("__")).sort();
  }

  async describeTopics(names: readonly string[]): Promise<TopicDescription[]> {
    if (names.length === 0) return [];
    const existing = new Set(await this.#attempt("listing topics", () => this.#admin.listTopics()));
    const missing = names.find((name) => !existing.has(name));
    if (missing !== undefined) throw new KafkaError("unknown-topic", `topic "${missing}" does not exist`);
    const what = `describing ${names.join(", ")}`;
    const { topics } = await this.#attempt(
      what,
      () => this.#admin.fetchTopicMetadata({ topics: [...names] }),
    );
    return names.flatMap((name) => topics.filter((topic) => topic.name === name)).map((
      { name, partitions },
    ) => ({
      name,
      partitions: partitions.map((one) => ({
        partition: one.partitionId,
        leader: one.leader,
        replicas: one.replicas,
        inSyncReplicas: one.isr,
      })).sort((a, b) => a.partition - b.partition),
    }));
  }

  createTopic(topic: NewTopic): Promise<boolean> {
    return createWithFallback(topic, (one) => this.#createTopic(one));
  }

  async #createTopic(topic: NewTopic): Promise<boolean> {
    const request = {
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor: topic.replicationFactor,
      configEntries: Object.entries(topic.configs ?? {}).map(([name, value]) => ({ name, value })),
    };
    const created = await this.#attempt(`creating topic "${topic.name}"`, () =>
      // Leaders are waited for below: kafkajs' own wait fails where a broker has not heard of the topic yet.
      this.#admin.createTopics({ topics: [request], waitForLeaders: false }));
    const deadline = Date.now() + LEADERS_TIMEOUT_MS;
    const backoff = new Backoff(10, 500);
    for (;;) {
      const description = await this.describeTopics([topic.name]).catch(() => []);
      const partitions = description[0]?.partitions ?? [];
      if (
        partitions.length >= Math.max(1, created ? topic.partitions : 1) &&
        partitions.every((one) => one.leader >= 0)
      ) {
        return created;
      }
      if (Date.now() > deadline) {
        throw new KafkaError(
          "protocol",
          `topic "${topic.name}" has no leaders after ${LEADERS_TIMEOUT_MS} ms`,
        );
      }
      await backoff.wait();
    }
  }

  async deleteTopic(name: string): Promise<void> {
    await this.describeTopics([name]);
    await this.#attempt(`deleting topic "${name}"`, () => this.#admin.deleteTopics({ topics: [name] }));
  }

  async topicOffsets(topic: string): Promise<PartitionOffsets[]> {
    await this.describeTopics([topic]);
    const offsets = await this.#attempt(
      `asking for the offsets of ${topic}`,
      () => this.#admin.fetchTopicOffsets(topic),
    );
    return offsets.map(({ partition, low, high }) => ({
      topic,
      partition,
      logStartOffset: Number(low),
      highWatermark: Number(high),
    })).sort((a, b) => a.partition - b.partition);
  }

  /** The ids of topics as they are now; waits a while for one that does not exist. */
  async topicIds(topics: readonly string[]): Promise<TopicIds> {
    if (topics.length === 0) return new Map(); // kafkajs would take that for all
    const what = `looking up ${topics.join(", ")}`;
    const found = await this.#attempt(what, () => this.#admin.fetchTopicMetadata({ topics: [...topics] }));
    return new Map(found.topics.map(({ name, partitions }) => {
      const [first] = partitions as readonly { readonly topicId?: string | null }[];
      return [name, first?.topicId ?? null];
    }));
  }

  async committedOffsets(groupId: string, topic: string): Promise<TopicPartitionOffset[]> {
    const found = await this.committed(groupId, topic);
    return found.map(({ partition, offset }) => ({ topic, partition, offset }));
  }

  /** What a group has committed, and of which topic of the name. */
  async committed(groupId: string, topic: string): Promise<CommittedOffset[]> {
    const what = `asking for the offsets of group "${groupId}"`;
    const topics = await this.#attempt(what, () => this.#admin.fetchOffsets({ groupId, topics: [topic] }));
    return topics.flatMap(({ partitions }) => partitions)
      .map(({ partition, offset, metadata }) => ({
        ...{ topic, partition, offset: Number(offset) },
        topicId: committedTopicId(metadata),
      }))
      .filter(({ offset }) => offset >= 0);
  }

  /**
   * kafkajs itself gives up at once on a leader that has just moved. One call at a time: each replaces what all of them
   * know of the cluster by what it knows of its own topics.
   */
  #attempt<T>(what: string, call: () => Promise<T>): Promise<T> {
    return retry({ timeoutMs: PATIENCE_MS, what }, () => {
      const answer = this.#before.then(call);
      this.#before = answer.catch(() => {});
      return answer;
    });
  }
}
