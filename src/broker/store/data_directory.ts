/** The directory that a broker keeps everything in. One broker at a time. */
import { StorageError } from "./storage_error.ts";

export { StorageError, type StorageErrorKind } from "./storage_error.ts";

const LOCK_FILE = ".lock";

/**
 * A data directory that belongs to this process until it is disposed of. The lock is the system's: it ends with the
 * process, however that ends. The file says by its process id who holds it.
 */
export class DataDirectory implements Disposable {
  readonly path: string;
  readonly #lock: Deno.FsFile;

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Takes the directory, and makes it where there is none.
   * @throws {StorageError} `locked`, `read-only`, `not-a-directory`, `no-space` or `io`
   */
  static open(path: string): DataDirectory {
    makeDirectory(path);
    const lockPath = `${path}/${LOCK_FILE}`;
    const lock = openLock(lockPath);
    try {
      if (!lock.tryLockSync(true)) {
        const holder = Deno.readTextFileSync(lockPath).trim() || "unknown";
        throw new StorageError(
          "locked",
          `Cannot use ${path}: process ${holder} serves it; end that one, or use another directory`,
        );
      }
      lock.truncateSync(0);
      lock.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
      return new DataDirectory(path, lock);
    } catch (error) {
      lock.close();
      throw StorageError.from(error, `Cannot lock ${path}`);
    }
  }

  /** Lets another broker have the directory. */
  [Symbol.dispose](): void {
    this.#lock.truncateSync(0);
    this.#lock.close();
  }
}

function makeDirectory(path: string): void {
  try {
    Deno.mkdirSync(path, { recursive: true });
  } catch (error) {
    throw StorageError.from(error, `Cannot make the directory ${path}`);
  }
}

function openLock(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true });
  } catch (error) {
    throw StorageError.from(error, `Cannot write to ${path}`);
  }
}
