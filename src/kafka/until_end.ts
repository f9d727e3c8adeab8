/** Reading up to where partitions ended when it began. */
import type { RecordChunk, TopicPartition, TopicPartitionOffset } from "./port.ts";

/** What is still to come of each partition. */
export class UntilEnd {
  readonly #ends = new Map<string, number>();

  constructor(begin: readonly TopicPartitionOffset[], end: readonly TopicPartitionOffset[]) {
    for (const one of end) this.#ends.set(keyOf(one), one.offset);
    for (const one of begin) this.#pass(one, one.offset);
  }

  /** Everything has been read. */
  get done(): boolean {
    return this.#ends.size === 0;
  }

  /** The chunk without what was appended since the beginning; `null` when all of it was. */
  cut(chunk: RecordChunk): RecordChunk | null {
    const end = this.#ends.get(keyOf(chunk));
    if (end === undefined) return null;
    this.#pass(chunk, chunk.nextOffset);
    if (chunk.nextOffset <= end) return chunk;
    return { ...chunk, records: chunk.records.filter((one) => one.offset < end), nextOffset: end };
  }

  #pass(partition: TopicPartition, offset: number): void {
    const key = keyOf(partition);
    if (offset >= (this.#ends.get(key) ?? 0)) this.#ends.delete(key);
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}
