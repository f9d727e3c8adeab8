/** Reading up to where partitions ended when it began. */
import { partitionKey, type RecordChunk, type TopicPartition, type TopicPartitionOffset } from "./port.ts";

/** What is still to come of each partition. */
export class UntilEnd {
  readonly #ends = new Map<string, number>();

  constructor(begin: readonly TopicPartitionOffset[], end: readonly TopicPartitionOffset[]) {
    for (const one of end) this.#ends.set(partitionKey(one), one.offset);
    for (const one of begin) this.#pass(one, one.offset);
  }

  /** Everything has been read. */
  get done(): boolean {
    return this.#ends.size === 0;
  }

  /** The chunk without what was appended since the beginning; `null` when all of it was. */
  cut(chunk: RecordChunk): RecordChunk | null {
    const end = this.#ends.get(partitionKey(chunk));
    if (end === undefined) return null;
    this.#pass(chunk, chunk.nextOffset);
    if (chunk.nextOffset <= end) return chunk;
    return { ...chunk, records: chunk.records.filter((one) => one.offset < end), nextOffset: end };
  }

  #pass(partition: TopicPartition, offset: number): void {
    const key = partitionKey(partition);
    if (offset >= (this.#ends.get(key) ?? 0)) this.#ends.delete(key);
  }
}
