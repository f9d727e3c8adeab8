/** The bytes of a file or of standard input, piece by piece. */
import { UserError } from "../runtime/errors.ts";

/**
 * A file's bytes, `.gz` unpacked; `-` is standard input, which can be read once.
 *
 * @param flag that names the file, for the hint
 * @throws {UserError} where it cannot be read.
 */
export async function* readBytes(path: string, flag: string): AsyncIterable<Uint8Array> {
  if (path === "-") return yield* Deno.stdin.readable;
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new UserError(`cannot read ${path}: ${found}`, {
      hint: `name a file that is there with ${flag}`,
      cause: error,
    });
  }
  const bytes: ReadableStream<Uint8Array> = /\.gz$/i.test(path)
    ? file.readable.pipeThrough(new DecompressionStream("gzip"))
    : file.readable;
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot read ${path}: ${(error as Error).message}`, {
      hint: `name a whole file with ${flag}`,
      cause: error,
    });
  }
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
