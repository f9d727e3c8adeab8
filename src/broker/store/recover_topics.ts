/**
 * Brings the metadata log and the folders of partitions together when a broker starts. A topic whose folder exists is
 * served, or its folder is set aside; nothing is deleted but what a deletion that was cut short had begun with.
 */
import { finish } from "../../wire/steps.ts";
import { PARTITIONS_MAX } from "../limits.ts";
import type { StoredTopic } from "./catalog.ts";
import type { MetadataLog } from "./metadata_log.ts";
import type { PartitionFolder, TopicFolders } from "./topic_folders.ts";

/** Settings of a topic whose own are lost: nothing of it is deleted by its age or size. */
const KEEP_FOR_EVER = { "retention.ms": "-1" };

/**
 * Makes the topics of `metadata` and the folders agree; what was found, a sentence each.
 * @throws {StorageError} where a folder cannot be read or moved.
 */
export function recoverTopics(folders: TopicFolders, metadata: MetadataLog): string[] {
  const notes = metadata.recovery.detail === null ? [] : [metadata.recovery.detail];
  finishDeletions(folders, metadata);
  const byName = Map.groupBy(folders.list(), ({ name }) => name);
  if (!metadata.recovery.wasThere && byName.size > 0) {
    notes.push(
      "metadata.log was missing or empty: committed offsets are lost, groups start without them",
    );
  }
  const mayGuess = notes.length > 0;
  for (const [name, found] of byName) {
    const stored = metadata.topics.get(name);
    const topic = topicOf(found, { stored, mayGuess });
    if (topic !== null && topic !== stored) {
      metadata.putTopic(topic);
      notes.push(noteOf(topic, { stored, isGuessed: found.every((folder) => folder.topic === null) }));
    }
    notes.push(...setStrangersAside(folders, { found, topic }));
  }
  return [...notes, ...makeMissing(folders, { metadata, byName })];
}

/** Deletions that were begun: the topics are gone from `topics` in part already. */
function finishDeletions(folders: TopicFolders, metadata: MetadataLog): void {
  const discarded = folders.discardedIds();
  for (const topic of [...metadata.topics.values()]) {
    if (!discarded.has(topic.id)) continue;
    finish(folders.discard(topic));
    metadata.deleteTopic(topic.name);
  }
  finish(folders.purge());
}

/** Which topic the folders of a name belong to; `null`: none that is known. */
function topicOf(
  found: readonly PartitionFolder[],
  { stored, mayGuess }: { stored: StoredTopic | undefined; mayGuess: boolean },
): StoredTopic | null {
  const said = found.flatMap(({ topic }) => topic ?? []);
  const own = said.filter(({ id }) => id === (stored ?? said[0])?.id);
  const base = own.length === 0 ? said[0] ?? stored : stored ?? own[0];
  if (base === undefined && !mayGuess) return null;
  const id = base?.id ?? crypto.randomUUID().replaceAll("-", "");
  const counts = said.flatMap((one) => one.id === id ? one.partitions : []);
  // Where entries are lost, the number of folders counts as well.
  const folders = stored === undefined && mayGuess ? partitionsIn(found, id) : 0;
  if (folders <= PARTITIONS_MAX) counts.push(folders);
  const partitions = Math.max(base?.partitions ?? 0, ...counts);
  if (base === stored && partitions === stored?.partitions) return stored;
  if (partitions === 0) return null;
  return { name: found[0]!.name, configs: KEEP_FOR_EVER, ...base, id, partitions };
}

/** Partitions that a topic has by its folders. */
function partitionsIn(found: readonly PartitionFolder[], id: string): number {
  const own = found.filter(({ isFolder, topic }) => isFolder && (topic === null || topic.id === id));
  return 1 + Math.max(-1, ...own.map(({ partition }) => partition));
}

function noteOf(
  { name, partitions }: StoredTopic,
  { stored, isGuessed }: { stored: StoredTopic | undefined; isGuessed: boolean },
): string {
  const what = `the topic '${name}' (partitions: ${partitions})`;
  if (stored !== undefined) {
    return `${what} was recorded otherwise in metadata.log: it is served as its folders describe it`;
  }
  return isGuessed
    ? `${what} was missing in metadata.log: it is served again; its settings are lost, so its records are kept for ever`
    : `${what} was missing in metadata.log: it is served again, as its folders describe it`;
}

/** Folders that are no partition of the topic of their name are set aside; the others say from now on what they are. */
function setStrangersAside(
  folders: TopicFolders,
  { found, topic }: { found: readonly PartitionFolder[]; topic: StoredTopic | null },
): string[] {
  const notes: string[] = [];
  for (const folder of found) {
    const { name, partition, topic: said } = folder;
    if (topic === null || !isKept(folder, topic)) {
      notes.push(`${folders.setAside(name, partition)}: it is no partition of a topic of this broker`);
    } else if (said === null) folders.make(topic, partition);
  }
  return notes;
}

function isKept({ partition, isFolder, topic }: PartitionFolder, { id, partitions }: StoredTopic): boolean {
  return isFolder && partition < partitions && (topic === null || topic.id === id);
}

/** Partitions without a folder get one. */
function makeMissing(
  folders: TopicFolders,
  { metadata, byName }: {
    metadata: MetadataLog;
    byName: ReadonlyMap<string, readonly PartitionFolder[]>;
  },
): string[] {
  const notes: string[] = [];
  for (const topic of metadata.topics.values()) {
    const found = new Set(byName.get(topic.name)?.flatMap((one) => isKept(one, topic) ? one.partition : []));
    const missing: number[] = [];
    for (let partition = 0; partition < topic.partitions; partition++) {
      if (!found.has(partition)) missing.push(partition);
    }
    for (const partition of missing) folders.make(topic, partition);
    if (missing.length > 0) {
      notes.push(
        `the topic '${topic.name}' had no folder for partition ${missing.join(", ")}: started empty`,
      );
    }
  }
  return notes;
}
