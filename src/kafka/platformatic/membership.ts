/** The requests of a classic group member (KIP-394, KIP-62): join, sync, heartbeat, commit, leave. */
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
import { atMost } from "../../runtime/wait.ts";
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
const NO_BYTES = new Uint8Array(0);

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
    const metadata = encodeSubscription(this.#topics);
    const protocols = ASSIGNOR_NAMES.map((name) => ({ name, metadata }));
    const ask = () =>
      this.#cluster.request(connection, APIS.joinGroup, {
        ...{ groupId: this.#groupId, memberId: this.#memberId, groupInstanceId: null },
        ...{ sessionTimeoutMs: this.#sessionTimeoutMs, rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS },
        ...{ protocolType: "consumer", protocols, reason: null },
      });
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
    const synced = await this.#cluster.request(connection, APIS.syncGroup, {
      ...this.#place(joined.generationId),
      ...{ protocolType: "consumer", protocolName: joined.protocolName, assignments },
    });
    throwIfFailed(synced.errorCode);
    const partitions = decodeAssignment(synced.assignment ?? NO_BYTES).filter((one) =>
      this.#topics.includes(one.topic)
    );
    return { generation: joined.generationId, partitions, partitionCount };
  }

  async #assign(members: readonly { memberId: string; metadata: Uint8Array | null }[]): Promise<{
    assignments: { memberId: string; assignment: Uint8Array }[];
    partitionCount: number;
  }> {
    const subscriptions = members.map(({ memberId, metadata }) => ({
      memberId,
      topics: decodeSubscription(metadata ?? NO_BYTES),
    }));
    const partitions = await this.partitionsOf(subscriptions.flatMap((one) => one.topics));
    const dealt = assignRoundRobin(subscriptions, partitions);
    const assignments = [...dealt].map(([memberId, ones]) => ({
      memberId,
      assignment: encodeAssignment(ones),
    }));
    return { assignments, partitionCount: partitions.length };
  }

  /** All partitions of topics, or of this member's own, whether they have a leader just now or not. */
  async partitionsOf(topics: readonly string[] = this.#topics): Promise<readonly TopicPartition[]> {
    return await allLeaders(this.#cluster, [...new Set(topics)]);
  }

  async heartbeat(generation: number): Promise<void> {
    const connection = await this.#connection();
    const answer = await this.#cluster.request(connection, APIS.heartbeat, this.#place(generation));
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
        ...{ partition: one.partition, offset: one.offset, leaderEpoch: -1 },
        metadata: commitMetadata(topicIds.get(name)),
      })),
    }));
    const request = { ...this.#place(generation), retentionTimeMs: -1, topics };
    const answer = await this.#cluster.request(connection, APIS.offsetCommit, request);
    for (const topic of answer.topics) {
      for (const one of topic.partitions) throwIfFailed(one.errorCode, `${topic.name}-${one.partition}`);
    }
  }

  async committed(partitions: readonly TopicPartition[]): Promise<CommittedOffset[]> {
    const connection = await this.#connection();
    return await committedOffsets(this.#cluster, { connection, groupId: this.#groupId, partitions });
  }

  #place(generationId: number) {
    return { groupId: this.#groupId, generationId, memberId: this.#memberId, groupInstanceId: null };
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
        this.#cluster.request(connection, APIS.leaveGroup, {
          ...{ groupId: this.#groupId, memberId: "" },
          members: [{ memberId, groupInstanceId: null, reason: null }],
        })
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
