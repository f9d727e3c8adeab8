/** A question in SQL to a store that cannot be changed by it. */
import { QUERY_VALUE_BYTES_MAX } from "../limits.ts";
import { toStoreError } from "./errors.ts";
import { openSqlite } from "./sqlite_store.ts";

/** What came of it. */
export interface Answer {
  readonly columns: readonly string[];
  /** Bytes are `Uint8Array`, whole numbers past 2^53 texts. */
  readonly rows: readonly (readonly unknown[])[];
  /** There are more rows. */
  readonly isCut: boolean;
}

/**
 * Runs one SELECT. It takes as long as SQLite takes, and nothing in the process can end it: whoever asks for
 * others runs it in a thread.
 *
 * @throws {StoreError} where it is something else, or wrong
 */
export function runQuery(place: string, sql: string, rowsMax: number): Answer {
  using database = openSqlite(place, { isReadOnly: true });
  try {
    database.limits.length = QUERY_VALUE_BYTES_MAX;
    // An inner question: nothing but one SELECT can stand there, and it is counted. Not by an iterator: one of this
    // runtime ends without a word where a step fails.
    const inner = sql.trim().replace(/;$/, "");
    const statement = database.prepare(`SELECT * FROM (\n${inner}\n) LIMIT ?`);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    const columns = statement.columns().map(({ name }) => name ?? "");
    const found = statement.all(rowsMax + 1) as unknown as unknown[][];
    const rows = found.slice(0, rowsMax).map((row) => row.map(plain));
    return { columns, rows, isCut: found.length > rowsMax };
  } catch (error) {
    throw toStoreError(error, place);
  }
}

function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
