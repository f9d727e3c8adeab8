/** The requests of a classic group member (KIP-394, KIP-62): join, sync, heartbeat, commit, leave. */
import { Buffer } from "node:buffer";
import type { Connection } from "@platformatic/kafka";
import type { Address } from "../bootstrap.ts";
import {
  ASSIGNOR_NAMES,
  assignRoundRobin,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../wire/consumer_protocol.ts";
import { CLOSE_TIMEOUT_MS, REBALANCE_TIMEOUT_MS } from "../limits.ts";
import type { TopicPartition, TopicPartitionOffset } from "../port.ts";
import { throwIfFailed } from "../protocol_errors.ts";
import { commitMetadata, type CommittedOffset, type TopicIds } from "../topic_id.ts";
import { atMost } from "../wait.ts";
import { APIS } from "./apis.ts";
import type { Cluster, Lane } from "./cluster.ts";
import { allLeaders, committedOffsets, findCoordinator } from "./offsets.ts";
import { ErrorCode } from "../../wire/error_code.ts";

/** A place in a group. */
export interface Membership {
  readonly generation: number;
  readonly partitions: readonly TopicPartition[];
  /** As the leader of the group: how many partitions there were to assign; otherwise `null`. */
  readonly partitionCount: number | null;
}

let lanes = 0;

/** One member's requests to its coordinator. Failures are thrown as they come; who calls decides what they mean. */
export class Member {
  readonly #cluster: Cluster;
  readonly #groupId: string;
  readonly #topics: readonly string[];
  readonly #sessionTimeoutMs: number;
  readonly #lane: Lane = `group-${++lanes}`;
  #coordinator: Address | null = null;
  #memberId = "";

  constructor(
    cluster: Cluster,
    options: { groupId: string; topics: readonly string[]; sessionTimeoutMs: number },
  ) {
    this.#cluster = cluster;
    this.#groupId = options.groupId;
    this.#topics = options.topics;
    this.#sessionTimeoutMs = options.sessionTimeoutMs;
  }

  /** Joins, and waits for the partitions that the group's leader assigns. */
  async join(): Promise<Membership> {
    const connection = await this.#connection();
    const metadata = Buffer.from(encodeSubscription(this.#topics));
    const protocols = ASSIGNOR_NAMES.map((name) => ({ name, metadata }));
    const ask = () =>
      this.#cluster.request(
        connection,
        APIS.joinGroup,
        this.#groupId,
        this.#sessionTimeoutMs,
        REBALANCE_TIMEOUT_MS,
        this.#memberId,
        null,
        "consumer",
        protocols,
        null,
      );
    let joined = await ask();
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = joined.memberId;
      joined = await ask();
    }
    throwIfFailed(joined.errorCode);
    this.#memberId = joined.memberId;
    const leads = joined.leader === joined.memberId;
    const { assignments, partitionCount } = leads
      ? await this.#assign(joined.members)
      : { assignments: [], partitionCount: null };
    const synced = await this.#cluster.request(
      connection,
      APIS.syncGroup,
      this.#groupId,
      joined.generationId,
      this.#memberId,
      null,
      "consumer",
      joined.protocolName,
      assignments,
    );
    throwIfFailed(synced.errorCode);
    const partitions = decodeAssignment(synced.assignment).filter((one) => this.#topics.includes(one.topic));
    return { generation: joined.generationId, partitions, partitionCount };
  }

  async #assign(members: readonly { memberId: string; metadata: Uint8Array }[]): Promise<{
    assignments: { memberId: string; assignment: Buffer }[];
    partitionCount: number;
  }> {
    const subscriptions = members.map(({ memberId, metadata }) => ({
      memberId,
      topics: decodeSubscription(metadata),
    }));
    const partitions = await this.partitionsOf(subscriptions.flatMap((one) => one.topics));
    const dealt = assignRoundRobin(subscriptions, partitions);
    const assignments = [...dealt].map(([memberId, ones]) => ({
      memberId,
      assignment: Buffer.from(encodeAssignment(ones)),
    }));
    return { assignments, partitionCount: partitions.length };
  }

  /** All partitions of topics, or of this member's own, whether they have a leader just now or not. */
  async partitionsOf(topics: readonly string[] = this.#topics): Promise<readonly TopicPartition[]> {
    return await allLeaders(this.#cluster, [...new Set(topics)]);
  }

  async heartbeat(generation: number): Promise<void> {
    const connection = await this.#connection();
    const answer = await this.#cluster.request(
      connection,
      APIS.heartbeat,
      this.#groupId,
      generation,
      this.#memberId,
      null,
    );
    throwIfFailed(answer.errorCode);
  }

  /** Commits offsets. @throws BrokerError with the first code that is not 0. */
  async commit(
    generation: number,
    { offsets, topicIds }: { readonly offsets: readonly TopicPartitionOffset[]; readonly topicIds: TopicIds },
  ): Promise<void> {
    const connection = await this.#connection();
    const topics = [...Map.groupBy(offsets, (one) => one.topic)].map(([name, ones]) => ({
      name,
      partitions: ones.map((one) => ({
        partitionIndex: one.partition,
        committedOffset: BigInt(one.offset),
        committedLeaderEpoch: -1,
        committedMetadata: commitMetadata(topicIds.get(name)),
      })),
    }));
    const answer = await this.#cluster.request(
      connection,
      APIS.offsetCommit,
      this.#groupId,
      generation,
      this.#memberId,
      null,
      topics,
    );
    for (const topic of answer.topics) {
      for (const one of topic.partitions) throwIfFailed(one.errorCode, `${topic.name}-${one.partitionIndex}`);
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const connection = await this.#connection();
    return await committedOffsets(this.#cluster, { connection, groupId: this.#groupId, partitions });
  }

  /** The next request asks again where the coordinator is. */
  forgetCoordinator(): void {
    this.#coordinator = null;
  }

  /** The coordinator does not know this member (any more): it joins as a new one. */
  forgetMember(): void {
    this.#memberId = "";
  }

  /** Leaves, as far as the coordinator can be reached in a moment, and closes the connection. */
  async leave(): Promise<void> {
    const memberId = this.#memberId;
    this.#memberId = "";
    if (memberId !== "" && this.#coordinator !== null) {
      const route = { address: this.#coordinator, lane: "main" } as const;
      const left = this.#cluster.connection(route).then((connection) =>
        this.#cluster.request(connection, APIS.leaveGroup, this.#groupId, [{ memberId }])
      );
      await atMost(left.catch(() => undefined), CLOSE_TIMEOUT_MS); // unreachable: the session runs out by itself
    }
    await this.#cluster.closeLane(this.#lane);
  }

  async #connection(): Promise<Connection> {
    this.#coordinator ??= await findCoordinator(this.#cluster, this.#groupId);
    const timeoutMs = REBALANCE_TIMEOUT_MS + this.#sessionTimeoutMs;
    return await this.#cluster.connection({ address: this.#coordinator, lane: this.#lane, timeoutMs });
  }
}
