/**
 * CSV files as readings: comma, semicolon, tab or bar; byte order mark and CRLF; quoted newlines; `.gz`; standard
 * input. The first row names the columns. Every mistake is one line with file and line number.
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { UserError } from "../runtime/errors.ts";
import { didYouMean } from "../runtime/suggest.ts";
import type { Reading } from "../stream/records.ts";
import { BATCH_READINGS_MAX, type Dataset } from "./dataset.ts";
import { readRows, type Row, type RowBatch } from "./rows.ts";
import { parseTimestamp } from "./timestamp.ts";

/** Which columns mean what. */
export interface CsvOptions {
  /** Column that names the source. @default one source, named after the file */
  readonly key?: string | undefined;
  /** Columns with measured values. @default every other column that begins with a number */
  readonly features?: readonly string[] | undefined;
  /** Column with the time. @default `timestamp` or `time`; without such a column one second per row from 1970 */
  readonly timestamp?: string | undefined;
}

interface Columns {
  readonly names: readonly string[];
  readonly key: number | undefined;
  readonly timestamp: number | undefined;
  readonly features: readonly { readonly name: string; readonly index: number }[];
  readonly decimalComma: boolean;
}

/** Opens the bytes of a file, once for each pass. */
type Open = () => AsyncIterable<Uint8Array>;

async function* readFile(path: string): AsyncIterable<Uint8Array> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(path);
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new UserError(`cannot read ${path}: ${found}`, {
      hint: "name a CSV file with --csv",
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
    throw new UserError(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

function findColumn(names: readonly string[], { wanted, file }: { wanted: string; file: string }): number {
  const index = names.indexOf(wanted);
  if (index >= 0) return index;
  throw new UserError(`${file} has no column '${wanted}'`, { hint: didYouMean(wanted, names) });
}

/** Names of the columns that count, from the header, the options and the first row. */
function chooseColumns(header: Row, first: Row, { file, delimiter, options }: {
  file: string;
  delimiter: string;
  options: CsvOptions;
}): Columns {
  const names = header.fields.map((name) => name.trim());
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new UserError(`${file}, line ${header.line}: the column '${repeated}' is there twice`, {
      hint: "every column needs a name of its own in the first line",
    });
  }
  const find = (wanted: string) => findColumn(names, { wanted, file });
  const key = options.key === undefined ? undefined : find(options.key);
  const usual = names.findIndex((name) => /^(timestamp|time)$/i.test(name));
  const timestamp = options.timestamp !== undefined ? find(options.timestamp) : usual < 0 ? undefined : usual;
  const decimalComma = delimiter === ";";
  const chosen = options.features?.map(find) ??
    [...names.keys()].filter((index) =>
      index !== key && index !== timestamp &&
      parseNumber(first.fields[index] ?? "", decimalComma) !== undefined
    );
  if (chosen.length === 0) {
    throw new UserError(
      `${file}, line ${first.line}: found no column with numbers among ${names.join(", ")}`,
      {
        hint: "the first line names the columns; choose some with --features A,B",
      },
    );
  }
  const features = chosen.map((index) => ({ name: names[index]!, index }));
  return { names, key, timestamp, features, decimalComma };
}

function parseNumber(text: string, decimalComma: boolean): number | undefined {
  let trimmed = text.trim();
  if (decimalComma && /^[+-]?\d*,\d+$/.test(trimmed)) trimmed = trimmed.replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return Number.isFinite(value) ? value : undefined;
}

/** Rows → readings; `number` counts the rows from 1. */
function toReading(row: Row, { columns, file, stem, number }: {
  columns: Columns;
  file: string;
  stem: string;
  number: number;
}): Reading {
  const { names, key, timestamp } = columns;
  const refuse = (what: string, hint?: string) => {
    throw new UserError(`${file}, line ${row.line}: ${what}`, hint === undefined ? {} : { hint });
  };
  if (row.fields.length !== names.length) {
    refuse(
      `found ${row.fields.length} fields, the first line has ${names.length}`,
      "a field that holds the delimiter needs quotes around it",
    );
  }
  const source = key === undefined ? stem : row.fields[key]!.trim();
  if (source === "") refuse(`the column '${names[key!]}' is empty, it must name the source`);
  const time = timestamp === undefined
    ? new Date((number - 1) * 1000).toISOString()
    : parseTimestamp(row.fields[timestamp]!);
  if (time === undefined) {
    refuse(
      `'${row.fields[timestamp!]}' in column '${names[timestamp!]}' is no time`,
      "use ISO 8601 (2026-01-31T12:00:00Z), Unix seconds or Unix milliseconds",
    );
  }
  const features: Record<string, number> = {};
  for (const { name, index } of columns.features) {
    const value = parseNumber(row.fields[index]!, columns.decimalComma);
    if (value === undefined) refuse(`'${row.fields[index]}' in column '${name}' is not a number`);
    features[name] = value!;
  }
  return { id: `${stem}-${number}`, timestamp: time!, source, features };
}

/** The header, the first row and the rest. */
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
  const open: Open = () => standardInput ? Deno.stdin.readable : readFile(path);
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

async function* tap(
  bytes: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): AsyncIterable<Uint8Array> {
  for await (const chunk of bytes) {
    onChunk(chunk);
    yield chunk;
  }
}
