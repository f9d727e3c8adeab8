/**
 * What the broker knows, owned in one place: topics with their logs, groups with their offsets. Every method is one
 * synchronous turn, so nothing changes between a check and the write that depends on it.
 */
import { timeText } from "../runtime/time.ts";
import { ErrorCode } from "../wire/error_code.ts";
import { AppendWatch } from "./append_watch.ts";
import { BrokerStorage, type BrokerStorageOptions } from "./broker_storage.ts";
import { Group } from "./groups/group.ts";
import { expiredGroups, longestUnused, type UnusedGroup } from "./groups/group_use.ts";
import { Holdings } from "./groups/holdings.ts";
import {
  CLIENT_ID_IN_MEMBER_ID,
  type CoordinatorLimits,
  EXPIRY_GRACE_MS,
  GROUP_LIMITS,
  GROUPS_DROPPED_PART,
  HOLDINGS_LIMITS,
  PARTITIONS_MAX,
  TOPICS_MAX,
} from "./limits.ts";
import type { PartitionLog } from "./log/partition_log.ts";
import type { Refusal } from "./refusal.ts";
import type { MetadataLog, StoredOffset, StoredTopic } from "./store/metadata_log.ts";
import { refuseTopicConfigs } from "./topic_config.ts";
import { metricNameOf, refuseInternalTopic, refuseTopicName } from "./topic_name.ts";

/** The only node there is. */
export const NODE_ID = 1;

/** A topic that is being served. */
export interface Topic extends StoredTopic {
  readonly logs: readonly PartitionLog[];
}

/** How the state is opened. */
export interface BrokerStateOptions extends BrokerStorageOptions {
  readonly defaultPartitions: number;
  /** What groups may do. @default Kafka's */
  readonly groups?: Partial<CoordinatorLimits>;
}

/** The broker's state. */
export class BrokerState {
  readonly defaultPartitions: number;
  readonly logDirectory: string | null; // `null`: the logs are in memory
  /** What groups may do. */
  readonly groupLimits: CoordinatorLimits;
  readonly #openedMs = Date.now();
  readonly #report: (message: string) => void;
  /** Limits that are reached and were reported. */
  readonly #reported = new Set<string>();
  readonly #storage: BrokerStorage;
  readonly #metadata: MetadataLog;
  readonly #topics = new Map<string, Topic>();
  /** Names of topics that are being made, changed or deleted. */
  readonly #changing = new Set<string>();
  #partitions = 0;
  readonly #topicNamesById = new Map<string, string>();
  readonly #topicNamesByMetric = new Map<string, string>();
  readonly #groups = new Map<string, Group>();
  /** What groups hold together. */
  readonly holdings = new Holdings(HOLDINGS_LIMITS);
  /** Groups that a request asked for since they were last looked at, and when each has something to do. */
  readonly #touched = new Set<Group>();
  readonly #dueMs = new Map<Group, number>();
  #nextDueMs = Infinity;
  /** Whoever waits for records of a log. */
  readonly appends = new AppendWatch();

  constructor(options: BrokerStateOptions) {
    this.#report = options.report ?? (() => {});
    this.defaultPartitions = options.defaultPartitions;
    this.groupLimits = { ...GROUP_LIMITS, ...options.groups };
    this.logDirectory = options.directory;
    this.#storage = new BrokerStorage(options);
    this.#metadata = this.#storage.metadata;
    try {
      for (const { topic, logs } of this.#storage.openAll()) this.#serve(topic, logs);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** What was found damaged or out of place when the state was opened, a sentence each. */
  get recoveryNotes(): readonly string[] {
    return this.#storage.recoveryNotes;
  }

  get clusterId(): string {
    return this.#metadata.clusterId;
  }

  #serve(stored: StoredTopic, logs: readonly PartitionLog[]): Topic {
    const topic = { ...stored, logs };
    this.#partitions += topic.partitions - (this.#topics.get(topic.name)?.partitions ?? 0);
    this.#topics.set(stored.name, topic);
    this.#topicNamesById.set(stored.id, stored.name);
    this.#topicNamesByMetric.set(metricNameOf(stored.name), stored.name);
    return topic;
  }

  /** All topics, by name. */
  topics(): Topic[] {
    return [...this.#topics.values()].sort((a, b) => a.name < b.name ? -1 : 1);
  }

  topic(name: string): Topic | undefined {
    return this.#topics.get(name);
  }

  /** Partitions of all topics. */
  get partitions(): number {
    return this.#partitions;
  }

  topicById(id: string): Topic | undefined {
    const name = this.#topicNamesById.get(id);
    return name === undefined ? undefined : this.#topics.get(name);
  }

  log(name: string, partition: number): PartitionLog | undefined {
    return this.#topics.get(name)?.logs[partition];
  }

  /** Why a topic cannot be created; `null` where it can. */
  refuseTopic(
    name: string,
    { partitions, configs }: { partitions: number; configs: Readonly<Record<string, string | null>> },
  ): Refusal | null {
    const unnamable = refuseTopicName(name) ?? refuseInternalTopic(name);
    if (unnamable !== null) return unnamable;
    if (this.#topics.has(name) || this.#changing.has(name)) {
      return { errorCode: ErrorCode.TOPIC_ALREADY_EXISTS, message: `Topic '${name}' already exists.` };
    }
    const other = this.#topicNamesByMetric.get(metricNameOf(name));
    if (other !== undefined) {
      const message = `Topic '${name}' collides with existing topic: ${other}`;
      return { errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION, message };
    }
    if (partitions < 1) {
      const message = `${partitions} partitions: a topic has one at least`;
      return { errorCode: ErrorCode.INVALID_PARTITIONS, message };
    }
    const isFull = this.#topics.size >= TOPICS_MAX ||
      this.#partitions + partitions > PARTITIONS_MAX;
    const message = `no more topics are taken: the broker keeps at most ${TOPICS_MAX} with ` +
      `${PARTITIONS_MAX} partitions in all; delete topics that nobody needs, or use a cluster`;
    this.#reportWhile(isFull, message);
    if (isFull) return { errorCode: ErrorCode.POLICY_VIOLATION, message };
    const config = refuseTopicConfigs(configs);
    return config === null ? null : { errorCode: ErrorCode.INVALID_CONFIG, message: config };
  }

  /**
   * Creates a topic that {@linkcode BrokerState.refuseTopic} did not refuse, a partition a step; until it is there its
   * name and its partitions are taken.
   * @throws {StorageError} and there is no topic.
   */
  *createTopic(
    name: string,
    { partitions, configs }: { partitions: number; configs: Record<string, string> },
  ): Generator<void, Topic> {
    const stored = { name, id: crypto.randomUUID().replaceAll("-", ""), partitions, configs };
    return this.#serve(stored, yield* this.#change(stored, this.#storage.add(stored)));
  }

  /**
   * Adds partitions, one a step; the count must have been checked, and that nobody changes the topic.
   * @throws {StorageError} and the topic is as before.
   */
  *growTopic(topic: Topic, partitions: number): Generator<void> {
    const stored: StoredTopic = { name: topic.name, id: topic.id, partitions, configs: topic.configs };
    const added = yield* this.#change(stored, this.#storage.add(stored, topic.partitions));
    this.#serve(stored, [...topic.logs, ...added]);
  }

  /**
   * Deletes a topic with its records and the offsets committed for it, a partition a step; it is not served from the
   * first step on.
   * @throws {StorageError} and the topic is as before.
   */
  *deleteTopic(topic: Topic): Generator<void> {
    if (this.#topics.delete(topic.name)) this.#partitions -= topic.partitions;
    this.#topicNamesById.delete(topic.id);
    for (const log of topic.logs) this.appends.notify(log, 0);
    try {
      yield* this.#change(topic, this.#storage.delete(topic, topic.logs));
      this.#topicNamesByMetric.delete(metricNameOf(topic.name));
    } catch (error) {
      this.#serve(topic, topic.logs);
      throw error;
    }
  }

  /** Nobody else may make, change or delete a topic of this name meanwhile. */
  *#change<T>(topic: StoredTopic, steps: Generator<void, T>): Generator<void, T> {
    const added = topic.partitions - (this.#topics.get(topic.name)?.partitions ?? 0);
    this.#changing.add(topic.name);
    this.#partitions += added;
    try {
      return yield* steps;
    } finally {
      this.#partitions -= added;
      this.#changing.delete(topic.name);
    }
  }

  /** Why a topic cannot be changed or deleted now; `null` where it can. */
  refuseChange(name: string): Refusal | null {
    if (!this.#changing.has(name)) return null;
    const message = `another request is making, changing or deleting the topic '${name}': ask again`;
    return { errorCode: ErrorCode.REQUEST_TIMED_OUT, message };
  }

  /** Clients ask again and again: a limit is reported when it is reached. */
  #reportWhile(isReached: boolean, message: string): void {
    if (!isReached) this.#reported.delete(message);
    else if (!this.#reported.has(message)) this.#report(message);
    if (isReached) this.#reported.add(message);
  }

  nextProducerId(): number {
    return this.#metadata.nextProducerId();
  }

  /** The group, made where it does not exist. */
  groupOrNew(id: string): Group {
    let group = this.#groups.get(id);
    if (group === undefined) {
      group = new Group(id, {
        limits: this.groupLimits,
        holdings: this.holdings,
        newMemberId: (clientId) => `${clientId.slice(0, CLIENT_ID_IN_MEMBER_ID)}-${crypto.randomUUID()}`,
      });
      this.#groups.set(id, group);
    }
    this.#touched.add(group);
    return group;
  }

  group(id: string): Group | undefined {
    const group = this.#groups.get(id);
    if (group !== undefined) this.#touched.add(group);
    return group;
  }

  /** Whether there is room for this group, which may be new: those that nobody has used for longest make it. */
  hasRoomFor(groupId: string): boolean {
    if (this.hasGroup(groupId) || !this.#isFullOfGroups) return true;
    this.dropIdleGroups();
    if (this.#isFullOfGroups) this.#dropLongestUnused();
    const { groupsMax } = this.groupLimits;
    const isFull = this.#isFullOfGroups;
    this.#reportWhile(
      isFull,
      `no more consumer groups are taken: all ${groupsMax} have members; let groups end that nobody needs`,
    );
    return !isFull;
  }

  get #isFullOfGroups(): boolean {
    return Math.max(this.#groups.size, this.#metadata.groups) >= this.groupLimits.groupsMax;
  }

  #dropLongestUnused(): void {
    const dropped = longestUnused(
      this.#unusedGroups(),
      Math.ceil(this.groupLimits.groupsMax / GROUPS_DROPPED_PART),
    );
    const newest = dropped.at(-1);
    if (newest === undefined) return;
    this.#deleteGroups(dropped.map(({ id }) => id));
    const since = timeText(newest.lastUsedMs);
    this.#report(
      `${this.groupLimits.groupsMax} consumer groups are the most that are kept: the offsets of ${dropped.length} of them, not used ` +
        `since ${since} or longer, were deleted; delete groups that nobody needs, or use their names again`,
    );
  }

  /** Groups with commits that nobody is in. */
  *#unusedGroups(): Generator<UnusedGroup> {
    for (const id of this.#metadata.groupIds()) {
      const group = this.#groups.get(id);
      if (group !== undefined && !group.isIdle) continue;
      const lastUsedMs = Math.max(this.#metadata.lastCommitMs(id), group?.emptySinceMs ?? -Infinity);
      yield { id, lastUsedMs };
    }
  }

  /** Deletes the offsets of groups that nobody has used for so long; not just after a start: members come back then. */
  expireOffsets(nowMs: number): void {
    if (nowMs < this.#openedMs + EXPIRY_GRACE_MS) return;
    this.#deleteGroups(
      expiredGroups(this.#unusedGroups(), { nowMs, retentionMs: this.groupLimits.offsetsRetentionMs }),
    );
  }

  #deleteGroups(ids: readonly string[]): void {
    for (const id of ids) this.#forgetGroup(id);
    this.#metadata.deleteGroups(ids);
  }

  /** Groups with members or with committed offsets. */
  groupIds(): string[] {
    return [...new Set([...this.#groups.keys(), ...this.#metadata.groupIds()])].sort();
  }

  hasGroup(id: string): boolean {
    return this.#groups.has(id) || this.#metadata.offsets(id).size > 0;
  }

  deleteGroup(id: string): void {
    this.#deleteGroups([id]);
  }

  /** Forgets groups that nobody is in and that committed nothing. */
  dropIdleGroups(): void {
    for (const [id, group] of this.#groups) {
      if (group.isIdle && this.#metadata.offsets(id).size === 0) this.#forgetGroup(id);
    }
  }

  #forgetGroup(id: string): void {
    const group = this.#groups.get(id);
    if (group === undefined) return;
    this.#groups.delete(id);
    this.#touched.delete(group);
    this.#dueMs.delete(group);
  }

  /** Stores commits: they are written when this returns. */
  commitOffsets(offsets: StoredOffset[]): void {
    this.#metadata.commitOffsets(offsets);
  }

  offsets(groupId: string): ReadonlyMap<string, StoredOffset> {
    return this.#metadata.offsets(groupId);
  }

  /** Does what is due in groups, the others are left alone; when there is something to do next. */
  tickGroups(nowMs: number): number {
    for (const group of this.#touched) this.#tick(group, nowMs);
    this.#touched.clear();
    if (nowMs < this.#nextDueMs) return this.#nextDueMs;
    this.#nextDueMs = Infinity;
    for (const [group, dueMs] of this.#dueMs) {
      if (dueMs <= nowMs) this.#tick(group, nowMs);
      else this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
    }
    return this.#nextDueMs;
  }

  #tick(group: Group, nowMs: number): void {
    group.tick(nowMs);
    const dueMs = group.nextDeadlineMs();
    if (dueMs === Infinity) this.#dueMs.delete(group);
    else this.#dueMs.set(group, dueMs);
    this.#nextDueMs = Math.min(this.#nextDueMs, dueMs);
  }

  #logs(): PartitionLog[] {
    return this.topics().flatMap(({ logs }) => logs);
  }

  /** Forces everything to the disk, as far as it takes it. */
  flush(): void {
    this.#storage.forEach([...this.#logs(), this.#metadata], (log) => log.flush());
  }

  /** As {@linkcode BrokerState.flush}, while requests are served. */
  flushLater(): Promise<void> {
    return this.#storage.flushLater(this.#logs());
  }

  /** Forces topics, commits and ids to the disk. */
  flushMetadata(): void {
    this.#metadata.flush();
  }

  /** Where the disk failed: looks whether it works again. */
  checkDisk(): void {
    this.#storage.checkDisk();
  }

  /** Deletes what is too old or too much. */
  retain(nowMs: number): void {
    this.#storage.forEach(this.#logs(), (log) => log.retain(nowMs));
  }

  close(): void {
    this.#storage.forEach([...this.#logs(), this.#metadata], (log) => log.close());
  }
}
