/** Columns of a CSV file: which mean what, and a row → a reading. */
import { UserError } from "../runtime/errors.ts";
import { didYouMean } from "../runtime/suggest.ts";
import type { Reading } from "../stream/records.ts";
import type { Row } from "./rows.ts";
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

/** The columns that count. */
export interface Columns {
  readonly names: readonly string[];
  readonly key: number | undefined;
  readonly timestamp: number | undefined;
  readonly features: readonly { readonly name: string; readonly index: number }[];
  readonly decimalComma: boolean;
}

function findColumn(names: readonly string[], { wanted, file }: { wanted: string; file: string }): number {
  const index = names.indexOf(wanted);
  if (index >= 0) return index;
  throw new UserError(`${file} has no column '${wanted}'`, { hint: didYouMean(wanted, names) });
}

/** Names of the columns that count, from the header, the options and the first row. */
export function chooseColumns(header: Row, first: Row, { file, delimiter, options }: {
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

/** A row that is no reading. */
function refusal(where: string, what: string, hint?: string): UserError {
  return new UserError(`${where}: ${what}`, hint === undefined ? {} : { hint });
}

/** Rows → readings; `number` counts the rows from 1. */
export function toReading(row: Row, { columns, file, stem, number }: {
  columns: Columns;
  file: string;
  stem: string;
  number: number;
}): Reading {
  const { names, key, timestamp } = columns;
  const where = `${file}, line ${row.line}`;
  if (row.fields.length !== names.length) {
    throw refusal(
      where,
      `found ${row.fields.length} fields, the first line has ${names.length}`,
      "a field that holds the delimiter needs quotes around it",
    );
  }
  const source = key === undefined ? stem : row.fields[key]!.trim();
  if (source === "") throw refusal(where, `the column '${names[key!]}' is empty, it must name the source`);
  const time = timestamp === undefined
    ? new Date((number - 1) * 1000).toISOString()
    : parseTimestamp(row.fields[timestamp]!);
  if (time === undefined) {
    throw refusal(
      where,
      `'${row.fields[timestamp!]}' in column '${names[timestamp!]}' is no time`,
      "use ISO 8601 (2026-01-31T12:00:00Z), Unix seconds or Unix milliseconds",
    );
  }
  const features: Record<string, number> = {};
  for (const { name, index } of columns.features) {
    const value = parseNumber(row.fields[index]!, columns.decimalComma);
    if (value === undefined) {
      throw refusal(where, `'${row.fields[index]}' in column '${name}' is not a number`);
    }
    features[name] = value;
  }
  return { id: `${stem}-${number}`, timestamp: time, source, features };
}
