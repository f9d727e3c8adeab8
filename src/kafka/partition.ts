/** Topics, their partitions, and what stands in them. */

/** A record header. */
export interface Header {
  readonly key: string;
  readonly value: Uint8Array;
}

/** A record as it was read. Offsets are safe integers. */
export interface IncomingRecord {
  readonly offset: number;
  /** Kafka's timestamp, Unix ms: time of sending, or of arrival where the topic has `LogAppendTime`. −1: none. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly Header[];
  /** Set where the log holds something that could not be read; key and value are `null` then. */
  readonly undecodable?: Undecodable;
}

/** What the log holds and no record could be made of. */
export interface Undecodable {
  /** It takes the offsets from the record's to here; reading goes on behind. */
  readonly lastOffset: number;
  /** `batch at offsets 5-9 could not be decoded: …` */
  readonly reason: string;
  /** The bytes of the log. */
  readonly bytes: Uint8Array;
}

/** A topic's partition. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A partition's key in maps. */
export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic} ${partition}`;
}

/** Where to read next: one past the last record that is done with. */
export interface TopicPartitionOffset extends TopicPartition {
  readonly offset: number;
}

/** What a topic looks like. */
export interface TopicDescription {
  readonly name: string;
  readonly partitions: readonly {
    readonly partition: number;
    readonly leader: number;
    readonly replicas: readonly number[];
    readonly inSyncReplicas: readonly number[];
  }[];
}

/** Earliest and next offset of a partition. */
export interface PartitionOffsets extends TopicPartition {
  readonly logStartOffset: number;
  readonly highWatermark: number;
}
