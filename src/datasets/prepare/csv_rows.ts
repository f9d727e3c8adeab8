/** Prepared readings as a CSV file that every command reads: a time, a source, a column for each feature. Pure. */
import type { ReadingColumns } from "./reading_columns.ts";

/** Characters that are encoded together. */
const PIECE_CHARS = 256 * 1024;

/**
 * The file, piece by piece: `time,KEY,FEATURE,…`, times in ISO 8601 UTC, a missing value empty.
 *
 * @param order rows in the order in which they are written
 * @param key name of the column with the source
 */
export function* csvPieces(
  columns: ReadingColumns,
  { order, key }: { readonly order: Uint32Array; readonly key: string },
): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder(), { features, sources } = columns;
  let text = `time,${[key, ...features].map(quoted).join(",")}\n`;
  const names = sources.map(quoted);
  let lastMs = NaN, time = "";
  for (const row of order) {
    const timeMs = columns.timeOf(row);
    if (timeMs !== lastMs) {
      time = new Date(timeMs).toISOString();
      lastMs = timeMs;
    }
    text += `${time},${names[columns.sourceOf(row)]}`;
    for (let feature = 0; feature < features.length; feature++) {
      const value = columns.valueOf(row, feature);
      text += Number.isNaN(value) ? "," : `,${value}`;
    }
    text += "\n";
    if (text.length < PIECE_CHARS) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function quoted(name: string): string {
  return /[",\n\r;\t|]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
