/**
 * CSV files as readings, as real people have them: whatever delimiter, decimal sign, format of times and order; marks,
 * remarks and units; `.gz`; standard input. Decided by many rows and said in a line; what is not certain is refused
 * with the flag that decides. Every mistake is one line with file and line number.
 */
import { formatCount } from "../../runtime/progress.ts";
import { createHash } from "node:crypto";
import { UserError } from "../../runtime/errors.ts";
import { readBytes, tap } from "../bytes.ts";
import { BATCH_READINGS_MAX, type Dataset, type LabelledReading } from "../dataset.ts";
import { stemOf } from "../row_ids.ts";
import { chooseColumns, undecidedError } from "./columns.ts";
import { assumptionsOf, type Decided } from "./describe.ts";
import { findLayout } from "./layout.ts";
import type { ColumnOptions } from "./options.ts";
import { OrderCheck, sortByTime } from "./order.ts";
import { isPlainFile, isPlainlyOrdered, readPlain } from "./plain.ts";
import { type BadRow, badRowError, type OnBadRow, ReadingReader } from "./reader.ts";
import { readRows, type Row } from "./rows.ts";
import { TextSource } from "./text.ts";
import type { TimeColumn } from "./time_column.ts";
import { Undecided } from "./undecided.ts";

/** How a CSV file is read. */
export interface CsvOptions extends ColumnOptions {
  /** The flag that names the file, for hints. @default --csv */
  readonly flag?: string;
  /** Whether rows that lack a value are left out, and counted; else they are readings without it. @default false */
  readonly whole?: boolean;
  /** Called for rows that are no readings. @default they end the pass with an error */
  readonly onBadRow?: OnBadRow | undefined;
}

/** Characters by which a file is judged, and by which one is judged that these leave undecided. */
const SAMPLE_CHARS = 64 * 1_024;
const SAMPLE_CHARS_MAX = 8 * 1_024 * 1_024;
/** How long the first lines on standard input may pause before they are judged, in ms. */
const PATIENCE_MS = 500;
/** Characters of a file whose order is looked through before anything is sent; some seconds. */
const ORDER_CHARS_MAX = 256 * 1_024 * 1_024;
/** Readings that are sorted in memory: some 500 MB. */
const SORTED_READINGS_MAX = 1_000_000;

/** Decides by as much of the beginning as it takes. @throws {UserError} */
async function decide(
  source: TextSource,
  { file, options }: { file: string; options: CsvOptions },
): Promise<Decided> {
  let text = await source.begin(SAMPLE_CHARS);
  for (;;) {
    const { complete } = source;
    try {
      const layout = findLayout(text, { name: file, complete });
      if (layout === undefined) {
        if (!complete && source.chars < SAMPLE_CHARS_MAX) throw new Undecided("there is no row yet", "");
        throw new UserError(`${file} is empty`, { hint: "the first line has to name the columns" });
      }
      if (layout.rows.length === 0) {
        if (!complete && source.chars < SAMPLE_CHARS_MAX) throw new Undecided("there is no row yet", "");
        throw new UserError(`${file} has a line with column names and no rows below it`, {
          hint: "the first line has to name the columns, the next ones hold their values",
        });
      }
      return { layout, columns: chooseColumns(layout, { ...options, file, complete }), complete };
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
      if (complete || source.chars >= SAMPLE_CHARS_MAX) throw undecidedError(error, file);
      await source.more();
      text = await source.begin(Math.min(2 * source.chars, SAMPLE_CHARS_MAX));
    }
  }
}

/**
 * Opens a CSV file and decides how it is to be read.
 *
 * @param path `-` = standard input, which can be read once.
 * @throws {UserError} where it cannot be read, is empty, lacks a column, or may be read in two ways.
 */
export async function openCsv(path: string, options: CsvOptions = {}): Promise<Dataset> {
  const once = !(await isRepeatable(path));
  const file = path === "-" ? "standard input" : path;
  const onBadRow = options.onBadRow ?? ((row) => {
    throw badRowError(row);
  });
  let hash = createHash("sha256");
  let digest: string | null = null;
  const rawBytes = () => readBytes(path, options.flag ?? "--csv");
  const bytesOf = () => {
    hash = createHash("sha256");
    return tap(rawBytes(), (chunk) => hash.update(chunk));
  };
  const open = () => new TextSource(bytesOf(), { name: file, ...(once ? { patienceMs: PATIENCE_MS } : {}) });
  let first: TextSource | undefined = open();
  const decided = await decideOrClose(first, { file, options });
  const { layout, columns } = decided;
  const readerOf = (onBadRow: OnBadRow, empty = false) =>
    new ReadingReader({
      ...{ file, path: once ? "-" : path, layout, columns, onBadRow, empty },
      whole: options.whole ?? false,
    });
  const rowsOf = (source: TextSource) => readRows(source.read(), { name: file, delimiter: layout.delimiter });
  const quiet = () => readerOf(() => {});
  const plain = { file, layout, columns };
  const isPlain = !once && await isPlainFile(rawBytes(), layout);
  const isOrdered = isPlain && await isPlainlyOrdered(rawBytes(), { ...plain, reader: quiet() });
  const disorder = columns.time === undefined || isOrdered
    ? undefined
    : once
    ? disorderOf(quiet(), layout.rows)
    : await findDisorder(quiet(), rowsOf(open()));
  const column = columns.time;
  if (disorder !== undefined && column?.format.elapsed && options.timestamp === undefined) {
    await first.close();
    throw elapsedError(column, { file, line: disorder });
  }
  let reader: ReadingReader | undefined;
  if (!once) {
    await first.close();
    first = undefined;
  }
  async function* byBytes() {
    reader = readerOf(onBadRow, true);
    yield* readPlain(bytesOf(), { ...plain, reader });
    digest = hash.digest("hex");
  }
  return {
    name: file,
    features: columns.features.map(({ name, unit }) => ({ name, unit })),
    count: undefined,
    repeatable: !once,
    assumptions: assumptionsOf(decided, { options, stem: stemOf(once ? "-" : path), disorder }),
    async *batches() {
      const source = first ?? open();
      first = undefined;
      reader = readerOf(onBadRow);
      const rows = rowsOf(source);
      const readings = disorder === undefined
        ? inOrder(rows, { reader, timed: columns.time !== undefined })
        : sorted(rows, { reader, file, disorder });
      yield* inBatches(readings);
      digest = hash.digest("hex");
    },
    ...(isPlain && disorder === undefined && !options.whole ? { columns: byBytes } : {}),
    sha256: () => digest,
    rows: () => reader?.counts ?? { rows: 0, bad: 0, empty: 0, incomplete: 0, missing: 0 },
  };
}

/** {@linkcode decide}; where that fails, the source is closed. */
async function decideOrClose(...[source, options]: Parameters<typeof decide>): Promise<Decided> {
  try {
    return await decide(source, options);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function elapsedError({ name }: TimeColumn, { file, line }: { file: string; line: number }): UserError {
  return new UserError(`${file}, line ${line}: '${name}' goes back, and its small numbers may be no times`, {
    hint: `if they are, say so with --timestamp '${name}'; else name another column`,
  });
}

/** Pipes can be read once, as standard input. */
async function isRepeatable(path: string): Promise<boolean> {
  if (path === "-") return false;
  return (await Deno.stat(path).catch(() => undefined))?.isFile ?? true;
}

/** The first line whose time is before that of a line above it. */
function disorderOf(
  reader: ReadingReader,
  rows: readonly Row[],
  order = new OrderCheck(),
): number | undefined {
  for (const row of rows) {
    const place = reader.placeOf(row);
    if (place !== undefined && order.take(place) !== undefined) return row.line;
  }
  return undefined;
}

async function findDisorder(
  reader: ReadingReader,
  batches: AsyncIterable<readonly Row[]>,
): Promise<number | undefined> {
  const order = new OrderCheck();
  let chars = 0;
  for await (const rows of batches) {
    const found = disorderOf(reader, rows, order);
    if (found !== undefined) return found;
    for (const { fields } of rows) for (const field of fields) chars += field.length + 1;
    if (chars > ORDER_CHARS_MAX) return undefined;
  }
  return undefined;
}

async function* inOrder(
  batches: AsyncIterable<readonly Row[]>,
  { reader, timed }: { readonly reader: ReadingReader; readonly timed: boolean },
): AsyncIterable<LabelledReading[]> {
  const order = new OrderCheck();
  for await (const rows of batches) {
    const readings: LabelledReading[] = [];
    let failure: unknown;
    try {
      for (const row of rows) {
        const reading = reader.read(row);
        const before = reading === undefined || !timed ? undefined : order.take(reading);
        if (before !== undefined) {
          reader.refuse(
            row,
            `the time goes back from ${before} to ${reading!.timestamp}`,
            "sort the file by its time, or leave such rows out with --on-error skip",
          );
        } else if (reading !== undefined) readings.push(reading);
      }
    } catch (error) {
      failure = error;
    }
    // What stood before the mistake is read.
    if (readings.length > 0) yield readings;
    if (failure !== undefined) throw failure;
  }
}

async function* sorted(
  batches: AsyncIterable<readonly Row[]>,
  { reader, file, disorder }: {
    readonly reader: ReadingReader;
    readonly file: string;
    readonly disorder: number;
  },
): AsyncIterable<LabelledReading[]> {
  const readings: LabelledReading[] = [];
  for await (const rows of batches) {
    for (const row of rows) {
      const reading = reader.read(row);
      if (reading !== undefined) readings.push(reading);
    }
    if (readings.length > SORTED_READINGS_MAX) {
      throw new UserError(
        `${file}, line ${disorder}: the time goes back, and more than ${formatCount(SORTED_READINGS_MAX)} ` +
          "rows cannot be sorted in memory",
        { hint: "sort the file by its time first" },
      );
    }
  }
  yield sortByTime(readings);
}

async function* inBatches(source: AsyncIterable<LabelledReading[]>): AsyncIterable<LabelledReading[]> {
  for await (const readings of source) {
    for (let at = 0; at < readings.length; at += BATCH_READINGS_MAX) {
      yield readings.slice(at, at + BATCH_READINGS_MAX);
    }
  }
}

export type { BadRow };
