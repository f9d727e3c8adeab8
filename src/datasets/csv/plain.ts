/** CSV files that are read by bytes. */
import type { ReadingColumns } from "../dataset.ts";
import type { Layout } from "./layout.ts";
import { isPlain, type PlainOptions, PlainReader } from "./plain_rows.ts";

/** Bytes of a file whose order is looked through before anything is read; some seconds. */
const ORDER_BYTES_MAX = 256 * 1_024 * 1_024;

/** Sources whose last time is kept. */
const SOURCES_MAX = 100_000;

/** Whether a file can be read by bytes, by its beginning. */
export async function isPlainFile(bytes: AsyncIterable<Uint8Array>, layout: Layout): Promise<boolean> {
  for await (const chunk of bytes) if (chunk.length > 0) return isPlain(chunk, layout);
  return false;
}

/** The readings of a file. @throws {UserError} for quotes that do not close, and for rows beyond all measure */
export async function* readPlain(
  bytes: AsyncIterable<Uint8Array>,
  options: PlainOptions,
): AsyncIterable<ReadingColumns> {
  const reader = new PlainReader(options);
  for await (const chunk of bytes) {
    const found = reader.take(chunk, false);
    if (found.count > 0) yield found;
  }
  const found = reader.take(new Uint8Array(0), true);
  if (found.count > 0) yield found;
}

/** Whether the times of each source never go back, as far as {@linkcode ORDER_BYTES_MAX}; `false` for too many sources. */
export async function isPlainlyOrdered(
  bytes: AsyncIterable<Uint8Array>,
  options: PlainOptions,
): Promise<boolean> {
  const last: number[] = [];
  let read = 0;
  const counted = (async function* () {
    for await (const chunk of bytes) {
      read += chunk.length;
      yield chunk;
    }
  })();
  for await (const { count, sources, names, times } of readPlain(counted, options)) {
    if (names.length > SOURCES_MAX) return false;
    for (let i = 0; i < count; i++) {
      const source = sources[i]!;
      if (times[i]! < last[source]!) return false;
      last[source] = times[i]!;
    }
    if (read > ORDER_BYTES_MAX) break;
  }
  return true;
}
