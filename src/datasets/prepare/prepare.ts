// Not pure: it reads files.
/** Data sets as they were published → readings in columns: cleaned, with each reason for what is left out counted. */
import { basename, join } from "node:path";
import { untilAborted } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import { formatCount } from "../../runtime/progress.ts";
import { readBytes } from "../bytes.ts";
import type { CatalogEntry } from "../catalog/entry.ts";
import { openCsv } from "../csv/csv.ts";
import { IntelLabReader, LAB_FAULTS, type LabFault } from "./intel_lab.ts";
import { HalfHours } from "./half_hours.ts";
import { ReadingColumns } from "./reading_columns.ts";

/** What was read, and what of it was left out. */
export interface Cleaned {
  readonly columns: ReadingColumns;
  /** Name of the column with the source in the file that is written. */
  readonly key: string;
  /** Lines or rows of the files. */
  readonly lines: number;
  /** What was left out, by why: completes the sentence "1,234 lines …". */
  readonly leftOut: Readonly<Record<string, number>>;
  /** What was taken for granted, a sentence each. */
  readonly assumptions: readonly string[];
}

/** Shown and heard while it reads. */
export interface ReadingOptions {
  readonly signal: AbortSignal;
  /** Called now and then with the number of lines so far. */
  readonly onProgress: (lines: number) => void;
}

type Reader = (files: readonly string[], options: ReadingOptions) => Promise<Cleaned>;

/** Data sets whose files are no readings yet. */
const READERS: Readonly<Record<string, { readonly all: boolean; readonly read: Reader }>> = {
  "intel-lab": { all: false, read: readIntelLab },
  "intel-lab-30min": { all: true, read: readHalfHours },
  "singapore-weather": { all: false, read: readSingapore },
  "logan-river": { all: true, read: readLoganRiver },
};

/** Whether its files have to be prepared: others are read as they are. */
export function isPrepared(name: string): boolean {
  return READERS[name] !== undefined;
}

/**
 * Reads the files of a data set.
 *
 * @param input a file, or the folder that `datasets fetch` has filled
 * @throws {UserError} where they cannot be read, or hold nothing of it
 * @throws The signal's reason.
 */
export async function readPublished(
  { name, files }: CatalogEntry,
  input: string,
  options: ReadingOptions,
): Promise<Cleaned> {
  const { all, read } = READERS[name]!;
  const isFolder = (await Deno.stat(input).catch(() => undefined))?.isDirectory ?? false;
  const wanted = all ? files : files.slice(0, 1);
  if (all && !isFolder) {
    throw new UserError(`${name} is ${files.length} files, and ${input} is no folder that holds them`, {
      hint: `name the folder with --file; 'streamflow datasets fetch ${name}' makes one`,
      exitCode: 2,
    });
  }
  const cleaned = await read(isFolder ? wanted.map(({ path }) => join(input, path)) : [input], options);
  if (cleaned.columns.rows > 0) return cleaned;
  throw new UserError(`${input} holds no reading of ${name}: ${describeLeftOut(cleaned).join("; ")}`, {
    hint: "name the file as it was published with --file",
  });
}

/** A sentence for each reason. */
export function describeLeftOut({ lines, leftOut }: Pick<Cleaned, "lines" | "leftOut">): string[] {
  const found = Object.entries(leftOut).filter(([, count]) => count > 0);
  return [
    `${formatCount(lines)} lines were read`,
    ...found.map(([why, count]) => `${formatCount(count)} ${why}`),
  ];
}

async function readIntelLab([file]: readonly string[], options: ReadingOptions): Promise<Cleaned> {
  const reader = new IntelLabReader();
  await guardRows(file!, async () => {
    for await (const chunk of untilAborted(readBytes(file!, "--file"), options.signal)) {
      reader.take(chunk);
      options.onProgress(reader.lines);
    }
  });
  options.signal.throwIfAborted();
  reader.end();
  const leftOut = Object.fromEntries(
    Object.entries(reader.faults).map(([fault, count]) => [LAB_FAULTS[fault as LabFault], count]),
  );
  const { columns, lines } = reader;
  return { columns, key: "mote", lines, leftOut, assumptions: ["times are taken to be UTC"] };
}

/** More rows or sources than are held is an expected failure. */
async function guardRows(file: string, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError(`cannot prepare ${file}: it has ${error.message}`, {
      hint: "prepare a part of it",
      cause: error,
    });
  }
}

async function readHalfHours(files: readonly string[], { signal }: ReadingOptions): Promise<Cleaned> {
  const rows = new HalfHours();
  for (const file of files) {
    signal.throwIfAborted();
    // Four files of some 60 kB.
    rows.take(basename(file), await textOf(file));
  }
  return { ...rows.joined(), key: "mote", leftOut: {} };
}

async function textOf(file: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of readBytes(file, "--file")) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** The stations' clocks show Singapore's time, eight hours ahead of UTC. */
const SINGAPORE_AHEAD_MS = 8 * 3_600_000;

async function readSingapore([file]: readonly string[], options: ReadingOptions): Promise<Cleaned> {
  const feature = /wind-speed/.test(file!) ? "wind" : "temperature";
  return await readCsvFiles([file!], {
    ...options,
    features: { value: feature },
    csv: { key: "station_id", timestamp: "timestamp_sgt" },
    aheadMs: SINGAPORE_AHEAD_MS,
    key: "station",
  });
}

/** What a sensor that fails writes. */
const FAILED = -9_999;

async function readLoganRiver(files: readonly string[], options: ReadingOptions): Promise<Cleaned> {
  return await readCsvFiles(files, {
    ...options,
    features: { temp: "temperature", do: "oxygen", ph: "ph", cond: "conductivity" },
    csv: { key: undefined, timestamp: "datetime" },
    aheadMs: 0,
    key: "station",
  });
}

async function readCsvFiles(
  files: readonly string[],
  { features, csv, aheadMs, key, signal, onProgress }: ReadingOptions & {
    /** Column → feature. */
    readonly features: Readonly<Record<string, string>>;
    readonly csv: { readonly key: string | undefined; readonly timestamp: string };
    /** How far the files' clock is ahead of UTC. */
    readonly aheadMs: number;
    readonly key: string;
  },
): Promise<Cleaned> {
  const wanted = Object.keys(features), columns = new ReadingColumns(Object.values(features));
  const values = new Float64Array(wanted.length);
  let lines = 0, bad = 0, empty = 0;
  for (const file of files) {
    const dataset = await openCsv(file, {
      ...{ flag: "--file", ...csv, features: wanted },
      onBadRow: () => bad++,
    });
    await guardRows(file, async () => {
      for await (const readings of dataset.batches()) {
        signal.throwIfAborted();
        for (const { source, timestamp, features } of readings) {
          for (let f = 0; f < wanted.length; f++) {
            const value = features[wanted[f]!];
            values[f] = typeof value === "number" && value !== FAILED ? value : NaN;
          }
          if (values.every(Number.isNaN)) empty++;
          else columns.add(Date.parse(timestamp) - aheadMs, columns.numberOf(stationOf(source)), values);
        }
        onProgress(lines + dataset.rows!().rows);
      }
    });
    lines += dataset.rows!().rows;
    empty += dataset.rows!().empty;
  }
  const leftOut = { "are no readings": bad, "have no value": empty };
  const assumptions = [
    aheadMs === 0 ? "times are taken to be UTC" : `the clocks are ${aheadMs / 3_600_000} h ahead of UTC`,
  ];
  return { columns, key, lines, leftOut, assumptions };
}

/** The year behind a file's name is not the station's. */
function stationOf(source: string): string {
  return source.replace(/(?<=[a-z])\d{4}$/, "");
}
