/**
 * CSV files as readings: comma, semicolon, tab or bar; byte order mark and CRLF; quoted newlines; `.gz`; standard
 * input. The first row names the columns. Every mistake is one line with file and line number.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { UserError } from "../runtime/errors.ts";
import type { Reading } from "../stream/records.ts";
import { BATCH_READINGS_MAX, type Dataset } from "./dataset.ts";
import { readBytes, tap } from "./bytes.ts";
import { chooseColumns, type Columns, type CsvOptions, toReading } from "./csv_columns.ts";
import { readRows, type Row, type RowBatch } from "./rows.ts";

/** Opens the bytes of a file, once for each pass. */
type Open = () => AsyncIterable<Uint8Array>;

/** The header and the first row below it. */
interface Opened {
  readonly header: Row;
  readonly first: Row;
  readonly delimiter: string;
}

function checkBeginning(
  rows: readonly Row[],
  { file, delimiter }: { file: string; delimiter: string },
): Opened {
  const [header, first] = rows;
  if (header === undefined) {
    throw new UserError(`${file} is empty`, { hint: "the first line has to name the columns" });
  }
  if (first === undefined) {
    throw new UserError(`${file} has a line with column names and no rows below it`);
  }
  return { header, first, delimiter };
}

/** Reads the first two rows and leaves them to be read again. */
async function peek(batches: AsyncIterator<RowBatch>): Promise<{ seen: RowBatch[]; rows: Row[] }> {
  const seen: RowBatch[] = [];
  const rows: Row[] = [];
  while (rows.length < 2) {
    const next = await batches.next();
    if (next.done === true) break;
    seen.push(next.value);
    rows.push(...next.value.rows.slice(0, 2));
  }
  return { seen, rows };
}

async function* chain(seen: readonly RowBatch[], rest: AsyncIterator<RowBatch>): AsyncIterable<RowBatch> {
  try {
    yield* seen;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

/**
 * Opens a CSV file and checks its columns.
 *
 * @param path `-` = standard input, which can be read once.
 * @throws {UserError} where it cannot be read, is empty, or lacks a column.
 */
export async function openCsv(path: string, options: CsvOptions = {}): Promise<Dataset> {
  const standardInput = path === "-";
  const file = standardInput ? "standard input" : path;
  const stem = standardInput
    ? "stdin"
    : basename(path).replace(/\.gz$/i, "").replace(/\.[^.]+$/, "") || "csv";
  const open: Open = () => readBytes(path, "--csv");
  let hash = createHash("sha256");
  let digest: string | null = null;
  const rowsOf = () => {
    hash = createHash("sha256");
    return readRows(tap(open(), (chunk) => hash.update(chunk)), file)[Symbol.asyncIterator]();
  };

  const beginning = rowsOf();
  const { seen, rows } = await peek(beginning);
  if (!standardInput) await beginning.return?.();
  const { header, first, delimiter } = checkBeginning(rows, { file, delimiter: seen[0]?.delimiter ?? "," });
  const columns = chooseColumns(header, first, { file, delimiter, options });
  let pass = standardInput ? chain(seen, beginning) : undefined;

  return {
    name: file,
    features: columns.features.map(({ name }) => ({ name, unit: "" })),
    count: undefined,
    repeatable: !standardInput,
    assumptions: assumptionsOf(columns, { options, stem }),
    async *batches() {
      const source = pass ?? chain([], rowsOf());
      pass = undefined;
      let number = 0;
      for await (const { rows } of source) {
        const readings: Reading[] = [];
        for (const row of rows) {
          if (row !== header && row.line !== header.line) {
            readings.push(toReading(row, { columns, file, stem, number: ++number }));
          }
          if (readings.length === BATCH_READINGS_MAX) yield readings.splice(0);
        }
        if (readings.length > 0) yield readings;
      }
      digest = hash.digest("hex");
    },
    sha256: () => digest,
  };
}

function assumptionsOf(columns: Columns, { options, stem }: { options: CsvOptions; stem: string }): string[] {
  const assumptions: string[] = [];
  if (options.key === undefined) {
    assumptions.push(`all rows are one source, '${stem}' (--key names a column for it)`);
  }
  if (columns.timestamp === undefined) {
    assumptions.push(
      "no column has the time: row n is taken to be at second n − 1 of 1970 (--timestamp COLUMN)",
    );
  }
  if (options.features === undefined) {
    assumptions.push(`features: ${columns.features.map(({ name }) => name).join(", ")} (--features A,B)`);
  }
  return assumptions;
}
