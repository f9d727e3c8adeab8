/** Reads partitions from their leaders into a queue: one fetch under way per leader, the next when there is room. */
import type { fetchV12 } from "@platformatic/kafka";
import type { ChunkQueue } from "../chunk_queue.ts";
import {
  FETCH_BYTES_MAX,
  FETCH_MAX_WAIT_MS,
  FETCH_PARTITION_BYTES_MAX,
  RETRY_PAUSE_MS_MAX,
  RETRY_PAUSE_MS_MIN,
  UNKNOWN_TOPIC_PATIENCE_MS,
} from "../limits.ts";
import type { TopicPartitionOffset } from "../port.ts";
import { BrokerError, CODE, passesByItself, toKafkaError } from "../protocol_errors.ts";
import { Backoff } from "../wait.ts";
import { APIS } from "./apis.ts";
import { type Cluster, type Lane, mayPass } from "./cluster.ts";
import { knownLeaders, listOffsets } from "./offsets.ts";
import { decodeBatches } from "./record_batch.ts";

/** What a fetcher reads, and where it puts it. */
export interface FetcherOptions {
  readonly cluster: Cluster;
  readonly queue: ChunkQueue;
  /** Where to begin. */
  readonly partitions: readonly TopicPartitionOffset[];
  /** Where to go on when an offset lies beyond the end of the log. */
  readonly from: "beginning" | "latest";
}

interface Position {
  readonly topic: string;
  readonly partition: number;
  offset: number;
  unknownSinceMs: number | null;
}

/** Leaders that were right when it began; `stale` when one is not any more. */
interface Round {
  stale: boolean;
}

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
    this.#positions = options.partitions.map((one) => ({ ...one, unknownSinceMs: null }));
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
    const topics = [...new Set(this.#positions.map((one) => one.topic))];
    try {
      for (const one of await knownLeaders(this.#options.cluster, topics)) {
        leaders.set(`${one.topic} ${one.partition}`, one.leader);
      }
    } catch (error) {
      if (error instanceof BrokerError) this.#positions.forEach((one) => this.#beImpatient(one, error.code));
      throw error;
    }
    const nodes = Map.groupBy(this.#positions, (one) => leaders.get(`${one.topic} ${one.partition}`));
    // Partitions without a leader are looked for again in a moment, while the others are read.
    const round: Round = { stale: nodes.has(undefined) };
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
        const response = await cluster.request(
          connection,
          APIS.fetch,
          FETCH_MAX_WAIT_MS,
          1,
          FETCH_BYTES_MAX,
          1,
          0,
          -1,
          requestTopics(positions),
          [],
          "",
        );
        if (this.#stopped) return;
        if (response.errorCode !== CODE.NONE) throw new BrokerError(response.errorCode);
        for (const topic of response.responses) {
          for (const fetched of topic.partitions) {
            const position = positions.find((one) =>
              one.topic === topic.topicId && one.partition === fetched.partitionIndex
            );
            if (position) await this.#take(position, { fetched, round });
            if (this.#stopped) return;
          }
        }
        positions.push(positions.shift()!); // the one that was first has had the most room in the answer
      } while (!round.stale);
    } catch (error) {
      round.stale = true;
      throw error;
    }
  }

  async #take(
    position: Position,
    { fetched, round }: { fetched: fetchV12.FetchResponsePartition; round: Round },
  ): Promise<void> {
    if (fetched.errorCode === CODE.OFFSET_OUT_OF_RANGE) return await this.#reset(position);
    if (fetched.errorCode !== CODE.NONE) {
      if (!passesByItself(fetched.errorCode)) {
        throw new BrokerError(fetched.errorCode, `${position.topic}-${position.partition}`);
      }
      this.#beImpatient(position, fetched.errorCode);
      round.stale = true;
      return;
    }
    position.unknownSinceMs = null;
    const { records, nextOffset } = decodeBatches({
      batches: fetched.records ?? [],
      aborted: fetched.abortedTransactions ?? [],
      fromOffset: position.offset,
    });
    if (nextOffset === position.offset) return;
    await this.#options.queue.room();
    if (this.#stopped) return;
    position.offset = nextOffset;
    const { topic, partition } = position;
    const highWatermark = Number(fetched.highWatermark);
    this.#options.queue.push({ topic, partition, records, nextOffset, highWatermark });
  }

  /** A topic that stays unknown was deleted. */
  #beImpatient(position: Position, code: number): void {
    if (code !== CODE.UNKNOWN_TOPIC_OR_PARTITION) return;
    position.unknownSinceMs ??= Date.now();
    if (Date.now() - position.unknownSinceMs > UNKNOWN_TOPIC_PATIENCE_MS) {
      throw toKafkaError(new BrokerError(code), `reading ${position.topic}-${position.partition}`);
    }
  }

  /** The offset is gone (deleted by retention) or was never there (the topic was made anew). */
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

function requestTopics(positions: readonly Position[]): fetchV12.FetchRequestTopic[] {
  return [...Map.groupBy(positions, (one) => one.topic)].map(([topicId, partitions]) => ({
    topicId,
    partitions: partitions.map((one) => ({
      partition: one.partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(one.offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: FETCH_PARTITION_BYTES_MAX,
    })),
  }));
}
