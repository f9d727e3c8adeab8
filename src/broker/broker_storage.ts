/** What a broker keeps: the metadata log and the partitions' logs, in one directory or in memory. */
import { finish } from "../wire/steps.ts";
import { MemoryBudget } from "./log/memory_budget.ts";
import { PartitionLog } from "./log/partition_log.ts";
import { offsetKey } from "./store/catalog.ts";
import { DiskHealth } from "./store/disk_health.ts";
import { MetadataLog, type StoredTopic } from "./store/metadata_log.ts";
import { recoverTopics } from "./store/recover_topics.ts";
import { StorageError } from "./store/storage_error.ts";
import { TopicFolders } from "./store/topic_folders.ts";
import { logOptionsOf } from "./topic_config.ts";

/** How it is kept. */
export interface BrokerStorageOptions {
  /** `null`: everything in memory. */
  readonly directory: string | null;
  /** When appended records are forced to the disk. */
  readonly flush: "interval" | "always" | "never";
  /** Without a directory: bytes of records that all partitions hold together. @default 256 MiB */
  readonly memoryBytesMax?: number | undefined;
  /** Called with what people should look at, a sentence each. @default nobody */
  readonly report?: (message: string) => void;
}

/** What the disk has to take before it is said to work again, where it failed with less than a batch. */
const SMALL_WRITE_BYTES = 4096;

/** How far a log skips at most: clients commit what they like. */
const OFFSETS_SKIPPED_MAX = 2 ** 31;

/** The storage of one broker. */
export class BrokerStorage {
  readonly metadata: MetadataLog;
  /** What was found damaged or out of place when it was opened, a sentence each. */
  readonly recoveryNotes: string[] = [];
  readonly #flush: BrokerStorageOptions["flush"];
  readonly #report: (message: string) => void;
  readonly #folders: TopicFolders | null;
  readonly #disk: DiskHealth | null;
  readonly #memory: MemoryBudget;
  readonly #onFailure = (error: StorageError, sizeBytes: number) => this.#disk?.failed(error, sizeBytes);

  /** @throws {StorageError} where the directory cannot be used. */
  constructor({ directory, flush, memoryBytesMax, report = () => {} }: BrokerStorageOptions) {
    this.#flush = flush;
    this.#report = report;
    this.#memory = new MemoryBudget(memoryBytesMax);
    this.#folders = directory === null ? null : new TopicFolders(directory, { isSynced: flush === "always" });
    this.#disk = directory === null ? null : new DiskHealth(directory, { report });
    const onFailure = this.#onFailure;
    this.metadata = MetadataLog.open(directory === null ? null : `${directory}/metadata.log`, { onFailure });
    try {
      if (this.#folders !== null) this.recoveryNotes.push(...recoverTopics(this.#folders, this.metadata));
      // What reserved ids may be lost: no count of ids has come as far as the clock's milliseconds.
      if (this.recoveryNotes.length > 0) this.metadata.skipProducerIds(Date.now());
    } catch (error) {
      this.metadata.close();
      throw error;
    }
  }

  /**
   * Opens the logs of all topics that are stored. Ids of producers that wrote to them are not given away again.
   * @throws {StorageError} and none is open.
   */
  openAll(): { topic: StoredTopic; logs: PartitionLog[] }[] {
    const committed = this.metadata.largestOffsets();
    const opened: { topic: StoredTopic; logs: PartitionLog[] }[] = [];
    try {
      for (const topic of this.metadata.topics.values()) {
        const logs = finish(this.#open(topic, 0));
        opened.push({ topic, logs });
        for (const [partition, log] of logs.entries()) {
          this.#skipCommitted(log, { name: topic.name, partition, committed });
          this.metadata.skipProducerIds(log.largestProducerId + 1);
        }
      }
      return opened;
    } catch (error) {
      for (const { logs } of opened) for (const log of logs) log.release();
      throw error;
    }
  }

  /** Logs of the partitions from `first` on, one a step; thrown: none is open. */
  *#open(topic: StoredTopic, first: number): Generator<void, PartitionLog[]> {
    const logs: PartitionLog[] = [];
    try {
      for (; first + logs.length < topic.partitions; yield) {
        logs.push(this.#openLog(topic, first + logs.length));
      }
      return logs;
    } catch (error) {
      for (const log of logs) log.release();
      throw error;
    }
  }

  #openLog({ name, configs }: StoredTopic, partition: number): PartitionLog {
    const here = { flush: this.#flush, memory: this.#memory, onFailure: this.#onFailure };
    const path = this.#folders?.pathOf(name, partition) ?? null;
    const log = PartitionLog.open(path, { ...logOptionsOf(configs), ...here });
    if (log.recovery.detail !== null) {
      this.recoveryNotes.push(`${name}-${partition}: ${log.recovery.detail}`);
    }
    return log;
  }

  /**
   * Groups have read records that a damaged log has lost: they would pass over new ones with the same offsets. An
   * emptied log goes on where it ended: one that begins at 0 never held a record, or has lost all of them.
   */
  #skipCommitted(
    log: PartitionLog,
    { name, partition, committed }: {
      name: string;
      partition: number;
      committed: ReadonlyMap<string, number>;
    },
  ): void {
    const end = log.highWatermark;
    const offset = committed.get(offsetKey(name, partition)) ?? -1;
    if (offset <= end || offset - end > OFFSETS_SKIPPED_MAX) return;
    if (log.recovery.detail === null && end > 0) return;
    log.skipTo(offset);
    this.recoveryNotes.push(
      `${name}-${partition}: it ends at offset ${end} and groups have read to ${offset}: new records begin at ${offset}`,
    );
  }

  /**
   * Stores a topic whose partitions from `first` on are new, and empty: a folder that stands in the way is set aside.
   * @throws {StorageError} and nothing is stored.
   */
  *add(topic: StoredTopic, first = 0): Generator<void, PartitionLog[]> {
    try {
      if (this.#folders !== null) {
        for (const note of yield* this.#folders.create(topic, first)) this.#report(note);
      }
      return yield* this.#openNew(topic, first);
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  *#openNew(topic: StoredTopic, first: number): Generator<void, PartitionLog[]> {
    try {
      const logs = yield* this.#open(topic, first);
      this.metadata.putTopic(topic);
      return logs;
    } catch (error) {
      this.#folders?.remove(topic.name, { first, end: topic.partitions });
      throw error;
    }
  }

  /**
   * Deletes a topic with its logs; once its folders are out of the way it is deleted, whatever the disk does then.
   * @throws {StorageError} and the topic is as before.
   */
  *delete(topic: StoredTopic, logs: readonly PartitionLog[]): Generator<void> {
    for (const log of logs) log.release();
    if (this.#folders !== null) yield* this.#folders.discard(topic);
    for (const log of logs) {
      log.delete();
      yield;
    }
    try {
      // The bytes go first: on a full disk they may be the room that the entry needs.
      if (this.#folders !== null) yield* this.#folders.purge({ id: topic.id, keepMark: true });
      this.metadata.deleteTopic(topic.name);
      if (this.#folders !== null) yield* this.#folders.purge({ id: topic.id });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const rest = "what is left of it goes at the next start";
      this.#report(`the topic '${topic.name}' is deleted, ${rest}: ${error.message}`);
    }
  }

  /** Reports trouble with the disk; throws what is none. */
  #noteFailure(error: unknown): void {
    if (!(error instanceof StorageError)) throw error;
    this.#onFailure(error, SMALL_WRITE_BYTES);
  }

  /** Does the same to all of them; where the disk fails it is reported, and the others have their turn. */
  forEach<T>(all: Iterable<T>, act: (one: T) => void): void {
    for (const one of all) {
      try {
        act(one);
      } catch (error) {
        this.#noteFailure(error);
      }
    }
  }

  /** Forces the logs and the metadata log to the disk, one file after the other, while requests are served. */
  async flushLater(logs: readonly PartitionLog[]): Promise<void> {
    for (const log of [...logs, this.metadata]) {
      try {
        await log.flushLater();
      } catch (error) {
        this.#noteFailure(error);
      }
    }
  }

  /** Where the disk failed: looks whether it works again. */
  checkDisk(): void {
    this.#disk?.check();
  }
}
