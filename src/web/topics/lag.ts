/** How far groups are behind: their commits beside the ends of partitions. */
import type { GroupDescription, InspectedTopic } from "../../kafka/inspection_port.ts";
import { partitionKey, type PartitionOffsets, type TopicPartition } from "../../kafka/port.ts";
import type { CommittedOffset } from "../../kafka/topic_id.ts";
import type { GroupDetail } from "./schemas.ts";

type GroupPartition = GroupDetail["topics"][number]["partitions"][number];

/** A group with what it has committed. */
export interface KnownGroup {
  readonly description: GroupDescription;
  readonly committed: readonly CommittedOffset[];
}

/** A group of which nothing but commits is known. */
export function emptyGroup(groupId: string): GroupDescription {
  return { groupId, state: "Empty", protocolType: "consumer", assignor: "", members: [] };
}

/** As it is answered: the topic stands around it. */
export function partitionOf(
  { topic: _, ...rest }: GroupPartition & { readonly topic: string },
): GroupPartition {
  return rest;
}

/** The ends of partitions by their keys. */
export function endsOf(offsets: readonly PartitionOffsets[]): Map<string, number> {
  return new Map(offsets.map((one) => [partitionKey(one), one.highWatermark]));
}

/** Every partition that a group has committed or has a member for, once. */
export function partitionsOf({ description, committed }: KnownGroup): TopicPartition[] {
  const all = [...committed, ...description.members.flatMap(({ partitions }) => partitions)];
  return [
    ...new Map(all.map(({ topic, partition }) => [partitionKey({ topic, partition }), { topic, partition }]))
      .values(),
  ];
}

/** How far a group is behind in these partitions. A commit of a topic that was deleted since says nothing. */
export function lagOf(
  { description, committed }: KnownGroup,
  { wanted, topics, ends }: {
    readonly wanted: readonly TopicPartition[];
    readonly topics: ReadonlyMap<string, InspectedTopic>;
    readonly ends: ReadonlyMap<string, number>;
  },
): (GroupPartition & { topic: string })[] {
  const offsets = new Map(committed.map((one) => [partitionKey(one), one]));
  const owners = new Map(
    description.members.flatMap(({ memberId, partitions }) =>
      partitions.map((one) => [partitionKey(one), memberId] as const)
    ),
  );
  return wanted.map(({ topic, partition }) => {
    const key = partitionKey({ topic, partition });
    const commit = offsets.get(key);
    const topicId = topics.get(topic)?.topicId ?? null;
    const isOld = commit !== undefined && commit.topicId !== null && topicId !== null &&
      commit.topicId !== topicId;
    const committedOffset = commit === undefined || isOld ? null : commit.offset;
    const endOffset = ends.get(key) ?? null;
    const lag = committedOffset === null || endOffset === null
      ? null
      : Math.max(0, endOffset - committedOffset);
    return { topic, partition, committedOffset, endOffset, lag, memberId: owners.get(key) ?? null };
  });
}

/** Of the partitions whose lag is known; `null`: of none. */
export function sumOf(rows: readonly { readonly lag: number | null }[]): number | null {
  const known = rows.flatMap(({ lag }) => lag ?? []);
  return known.length === 0 ? null : known.reduce((sum, lag) => sum + lag, 0);
}
