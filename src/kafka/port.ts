/**
 * The client side's port: what streamflow needs of Kafka, and no more. Adapters stand beside it
 * (`kafkajs.ts`, `platformatic.ts`); `tests/contract/kafka_client.ts` holds every one of them to it.
 */
import type { Inspection } from "./inspection_port.ts";
import type {
  Header,
  IncomingRecord,
  PartitionOffsets,
  TopicDescription,
  TopicPartition,
  TopicPartitionOffset,
} from "./partition.ts";

export type {
  Header,
  IncomingRecord,
  PartitionOffsets,
  TopicDescription,
  TopicPartition,
  TopicPartitionOffset,
  Undecodable,
} from "./partition.ts";
export { partitionKey } from "./partition.ts";

/** A record to be sent; `partition` is chosen by the key (murmur2, as Java's default) where it is not given. */
export interface OutgoingRecord {
  readonly key: string | Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly Header[];
  readonly partition?: number;
}

/** Consecutive records of one partition. `nextOffset` is where reading goes on (past control records and gaps). */
export interface RecordChunk extends TopicPartition {
  /** Another one under the same name is another topic. `null`: the broker gives none. */
  readonly topicId?: string | null;
  readonly records: readonly IncomingRecord[];
  readonly nextOffset: number;
  /** High watermark at the time of the fetch: lag = highWatermark − nextOffset. */
  readonly highWatermark: number;
}

/** A partition that this member has just been given, and where reading would begin. */
export interface AssignedPartition extends TopicPartition {
  /** Another one under the same name is another topic: what was known of it is void. `null` where it has none. */
  readonly topicId?: string | null;
  /** Committed offset, or the one that `from` says where nothing was committed. */
  readonly startOffset: number;
  readonly logStartOffset: number;
  /** Where the log ends now: what is before it is there to be read. */
  readonly highWatermark: number;
}

/** How a group consumer is opened. */
export interface GroupConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Where to begin when the group has committed nothing. */
  readonly from: "beginning" | "latest";
  /** Called once for each partition at each assignment: returns the offset to begin at (`startOffset`, or
   * less to rebuild state first). Synchronous. */
  readonly startAt?: (assigned: AssignedPartition) => number;
  /** Called when all that was assigned is known, also where it is nothing: the others have it all. Synchronous. */
  readonly onAssigned?: (partitions: readonly TopicPartition[]) => void;
  /** Called when partitions are taken away (also at close). Synchronous. */
  readonly onRevoked?: (partitions: readonly TopicPartition[]) => void;
  /** Ends {@linkcode GroupConsumer.chunks}. */
  readonly signal: AbortSignal;
  /** @default 30000 */
  readonly sessionTimeoutMs?: number;
}

/** One member of a consumer group. It heartbeats by itself however long the caller takes for a chunk. */
export interface GroupConsumer extends AsyncDisposable {
  /**
   * Chunks of the assigned partitions, in order within each, until the signal aborts. Survives rebalances,
   * moved coordinators and brokers that go and come back; throws {@linkcode KafkaError} when it cannot go on.
   */
  chunks(): AsyncIterable<RecordChunk>;
  /**
   * Commits. Resolves `true` when the group coordinator has stored it, `false` when the partitions are no
   * longer ours (a rebalance came between): the caller drops what it knows of them.
   */
  commit(offsets: readonly TopicPartitionOffset[]): Promise<boolean>;
  /** Partitions assigned now. */
  assignment(): readonly TopicPartition[];
}

/** Sends records; order within a partition is the order of the calls. */
export interface Producer extends AsyncDisposable {
  /**
   * Resolves when every record is acknowledged by all in-sync replicas; rejects with {@linkcode KafkaError}
   * when one of them may not have been stored. Retries by elapsed time, at most `deliveryTimeoutMs`.
   * May be called again before the previous call has resolved.
   */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<void>;
}

/** Options of a producer. */
export interface ProducerOptions {
  /** @default 120000 */
  readonly deliveryTimeoutMs?: number;
}

/** Reads without a group: nothing is committed, nothing is left behind on the cluster. */
export interface ReaderOptions {
  readonly topics: readonly string[];
  readonly from: "beginning" | "latest";
  /** `end`: stop at the high watermarks as they were at the start; `never`: until the signal aborts. */
  readonly until: "end" | "never";
  /** Where each partition begins instead; what lies outside of the log becomes its nearest end. Synchronous. */
  readonly startAt?: (assigned: AssignedPartition) => number;
  readonly signal: AbortSignal;
}

/** How a topic is created. */
export interface NewTopic {
  readonly name: string;
  /** `-1`: the broker's default. */
  readonly partitions: number;
  /** `-1`: the broker's default. */
  readonly replicationFactor: number;
  readonly configs?: Readonly<Record<string, string>>;
  /** Instead of `configs`, where the broker refuses the topic with them. @default it is not tried again */
  readonly fallbackConfigs?: Readonly<Record<string, string>>;
}

/** Topics and groups. */
export interface Admin {
  listTopics(): Promise<string[]>;
  /** Rejects with `unknown-topic` where one does not exist. */
  describeTopics(names: readonly string[]): Promise<TopicDescription[]>;
  /** Creates; `false` where it existed already. Returns when all partitions have leaders. */
  createTopic(topic: NewTopic): Promise<boolean>;
  deleteTopic(name: string): Promise<void>;
  topicOffsets(topic: string): Promise<PartitionOffsets[]>;
  /** Committed offsets of a group; a partition without one is left out. */
  committedOffsets(groupId: string, topic: string): Promise<TopicPartitionOffset[]>;
}

/** What a trace of a batch's road has to know beside what the client does itself: reading, sending, committing. */
export interface Tracing {
  /** Runs `work` at once: it takes `records` of the chunk that was read last of that partition, and sends. */
  process(partition: TopicPartition, records: readonly IncomingRecord[], work: () => void): void;
  /** Runs `work` at once: what it sends comes of all that was processed of that partition before. */
  follow(partition: TopicPartition, work: () => void): void;
}

/** A connection to a cluster (or to the embedded broker: it makes no difference). */
export interface KafkaClient extends AsyncDisposable {
  /** Which library is behind it. */
  readonly name: ClientName;
  readonly admin: Admin;
  /** What people look at. */
  readonly inspection: Inspection;
  /** No broker could be reached the last time that it was tried. @default never known */
  readonly isAway?: () => boolean;
  /** Where batches are traced. @default nobody does */
  readonly tracing?: Tracing;
  producer(options?: ProducerOptions): Promise<Producer>;
  groupConsumer(options: GroupConsumerOptions): Promise<GroupConsumer>;
  read(options: ReaderOptions): AsyncIterable<RecordChunk>;
}

/** The adapters. */
export type ClientName = "kafkajs" | "platformatic";

/** How to reach a cluster. Secrets come from the environment or a file, never from a flag. */
export interface ConnectionOptions {
  /** `host:port[,host:port…]` */
  readonly bootstrapServer: string;
  readonly clientId: string;
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512";
    readonly username: string;
    readonly password: string;
  };
  /** Lets the login go to other machines without TLS. @default false */
  readonly allowPlaintextCredentials?: boolean;
  /** How long to try before `connect` gives up. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** Called with one line about what is survived but should be known: a broker that is away, records that are gone. */
  readonly onWarning?: (message: string) => void;
}

/** What went wrong, for the one who has to say what to do next. */
export type KafkaErrorKind =
  | "unreachable"
  | "authentication"
  | "authorization"
  | "unknown-topic"
  | "topic-exists"
  | "invalid-topic"
  | "record-too-large"
  | "not-delivered"
  | "broker-disk"
  | "fenced"
  | "protocol"
  | "closed";

/** A failure of the cluster or of the way to it; `message` says what was done and what was found. */
export class KafkaError extends Error {
  override readonly name = "KafkaError";
  readonly kind: KafkaErrorKind;
  constructor(kind: KafkaErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}
