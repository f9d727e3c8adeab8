/** The part of the port that people look through: what a page or a tool shows of a cluster. */
import type { IncomingRecord, PartitionOffsets, TopicDescription, TopicPartition } from "./partition.ts";
import type { CommittedOffset } from "./topic_id.ts";

/** How a group begins that a client made up to read with: it commits nothing, and is gone when the reading ends. */
export const READER_GROUP_PREFIX = "streamflow-read-";

/** A topic as the cluster knows it now. */
export interface InspectedTopic extends TopicDescription {
  /** Another one under the same name is another topic. `null`: the broker gives none. */
  readonly topicId: string | null;
  /** It belongs to the cluster itself, as `__consumer_offsets` does. */
  readonly isInternal: boolean;
}

/** A setting of a topic. */
export interface TopicConfig {
  readonly name: string;
  /** `null`: it is a secret. */
  readonly value: string | null;
  /** It was set for this topic; else the broker's default is in force. */
  readonly isSet: boolean;
  readonly isSensitive: boolean;
  /** What it means, in the broker's words. */
  readonly documentation: string | null;
}

/** How large the log of a partition is on one broker. */
export interface ReplicaSize extends TopicPartition {
  readonly broker: number;
  readonly sizeBytes: number;
}

/** A group, as the list has it. */
export interface GroupListing {
  readonly groupId: string;
  /** Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, … */
  readonly state: string;
  /** `consumer`, `connect`, … */
  readonly protocolType: string;
}

/** A group with its members. */
export interface GroupDescription extends GroupListing {
  /** How partitions are shared out; empty while that is not settled. */
  readonly assignor: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly clientId: string;
    readonly host: string;
    readonly partitions: readonly TopicPartition[];
  }[];
}

/** Where to read in a partition. */
export interface FetchPosition {
  readonly partition: number;
  readonly offset: number;
}

/** What stood at a position, or that nothing stands there: its offset is deleted, or was never given. */
export type FetchedChunk =
  | { readonly partition: number; readonly isOutOfRange: true }
  | {
    readonly partition: number;
    readonly isOutOfRange: false;
    readonly records: readonly IncomingRecord[];
    /** Where reading goes on (past control records and gaps). */
    readonly nextOffset: number;
    readonly highWatermark: number;
    readonly logStartOffset: number;
  };

/**
 * What can be looked at. It commits nothing and joins nothing. A cluster that is away is an error of kind `unreachable`
 * after `INSPECTION_PATIENCE_MS`. All throw {@linkcode KafkaError}.
 */
export interface Inspection {
  /** By name; `null`: all of them. Rejects with `unknown-topic` where one that is named does not exist. */
  topics(names: readonly string[] | null): Promise<InspectedTopic[]>;
  /** First and next offsets; a partition without a leader is left out. */
  offsets(topics: readonly InspectedTopic[]): Promise<PartitionOffsets[]>;
  /** The settings of a topic, by name. */
  configs(topic: string): Promise<TopicConfig[]>;
  /**
   * The size of every replica of the topics' partitions; those on brokers that are down, or that may not say, are left
   * out.
   */
  logSizes(topics: readonly TopicDescription[]): Promise<ReplicaSize[]>;
  /** All groups, by id. */
  groups(): Promise<GroupListing[]>;
  /** Groups with members; one that does not exist is left out, or has the state `Dead` (Kafka before 3.8). */
  describeGroups(groupIds: readonly string[]): Promise<GroupDescription[]>;
  /** What groups have committed, over all topics. */
  committed(groupIds: readonly string[]): Promise<Map<string, CommittedOffset[]>>;
  /**
   * Records from positions of one topic on, without waiting for any: at most `bytesMax` bytes a broker, but one batch
   * at least. Tried once: what is thrown may pass when the topic has been looked up again (a leader that has moved, or
   * a topic that was made again).
   */
  fetch(
    topic: InspectedTopic,
    options: { readonly positions: readonly FetchPosition[]; readonly bytesMax: number },
  ): Promise<FetchedChunk[]>;
}
