/**
 * A member of a consumer group by way of kafkajs: its `eachBatch` fills a small queue that `chunks()` empties, and
 * heartbeats while the queue is full. Partitions are paused when they are assigned, until it is known where to begin.
 */
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from "kafkajs";
import { ChunkQueue } from "../chunk_queue.ts";
import {
  CHUNKS_AHEAD_MAX,
  CLOSE_TIMEOUT_MS,
  FETCH_BYTES_MAX,
  FETCH_PARTITION_BYTES_MAX,
  HEARTBEAT_INTERVAL_MS_MAX,
  REBALANCE_TIMEOUT_MS,
  RETRY_PAUSE_MS_MAX,
  RETRY_PAUSE_MS_MIN,
  SESSION_TIMEOUT_MS,
  UNKNOWN_TOPIC_PATIENCE_MS,
} from "../limits.ts";
import {
  type GroupConsumer,
  type GroupConsumerOptions,
  partitionKey,
  type RecordChunk,
  type TopicPartition,
  type TopicPartitionOffset,
} from "../port.ts";

import { noPartition, startOffsets } from "../start_offsets.ts";
import { commitMetadata, type TopicIds } from "../topic_id.ts";
import { atMost, Backoff } from "../../runtime/wait.ts";
import type { KafkajsAdmin } from "./admin.ts";
import { GROUP_MOVED } from "../protocol_errors.ts";
import { codeOf, fromKafkajs, mayPass } from "./failure.ts";
import { recordsOf } from "./protocol.ts";
import { ErrorCode } from "../../wire/error_code.ts";

/** Also how soon a paused or ended consumer notices; kafkajs sleeps so long when nothing is to be fetched. */
const FETCH_MAX_WAIT_MS = 100;

/** What a consumer needs of its client. */
export interface KafkajsConnection {
  readonly kafka: Kafka;
  readonly admin: KafkajsAdmin;
  readonly warn: (message: string) => void;
}

/** The time between one assignment and the next rebalance. */
interface Session {
  readonly partitions: readonly TopicPartition[];
  /** Positions are sought; before that nothing is taken. */
  ready: boolean;
  /** Up to where the caller has been given the records of each partition: at first, where it begins. */
  readonly delivered: Map<string, number>;
  topicIds: TopicIds;
}

/** Why a consumer was ended: a topic was deleted and made again. */
const CREATED_AGAIN = Symbol("created again");

/** See {@linkcode GroupConsumer}. */
export class KafkajsGroupConsumer implements GroupConsumer {
  readonly #connection: KafkajsConnection;
  readonly #options: GroupConsumerOptions;
  readonly #queue = new ChunkQueue(CHUNKS_AHEAD_MAX);
  readonly #leaving = new AbortController();
  readonly #heartbeatMs: number;
  /** Of the topics as they were last read. */
  readonly #topicIds = new Map<string, string | null>();
  #consumer: Consumer | null = null;
  #session: Session | null = null;
  #running: Promise<void> | null = null;
  /** Ends the life of the current kafkajs consumer. */
  #crash: (error: unknown) => void = () => undefined;

  constructor(connection: KafkajsConnection, options: GroupConsumerOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#heartbeatMs = Math.min(
      HEARTBEAT_INTERVAL_MS_MAX,
      (options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS) / 10,
    );
  }

  assignment(): readonly TopicPartition[] {
    return this.#session?.ready ? this.#session.partitions : [];
  }

  async *chunks(): AsyncGenerator<RecordChunk> {
    const { signal } = this.#options;
    if (signal.aborted) return;
    this.#running ??= this.#run();
    // The membership goes on after the abort, until the end: the caller still commits what it has in hand.
    yield* this.#queue.chunks(signal, {
      onAbort: () => this.#pause(this.#session?.partitions ?? []),
      onChunk: (chunk) => this.#session?.delivered.set(partitionKey(chunk), chunk.nextOffset),
    });
  }

  async commit(offsets: readonly TopicPartitionOffset[]): Promise<boolean> {
    const session = this.#session;
    const consumer = this.#consumer;
    if (session === null || consumer === null) return false;
    if (offsets.length === 0) return true;
    if (offsets.some((one) => (session.delivered.get(partitionKey(one)) ?? -1) < one.offset)) return false;
    const wanted = offsets.map(({ topic, partition, offset }) => ({
      topic,
      partition,
      offset: String(offset),
      metadata: commitMetadata(session.topicIds.get(topic)),
    }));
    try {
      await consumer.commitOffsets(wanted);
    } catch (error) {
      if (this.#session !== session || hasMoved(error) || mayPass(error)) return false;
      throw fromKafkajs(error, `committing offsets of group "${this.#options.groupId}"`);
    }
    return this.#session === session; // kafkajs does nothing, and says nothing, when it has stopped meanwhile
  }

  /** One kafkajs consumer after the other: one that crashes is replaced, or the error ends the chunks. */
  async #run(): Promise<void> {
    const { groupId, signal } = this.#options;
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    let unknownSinceMs = Infinity;
    while (!this.#leaving.signal.aborted && !signal.aborted) {
      const { error, joined } = await this.#live();
      this.#revoke();
      if (this.#leaving.signal.aborted) return;
      if (error === CREATED_AGAIN) continue;
      // A topic that stays unknown was deleted.
      const isUnknown = codeOf(error) === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      unknownSinceMs = isUnknown && !joined ? Math.min(unknownSinceMs, Date.now()) : Infinity;
      if (!(mayPass(error) || hasMoved(error)) || Date.now() - unknownSinceMs > UNKNOWN_TOPIC_PATIENCE_MS) {
        return this.#queue.end(fromKafkajs(error, `reading as a member of group "${groupId}"`));
      }
      if (joined) {
        backoff.reset();
        this.#connection.warn(
          `group "${groupId}": ${fromKafkajs(error, "the consumer failed").message}; joining again`,
        );
      }
      await backoff.wait(this.#leaving.signal);
    }
  }

  /** Runs one kafkajs consumer until it crashes or the membership ends. */
  async #live(): Promise<{ error: unknown; joined: boolean }> {
    const { groupId, topics, from, sessionTimeoutMs } = this.#options;
    const consumer = this.#connection.kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: this.#heartbeatMs,
      maxWaitTimeInMs: FETCH_MAX_WAIT_MS,
      maxBytesPerPartition: FETCH_PARTITION_BYTES_MAX,
      maxBytes: FETCH_BYTES_MAX,
      allowAutoTopicCreation: false,
      retry: { retries: 5, initialRetryTime: 100, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#consumer = consumer;
    let joined = false;
    const over = new Promise<unknown>((resolve) => {
      this.#crash = resolve;
      consumer.on(consumer.events.CRASH, (event) => resolve(event.payload.error));
      this.#leaving.signal.addEventListener("abort", () => resolve(undefined), { once: true });
    });
    consumer.on(consumer.events.REBALANCING, () => this.#revoke());
    consumer.on(consumer.events.GROUP_JOIN, (event) => {
      joined = true;
      this.#onJoin(consumer, event);
    });
    // A batch of control records alone never reaches `eachBatch`.
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0 && this.#session?.ready) {
        const { topic, partition, highWatermark, lastOffset } = payload;
        const nextOffset = Number(lastOffset) + 1;
        this.#queue.push({ topic, partition, records: [], nextOffset, highWatermark: Number(highWatermark) });
      }
    });
    const started = (async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: from === "beginning" });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#onBatch(payload),
      });
      return await over;
    })();
    // Leaving does not wait until kafkajs has joined.
    const error = await Promise.race([started.catch((failure) => failure), over]);
    this.#consumer = null;
    await atMost(consumer.disconnect(), CLOSE_TIMEOUT_MS);
    return { error, joined };
  }

  #onJoin(consumer: Consumer, event: ConsumerGroupJoinEvent): void {
    this.#revoke();
    const partitions = Object.entries(event.payload.memberAssignment)
      .flatMap(([topic, ones]) => ones.map((partition) => ({ topic, partition })))
      .sort((a, b) => a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition);
    const session: Session = { partitions, ready: false, delivered: new Map(), topicIds: new Map() };
    this.#session = session;
    this.#pause(partitions);
    if (partitions.length === 0) {
      session.ready = true;
      this.#connection.warn(noPartition(this.#options));
      this.#options.onAssigned?.([]);
    } else void this.#begin(consumer, session);
  }

  /** Finds where to begin, seeks there, and lets kafkajs fetch. */
  async #begin(consumer: Consumer, session: Session): Promise<void> {
    const { groupId, from, startAt, signal } = this.#options;
    const { admin, warn } = this.#connection;
    const topics = [...new Set(session.partitions.map((one) => one.topic))];
    const over = () => this.#session !== session || this.#leaving.signal.aborted || signal.aborted;
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    while (!over()) {
      try {
        const topicIds = await admin.topicIds(topics);
        const committed = await Promise.all(topics.map((topic) => admin.committed(groupId, topic)));
        const offsets = (await Promise.all(topics.map((topic) => admin.topicOffsets(topic)))).flat();
        if (over()) return;
        const begin = startOffsets({
          ...{ partitions: session.partitions, topicIds, topicIdsBefore: this.#topicIds },
          committed: committed.flat(),
          first: offsets.map((one) => ({ ...one, offset: one.logStartOffset })),
          next: offsets.map((one) => ({ ...one, offset: one.highWatermark })),
        }, { from, warn, ...(startAt && { startAt }) });
        session.topicIds = topicIds;
        for (const [topic, id] of topicIds) this.#topicIds.set(topic, id);
        for (const { topic, partition, offset } of begin) {
          session.delivered.set(partitionKey({ topic, partition }), offset);
          consumer.seek({ topic, partition, offset: String(offset) });
        }
        session.ready = true;
        this.#options.onAssigned?.(session.partitions);
        consumer.resume(grouped(session.partitions));
        return;
      } catch (error) {
        if (over()) return;
        const failure = (error as Error).cause ?? error;
        if (!mayPass(failure) && !hasMoved(failure)) return this.#queue.end(error);
      }
      await backoff.wait(this.#leaving.signal);
    }
  }

  async #onBatch({ batch, heartbeat, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> {
    const session = this.#session;
    const over = () => this.#session !== session || !isRunning() || isStale() || this.#options.signal.aborted;
    if (!session?.ready || over()) return;
    if (!await this.#isSame(session, batch.topic) || over()) return;
    while (!this.#queue.hasRoom) {
      await atMost(this.#queue.room(), this.#heartbeatMs / 2);
      if (over()) return;
      await heartbeat();
      if (over()) return;
    }
    const { topic, partition } = batch;
    const lastOffset = batch.lastOffset();
    this.#queue.push({
      topic,
      topicId: session.topicIds.get(topic) ?? null,
      partition,
      records: recordsOf(batch.messages),
      nextOffset: Number(lastOffset) + 1,
      highWatermark: Number(batch.highWatermark),
    });
    resolveOffset(lastOffset);
  }

  /**
   * Whether what was fetched before this call is of the topic that was assigned: kafkajs names topics, and one that was
   * deleted and made again has the name of the old one. Where it is not, this consumer ends, and the next one begins.
   */
  async #isSame(session: Session, topic: string): Promise<boolean> {
    const before = session.topicIds.get(topic) ?? null;
    if (before === null) return true;
    const now = (await this.#connection.admin.topicIds([topic])).get(topic) ?? null;
    if (now === null || now === before) return true;
    this.#crash(CREATED_AGAIN);
    return false;
  }

  #pause(partitions: readonly TopicPartition[]): void {
    if (partitions.length > 0) this.#consumer?.pause(grouped(partitions));
  }

  #revoke(): void {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    this.#queue.clear();
    if (session.partitions.length > 0) this.#options.onRevoked?.(session.partitions);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    this.#queue.end();
    this.#revoke();
    await this.#running;
  }
}

function hasMoved(error: unknown): boolean {
  return GROUP_MOVED.has(codeOf(error));
}

function grouped(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return [...Map.groupBy(partitions, (one) => one.topic)].map(([topic, ones]) => ({
    topic,
    partitions: ones.map((one) => one.partition),
  }));
}
