/** The column of a CSV file that has the time, or the two that have date and time of day. */
import { UserError } from "../../runtime/errors.ts";
import type { ColumnOptions } from "./options.ts";
import type { TimeFormat } from "./calendar.ts";
import type { Layout } from "./layout.ts";
import { isMissing } from "./numbers.ts";
import {
  areCompactTimes,
  chooseTimeFormat,
  looksLikeTime,
  namedTimeFormat,
  TIME_FORMAT_NAMES,
} from "./times.ts";

/** Where the time stands, and how it is read. */
export interface TimeColumn {
  readonly indices: readonly number[];
  /** For people: `time`, `date and time`. */
  readonly name: string;
  readonly format: TimeFormat;
  /** The text that the format reads. */
  textOf(fields: readonly string[]): string;
}

/** Names by which the time is known, in the order in which they count. */
const NAMES = [
  /^<?(time[ _-]?stamp|date[ _-]?time|date[ _-]?and[ _-]?time|date[ _/]time)>?$/,
  /^time$/,
  /^(utc|time|timestamp|datetime|date)[ _]?(utc|gmt|local)$|^(utc|gmt|local)[ _]?(time|timestamp|datetime)$/,
  /^(ts|epoch|unix[ _]?(time|timestamp)|zeit|zeitstempel|zeitpunkt|datum[ _]?(und[ _]?)?uhrzeit)$/,
  /^(<?date>?|day|datum|fecha|data|jour)$/,
];
const DATE_NAME = /^<?(date|datum|fecha|day|date[ _]?local|date[ _]?utc)>?$/;
const CLOCK_NAME = /^<?(time|uhrzeit|hora|heure|hour|time[ _]?local|time[ _]?utc)>?$/;
/** `time_ms` is the time, too. */
const UNIT =
  /(?<=^(time|timestamp|epoch|elapsed[ _]time))[ _](ns|us|ms|s|secs?|seconds?|millis|min|h|hours?)$/;
/** 12:00, 12.00.00, 1:05 PM */
const CLOCK = /^\s*\d{1,2}[:.h]\d\d([:.]\d\d([.,]\d+)?)?\s*([ap]\.?m\.?)?\s*$/i;

/** A number that counts from any beginning, or is no time: a column with dates is better. */
const SMALL = /^\s*[+-]?\d{1,7}([.,]\d+)?\s*$/;

/** What the choice needs to know. */
interface TimeOptions extends ColumnOptions {
  readonly file: string;
  readonly complete: boolean;
  /** @throws {UserError} where there is none of that name */
  readonly find: (name: string) => number;
  /** Columns that mean something else. */
  readonly taken: readonly (number | undefined)[];
}

/**
 * Chooses the column.
 *
 * @returns `undefined` where none has the time
 * @throws {UserError} where the one that is named holds no times
 * @throws Undecided where its times have two meanings
 */
export function chooseTimeColumn(layout: Layout, options: TimeOptions): TimeColumn | undefined {
  const { names } = layout;
  const plain = names.map((name) =>
    name.toLowerCase().replace(/\s*[[(].*[\])]$/, "").replace(UNIT, "").trim()
  );
  const find = (test: (name: string) => boolean) =>
    plain.findIndex((name, index) => test(name) && !options.taken.includes(index));
  if (options.timestamp !== undefined) return ofNamed(options.timestamp, { layout, options });
  const [date, clock] = [find((name) => DATE_NAME.test(name)), find((name) => CLOCK_NAME.test(name))];
  if (
    date >= 0 && clock >= 0 &&
    mostly(layout, [clock], (text) => CLOCK.test(text) || /^\d{4}(\d\d)?$/.test(text))
  ) {
    return columnOf([date, clock], { layout, options });
  }
  const known = NAMES.flatMap((known) => {
    const index = find((name) => known.test(name));
    return index >= 0 && isPlausible(layout, index, known) ? [index] : [];
  });
  const best = known.find((index) => !mostly(layout, [index], (text) => SMALL.test(text))) ?? known[0];
  if (best !== undefined) return columnOf([best], { layout, options });
  const free = [...names.keys()].filter((index) => !options.taken.includes(index));
  const byValues = free.find((index) =>
    mostly(layout, [index], looksLikeTime) ||
    areCompactTimes(textsOf(layout, [index]).filter((text) => !isMissing(text)))
  );
  return byValues === undefined ? undefined : columnOf([byValues], { layout, options });
}

/** A column named `date` or `day` may count days, or be a weekday: only times make it the time. */
function isPlausible(layout: Layout, index: number, known: RegExp): boolean {
  if (known !== NAMES.at(-1)) return true;
  return mostly(layout, [index], (text) => looksLikeTime(text) || /^\d{5,}/.test(text.trim()));
}

function ofNamed(wanted: string, { layout, options }: { layout: Layout; options: TimeOptions }): TimeColumn {
  const parts = wanted.split(",").map((name) => name.trim());
  const isOne = layout.names.includes(wanted.trim()) || parts.length !== 2;
  return columnOf(isOne ? [options.find(wanted)] : parts.map(options.find), { layout, options });
}

/** The text of a row's time: date and time of day side by side. */
function timeText(fields: readonly string[], indices: readonly number[]): string {
  if (indices.length === 1) return fields[indices[0]!] ?? "";
  const [date, clock] = indices.map((index) => (fields[index] ?? "").trim()) as [string, string];
  if (isMissing(date) || isMissing(clock)) return "";
  // 20240131 and 1205: MetaTrader and loggers; 2024-01-31 00:00 beside 12:05: Excel.
  const day = date.replace(/[ T]0?0:00(:00(\.0+)?)?$/, "");
  const compact = /^(\d\d)(\d\d)(\d\d)?$/.exec(clock);
  const time = compact === null ? clock : [compact[1], compact[2], compact[3] ?? "00"].join(":");
  return `${day.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")} ${time}`;
}

function textsOf({ rows }: Layout, indices: readonly number[]): string[] {
  return rows.map(({ fields }) => timeText(fields, indices));
}

function mostly(layout: Layout, indices: readonly number[], test: (text: string) => boolean): boolean {
  const texts = textsOf(layout, indices).filter((text) => !isMissing(text)).slice(0, 200);
  return texts.length > 0 && texts.filter(test).length * 2 > texts.length;
}

function columnOf(indices: readonly number[], { layout, options }: {
  readonly layout: Layout;
  readonly options: TimeOptions;
}): TimeColumn {
  const name = indices.map((index) => layout.names[index] || `column ${index + 1}`).join("' and '");
  const { file, complete, timestampFormat } = options;
  if (timestampFormat !== undefined) {
    const format = namedTimeFormat(timestampFormat);
    // A pattern is about the texts as they are.
    const textOf = (fields: readonly string[]) =>
      TIME_FORMAT_NAMES.includes(timestampFormat)
        ? timeText(fields, indices)
        : indices.map((index) => (fields[index] ?? "").trim()).join(" ");
    if (format !== undefined) return { indices, name, format, textOf };
    throw new UserError(`--timestamp-format '${timestampFormat}' is no format`, {
      hint: `it is one of ${TIME_FORMAT_NAMES.join(", ")}, or a pattern such as '%d.%m.%Y %H:%M:%S'`,
      exitCode: 2,
    });
  }
  const texts = textsOf(layout, indices).filter((text) => !isMissing(text));
  const format = chooseTimeFormat(texts, { complete, column: name });
  if (format !== undefined) return { indices, name, format, textOf: (fields) => timeText(fields, indices) };
  const row = layout.rows.find(({ fields }) => !isMissing(timeText(fields, indices))) ?? layout.rows[0];
  const text = row === undefined ? "" : timeText(row.fields, indices);
  throw new UserError(
    `${file}, line ${row?.line ?? layout.header.line}: '${text}' in column '${name}' is no time`,
    {
      hint: CLOCK.test(text)
        ? "it has no date: name the date's column, too, with --timestamp DATE,TIME"
        : TIME_HINT,
    },
  );
}

/** What to do about a text that is no time. */
export const TIME_HINT =
  "use ISO 8601 (2026-01-31T12:00:00Z) or Unix seconds, or name the format with --timestamp-format '%d.%m.%Y %H:%M'";
