/**
 * The folders of partitions, `topics/NAME-P`. Some of each topic say in a file of their own which topic they belong to,
 * so that topics can be found again without the metadata log. A folder is deleted when a request deletes its topic; one that
 * stands in the way is set aside.
 */
import type { Entry, StoredTopic } from "./catalog.ts";
import { directoryOf, readIfThere, removeIfThere, syncDirectory } from "./append_file.ts";
import { decodeFrames, encodeFrame } from "./frames.ts";
import { StorageError } from "./storage_error.ts";

const DESCRIPTION_FILE = "topic.meta";
/** Folders of a topic that say which topic they belong to: one may be damaged. */
const DESCRIBED_FOLDERS = 3;
const FOLDER_NAME = /^(.+)-(0|[1-9]\d{0,5})$/;
const DELETED_NAME = /^([0-9a-f]{32})-\d+$/;

/** A folder of a partition, as it was found. */
export interface PartitionFolder {
  readonly name: string;
  readonly partition: number;
  /** Whether it is one: a file may have such a name. */
  readonly isFolder: boolean;
  /** What it says itself; `null`: nothing that can be read. */
  readonly topic: StoredTopic | null;
}

/** How folders are kept. */
export interface TopicFoldersOptions {
  /** Whether names are forced to the disk before a call returns. */
  readonly isSynced: boolean;
}

/** The folders of one data directory. All methods throw StorageError. */
export class TopicFolders {
  readonly #root: string;
  readonly #topics: string;
  readonly #deleted: string;
  readonly #setAside: string;
  readonly #isSynced: boolean;

  constructor(dataDirectory: string, { isSynced }: TopicFoldersOptions) {
    this.#root = dataDirectory;
    this.#topics = `${dataDirectory}/topics`;
    this.#deleted = `${dataDirectory}/deleted`;
    this.#setAside = `${dataDirectory}/set-aside`;
    this.#isSynced = isSynced;
    attempt(`Cannot make ${this.#topics}`, () => Deno.mkdirSync(this.#topics, { recursive: true }));
    this.#sync(dataDirectory);
  }

  #sync(path: string): void {
    if (this.#isSynced) syncDirectory(path);
  }

  /** Where a partition's log is. */
  pathOf(name: string, partition: number): string {
    return `${this.#topics}/${name}-${partition}`;
  }

  /** The partitions that have a folder. */
  list(): PartitionFolder[] {
    return namesIn(this.#topics).flatMap((folder) => {
      const [, name, partition] = FOLDER_NAME.exec(folder) ?? [];
      return name === undefined ? [] : [{
        name,
        partition: Number(partition),
        isFolder: isFolder(`${this.#topics}/${folder}`),
        topic: this.#readTopic(folder, name),
      }];
    });
  }

  #readTopic(folder: string, name: string): StoredTopic | null {
    const bytes = readIfThere(`${this.#topics}/${folder}/${DESCRIPTION_FILE}`);
    let topic: StoredTopic | null = null;
    decodeFrames(bytes, (entry) => {
      const said = entry as Entry;
      if (said.kind === "topic" && said.topic.name === name) topic = said.topic;
    });
    return topic;
  }

  /**
   * Makes folders for the partitions from `first` on, one a step; those that stand there are set aside, a sentence for
   * each.
   * @throws {StorageError} and none of them is left.
   */
  *create(topic: StoredTopic, first: number): Generator<void, string[]> {
    const notes: string[] = [];
    let end = first;
    try {
      while (end < topic.partitions) {
        if (isThere(this.pathOf(topic.name, end))) {
          notes.push(`${this.setAside(topic.name, end)}: it stood where a new partition was to be made`);
        }
        this.make(topic, end++, first);
        yield;
      }
      this.#sync(this.#topics);
    } catch (error) {
      this.remove(topic.name, { first, end });
      throw error;
    }
    return notes;
  }

  /** Deletes folders that {@linkcode TopicFolders.create} has just made. */
  remove(name: string, { first, end }: { first: number; end: number }): void {
    for (let partition = first; partition < end; partition++) removeIfThere(this.pathOf(name, partition));
  }

  /**
   * Makes a partition's folder where it is missing. The first few, and of those that came later (from `first` on) the
   * first few again, get a file that says which topic they belong to: making a file is what costs time.
   */
  make({ name, id, partitions, configs }: StoredTopic, partition: number, first = 0): void {
    const path = this.pathOf(name, partition);
    attempt(`Cannot make ${path}`, () => Deno.mkdirSync(path, { recursive: true }));
    if (partition - first >= DESCRIBED_FOLDERS) return;
    const entry: Entry = { kind: "topic", topic: { name, id, partitions, configs } };
    const bytes = encodeFrame(entry);
    attempt(`Cannot write to ${path}`, () => {
      using file = Deno.openSync(`${path}/${DESCRIPTION_FILE}`, {
        write: true,
        create: true,
        truncate: true,
      });
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      if (this.#isSynced) file.syncSync();
    });
    this.#sync(path);
  }

  /** Moves a partition's folder out of the way, with all that is in it; what was done, for people. */
  setAside(name: string, partition: number): string {
    const path = this.pathOf(name, partition);
    let target = `${this.#setAside}/${name}-${partition}`;
    for (let copy = 2; isThere(target); copy++) target = `${this.#setAside}/${copy}/${name}-${partition}`;
    attempt(`Cannot set ${path} aside`, () => {
      Deno.mkdirSync(directoryOf(target), { recursive: true });
      Deno.renameSync(path, target);
    });
    this.#sync(this.#topics);
    for (const path of [directoryOf(target), this.#setAside, this.#root]) this.#sync(path);
    return `${path} was set aside as ${target}`;
  }

  /**
   * Takes a topic's folders out of `topics`, one a step: then it is deleted, also if the process ends.
   * @throws {StorageError} and they are where they were.
   */
  *discard({ name, id, partitions }: StoredTopic): Generator<void> {
    const moved: [from: string, to: string][] = [];
    try {
      Deno.mkdirSync(this.#deleted, { recursive: true });
      for (let partition = 0; partition < partitions; partition++) {
        const move = [this.pathOf(name, partition), `${this.#deleted}/${id}-${partition}`] as const;
        if (!isThere(move[0])) continue;
        Deno.renameSync(...move);
        moved.push([...move]);
        yield;
      }
    } catch (error) {
      for (const [from, to] of moved) Deno.renameSync(to, from);
      throw StorageError.from(error, `Cannot delete the topic '${name}'`);
    }
    for (const path of [this.#deleted, this.#topics, this.#root]) this.#sync(path);
  }

  /** Ids of topics that {@linkcode TopicFolders.discard} took out and whose bytes are not all gone. */
  discardedIds(): Set<string> {
    return new Set(namesIn(this.#deleted).flatMap((name) => DELETED_NAME.exec(name)?.[1] ?? []));
  }

  /**
   * Deletes the bytes of discarded topics, or of one of them, a folder a step. `keepMark`: an empty folder stays of each, by which the
   * next start knows of the deletion.
   */
  *purge({ id = "", keepMark = false }: { id?: string; keepMark?: boolean } = {}): Generator<void> {
    for (const name of namesIn(this.#deleted)) {
      if (!name.startsWith(id)) continue;
      const path = `${this.#deleted}/${name}`;
      if (!keepMark) removeIfThere(path);
      else for (const file of namesIn(path)) removeIfThere(`${path}/${file}`);
      yield;
    }
    if (isThere(this.#deleted)) this.#sync(this.#deleted);
  }
}

function attempt(doing: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw StorageError.from(error, doing);
  }
}

/** Names in a folder, in their order; none where there is no folder. */
function namesIn(path: string): string[] {
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw StorageError.from(error, `Cannot read ${path}`);
  }
}

/** Whether it is a folder, or a link to one. */
function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw StorageError.from(error, `Cannot look at ${path}`);
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw StorageError.from(error, `Cannot look at ${path}`);
  }
}
