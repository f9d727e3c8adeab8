/** Rows as a Parquet file: a row group at a time, so that memory does not grow with the table. */
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { ROW_GROUP_BYTES_MAX, ROW_GROUP_ROWS_MAX } from "../limits.ts";
import type { Column, ColumnType, Table } from "../tables.ts";
import { plainValue } from "./csv.ts";

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]["schema"][number];

/** JSON is text: what reads Parquet has functions for it, and few have a type. */
const TYPES: Readonly<Record<ColumnType, Pick<SchemaElement, "type" | "converted_type" | "logical_type">>> = {
  integer: { type: "INT64" },
  real: { type: "DOUBLE" },
  text: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  time: {
    type: "INT64",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
    converted_type: "TIMESTAMP_MILLIS",
  },
  json: { type: "BYTE_ARRAY", converted_type: "UTF8" },
  bytes: { type: "BYTE_ARRAY" },
};

function elementOf([name, { type, nullable }]: [string, Column]): SchemaElement {
  return { name, ...TYPES[type], repetition_type: nullable ? "OPTIONAL" : "REQUIRED" };
}

function toParquet(value: unknown, type: ColumnType): unknown {
  if (value === null) return null;
  if (type === "integer") return BigInt(value as number);
  if (type === "time") return new Date(value as number);
  return type === "json" ? plainValue(value) : value;
}

/** Bytes that a value of no fixed size takes, roughly. */
function sizeOf(value: unknown): number {
  return typeof value === "string" || value instanceof Uint8Array ? value.length : 8;
}

/** A Parquet file of a table's rows, piece by piece. */
export async function* parquetPieces(
  batches: AsyncIterable<readonly Readonly<Record<string, unknown>>[]>,
  { columns }: Table,
): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter();
  const fields = Object.entries<Column>(columns);
  const schema: SchemaElement[] = [{ name: "root", num_children: fields.length }, ...fields.map(elementOf)];
  const parquet = new ParquetWriter({ writer, schema, createdBy: "streamflow" });
  let group: unknown[][] = fields.map(() => []);
  let bytes = 0;
  /** What was written since the last time. */
  const taken = () => {
    const piece = writer.getBytes().slice();
    writer.index = 0;
    return piece;
  };
  const closeGroup = () => {
    const columnData = fields.map(([name], at) => ({ name, data: group[at]! }));
    parquet.write({ columnData, rowGroupSize: group[0]!.length });
    group = fields.map(() => []);
    bytes = 0;
  };
  for await (const batch of batches) {
    for (const row of batch) {
      fields.forEach(([name, { type }], at) => {
        const value = toParquet(row[name], type);
        group[at]!.push(value);
        bytes += sizeOf(value);
      });
      if (group[0]!.length < ROW_GROUP_ROWS_MAX && bytes < ROW_GROUP_BYTES_MAX) continue;
      closeGroup();
      yield taken();
    }
  }
  if (group[0]!.length > 0) closeGroup();
  parquet.finish();
  yield taken();
}
