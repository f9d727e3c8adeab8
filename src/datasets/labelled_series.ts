/** Series with one value a row: a series from a CSV file, labels as the Numenta benchmark has them, folders of series. */
import { join, resolve } from "node:path";
import { type CsvOptions, openCsv } from "./csv/csv.ts";
import { parseTimestamp } from "./timestamp.ts";
import { UserError } from "../runtime/errors.ts";
import { nearest } from "../runtime/suggest.ts";
import { rowPolicy, SkippedRows } from "./skipped_rows.ts";

/** Settings that say how a series' file is read. */
export type SeriesOptions =
  & Partial<Pick<CsvOptions, "features" | "timestamp" | "timestampFormat" | "decimal">>
  & Parameters<typeof rowPolicy>[0];

/** One series, in the order of time. */
export interface Series {
  readonly file: string;
  /** The column that holds the value. */
  readonly column: string;
  /** Numbers of its rows in the file, from 1. */
  readonly rows: readonly number[];
  readonly times: readonly string[];
  readonly timesMs: readonly number[];
  readonly values: readonly number[];
  /** How the file was read, and what was left out, a line each. */
  readonly remarks: readonly string[];
}

/** Labelled windows by the name of the series: first and last time, ms. */
export type Labels = ReadonlyMap<string, readonly (readonly [number, number])[]>;

/** Fewer rows than this are no series to learn anything from. */
const ROWS_MIN = 20;

/**
 * Reads a series.
 *
 * @throws {UserError} where the file cannot be read, lacks a column, holds what is no number or no time, or is too short
 */
export async function readSeries(path: string, options: SeriesOptions): Promise<Series> {
  const { features } = options, skipped = new SkippedRows();
  const { onBadRow } = rowPolicy(options, skipped);
  const dataset = await openCsv(path, { ...options, key: undefined, onBadRow });
  const names = dataset.features.map(({ name }) => name);
  const column = names.length === 1
    ? names[0]
    : names.find((name) => features === undefined && name === "value");
  if (column === undefined) {
    throw new UserError(`${dataset.name} has several columns with numbers: ${names.join(", ")}`, {
      hint: `one series at a time: name its column, for example --features ${names[0]}`,
      exitCode: 2,
    });
  }
  const times: string[] = [], timesMs: number[] = [], values: number[] = [], rows: number[] = [];
  let missing = 0;
  for await (const readings of dataset.batches()) {
    for (const { timestamp, features, row } of readings) {
      if (features[column] === undefined) {
        missing++;
        continue;
      }
      rows.push(row!);
      times.push(timestamp);
      timesMs.push(Date.parse(timestamp));
      values.push(Number(features[column]));
    }
  }
  if (values.length < ROWS_MIN) {
    throw new UserError(`${dataset.name} has ${values.length} rows, at least ${ROWS_MIN} are needed`, {
      hint: "a detector has to see usual values before it can find unusual ones",
    });
  }
  const { bad, empty, rows: all } = dataset.rows!();
  const leftOut = skipped.describe(dataset.name, {
    rows: all,
    bad,
    empty: empty + missing,
    incomplete: 0,
    missing: 0,
  });
  const assumptions = dataset.assumptions.filter((phrase) => !/ are one source/.test(phrase)).join("; ");
  const remarks = [`${dataset.name}: ${assumptions}`, ...(leftOut === undefined ? [] : [leftOut])];
  return { file: dataset.name, column, rows, times, timesMs, values, remarks };
}

function malformed(path: string, what: string): UserError {
  return new UserError(`${path}: ${what}`, {
    hint: 'labels are an object: {"folder/file.csv": [["2014-04-10 07:15:00", "2014-04-11 16:45:00"], …], …}',
  });
}

/**
 * Reads labels: an object from the name of a series to its windows, each a first and a last time.
 *
 * @throws {UserError} where they cannot be read or are something else
 */
export async function readLabels(path: string): Promise<Labels> {
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "no such file" : (error as Error).message;
    throw new UserError(`cannot read ${path}: ${found}`, {
      hint: "name a file with labelled windows with --labels",
      cause: error,
    });
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw malformed(path, "found no object");
  }
  return new Map(Object.entries(json).map(([name, windows]) => [name, windowsOf(windows, { name, path })]));
}

function windowsOf(json: unknown, { name, path }: { name: string; path: string }): [number, number][] {
  if (!Array.isArray(json)) throw malformed(path, `'${name}' has no list of windows`);
  return json.map((window: unknown): [number, number] => {
    const [from, to] = (Array.isArray(window) ? window : []).map((time) => parseTimestamp(String(time)));
    if (from === undefined || to === undefined || from > to) {
      throw malformed(path, `'${name}' has the window ${JSON.stringify(window)}, two times are expected`);
    }
    return [Date.parse(from), Date.parse(to)];
  });
}

/**
 * The windows of a file: those whose name the path ends with.
 *
 * @throws {UserError} where the labels do not name it
 */
export function windowsFor(labels: Labels, path: string): readonly (readonly [number, number])[] {
  const whole = resolve(path);
  const name = [...labels.keys()].find((name) => whole === resolve(name) || whole.endsWith(`/${name}`));
  if (name !== undefined) return labels.get(name)!;
  const near = nearest(path, [...labels.keys()]);
  throw new UserError(`the labels do not name ${path}`, {
    hint: near === undefined ? "leave --labels out, or name the file as they do" : `did you mean ${near}?`,
  });
}

/**
 * The labelled series of a folder.
 *
 * @throws {UserError} where none of them is there
 */
export async function labelledFiles(folder: string, labels: Labels): Promise<string[]> {
  const found: string[] = [];
  for (const name of [...labels.keys()].sort()) {
    const path = join(folder, name);
    if ((await Deno.stat(path).catch(() => undefined))?.isFile) found.push(path);
  }
  if (found.length > 0) return found;
  throw new UserError(`${folder} holds none of the ${labels.size} series that the labels name`, {
    hint: `the first would be ${join(folder, [...labels.keys()].sort()[0] ?? "?")}`,
  });
}
