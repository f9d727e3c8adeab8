/** A member of a consumer group: stays in it, reads what it is assigned, commits what the caller is done with. */
import { ChunkQueue } from "../chunk_queue.ts";
import {
  CHUNKS_AHEAD_MAX,
  HEARTBEAT_INTERVAL_MS_MAX,
  METADATA_AGE_MS_MAX,
  RETRY_PAUSE_MS_MAX,
  RETRY_PAUSE_MS_MIN,
  SESSION_TIMEOUT_MS,
} from "../limits.ts";
import {
  type GroupConsumer,
  type GroupConsumerOptions,
  partitionKey,
  type RecordChunk,
  type TopicPartition,
  type TopicPartitionOffset,
} from "../port.ts";
import { BrokerError, GROUP_MOVED, reasonOf, toKafkaError } from "../protocol_errors.ts";
import { noPartition, startOffsets } from "../start_offsets.ts";
import type { TopicIds } from "../topic_id.ts";
import { Backoff, pause } from "../../runtime/wait.ts";
import type { Cluster } from "./cluster.ts";
import { Fetcher } from "./fetcher.ts";
import { Member, type Membership } from "./membership.ts";
import { listOffsets, topicIds } from "./offsets.ts";
import { ErrorCode } from "../../wire/error_code.ts";
import { mayPass, retry } from "./failure.ts";

/** How long a member may be outside its group before that is reported. */
const OUTSIDE_PATIENCE_MS = 3_000;

/** How often that is reported again. */
const REPORT_AGAIN_MS = 30_000;

/** The time between one assignment and the next rebalance. */
interface Session extends Membership {
  readonly fetcher: Fetcher;
  /** Up to where the caller has been given the records of each partition: at first, where it begins. */
  readonly delivered: Map<string, number>;
  readonly topicIds: TopicIds;
  /** Aborted when the group is known to rebalance. */
  readonly over: AbortController;
}

/** See {@linkcode GroupConsumer}. */
export class PlatformaticGroupConsumer implements GroupConsumer {
  readonly #cluster: Cluster;
  readonly #options: GroupConsumerOptions;
  readonly #member: Member;
  readonly #sessionTimeoutMs: number;
  readonly #queue = new ChunkQueue(CHUNKS_AHEAD_MAX);
  readonly #leaving = new AbortController();
  /** Of the topics as they were last read. */
  readonly #topicIds = new Map<string, string | null>();
  #session: Session | null = null;
  #running: Promise<void> | null = null;

  constructor(cluster: Cluster, options: GroupConsumerOptions) {
    this.#cluster = cluster;
    this.#options = options;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS;
    const { groupId, topics } = options;
    this.#member = new Member(cluster, { groupId, topics, sessionTimeoutMs: this.#sessionTimeoutMs });
  }

  assignment(): readonly TopicPartition[] {
    return this.#session?.partitions ?? [];
  }

  async *chunks(): AsyncGenerator<RecordChunk> {
    const { signal } = this.#options;
    if (signal.aborted) return;
    this.#running ??= this.#run();
    // The membership goes on after the abort, until the end: the caller still commits what it has in hand.
    yield* this.#queue.chunks(signal, {
      onAbort: () => void this.#session?.fetcher.stop(),
      onChunk: (chunk) => this.#session?.delivered.set(partitionKey(chunk), chunk.nextOffset),
    });
  }

  async commit(offsets: readonly TopicPartitionOffset[]): Promise<boolean> {
    const session = this.#session;
    if (offsets.length === 0) return session !== null;
    const lost = () => session === null || session !== this.#session || session.over.signal.aborted;
    // What was given out before the last rebalance is not this assignment's to commit.
    const stale = offsets.some((one) => (session?.delivered.get(partitionKey(one)) ?? -1) < one.offset);
    if (lost() || stale) return false;
    const what = `committing offsets of group "${this.#options.groupId}"`;
    try {
      await retry({ timeoutMs: this.#sessionTimeoutMs, what }, async () => {
        if (lost()) throw new BrokerError(ErrorCode.ILLEGAL_GENERATION);
        try {
          await this.#member.commit(session!.generation, { offsets, topicIds: session!.topicIds });
        } catch (error) {
          if (mayPass(error)) this.#member.forgetCoordinator();
          throw error;
        }
      });
      return true;
    } catch (error) {
      if (lost()) return false;
      const cause = (error as Error).cause;
      const moved = cause instanceof BrokerError && GROUP_MOVED.has(cause.code);
      if (!moved && !mayPass(error)) throw error;
      session!.over.abort(); // heartbeats end, and the member joins again
      return false;
    }
  }

  /** Joins, stays, joins again… until the end. */
  async #run(): Promise<void> {
    const { groupId, signal } = this.#options;
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    let reportAtMs = Date.now() + OUTSIDE_PATIENCE_MS;
    while (!this.#leaving.signal.aborted && !signal.aborted) {
      try {
        const membership = await this.#member.join();
        this.#session = await this.#begin(membership);
        if (this.#session === null) break;
        if (membership.partitions.length === 0) this.#cluster.warn(noPartition(this.#options));
        this.#options.onAssigned?.(membership.partitions);
        reportAtMs = Infinity;
        await this.#stay(this.#session);
        backoff.reset();
        continue;
      } catch (error) {
        const code = error instanceof BrokerError ? error.code : ErrorCode.NONE;
        if (this.#leaving.signal.aborted) break;
        if (code === ErrorCode.UNKNOWN_MEMBER_ID) this.#member.forgetMember();
        if (!GROUP_MOVED.has(code)) {
          this.#member.forgetCoordinator();
          if (!mayPass(error)) {
            this.#queue.end(toKafkaError(error, `reading as a member of group "${groupId}"`));
            break;
          }
          // A coordinator that is just being made, or moves, is nothing to report unless it takes long.
          reportAtMs = Math.min(reportAtMs, Date.now() + OUTSIDE_PATIENCE_MS);
          if (Date.now() >= reportAtMs) {
            reportAtMs = Date.now() + REPORT_AGAIN_MS;
            this.#cluster.warn(`group "${groupId}": ${reasonOf(error)}; joining again`);
          }
        }
      } finally {
        await this.#revoke();
      }
      await backoff.wait(this.#leaving.signal);
    }
  }

  /** Finds where to begin and starts to read; `null` when it has been aborted meanwhile. */
  async #begin(membership: Membership): Promise<Session | null> {
    const { partitions } = membership;
    const { from, startAt, signal } = this.#options;
    const topics = [...new Set(partitions.map((one) => one.topic))];
    // The ids first: offsets of a topic that is made again meanwhile are found to be of another one, by the fetches.
    const ids: TopicIds = topics.length === 0 ? new Map() : await topicIds(this.#cluster, topics);
    const [committed, first, next] = partitions.length === 0 ? [[], [], []] : await Promise.all([
      this.#member.committed(partitions),
      listOffsets(this.#cluster, { partitions, at: -2, signal: this.#leaving.signal }),
      listOffsets(this.#cluster, { partitions, at: -1, signal: this.#leaving.signal }),
    ]);
    if (this.#leaving.signal.aborted || signal.aborted) return null;
    const warn = (message: string) => this.#cluster.warn(message);
    const begin = startOffsets({
      ...{ partitions, committed, first, next },
      ...{ topicIds: ids, topicIdsBefore: this.#topicIds },
    }, { from, warn, ...(startAt && { startAt }) });
    for (const [topic, id] of ids) this.#topicIds.set(topic, id);
    const over = new AbortController();
    const fetcher = new Fetcher({
      ...{ cluster: this.#cluster, queue: this.#queue, partitions: begin, topicIds: ids, from },
      onMadeAnew: () => {
        over.abort(); // the member joins again, and begins with the new topic
        return "stop";
      },
    });
    const delivered = new Map(begin.map((one) => [partitionKey(one), one.offset]));
    return { ...membership, fetcher, delivered, topicIds: ids, over };
  }

  /** Heartbeats until the group rebalances (returns), the coordinator is lost for a session's time (throws), or leaving. */
  async #stay(session: Session): Promise<void> {
    const intervalMs = Math.min(HEARTBEAT_INTERVAL_MS_MAX, this.#sessionTimeoutMs / 10);
    const wake = AbortSignal.any([this.#leaving.signal, session.over.signal]);
    const backoff = new Backoff(RETRY_PAUSE_MS_MIN, RETRY_PAUSE_MS_MAX);
    let heardMs = Date.now();
    let countedMs = Date.now();
    for (;;) {
      await pause(intervalMs, wake);
      if (wake.aborted) return;
      try {
        await this.#member.heartbeat(session.generation);
        heardMs = Date.now();
        backoff.reset();
      } catch (error) {
        const code = error instanceof BrokerError ? error.code : ErrorCode.NONE;
        if (code === ErrorCode.REBALANCE_IN_PROGRESS) return;
        if (!mayPass(error) || Date.now() - heardMs > this.#sessionTimeoutMs) throw error;
        this.#member.forgetCoordinator();
        await backoff.wait(wake);
      }
      if (session.partitionCount !== null && Date.now() - countedMs > METADATA_AGE_MS_MAX) {
        countedMs = Date.now();
        if ((await this.#member.partitionsOf()).length > session.partitionCount) return;
      }
    }
  }

  async #revoke(): Promise<void> {
    const session = this.#session;
    if (session === null) return;
    this.#session = null;
    this.#queue.clear();
    const stopped = session.fetcher.stop();
    this.#options.onRevoked?.(session.partitions);
    await stopped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort();
    this.#queue.end();
    const revoked = this.#revoke();
    await this.#member.leave();
    await Promise.all([revoked, this.#running]);
  }
}
