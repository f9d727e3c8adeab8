/** The one place where a whole file is written: a regular file whole or not at all, anything else as it is. */
import { basename, dirname, join } from "node:path";
import { UserError } from "./errors.ts";
import { CLOSED, openingFailure, standardOutput } from "./own_streams.ts";

/** What is written, for messages. */
export interface SavedFile {
  /** `model`, `page`. */
  readonly what: string;
  /** The flag that names the file. */
  readonly flag: string;
}

/** A file's content: whole, or piece by piece. */
type Pieces = Uint8Array | Iterable<Uint8Array>;

/** Streams of this process that have a path. */
const OWN_STREAM = /^\/(dev\/(stdout|stderr|fd\/)|proc\/)/;

/**
 * Writes to a temporary file beside `path`, forces it to disk and renames it: whoever reads sees the old file or
 * the new one, never half of one. Through a symbolic link its target is replaced, and the link stays. A character
 * device or a pipe is written to; a folder, a disk and a socket are refused.
 *
 * @param bytes all of them, or piece by piece; what the pieces throw leaves the old file as it was
 * @throws {UserError} where it cannot be written.
 */
export async function saveFile(
  path: string,
  bytes: Uint8Array | Iterable<Uint8Array>,
  { what, flag }: SavedFile,
): Promise<void> {
  try {
    const own = standardOutput(path);
    if (own !== null) return await writeAll(own, bytes);
    const found = await statOrNull(path);
    if (found !== null && isNoFile(found)) throw new Error(`it is a ${kindOf(found)}`);
    if (OWN_STREAM.test(path) || found !== null && !found.isFile) await writeTo(path, bytes);
    else await replaceFile(await targetOf(path), { bytes, mode: found?.mode ?? null });
  } catch (error) {
    const found = openingFailure(error).replace(/: tmpfile$/, "");
    throw new UserError(`Cannot write the ${what} ${path}: ${found}`, {
      hint: `name a file in a folder that exists and can be written with ${flag}`,
      cause: error,
    });
  }
}

/** Whether a path is a regular file, or is free for one. */
export async function isFilePlace(path: string): Promise<boolean> {
  return !OWN_STREAM.test(path) && (await statOrNull(path))?.isFile !== false;
}

/** What a path is where no file can be written to it; `null` where one can. */
export async function refusalOf(path: string): Promise<string | null> {
  if (standardOutput(path) !== null) return null;
  let found: Deno.FileInfo | null;
  try {
    found = await statOrNull(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return CLOSED;
    throw error;
  }
  return found !== null && isNoFile(found) ? kindOf(found) : null;
}

function isNoFile({ isDirectory, isBlockDevice, isSocket }: Deno.FileInfo): boolean {
  return isDirectory || isBlockDevice === true || isSocket === true;
}

function kindOf({ isDirectory, isSocket }: Deno.FileInfo): string {
  return isDirectory ? "folder" : isSocket ? "socket" : "disk";
}

async function statOrNull(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The file at the end of symbolic links; the last of them may name one that is not there yet. */
async function targetOf(path: string): Promise<string> {
  try {
    return await Deno.realPath(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const link = await Deno.readLink(path).catch(() => null);
  if (link === null) return join(dirname(path), basename(path));
  // Each one leads to another name; a circle is an error of its own before this.
  return await targetOf(link.startsWith("/") ? link : join(dirname(path), link));
}

async function replaceFile(
  path: string,
  { bytes, mode }: { readonly bytes: Pieces; readonly mode: number | null },
): Promise<void> {
  // At once, so that there is no moment in which it is there and not known.
  const temporary = Deno.makeTempFileSync({ dir: dirname(path), prefix: `.${basename(path)}.` });
  if (pending.size === 0) globalThis.addEventListener("unload", removePending);
  pending.add(temporary);
  try {
    await writeTo(temporary, bytes, { isForced: true });
    if (Deno.build.os !== "windows") await Deno.chmod(temporary, (mode ?? 0o644) & 0o777);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => undefined);
    throw error;
  } finally {
    pending.delete(temporary);
    if (pending.size === 0) globalThis.removeEventListener("unload", removePending);
  }
}

/** Temporary files that are being written. */
const pending = new Set<string>();

/** The process ends before they are complete: nobody would ever remove them. */
function removePending(): void {
  for (const temporary of pending) {
    try {
      Deno.removeSync(temporary);
    } catch {
      // It has just been renamed, or its folder is gone.
    }
  }
}

async function writeTo(
  path: string,
  bytes: Pieces,
  { isForced = false }: { readonly isForced?: boolean } = {},
): Promise<void> {
  using file = await Deno.open(path, isForced ? { write: true } : { append: true });
  await writeAll(file, bytes);
  if (isForced) await file.sync();
}

async function writeAll(
  file: { write(bytes: Uint8Array): Promise<number> },
  bytes: Pieces,
): Promise<void> {
  for (const piece of bytes instanceof Uint8Array ? [bytes] : bytes) {
    for (let written = 0; written < piece.length;) written += await file.write(piece.subarray(written));
  }
}
