/** A table as the bytes of a file, piece by piece. */
import type { Store } from "../store.ts";
import { type TableName, tableOf } from "../tables.ts";
import { csvHead, csvLine, jsonLine } from "./csv.ts";

/** Formats of an exported file. */
export const EXPORT_FORMATS = ["csv", "ndjson", "parquet"] as const;
/** One of them. */
export type ExportFormat = typeof EXPORT_FORMATS[number];

/** A table's file; memory does not grow with its rows. @param onRows called with how many more there are @throws {StoreError} */
export async function* exportTable(
  store: Store,
  name: TableName,
  { format, onRows }: { readonly format: ExportFormat; readonly onRows: (rows: number) => void },
): AsyncGenerator<Uint8Array> {
  const table = tableOf(name);
  async function* counted() {
    for await (const batch of store.rows(name)) {
      onRows(batch.length);
      yield batch;
    }
  }
  if (format === "parquet") {
    const { parquetPieces } = await import("./parquet.ts");
    yield* parquetPieces(counted(), table);
    return;
  }
  const encoder = new TextEncoder();
  if (format === "csv") yield encoder.encode(csvHead(table));
  const line = format === "csv" ? (row: Readonly<Record<string, unknown>>) => csvLine(row, table) : jsonLine;
  for await (const batch of counted()) yield encoder.encode(batch.map(line).join(""));
}
