/** What went wrong with a file or directory of the broker. */

/**
 * `locked`: another process serves the directory. `too-large`: what is to be stored, whatever space there is. `io`:
 * whatever else the system says.
 */
export type StorageErrorKind =
  | "locked"
  | "read-only"
  | "not-a-directory"
  | "no-space"
  | "too-large"
  | "io";

/** A failure of the disk, or of what is on it. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly kind: StorageErrorKind;

  constructor(kind: StorageErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
  }

  /** The error of a system call, with what was being done. */
  static from(cause: unknown, doing: string): StorageError {
    if (cause instanceof StorageError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    return new StorageError(kindOf(cause), `${doing}: ${message}`, { cause });
  }
}

function kindOf(cause: unknown): StorageErrorKind {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return "no-space";
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "read-only";
    case "ENOTDIR":
    case "EEXIST":
      return "not-a-directory";
    default:
      return "io";
  }
}
