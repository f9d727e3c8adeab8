/** Where a member begins to read what it was assigned. */
import type {
  AssignedPartition,
  GroupConsumerOptions,
  ReaderOptions,
  TopicPartition,
  TopicPartitionOffset,
} from "./port.ts";
import { type CommittedOffset, madeAnew, type TopicIds } from "./topic_id.ts";

/** What is known of the assigned partitions. */
export interface KnownOffsets {
  readonly partitions: readonly TopicPartition[];
  readonly committed: readonly CommittedOffset[];
  /** First offsets of the logs. */
  readonly first: readonly TopicPartitionOffset[];
  /** Next offsets of the logs. */
  readonly next: readonly TopicPartitionOffset[];
  /** Of the topics as they are now. */
  readonly topicIds: TopicIds;
  /** Of the topics as this member last read them. */
  readonly topicIdsBefore: TopicIds;
}

/** What the caller wants. */
export interface StartOptions {
  readonly from: "beginning" | "latest";
  readonly startAt?: (assigned: AssignedPartition) => number;
  readonly warn: (message: string) => void;
}

/**
 * The offset to begin at for each partition: the committed one, or what `from` says; then what `startAt` says.
 * A committed offset that the log does not hold is replaced, and said: by the log's first offset when the records
 * were deleted, by `from` when it lies beyond the end. A topic that was deleted and made again begins at its first
 * offset, whatever was committed of the old one.
 */
export function startOffsets(known: KnownOffsets, options: StartOptions): TopicPartitionOffset[] {
  const find = (list: readonly TopicPartitionOffset[], wanted: TopicPartition) =>
    list.find((one) => one.topic === wanted.topic && one.partition === wanted.partition)?.offset;
  const warned = new Set<string>();
  return known.partitions.map(({ topic, partition }) => {
    const logStartOffset = find(known.first, { topic, partition }) ?? 0;
    const end = find(known.next, { topic, partition }) ?? logStartOffset;
    const topicId = known.topicIds.get(topic) ?? null;
    const isAnew = isOfAnother(known, { topic, partition });
    if (isAnew && !warned.has(topic)) options.warn(madeAnew(topic));
    if (isAnew) warned.add(topic);
    const fallback = options.from === "beginning" || isAnew ? logStartOffset : end;
    const committed = isAnew ? undefined : find(known.committed, { topic, partition });
    let startOffset = committed ?? fallback;
    if (startOffset < logStartOffset || startOffset > end) {
      const gone = startOffset < logStartOffset;
      const to = gone ? logStartOffset : fallback;
      const what = gone ? "the records from there are deleted" : `the log ends at ${end}`;
      options.warn(`${topic}-${partition}: committed offset ${startOffset}, but ${what}; going on at ${to}`);
      startOffset = to;
    }
    const assigned = { topic, partition, topicId, startOffset, logStartOffset, highWatermark: end };
    const begin = options.startAt?.(assigned) ?? startOffset;
    return { topic, partition, offset: Math.min(Math.max(begin, logStartOffset), end) };
  });
}

/** The first offsets, or what `startAt` says instead, within the log. */
export function readerOffsets(
  { first, next, topicIds }: Pick<KnownOffsets, "first" | "next" | "topicIds">,
  { from, startAt }: Pick<ReaderOptions, "from" | "startAt">,
): TopicPartitionOffset[] {
  return first.map(({ topic, partition, offset: logStartOffset }) => {
    const end = next.find((one) => one.topic === topic && one.partition === partition)?.offset ??
      logStartOffset;
    const startOffset = from === "latest" ? end : logStartOffset;
    const topicId = topicIds.get(topic) ?? null;
    const assigned = { topic, partition, topicId, startOffset, logStartOffset, highWatermark: end };
    const begin = startAt?.(assigned) ?? startOffset;
    return { topic, partition, offset: Math.min(Math.max(begin, logStartOffset), end) };
  });
}

/** Whether what was committed, or read by this member, is of another topic than the one that has the name now. */
function isOfAnother(known: KnownOffsets, { topic, partition }: TopicPartition): boolean {
  const topicId = known.topicIds.get(topic) ?? null;
  if (topicId === null) return false;
  const committed = known.committed.find((one) => one.topic === topic && one.partition === partition);
  const before = committed?.topicId ?? known.topicIdsBefore.get(topic) ?? null;
  return before !== null && before !== topicId;
}

/** One line for a person: the group's other members have all that there is. */
export function noPartition({ groupId, topics }: Pick<GroupConsumerOptions, "groupId" | "topics">): string {
  return `group "${groupId}": its other members own every partition of ${topics.join(", ")}; waiting for one`;
}
