/** How far a sink is with one topic, and which incarnation of the topic it copies. Pure. */
import type { AssignedPartition, RecordChunk } from "../../kafka/port.ts";
import type { StoredOffset } from "../store.ts";

/** What is known of one topic. */
export class TopicProgress {
  readonly #topic: string;
  #topicId: string | null = null;
  #incarnation = 0;
  readonly #offsets = new Map<number, number>();
  /** Where partitions ended when that was known last. */
  readonly #ends = new Map<number, number>();
  /** The log is shorter than what was copied of it, and no id says why. */
  #isShorter = false;

  /** @param stored of all topics */
  constructor(topic: string, stored: readonly StoredOffset[]) {
    this.#topic = topic;
    const own = stored.filter((one) => one.topic === topic);
    this.#incarnation = Math.max(0, ...own.map(({ incarnation }) => incarnation));
    for (const { incarnation, topicId, partition, offset } of own) {
      // Of an earlier incarnation: a partition that has not come since.
      if (incarnation < this.#incarnation) continue;
      this.#topicId = topicId;
      this.#offsets.set(partition, offset);
    }
  }

  /** How often the topic was made again. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** Records that are known to be there and are not copied. */
  get lag(): number {
    return this.#ends.entries().reduce(
      (sum, [partition, end]) => sum + Math.max(0, end - (this.#offsets.get(partition) ?? 0)),
      0,
    );
  }

  /** For the reader: where a partition begins. */
  readonly startAt = (
    { partition, topicId = null, logStartOffset, highWatermark }: AssignedPartition,
  ): number => {
    this.#ends.set(partition, highWatermark);
    const offset = this.#offsets.get(partition) ?? logStartOffset;
    // Brokers before Kafka 2.8 give topics no ids.
    this.#isShorter ||= topicId === null && highWatermark < offset;
    return this.#isShorter || this.#isOfAnother(topicId) ? logStartOffset : offset;
  };

  /** A chunk has come. @returns whether the topic is another one by now: everything begins anew */
  begin({ topicId = null, partition, highWatermark }: Omit<RecordChunk, "records">): boolean {
    const isAnew = this.#isShorter || this.#isOfAnother(topicId);
    if (isAnew) {
      this.#incarnation++;
      this.#offsets.clear();
      this.#ends.clear();
      this.#isShorter = false;
    }
    this.#topicId = topicId ?? this.#topicId;
    this.#ends.set(partition, highWatermark);
    return isAnew;
  }

  /** What to note when everything before `offset` is written. */
  noteOf(partition: number, offset: number): StoredOffset {
    const { incarnation } = this;
    return { topic: this.#topic, topicId: this.#topicId, incarnation, partition, offset };
  }

  /** Everything before `offset` is written. */
  written(partition: number, offset: number): void {
    this.#offsets.set(partition, offset);
  }

  #isOfAnother(topicId: string | null): boolean {
    return topicId !== null && this.#topicId !== null && topicId !== this.#topicId;
  }
}
