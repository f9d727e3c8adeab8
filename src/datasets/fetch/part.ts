/** A partial file and what is known of the whole that it is the beginning of: `NAME.part`, `NAME.part.json`. */
import { saveFile } from "../../runtime/save_file.ts";
import { PART_STATE_BYTES_MAX } from "./limits.ts";

/** What a partial file is the beginning of. */
export interface PartState {
  readonly url: string;
  /** A strong `ETag`, or `Last-Modified`: what `If-Range` asks for; `null` where the server names neither. */
  readonly validator: string | null;
}

/** Where the partial file stands. */
export function partOf(path: string): string {
  return `${path}.part`;
}

function stateOf(path: string): string {
  return `${path}.part.json`;
}

/** Bytes of the partial file, and what it is the beginning of; nothing where that is not known, or another address. */
export async function readPart(
  path: string,
  url: string,
): Promise<{ readonly bytes: number; readonly validator: string } | null> {
  try {
    const [{ size: bytes, isFile }, { size }] = await Promise.all([
      Deno.stat(partOf(path)),
      Deno.stat(stateOf(path)),
    ]);
    if (!isFile || bytes === 0 || size > PART_STATE_BYTES_MAX) return null;
    const state: unknown = JSON.parse(await Deno.readTextFile(stateOf(path)));
    if (typeof state !== "object" || state === null) return null;
    const { url: from, validator } = state as Record<string, unknown>;
    return from === url && typeof validator === "string" ? { bytes, validator } : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Remembers what the partial file that begins now is the beginning of. */
export async function writePartState(path: string, state: PartState): Promise<void> {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  await saveFile(stateOf(path), bytes, { what: "state of the download", flag: "--folder" });
}

/** Removes the partial file, if it is there, and what was known of it. */
export async function removePart(path: string): Promise<void> {
  for (const name of [partOf(path), stateOf(path)]) {
    await Deno.remove(name).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

/** The partial file is whole: it takes its name. */
export async function finishPart(path: string): Promise<void> {
  await Deno.rename(partOf(path), path);
  await removePart(path);
}
