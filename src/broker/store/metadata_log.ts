/** The broker's memory of topics, committed offsets and producer ids: a file of entries, written anew when it is large. */
import {
  METADATA_COMPACT_BYTES_MIN,
  METADATA_COMPACT_RATIO,
  PRODUCER_IDS_RESERVED,
} from "../storage_limits.ts";
import { AppendFile, replaceFile, type WriteSync } from "./append_file.ts";
import { Catalog, type Entry, offsetEntries, type StoredOffset, type StoredTopic } from "./catalog.ts";
import { decodeFrames, encodeFrame } from "./frames.ts";
import { StorageError } from "./storage_error.ts";

export type { StoredOffset, StoredTopic } from "./catalog.ts";

const CLUSTER_ID_BYTES = 16;

/** Sizes of the file; tests make them small. */
export interface MetadataLogOptions {
  /** The file is not written anew while it is smaller. */
  readonly compactBytesMin?: number;
  /** Tests make the disk fail with it. */
  readonly writeSync?: WriteSync;
}

/** Topics and offsets. What was written is with the system when a call returns; topics and ids are on the disk. */
export class MetadataLog {
  readonly clusterId: string;
  /** What was cut off the file's end because it was damaged, in bytes and words; `null`: nothing. */
  readonly recovery: { readonly truncatedBytes: number; readonly detail: string | null };
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

  #replay(): MetadataLog["recovery"] {
    const nothing = { truncatedBytes: 0, detail: null };
    if (this.#file === null) return nothing;
    const bytes = this.#file.read(0, this.#file.sizeBytes);
    const goodBytes = decodeFrames(bytes, (value) => this.#catalog.apply(value as Entry));
    const truncatedBytes = bytes.length - goodBytes;
    if (truncatedBytes === 0) return nothing;
    const { path } = this.#file;
    replaceFile(`${path}.cut`, bytes.subarray(goodBytes));
    this.#file.truncate(goodBytes);
    const detail =
      `${path}: damaged at byte ${goodBytes}; the ${truncatedBytes} bytes from there on are in ${path}.cut`;
    return { truncatedBytes, detail };
  }

  #makeClusterId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(CLUSTER_ID_BYTES));
    const clusterId = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    this.#write([{ kind: "cluster", clusterId }]);
    this.flush();
    return clusterId;
  }

  /** Writes entries at once, then takes them over. Thrown: nothing of them counts. */
  #write(entries: readonly Entry[]): void {
    if (this.#file !== null) {
      this.#file.append(concat(entries.map(encodeFrame)));
    }
    for (const entry of entries) this.#catalog.apply(entry);
    this.#compactIfLarge();
  }

  #compactIfLarge(): void {
    if (this.#file === null || this.#path === null || this.#file.sizeBytes < this.#compactAtBytes) return;
    const bytes = concat(Array.from(this.#catalog.entries(), encodeFrame));
    const least = this.#options.compactBytesMin ?? METADATA_COMPACT_BYTES_MIN;
    this.#compactAtBytes = Math.max(least, METADATA_COMPACT_RATIO * bytes.length);
    if (this.#file.sizeBytes < this.#compactAtBytes) return;
    try {
      replaceFile(this.#path, bytes);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      // What was to be stored is in the old file: it goes on growing, and is written anew when it is twice as large.
      this.#compactAtBytes = 2 * this.#file.sizeBytes;
      return;
    }
    this.#file.close();
    this.#file = new AppendFile(this.#path, this.#options.writeSync);
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

  /** Groups with committed offsets. */
  groupIds(): string[] {
    return [...this.#catalog.groups.keys()];
  }

  /** Stores a topic, or what has become of it. */
  putTopic({ name, id, partitions, configs }: StoredTopic): void {
    this.#write([{ kind: "topic", topic: { name, id, partitions, configs } }]);
    this.flush();
  }

  /** Deletes a topic with the offsets committed for it. */
  deleteTopic(name: string): void {
    this.#write([{ kind: "topic-deleted", name }]);
    this.flush();
  }

  /** Stores commits with one write. */
  commitOffsets(offsets: readonly StoredOffset[]): void {
    if (offsets.length > 0) this.#write(offsetEntries(offsets));
  }

  /** Forgets committed offsets, given as `topic:partition`. */
  deleteOffsets(groupId: string, keys: readonly string[]): void {
    this.#write([{ kind: "offsets-deleted", groupId, keys }]);
  }

  /** Forgets all that a group committed. */
  deleteGroup(groupId: string): void {
    if (this.#catalog.groups.has(groupId)) this.#write([{ kind: "group-deleted", groupId }]);
  }

  /** An id that no producer has had. Ids are reserved on the disk before the first of them is given away. */
  nextProducerId(): number {
    if (this.#nextProducerId >= this.#catalog.nextProducerId) {
      this.#write([{ kind: "producer-ids", next: this.#nextProducerId + PRODUCER_IDS_RESERVED }]);
      this.flush();
    }
    return this.#nextProducerId++;
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

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let position = 0;
  for (const piece of pieces) {
    bytes.set(piece, position);
    position += piece.length;
  }
  return bytes;
}
