/** `streamflow store export`: tables as files for other programs. */
import { UserError } from "../../runtime/errors.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import { nearest } from "../../runtime/suggest.ts";
import { EXPORT_FORMATS, type ExportFormat, exportTable } from "../../store/export/export.ts";
import { TABLE_NAMES, type TableName } from "../../store/tables.ts";
import { defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { openExistingStore, orUserError, STORE_KEYS } from "./open_store.ts";

function formatOf(format: string): ExportFormat {
  const found = EXPORT_FORMATS.find((one) => one === format);
  if (found !== undefined) return found;
  throw new UserError(`--format of an export is one of ${EXPORT_FORMATS.join(", ")}, and not ${format}`, {
    exitCode: 2,
  });
}

function tableNamed(table: string): TableName {
  const found = TABLE_NAMES.find((name) => name === table);
  if (found !== undefined) return found;
  const near = nearest(table, TABLE_NAMES);
  throw new UserError(`a store has no table '${table}'`, {
    hint: near === undefined ? `there are ${TABLE_NAMES.join(", ")}` : `did you mean --table ${near}?`,
    exitCode: 2,
  });
}

/** Writes a table. */
export const storeExportCommand = defineCommand({
  name: "export",
  summary: "Write a table of a store as CSV, JSON lines or Parquet; of any size, in bounded memory",
  examples: [
    "store export --table rounds --out rounds.csv",
    "store export --format parquet --table device_data --out device_data.parquet",
    "store export --format ndjson --table anomalies --out - | jq .evidence",
  ],
  settings: [...STORE_KEYS, "format", "table", "out", "quiet"],
  defaults: { format: "csv" },
  wording: {
    format: {
      description: "csv (RFC 4180), ndjson, or parquet [default: csv]",
      placeholder: "csv|ndjson|parquet",
    },
    out: { description: "File to write; - = standard output [default: TABLE.FORMAT]", placeholder: "FILE" },
  },
  async run(settings, { log, signal }) {
    const format = formatOf(settings.format), table = tableNamed(settings.table);
    const out = settings.out ?? `${table}.${format}`;
    if (out !== "-") await requireWritable({ "--out": out });
    refuseOverwriting(["--out", out], { "--store": settings.store });
    await using store = await openExistingStore(settings);
    using progress = startProgress({ unit: "rows", log, quiet: settings.quiet || out === "-" });
    let rows = 0;
    const pieces = exportTable(store, table, {
      format,
      onRows: (more) => {
        rows += more;
        progress.update(rows);
      },
    });
    const file = out === "-"
      ? Deno.stdout
      : await Deno.open(out, { write: true, create: true, truncate: true });
    try {
      const write = async () => {
        for await (const piece of pieces) {
          if (signal.aborted) return false;
          for (let at = 0; at < piece.length;) at += await file.write(piece.subarray(at));
        }
        return true;
      };
      if (!await orUserError(write())) return 130;
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) return 0; // nobody reads any more
      throw error;
    } finally {
      if (out !== "-") file.close();
    }
    if (out !== "-") log.info(`wrote ${formatCount(rows)} rows of ${table} to ${out}`);
    return 0;
  },
});
