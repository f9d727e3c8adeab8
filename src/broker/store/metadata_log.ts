/** The broker's memory of topics, committed offsets and producer ids: a file of entries, rewritten when it is large. */
import {
  METADATA_COMPACT_BYTES_MIN,
  METADATA_COMPACT_RATIO,
  OFFSETS_BYTES_MAX,
  PRODUCER_ID_MAX,
  PRODUCER_IDS_RESERVED,
} from "../storage_limits.ts";
import {
  AppendFile,
  directoryOf,
  keepAside,
  replaceFile,
  syncDirectory,
  type WriteSync,
} from "./append_file.ts";
import { Catalog, type Entry, offsetEntries, type StoredOffset, type StoredTopic } from "./catalog.ts";
import { decodeFrames, encodeFrame } from "./frames.ts";
import { StorageError } from "./storage_error.ts";

export type { StoredOffset, StoredTopic } from "./catalog.ts";

const CLUSTER_ID_BYTES = 16;

/** Sizes of the file; tests make them small. */
export interface MetadataLogOptions {
  /** The file is not rewritten while it is smaller. */
  readonly compactBytesMin?: number;
  /** Memory that committed offsets may take. @default 128 MiB */
  readonly offsetBytesMax?: number;
  /** Tests make the disk fail with it. */
  readonly writeSync?: WriteSync;
  /** Called where the disk did not take so many bytes. @default nobody */
  readonly onFailure?: (error: StorageError, sizeBytes: number) => void;
}

/** What was found of a metadata log. */
export interface MetadataRecovery {
  /** Whether there was a file with something in it. */
  readonly wasThere: boolean;
  /** Bytes that belong to no whole entry; they were put aside. */
  readonly damagedBytes: number;
  /** A sentence about them; `null`: nothing was damaged. */
  readonly detail: string | null;
}

/** Topics and offsets. What was written is with the system when a call returns; topics and ids are on the disk. */
export class MetadataLog {
  readonly clusterId: string;
  /** What was damaged when the file was opened. */
  readonly recovery: MetadataRecovery;
  readonly #catalog = new Catalog();
  readonly #path: string | null;
  readonly #options: MetadataLogOptions;
  #file: AppendFile | null;
  #compactAtBytes: number;
  #nextProducerId: number;

  private constructor(path: string | null, options: MetadataLogOptions) {
    this.#path = path;
    this.#options = options;
    this.#compactAtBytes = options.compactBytesMin ?? METADATA_COMPACT_BYTES_MIN;
    this.#file = path === null ? null : new AppendFile(path, options.writeSync);
    try {
      this.recovery = this.#replay();
      this.#nextProducerId = this.#catalog.nextProducerId;
      this.clusterId = this.#catalog.clusterId ?? this.#makeClusterId();
      this.#compactIfLarge();
    } catch (error) {
      this.close();
      throw StorageError.from(error, `Cannot open ${path}`);
    }
  }

  /**
   * Reads the file, or begins one; `path` null: in memory.
   * @throws {StorageError} where it cannot be read or written.
   */
  static open(path: string | null, options: MetadataLogOptions = {}): MetadataLog {
    return new MetadataLog(path, options);
  }

  /** Takes over every whole entry; damaged bytes go to a file beside this one, which is rewritten without them. */
  #replay(): MetadataRecovery {
    if (this.#file === null) return { wasThere: false, damagedBytes: 0, detail: null };
    const bytes = this.#file.read(0, this.#file.sizeBytes);
    let entries = 0;
    const damaged = decodeFrames(bytes, (entry) => {
      entries++;
      this.#catalog.apply(entry as Entry);
    });
    const damagedBytes = damaged.reduce((sum, { start, end }) => sum + end - start, 0);
    const wasThere = bytes.length > 0;
    if (damagedBytes === 0) return { wasThere, damagedBytes, detail: null };
    const { path } = this.#file;
    keepAside(path, damaged.map(({ start, end }) => bytes.subarray(start, end)));
    const last = damaged.at(-1)!;
    if (damaged.length === 1 && last.end === bytes.length) this.#file.truncate(last.start);
    else this.#replaceFile(encodeAll(this.#catalog.entries()));
    const places = damaged.slice(0, 3).map(({ start, end }) => `${start}–${end}`).join(", ");
    const more = damaged.length > 3 ? ` and ${damaged.length - 3} places more` : "";
    const detail = `${path} was damaged at bytes ${places}${more}: the ${entries} other entries were kept, ` +
      `the damaged bytes are in ${path}.cut; offsets that groups committed last may be lost`;
    return { wasThere, damagedBytes, detail };
  }

  #replaceFile(bytes: Uint8Array): void {
    replaceFile(this.#path!, bytes);
    this.#file!.close();
    this.#file = new AppendFile(this.#path!, this.#options.writeSync);
  }

  #makeClusterId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(CLUSTER_ID_BYTES));
    const clusterId = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    this.#write([{ kind: "cluster", clusterId }]);
    this.flush();
    if (this.#path !== null) syncDirectory(directoryOf(this.#path));
    return clusterId;
  }

  /** Writes entries at once, then takes them over. Thrown: nothing of them counts. */
  #write(entries: readonly Entry[]): void {
    const bytes = encodeAll(entries);
    try {
      this.#file?.append(bytes);
    } catch (error) {
      if (error instanceof StorageError) this.#options.onFailure?.(error, bytes.length);
      throw error;
    }
    for (const entry of entries) this.#catalog.apply(entry);
    this.#compactIfLarge();
  }

  #compactIfLarge(): void {
    if (this.#file === null || this.#path === null || this.#file.sizeBytes < this.#compactAtBytes) return;
    const bytes = encodeAll(this.#catalog.entries());
    const least = this.#options.compactBytesMin ?? METADATA_COMPACT_BYTES_MIN;
    this.#compactAtBytes = Math.max(least, METADATA_COMPACT_RATIO * bytes.length);
    if (this.#file.sizeBytes < this.#compactAtBytes) return;
    try {
      this.#replaceFile(bytes);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // What was to be stored is in the old file: it goes on growing, and is rewritten when it is twice as large.
      this.#compactAtBytes = 2 * this.#file.sizeBytes;
    }
  }

  get topics(): ReadonlyMap<string, StoredTopic> {
    return this.#catalog.topics;
  }

  /** A group's committed offsets by `topic:partition`. */
  offsets(groupId: string): ReadonlyMap<string, StoredOffset> {
    return this.#catalog.groups.get(groupId) ?? new Map<string, StoredOffset>();
  }

  /** How many groups have committed offsets. */
  get groups(): number {
    return this.#catalog.groups.size;
  }

  /** When a group committed last; −∞ where it never did. */
  lastCommitMs(groupId: string): number {
    return this.#catalog.lastCommitMs(groupId);
  }

  /** The largest offset that a group committed for each partition, by `topic:partition`. */
  largestOffsets(): Map<string, number> {
    const largest = new Map<string, number>();
    for (const group of this.#catalog.groups.values()) {
      for (const [key, { offset }] of group) largest.set(key, Math.max(offset, largest.get(key) ?? -1));
    }
    return largest;
  }

  /** Groups with committed offsets. */
  groupIds(): string[] {
    return [...this.#catalog.groups.keys()];
  }

  /** Stores a topic, or what has become of it. */
  putTopic({ name, id, partitions, configs }: StoredTopic): void {
    this.#write([{ kind: "topic", topic: { name, id, partitions, configs } }]);
    this.flush();
  }

  /**
   * Deletes a topic with the offsets committed for it.
   * @throws {StorageError} where it is not written; the topic is gone from memory all the same.
   */
  deleteTopic(name: string): void {
    const entry: Entry = { kind: "topic-deleted", name };
    try {
      this.#write([entry]);
      this.flush();
    } catch (error) {
      this.#catalog.apply(entry);
      throw error;
    }
  }

  /**
   * Stores commits with one write.
   * @throws {StorageError} where the disk does not take them, or `too-large` where no more are kept.
   */
  commitOffsets(offsets: readonly StoredOffset[]): void {
    if (offsets.length === 0) return;
    const growth = this.#catalog.offsetGrowth(offsets);
    const offsetBytesMax = this.#options.offsetBytesMax ?? OFFSETS_BYTES_MAX;
    if (growth > 0 && this.#catalog.offsetBytes + growth > offsetBytesMax) {
      throw new StorageError(
        "too-large",
        `Cannot store ${offsets.length} committed offsets: those of all groups would take more than ${offsetBytesMax} bytes`,
      );
    }
    this.#write(offsetEntries(offsets));
  }

  /** Forgets committed offsets, given as `topic:partition`. */
  deleteOffsets(groupId: string, keys: readonly string[]): void {
    this.#write([{ kind: "offsets-deleted", groupId, keys }]);
  }

  /** Forgets all that a group committed. */
  deleteGroup(groupId: string): void {
    this.deleteGroups([groupId]);
  }

  /** Forgets all that these groups committed, with one write. */
  deleteGroups(groupIds: readonly string[]): void {
    const known = groupIds.filter((groupId) => this.#catalog.groups.has(groupId));
    if (known.length > 0) this.#write(known.map((groupId) => ({ kind: "group-deleted", groupId })));
  }

  /** An id that no producer has had. Ids are reserved on the disk before the first of them is given away. */
  nextProducerId(): number {
    if (this.#nextProducerId >= this.#catalog.nextProducerId) {
      this.#write([{ kind: "producer-ids", next: this.#nextProducerId + PRODUCER_IDS_RESERVED }]);
      this.flush();
    }
    return this.#nextProducerId++;
  }

  /** Goes on with ids of at least `id`; an id that no broker gives (clients may write any) is passed over. */
  skipProducerIds(id: number): void {
    if (id <= this.#nextProducerId || id > PRODUCER_ID_MAX) return;
    this.#write([{ kind: "producer-ids", next: id }]);
    this.flush();
    this.#nextProducerId = id;
  }

  /** Forces all that was written to the disk. */
  flush(): void {
    this.#file?.sync();
  }

  /** As {@linkcode MetadataLog.flush}, while the caller goes on. */
  async flushLater(): Promise<void> {
    await this.#file?.syncLater();
  }

  close(): void {
    this.#file?.close();
  }
}

function encodeAll(entries: Iterable<Entry>): Uint8Array<ArrayBuffer> {
  const frames = Array.from(entries, encodeFrame);
  if (frames.length === 1) return frames[0]!;
  const bytes = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let position = 0;
  for (const frame of frames) {
    bytes.set(frame, position);
    position += frame.length;
  }
  return bytes;
}
