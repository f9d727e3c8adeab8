/** Reads partitions from their leaders into a queue: one fetch under way per leader, the next when there is room. */
import type { RequestOf, ResponseOf } from "../../wire/schema.ts";
import type { fetchApi } from "../../wire/api/records.ts";
import type { ChunkQueue } from "../chunk_queue.ts";
import { decodeFetched } from "../fetched_batches.ts";
import { READ_COMMITTED } from "../inspected.ts";
import {
  FETCH_BYTES_MAX,
  FETCH_FAILURE_PATIENCE_MS,
  FETCH_MAX_WAIT_MS,
  FETCH_PARTITION_BYTES_MAX,
  RETRY_PAUSE_MS_MAX,
  RETRY_PAUSE_MS_MIN,
  TOPIC_ID_AGE_MS_MAX,
  UNKNOWN_TOPIC_PATIENCE_MS,
} from "../limits.ts";
import { partitionKey, type TopicPartitionOffset } from "../port.ts";
import { BrokerError, toKafkaError } from "../protocol_errors.ts";
import type { TopicIds } from "../topic_id.ts";
import { Backoff } from "../../runtime/wait.ts";
import { APIS } from "./apis.ts";
import type { Cluster, Lane } from "./cluster.ts";
import { NO_UUID } from "../../wire/schema.ts";
import { knownLeaders, listOffsets } from "./offsets.ts";
import { ErrorCode, errorName, isRetriable } from "../../wire/error_code.ts";
import { mayPass } from "./failure.ts";

/** What a fetcher reads, and where it puts it. */
export interface FetcherOptions {
  readonly cluster: Cluster;
  readonly queue: ChunkQueue;
  /** Where to begin. */
  readonly partitions: readonly TopicPartitionOffset[];
  /** Of the topics that the offsets are of. */
  readonly topicIds: TopicIds;
  /** Where to go on when an offset lies beyond the end of the log. */
  readonly from: "beginning" | "latest";
  /** A topic was deleted and made again: nothing more is read, or the new one from its beginning. */
  readonly onMadeAnew: (topic: string) => "stop" | "begin";
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  topicId: string | null;
  offset: number;
  unknownSinceMs: number | null;
  /** Since when every answer was an error; `Infinity` once that was said. */
  failedSinceMs: number | null;
}

/** Leaders and topics that were right when it began; `stale` when one is not any more. */
interface Round {
  stale: boolean;
  /** Fetches name topics, and a topic may be made again: ask so often. */
  readonly untilMs: number;
}

type FetchedPartition = ResponseOf<typeof fetchApi>["responses"][number]["partitions"][number];

let lanes = 0;

/** Reads until it is stopped. A failure that does not pass ends the queue. */
export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #positions: Position[];
  readonly #lane: Lane = `fetch-${++lanes}`;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#positions = options.partitions.map((one) => ({
      ...one,
      topicId: options.topicIds.get(one.topic) ?? null,
      unknownSinceMs: null,
      failedSinceMs: null,
    }));
    this.#running = this.#run();
  }

  /** Nothing is put into the queue after this has been called; resolves when connections are closed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#options.cluster.closeLane(this.#lane);
    await this.#running;
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(): Promise<void> {
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    while (!this.#stopped) {
      const before = this.#positions.map((one) => one.offset).join();
      try {
        await this.#round();
      } catch (error) {
        if (this.#stopped) return;
        if (!mayPass(error)) {
          const topics = [...new Set(this.#positions.map((one) => one.topic))].join(", ");
          return this.#options.queue.end(toKafkaError(error, `reading ${topics}`));
        }
      }
      if (this.#positions.map((one) => one.offset).join() !== before) backoff.reset();
      await backoff.wait(this.#stop.signal);
    }
  }

  /** Looks up the leaders and reads from each until one of them is the leader no longer. */
  async #round(): Promise<void> {
    const leaders = new Map<string, number>();
    const ids = new Map<string, string | null>();
    const topics = [...new Set(this.#positions.map((one) => one.topic))];
    try {
      for (const one of await knownLeaders(this.#options.cluster, topics)) {
        leaders.set(partitionKey(one), one.leader);
        ids.set(one.topic, one.topicId);
      }
    } catch (error) {
      if (error instanceof BrokerError) this.#positions.forEach((one) => this.#beImpatient(one, error.code));
      throw error;
    }
    await this.#compareIds(ids);
    if (this.#stopped) return;
    const nodes = Map.groupBy(this.#positions, (one) => leaders.get(partitionKey(one)));
    // Partitions without a leader are looked for again in a moment, while the others are read.
    const round: Round = {
      stale: nodes.has(undefined),
      untilMs: this.#byId ? Infinity : Date.now() + TOPIC_ID_AGE_MS_MAX,
    };
    nodes.delete(undefined);
    const reading = [...nodes].map(([node, positions]) => this.#readNode(node!, { positions, round }));
    const failed = (await Promise.allSettled(reading)).find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
  }

  async #readNode(
    node: number,
    { positions, round }: { positions: Position[]; round: Round },
  ): Promise<void> {
    const { cluster } = this.#options;
    try {
      const connection = await cluster.node(node, this.#lane);
      do {
        const byId = this.#byId;
        const request = requestOf(positions);
        const response = await cluster.request(connection, byId ? APIS.fetch : APIS.fetchByName, request);
        if (this.#stopped) return;
        if (response.errorCode !== ErrorCode.NONE) throw new BrokerError(response.errorCode);
        for (const topic of response.responses) {
          for (const fetched of topic.partitions) {
            const position = positions.find((one) =>
              one.partition === fetched.partition &&
              (byId ? one.topicId === topic.topicId : one.topic === topic.topic)
            );
            if (position) await this.#take(position, { fetched, round });
            if (this.#stopped) return;
          }
        }
        positions.push(positions.shift()!); // the one that was first has had the most room in the answer
      } while (!round.stale && Date.now() < round.untilMs);
    } catch (error) {
      round.stale = true;
      throw error;
    }
  }

  async #take(
    position: Position,
    { fetched, round }: { fetched: FetchedPartition; round: Round },
  ): Promise<void> {
    if (fetched.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return await this.#reset(position);
    if (fetched.errorCode !== ErrorCode.NONE) {
      if (!isRetriable(fetched.errorCode)) {
        throw new BrokerError(fetched.errorCode, `${position.topic}-${position.partition}`);
      }
      this.#beImpatient(position, fetched.errorCode);
      this.#sayFailure(position, fetched.errorCode);
      round.stale = true;
      return;
    }
    position.unknownSinceMs = null;
    position.failedSinceMs = null;
    const { highWatermark, abortedTransactions } = fetched;
    const { records, nextOffset } = decodeFetched({
      ...{ bytes: fetched.records?.[0] ?? NO_BYTES, aborted: abortedTransactions ?? [] },
      ...{ fromOffset: position.offset, highWatermark },
    });
    if (nextOffset === position.offset) return;
    await this.#options.queue.room();
    if (this.#stopped) return;
    position.offset = nextOffset;
    const { topic, topicId, partition } = position;
    this.#options.queue.push({ topic, topicId, partition, records, nextOffset, highWatermark });
  }

  /** Fetches may name topics by their ids: one that was made again is not taken for the old one. */
  get #byId(): boolean {
    return this.#options.cluster.knows(APIS.fetch) && this.#positions.every((one) => one.topicId !== null);
  }

  /** A topic with another id than before was deleted and made again. */
  async #compareIds(ids: TopicIds): Promise<void> {
    for (const [topic, id] of ids) {
      const positions = this.#positions.filter((one) => one.topic === topic);
      const isAnew = id !== null && positions.some((one) => one.topicId !== null && one.topicId !== id);
      if (isAnew && this.#options.onMadeAnew(topic) === "stop") return this.#stop.abort();
      if (!isAnew) continue;
      const { cluster } = this.#options;
      const wanted = { partitions: positions, at: -2, signal: this.#stop.signal } as const;
      const first = await listOffsets(cluster, wanted);
      for (const position of positions) {
        position.topicId = id;
        position.offset = first.find((one) => one.partition === position.partition)?.offset ?? 0;
      }
    }
  }

  /** Leaders that move are nothing to say; an answer that stays is, once. */
  #sayFailure(position: Position, code: number): void {
    position.failedSinceMs ??= Date.now();
    if (Date.now() - position.failedSinceMs < FETCH_FAILURE_PATIENCE_MS) return;
    position.failedSinceMs = Infinity;
    const { topic, partition, offset } = position;
    this.#options.cluster.warn(
      `reading ${topic}-${partition} from offset ${offset}: ${errorName(code)}; trying again`,
    );
  }

  /** A topic that stays unknown was deleted. */
  #beImpatient(position: Position, code: number): void {
    if (code !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && code !== ErrorCode.UNKNOWN_TOPIC_ID) return;
    position.unknownSinceMs ??= Date.now();
    if (Date.now() - position.unknownSinceMs > UNKNOWN_TOPIC_PATIENCE_MS) {
      throw toKafkaError(new BrokerError(code), `reading ${position.topic}-${position.partition}`);
    }
  }

  /** The offset is gone (deleted by retention) or was never there (the topic was created again). */
  async #reset(position: Position): Promise<void> {
    const { cluster, from } = this.#options;
    const partitions = [position];
    const [[first], [next]] = await Promise.all([
      listOffsets(cluster, { partitions, at: -2, signal: this.#stop.signal }),
      listOffsets(cluster, { partitions, at: -1, signal: this.#stop.signal }),
    ]);
    if (first === undefined || next === undefined || this.#stopped) return;
    const gone = position.offset < first.offset;
    const to = gone || from === "beginning" ? first.offset : next.offset;
    cluster.warn(
      `${position.topic}-${position.partition}: offset ${position.offset} is ` +
        `${gone ? "deleted" : "beyond the end"} (the log holds ${first.offset} to ${next.offset}); ` +
        `going on at ${to}`,
    );
    position.offset = to;
  }
}

const NO_BYTES = new Uint8Array(0);

function requestOf(positions: readonly Position[]): RequestOf<typeof fetchApi> {
  return {
    ...{ replicaId: -1, maxWaitMs: FETCH_MAX_WAIT_MS, minBytes: 1, maxBytes: FETCH_BYTES_MAX },
    ...{ isolationLevel: READ_COMMITTED, sessionId: 0, sessionEpoch: -1, forgottenTopics: [], rackId: "" },
    topics: [...Map.groupBy(positions, (one) => one.topic)].map(([topic, partitions]) => ({
      topic,
      topicId: partitions[0]!.topicId ?? NO_UUID,
      partitions: partitions.map((one) => ({
        ...{ partition: one.partition, currentLeaderEpoch: -1, fetchOffset: one.offset },
        ...{ lastFetchedEpoch: -1, logStartOffset: -1, partitionMaxBytes: FETCH_PARTITION_BYTES_MAX },
      })),
    })),
  };
}
