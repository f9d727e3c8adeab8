// Not pure: it looks at a file again and again.
/** Looks after a model's file: when another one has taken its place, its bytes are offered. */
import { sleep } from "../../runtime/clock.ts";
import { MODEL_LOOK_EVERY_MS } from "../limits.ts";
import { MODEL_FILE_BYTES_MAX } from "../limits.ts";
import type { ModelIntake } from "./intake.ts";
import { type NamedModel, sha256Of } from "../container.ts";

/** How a file is looked after. */
export interface ModelWatchOptions<M extends NamedModel> {
  readonly path: string;
  /** SHA-256 of what was read from it at the start. */
  readonly sha256: string;
  readonly intake: ModelIntake<M>;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** @default MODEL_LOOK_EVERY_MS */
  readonly everyMs?: number;
}

/**
 * Watches until the signal aborts. A file counts when it has not changed between two looks, so that one that is
 * written bit by bit is not read in the middle; a file that is gone, or cannot be read, is waited for.
 */
export async function watchModelFile<M extends NamedModel>(
  { path, sha256, intake, signal, everyMs = MODEL_LOOK_EVERY_MS }: ModelWatchOptions<M>,
): Promise<void> {
  let read: string | null = null;
  let offered = sha256;
  let before: string | null = null;
  while (!signal.aborted) {
    const now = await lookAt(path);
    if (now !== null && now === before && now !== read) {
      const bytes = await readBytes(path);
      const writtenMs = await writtenAt(path);
      if (bytes !== null && await lookAt(path) === now) {
        read = now;
        const found = sha256Of(bytes);
        if (found !== offered) intake.offer(bytes, path, writtenMs);
        offered = found;
      }
    }
    before = now;
    await sleep(everyMs, signal);
  }
}

/** When a file was written, Unix ms; `null` where that cannot be known. */
export async function writtenAt(path: string): Promise<number | null> {
  try {
    return (await Deno.stat(path)).mtime?.getTime() ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

/** What distinguishes a file from the one that was there before; `null` where there is none. */
async function lookAt(path: string): Promise<string | null> {
  try {
    const { isFile, size, mtime, ino } = await Deno.stat(path);
    return isFile && size <= MODEL_FILE_BYTES_MAX ? `${ino} ${size} ${mtime?.getTime()}` : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}

async function readBytes(path: string): Promise<Uint8Array | null> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}
