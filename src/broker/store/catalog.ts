/** What the metadata log says, in memory: the result of all its entries in their order. */
import { OFFSET_BYTES, OFFSETS_PER_ENTRY } from "../storage_limits.ts";

/** A topic. */
export interface StoredTopic {
  readonly name: string;
  /** 32 hexadecimal digits. */
  readonly id: string;
  readonly partitions: number;
  readonly configs: Readonly<Record<string, string>>;
}

/** A committed offset. */
export interface StoredOffset {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** −1: not known. */
  readonly leaderEpoch: number;
  readonly metadata: string | null;
  readonly commitTimeMs: number;
}

/** A committed offset without what its place says. */
type OffsetRow = readonly [topic: string, partition: number, offset: number, ...rest: OffsetRest];
type OffsetRest = readonly [leaderEpoch: number, metadata: string | null, commitTimeMs: number];

/** An entry of the metadata log. Offsets are rows, as there are many of them. */
export type Entry =
  | { readonly kind: "cluster"; readonly clusterId: string }
  | { readonly kind: "topic"; readonly topic: StoredTopic }
  | { readonly kind: "topic-deleted"; readonly name: string }
  | { readonly kind: "offsets"; readonly groupId: string; readonly offsets: readonly OffsetRow[] }
  | { readonly kind: "offsets-deleted"; readonly groupId: string; readonly keys: readonly string[] }
  | { readonly kind: "group-deleted"; readonly groupId: string }
  | { readonly kind: "producer-ids"; readonly next: number };

/** Key of a partition: topic names hold no colon. */
export function offsetKey(topic: string, partition: number): string {
  return `${topic}:${partition}`;
}

/** The entries of a commit: for each group one, or several where it is large. */
export function offsetEntries(offsets: Iterable<StoredOffset>): Entry[] {
  const rows = new Map<string, OffsetRow[]>();
  for (const { groupId, topic, partition, offset, leaderEpoch, metadata, commitTimeMs } of offsets) {
    const row: OffsetRow = [topic, partition, offset, leaderEpoch, metadata, commitTimeMs];
    const known = rows.get(groupId);
    if (known === undefined) rows.set(groupId, [row]);
    else known.push(row);
  }
  const entries: Entry[] = [];
  for (const [groupId, all] of rows) {
    for (let at = 0; at < all.length; at += OFFSETS_PER_ENTRY) {
      entries.push({ kind: "offsets", groupId, offsets: all.slice(at, at + OFFSETS_PER_ENTRY) });
    }
  }
  return entries;
}

function bytesOf(stored: StoredOffset | undefined): number {
  return stored === undefined ? 0 : OFFSET_BYTES + 2 * (stored.metadata?.length ?? 0);
}

/** Topics, committed offsets and numbers of a broker. */
export class Catalog {
  readonly topics = new Map<string, StoredTopic>();
  readonly groups = new Map<string, Map<string, StoredOffset>>();
  /** When each group committed last. */
  readonly #lastCommitMs = new Map<string, number>();
  clusterId: string | null = null;
  nextProducerId = 0;
  #offsetBytes = 0;

  /** Memory that committed offsets take, as it is counted. */
  get offsetBytes(): number {
    return this.#offsetBytes;
  }

  /** By how much these would make it more. */
  offsetGrowth(offsets: Iterable<StoredOffset>): number {
    let growth = 0;
    for (const stored of offsets) {
      const known = this.groups.get(stored.groupId)?.get(offsetKey(stored.topic, stored.partition));
      growth += bytesOf(stored) - bytesOf(known);
    }
    return growth;
  }

  /** Takes over an entry. */
  apply(entry: Entry): void {
    switch (entry.kind) {
      case "cluster":
        this.clusterId = entry.clusterId;
        return;
      case "topic":
        this.#setTopic(entry.topic);
        return;
      case "topic-deleted":
        this.#deleteTopic(entry.name);
        return;
      case "offsets":
        this.#setOffsets(entry.groupId, entry.offsets);
        return;
      case "offsets-deleted":
        this.#deleteOffsets(entry.groupId, (key) => entry.keys.includes(key));
        return;
      case "group-deleted":
        this.#dropGroup(entry.groupId);
        return;
      case "producer-ids":
        this.nextProducerId = Math.max(this.nextProducerId, entry.next);
        return;
    }
  }

  /** Offsets of another topic of this name, whose deletion may have been damaged, are no offsets of this one. */
  #setTopic(topic: StoredTopic): void {
    const known = this.topics.get(topic.name);
    if (known !== undefined && known.id !== topic.id) this.#deleteTopic(topic.name);
    this.topics.set(topic.name, topic);
  }

  /** When a group committed last; −∞ where it never did. */
  lastCommitMs(groupId: string): number {
    return this.#lastCommitMs.get(groupId) ?? -Infinity;
  }

  #dropGroup(groupId: string): void {
    for (const stored of this.groups.get(groupId)?.values() ?? []) this.#offsetBytes -= bytesOf(stored);
    this.groups.delete(groupId);
    this.#lastCommitMs.delete(groupId);
  }

  #setOffsets(groupId: string, rows: readonly OffsetRow[]): void {
    let group = this.groups.get(groupId);
    if (group === undefined) this.groups.set(groupId, group = new Map());
    for (const [topic, partition, offset, leaderEpoch, metadata, commitTimeMs] of rows) {
      const stored = { groupId, topic, partition, offset, leaderEpoch, metadata, commitTimeMs };
      const key = offsetKey(topic, partition);
      this.#offsetBytes += bytesOf(stored) - bytesOf(group.get(key));
      group.set(key, stored);
      if (commitTimeMs > this.lastCommitMs(groupId)) this.#lastCommitMs.set(groupId, commitTimeMs);
    }
  }

  #deleteTopic(name: string): void {
    this.topics.delete(name);
    for (const groupId of [...this.groups.keys()]) {
      this.#deleteOffsets(groupId, (key) => key.startsWith(`${name}:`));
    }
  }

  #deleteOffsets(groupId: string, isDeleted: (key: string) => boolean): void {
    const group = this.groups.get(groupId);
    if (group === undefined) return;
    for (const [key, stored] of [...group]) {
      if (!isDeleted(key)) continue;
      this.#offsetBytes -= bytesOf(stored);
      group.delete(key);
    }
    if (group.size === 0) this.#dropGroup(groupId);
  }

  /** The fewest entries that say the same. */
  *entries(): Generator<Entry> {
    if (this.clusterId !== null) yield { kind: "cluster", clusterId: this.clusterId };
    if (this.nextProducerId > 0) yield { kind: "producer-ids", next: this.nextProducerId };
    for (const topic of this.topics.values()) yield { kind: "topic", topic };
    for (const group of this.groups.values()) yield* offsetEntries(group.values());
  }
}
