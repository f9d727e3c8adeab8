/** The bytes of a file or of standard input, piece by piece. */
import { pipeline, Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { UserError } from "../runtime/errors.ts";
import { isStandardInput, openingFailure } from "../runtime/own_streams.ts";

/**
 * A file's bytes, unpacked where they are gzip's (by their first two bytes, whatever the name); `-` is standard input,
 * which can be read once.
 *
 * @param flag that names the file, for the hint
 * @throws {UserError} where it cannot be read.
 */
export async function* readBytes(path: string, flag: string): AsyncIterable<Uint8Array> {
  const file = isStandardInput(path) ? Deno.stdin : await openFile(path, flag);
  try {
    yield* unpacked(file.readable);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const found = error instanceof Deno.errors.IsADirectory ? "it is a folder" : (error as Error).message;
    throw new UserError(`cannot read ${isStandardInput(path) ? "standard input" : path}: ${found}`, {
      hint: `name a whole file with ${flag}`,
      cause: error,
    });
  }
}

async function openFile(path: string, flag: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    throw new UserError(`cannot read ${path}: ${openingFailure(error)}`, {
      hint: `name a file that is there with ${flag}`,
      cause: error,
    });
  }
}

/** Gunzips what begins as gzip does, all of its members; everything else stays. */
async function* unpacked(bytes: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  const head: Uint8Array[] = [];
  let length = 0;
  const whole = (async function* () {
    try {
      yield* head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  })();
  while (length < 2) {
    const next = await iterator.next();
    if (next.done === true) break;
    head.push(next.value);
    length += next.value.length;
  }
  const [first, second] = head.flatMap((piece) => [...piece.subarray(0, 2)]);
  if (first !== 0x1f || second !== 0x8b) return yield* whole;
  // The iterator below has the error.
  yield* pipeline(Readable.from(whole, { objectMode: false }), createGunzip(), () => {});
}

/** The same bytes, each piece shown to somebody on its way. */
export async function* tap(
  bytes: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    onChunk(chunk);
    yield chunk;
  }
}
