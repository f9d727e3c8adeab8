/** Where a member begins to read what it was assigned. */
import type { AssignedPartition, TopicPartition, TopicPartitionOffset } from "./port.ts";

/** What is known of the assigned partitions. */
export interface KnownOffsets {
  readonly partitions: readonly TopicPartition[];
  readonly committed: readonly TopicPartitionOffset[];
  /** First offsets of the logs. */
  readonly first: readonly TopicPartitionOffset[];
  /** Next offsets of the logs. */
  readonly next: readonly TopicPartitionOffset[];
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
 * were deleted, by `from` when it lies beyond the end (the topic was made anew).
 */
export function startOffsets(known: KnownOffsets, options: StartOptions): TopicPartitionOffset[] {
  const find = (list: readonly TopicPartitionOffset[], wanted: TopicPartition) =>
    list.find((one) => one.topic === wanted.topic && one.partition === wanted.partition)?.offset;
  return known.partitions.map(({ topic, partition }) => {
    const logStartOffset = find(known.first, { topic, partition }) ?? 0;
    const end = find(known.next, { topic, partition }) ?? logStartOffset;
    const fallback = options.from === "beginning" ? logStartOffset : end;
    const committed = find(known.committed, { topic, partition });
    let startOffset = committed ?? fallback;
    if (startOffset < logStartOffset || startOffset > end) {
      const gone = startOffset < logStartOffset;
      const to = gone ? logStartOffset : fallback;
      const what = gone ? "the records from there are deleted" : `the log ends at ${end}`;
      options.warn(`${topic}-${partition}: committed offset ${startOffset}, but ${what}; going on at ${to}`);
      startOffset = to;
    }
    const begin = options.startAt?.({ topic, partition, startOffset, logStartOffset }) ?? startOffset;
    return { topic, partition, offset: Math.min(Math.max(begin, logStartOffset), end) };
  });
}
