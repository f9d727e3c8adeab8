/** `streamflow store query`: SQL to a store, as a table or as JSON. */
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { tableLines } from "../../runtime/text_table.ts";
import { plainValue } from "../../store/export/csv.ts";
import { QUERY_ROWS } from "../../store/limits.ts";
import { isMongo } from "../../store/open.ts";
import type { Answer } from "../../store/sqlite/query.ts";
import { defineCommand } from "../command.ts";
import { StoreError } from "../../store/store.ts";
import { orUserError } from "./open_store.ts";
import { askInThread } from "./query_thread.ts";

/** Letters of a cell that a table shows; --json has all. */
const CELL_CHARS_MAX = 60;

function cellOf(value: unknown): string {
  if (value === null) return "";
  const text = value instanceof Uint8Array ? `${formatCount(value.length)} bytes` : String(value);
  const line = text.replace(/\s+/g, " ");
  return line.length > CELL_CHARS_MAX ? `${line.slice(0, CELL_CHARS_MAX - 1)}…` : line;
}

function tableOf({ columns, rows }: Answer): string[] {
  const isNumber = columns.map((_, at) =>
    rows.every((row) => row[at] === null || typeof row[at] === "number")
  );
  return tableLines([columns, ...rows.map((row) => row.map(cellOf))], (at) => !isNumber[at]);
}

/** Asks a store. */
export const storeQueryCommand = defineCommand({
  name: "query",
  summary: "Ask a store in SQL; what would write is refused",
  args: "<sql>",
  examples: [
    'store query "SELECT device, updates, mse_global FROM v_devices"',
    'store query "SELECT * FROM v_rounds" --json',
  ],
  settings: ["store", "limit", "json"],
  wording: {
    limit: { description: `Show at most N rows [default: ${formatCount(QUERY_ROWS)}]`, placeholder: "N" },
    store: { description: "Path of the SQLite file [default: fl.sqlite]", placeholder: "PATH" },
  },
  async run({ store: place, limit = QUERY_ROWS, json }, { args: [sql], out, log, signal }) {
    if (isMongo(place)) {
      throw new UserError("query speaks SQL, and MongoDB does not", {
        hint: "ask MongoDB with mongosh, or export its tables: streamflow store export --format parquet",
        exitCode: 2,
      });
    }
    const answer = await orUserError(
      askInThread({ place, sql: sql!, rowsMax: limit }, signal)
        .catch((error: unknown) => {
          if (!(error instanceof StoreError) || error.kind === "foreign") throw error;
          throw new UserError(`query: ${error.message}`, {
            hint: 'write one SELECT; tables and views: store query "SELECT name FROM sqlite_schema"',
            cause: error,
          });
        }),
    );
    if (answer === null) return 130;
    const { columns, rows, isCut } = answer;
    if (json) {
      const objects = rows.map((row) =>
        Object.fromEntries(columns.map((name, at) => [name, plainValue(row[at])]))
      );
      out(JSON.stringify({ columns, rows: objects, isCut }));
    } else if (rows.length === 0) out("no rows");
    else tableOf(answer).forEach(out);
    if (isCut) {
      log.warn(`there are more rows than the ${formatCount(rows.length)} shown: --limit N shows more`);
    }
    return 0;
  },
});
