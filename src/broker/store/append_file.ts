/** Files that only grow at their end, and files that are replaced whole. */
import { OPEN_HANDLES } from "./open_handles.ts";
import { StorageError } from "./storage_error.ts";

/** Writes some of the bytes and returns how many, as `Deno.FsFile.writeSync`. Tests put a full disk here. */
export type WriteSync = (file: Deno.FsFile, bytes: Uint8Array) => number;

function write(file: Deno.FsFile, bytes: Uint8Array): number {
  return file.writeSync(bytes);
}

/** A file to append to and to read at any place. It is opened when it is first used. */
export class AppendFile {
  readonly path: string;
  readonly #write: WriteSync;
  #file: Deno.FsFile | null = null;
  #sizeBytes: number;
  /** The end of a failed write may still be there. */
  #isTorn = false;
  #isRemoved = false;
  /** Counts changes; what is on the disk has the state after `#synced` of them. */
  #changes = 0;
  #synced = 0;

  constructor(path: string, writeSync: WriteSync = write) {
    this.path = path;
    this.#write = writeSync;
    this.#sizeBytes = this.#open().statSync().size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  #open(): Deno.FsFile {
    if (this.#isRemoved) throw new StorageError("io", `Cannot open ${this.path}: it was deleted`);
    try {
      const open = () => Deno.openSync(this.path, { read: true, append: true, create: true });
      if (this.#file === null) this.#file = OPEN_HANDLES.open(this, open);
      else OPEN_HANDLES.use(this);
      return this.#file;
    } catch (error) {
      throw StorageError.from(error, `Cannot open ${this.path}`);
    }
  }

  /**
   * Writes all of the bytes, or none.
   * @throws {StorageError} and the file is as before; or will be made so before the next write.
   */
  append(bytes: Uint8Array): void {
    const file = this.#open();
    try {
      if (this.#isTorn) this.#cut();
      this.#changes++;
      for (let done = 0; done < bytes.length;) {
        this.#isTorn = true;
        const count = this.#write(file, done === 0 ? bytes : bytes.subarray(done));
        if (count <= 0) throw new StorageError("io", `Cannot write to ${this.path}: no byte was taken`);
        done += count;
      }
    } catch (error) {
      if (this.#isTorn) this.#cutIfPossible();
      throw StorageError.from(error, `Cannot write ${bytes.length} bytes to ${this.path}`);
    }
    this.#isTorn = false;
    this.#sizeBytes += bytes.length;
  }

  #cut(): void {
    this.#open().truncateSync(this.#sizeBytes);
    this.#isTorn = false;
  }

  /** The failure of the write is what is reported; a failure here leaves the mark that makes the next write cut. */
  #cutIfPossible(): void {
    try {
      this.#cut();
    } catch {
      this.#isTorn = true;
    }
  }

  /** Up to `length` bytes from `position` on; fewer only at the end of the file. */
  read(position: number, length: number): Uint8Array {
    const size = Math.max(0, Math.min(length, this.#sizeBytes - position));
    const bytes = new Uint8Array(size);
    return bytes.subarray(0, this.readInto(bytes, position));
  }

  /** Fills `bytes` from `position` on; how many bytes there were. */
  readInto(bytes: Uint8Array, position: number): number {
    try {
      const file = this.#open();
      file.seekSync(position, Deno.SeekMode.Start);
      let done = 0;
      while (done < bytes.length) {
        const count = file.readSync(done === 0 ? bytes : bytes.subarray(done));
        if (count === null || count === 0) break;
        done += count;
      }
      return done;
    } catch (error) {
      throw StorageError.from(error, `Cannot read ${this.path}`);
    }
  }

  /**
   * Forgets everything from `sizeBytes` on.
   * @throws {StorageError} and it is forgotten all the same: it will be cut off before the next write.
   */
  truncate(sizeBytes: number): void {
    this.#sizeBytes = sizeBytes;
    this.#changes++;
    this.#isTorn = true;
    try {
      this.#cut();
    } catch (error) {
      throw StorageError.from(error, `Cannot cut ${this.path} to ${sizeBytes} bytes`);
    }
  }

  /** Forces what was written to the disk. */
  sync(): void {
    if (this.#synced === this.#changes) return;
    try {
      this.#open().syncDataSync();
    } catch (error) {
      throw StorageError.from(error, `Cannot flush ${this.path}`);
    }
    this.#synced = this.#changes;
  }

  /**
   * Forces what was written so far to the disk, while the caller goes on. It has a handle of its own, as a file that
   * is being synced takes no writes.
   */
  async syncLater(): Promise<void> {
    const changes = this.#changes;
    if (this.#synced === changes || this.#isRemoved) return;
    try {
      using file = await Deno.open(this.path, { write: true });
      await file.syncData();
    } catch (error) {
      if (this.#isRemoved) return;
      throw StorageError.from(error, `Cannot flush ${this.path}`);
    }
    this.#synced = Math.max(this.#synced, changes);
  }

  /** Gives the file's handle back; it is opened again where it is used again. */
  close(): void {
    OPEN_HANDLES.forget(this);
    this.#file?.close();
    this.#file = null;
  }

  remove(): void {
    this.#isRemoved = true;
    this.close();
    removeIfThere(this.path);
  }
}

/** All of a file; empty where it is not there. */
export function readIfThere(path: string): Uint8Array {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return new Uint8Array(0);
    }
    throw StorageError.from(error, `Cannot read ${path}`);
  }
}

/** Removes a file or a directory with all that is in it, if it is there. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw StorageError.from(error, `Cannot remove ${path}`);
  }
}

/** Adds damaged bytes of a file to those that were cut out of it before, in `<path>.cut`, and forces them to the disk. */
export function keepAside(path: string, pieces: Iterable<Uint8Array>): void {
  const kept = new AppendFile(`${path}.cut`);
  try {
    for (const piece of pieces) kept.append(piece);
    kept.sync();
    syncDirectory(directoryOf(path));
  } finally {
    kept.close();
  }
}

/** Removes what is of no use any more; where it cannot be removed it does no harm but for its size. */
export function removeIfPossible(path: string): void {
  try {
    removeIfThere(path);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}

/** Puts a file in another's place in one step: after a crash it is the old or the new one. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.tmp`;
  try {
    const file = Deno.openSync(temporary, { write: true, create: true, truncate: true });
    try {
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      file.syncSync();
    } finally {
      file.close();
    }
    Deno.renameSync(temporary, path);
  } catch (error) {
    removeIfPossible(temporary);
    throw StorageError.from(error, `Cannot replace ${path}`);
  }
  syncDirectory(directoryOf(path));
}

/** The directory that a file is in. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** Forces a directory's list of names to the disk. Windows does so by itself. */
export function syncDirectory(path: string): void {
  if (Deno.build.os === "windows") return;
  try {
    using directory = Deno.openSync(path === "" ? "/" : path);
    directory.syncSync();
  } catch (error) {
    throw StorageError.from(error, `Cannot flush the names in ${path}`);
  }
}
