/**
 * Times as people write them in files. One format holds for a whole column: it is chosen by many of its values, and
 * where they leave two possible nothing is chosen.
 */
import { calendarParser, ORDERS, parseCalendar, type TimeFormat, toUnixMs, zoneOf } from "./calendar.ts";
import { compilePattern } from "./time_pattern.ts";
import { Undecided } from "./undecided.ts";

const DAY_MS = 86_400_000;
/** Day 0 of Excel's serial numbers, as Unix ms; right from March 1900 on. */
const EXCEL_EPOCH_MS = Date.UTC(1899, 11, 30);

/** Numbers since 1970: what divides them to milliseconds, and the magnitudes that leave no doubt (1973 to 2286). */
const UNITS = {
  s: { name: "Unix seconds", perMs: 1e-3, from: 1e8, below: 1e10 },
  ms: { name: "Unix milliseconds", perMs: 1, from: 1e11, below: 1e13 },
  us: { name: "Unix microseconds", perMs: 1e3, from: 1e14, below: 1e16 },
  ns: { name: "Unix nanoseconds", perMs: 1e6, from: 1e17, below: 1e19 },
} as const;
type Unit = keyof typeof UNITS;

const NUMBER = /^[+-]?\d+(?:[.,]\d+)?$/;
const DIGITS = /^\d+$/;

function unixMs(text: string, unit: Unit): number | undefined {
  const trimmed = text.trim();
  if (!NUMBER.test(trimmed)) return undefined;
  const [whole, fraction = "0"] = trimmed.split(/[.,]/) as [string, string?];
  // Nanoseconds have more digits than a double.
  if (unit === "us" || unit === "ns") return checked(Number(BigInt(whole) / BigInt(UNITS[unit].perMs)));
  return checked(Math.round(Number(`${whole}.${fraction}`) / UNITS[unit].perMs));
}

function checked(ms: number): number | undefined {
  return ms >= -62_167_219_200_000 && ms < 253_402_300_800_000 ? ms : undefined;
}

function unixFormat(unit: Unit, { exact }: { readonly exact: boolean }): TimeFormat {
  const { name, from, below } = UNITS[unit];
  const elapsed = !exact && unit === "s";
  return {
    name,
    parse: (text) => {
      const size = Math.abs(Number(text.trim().replace(",", ".")));
      return exact || (size < below && (elapsed || size >= from)) ? unixMs(text, unit) : undefined;
    },
  };
}

const EXCEL: TimeFormat = {
  name: "Excel's day numbers",
  parse: (text) => {
    if (!NUMBER.test(text.trim())) return undefined;
    // To the second, as its six decimals mean it.
    const ms = Math.round(Number(text.trim().replace(",", ".")) * (DAY_MS / 1000)) * 1000;
    return checked(EXCEL_EPOCH_MS + ms);
  },
};

/** Lengths of yyyyMMdd and so on. */
const COMPACT_LENGTHS = [8, 10, 12, 14, 17];

function compact(text: string): number | undefined {
  const trimmed = text.trim();
  if (!DIGITS.test(trimmed) || !COMPACT_LENGTHS.includes(trimmed.length)) return undefined;
  const part = (from: number, length: number) => Number(trimmed.slice(from, from + length) || 0);
  const year = part(0, 4);
  if (year < 1900 || year > 2100) return undefined;
  return toUnixMs({
    ...{ year, month: part(4, 2), day: part(6, 2), hour: part(8, 2), minute: part(10, 2) },
    ...{ second: part(12, 2), ms: part(14, 3), offsetMinutes: 0 },
  });
}

function compactFormat(length: number): TimeFormat {
  return {
    name: "yyyyMMddHHmmssSSS".slice(0, length),
    parse: (text) => text.trim().length === length ? compact(text) : undefined,
  };
}

/** Named formats of `--timestamp-format`. */
const NAMED: Readonly<Record<string, TimeFormat>> = {
  iso: { name: "ISO 8601", parse: (text) => parseCalendar(text, "ymd") },
  dmy: { name: "day, month, year", parse: (text) => parseCalendar(text, "dmy") },
  mdy: { name: "month, day, year", parse: (text) => parseCalendar(text, "mdy") },
  ymd: { name: "year, month, day", parse: (text) => parseCalendar(text, "ymd") },
  compact: { name: "yyyyMMddHHmmss", parse: compact },
  excel: EXCEL,
  s: unixFormat("s", { exact: true }),
  ms: unixFormat("ms", { exact: true }),
  us: unixFormat("us", { exact: true }),
  ns: unixFormat("ns", { exact: true }),
};

/** Names that `--timestamp-format` knows beside patterns. */
export const TIME_FORMAT_NAMES = Object.keys(NAMED);

/**
 * The format that `--timestamp-format` names: a name, or a pattern such as `%d.%m.%Y %H:%M`.
 *
 * @returns `undefined` where it is neither
 */
export function namedTimeFormat(format: string): TimeFormat | undefined {
  return NAMED[format] ?? compilePattern(format);
}

/** Whether a text is a calendar time, in whichever order. */
export function looksLikeTime(text: string): boolean {
  return ORDERS.some((order) => parseCalendar(text, order) !== undefined);
}

/** Whether a whole column is one of times that no other kind of number looks like. */
export function areCompactTimes(texts: readonly string[]): boolean {
  const length = texts[0]?.trim().length;
  return length !== undefined && length > 8 &&
    texts.every((text) => text.trim().length === length && compact(text) !== undefined);
}

const FLAG = "add --timestamp-format";

/** Units of a time that is counted from any beginning, in ms, by how the names of columns end: `time_ms`, `t [h]`. */
const ELAPSED: readonly (readonly [ending: RegExp, name: string, ms: number])[] = [
  [/[ _[(/.-](ns|nanos|nsec|nanoseconds?)[\])]?$/i, "nanoseconds", 1e-6],
  [/[ _[(/.-](us|µs|μs|micros|usec|microseconds?)[\])]?$/i, "microseconds", 1e-3],
  [/[ _[(/.-](ms|millis|msec|milliseconds?)[\])]?$/i, "milliseconds", 1],
  [/[ _[(/.-](s|secs?|seconds?)[\])]?$/i, "seconds", 1e3],
  [/[ _[(/.-](mins?|minutes?)[\])]?$/i, "minutes", 60_000],
  [/[ _[(/.-](h|hrs?|hours?)[\])]?$/i, "hours", 3_600_000],
  [/[ _[(/.-](d|days?)[\])]?$/i, "days", DAY_MS],
];

/** Numbers that a column's name says the unit of. */
function elapsedFormat(column: string): TimeFormat | undefined {
  const found = ELAPSED.find(([ending]) => ending.test(column));
  if (found === undefined) return undefined;
  const [, unit, ms] = found;
  const parse = (text: string) =>
    NUMBER.test(text.trim()) ? checked(Math.round(Number(text.trim().replace(",", ".")) * ms)) : undefined;
  return { name: `${unit} from 1970 on`, elapsed: true, parse };
}

/**
 * Chooses the format of a column.
 *
 * @param texts of one column, none of them missing
 * @param options.complete whether the texts are all that the column has
 * @param options.column its name, which may end with a unit
 * @returns `undefined` where most of them are no times
 * @throws {Undecided} where two formats are possible, or numbers are of no magnitude that is a time's
 */
export function chooseTimeFormat(
  texts: readonly string[],
  { complete, column }: { readonly complete: boolean; readonly column: string },
): TimeFormat | undefined {
  const numeric = texts.filter((text) => NUMBER.test(text.trim()));
  if (numeric.length * 2 > texts.length) return chooseNumeric(numeric.map((text) => text.trim()), column);
  return chooseCalendar(texts, complete);
}

function chooseNumeric(texts: readonly string[], column: string): TimeFormat {
  const first = texts[0]!;
  const whole = texts.every((text) => DIGITS.test(text));
  const length = texts.every((text) => text.length === first.length) ? first.length : 0;
  if (whole && COMPACT_LENGTHS.includes(length) && texts.every((text) => compact(text) !== undefined)) {
    return compactFormat(length);
  }
  const parts = texts.map((text) => text.split(/[.,]/)[0]!);
  if (!whole && parts.every((text) => compact(text) !== undefined)) {
    throw new Undecided(
      `'${first}' is a date without separators and a fraction, or a Unix time`,
      `${FLAG} s, ms, us or ns, or write the times as ISO 8601`,
    );
  }
  const sizes = texts.map((text) => Math.abs(Number(text.replace(",", "."))));
  const within = (from: number, below: number) => sizes.every((size) => size >= from && size < below);
  for (const unit of ["s", "ms", "us", "ns"] as const) {
    if (within(UNITS[unit].from, UNITS[unit].below)) return unixFormat(unit, { exact: false });
  }
  const elapsed = elapsedFormat(column);
  if (elapsed !== undefined && within(0, UNITS.s.from)) return elapsed;
  const doubt = (other: string, format: string) =>
    new Undecided(`'${first}' is ${other} or seconds`, `${FLAG} '${format}', or s for seconds`);
  if (within(25_569, 73_051)) throw doubt("an Excel date", "excel");
  if (within(1800, 2200)) throw doubt("a year", "%Y");
  if (whole && length === 6 && texts.every((text) => compact(`20${text}`) !== undefined)) {
    throw doubt("a date such as yyMMdd", "%y%m%d");
  }
  if (within(0, UNITS.s.below)) {
    return { ...unixFormat("s", { exact: false }), name: "seconds from 1970 on", elapsed: true };
  }
  throw new Undecided(
    `'${first}' is a number of no magnitude that all times of the column have`,
    `${FLAG} s, ms, us, ns or excel`,
  );
}

function chooseCalendar(texts: readonly string[], complete: boolean): TimeFormat | undefined {
  const found = ORDERS.map((order) => ({ order, times: texts.map((text) => parseCalendar(text, order)) }));
  const most = Math.max(...found.map(({ times }) => times.filter((ms) => ms !== undefined).length));
  if (most * 2 < texts.length || most === 0) return undefined;
  const possible = found.filter(({ times }) => times.filter((ms) => ms !== undefined).length === most);
  const wins = ({ times }: typeof found[number]) =>
    found.every((other) => other.times.every((ms, i) => ms === undefined || times[i] !== undefined));
  const same = possible.every(({ times }) => times.every((ms, i) => ms === possible[0]!.times[i]));
  const isTime = texts.map((_, i) => found.some(({ times }) => times[i] !== undefined));
  // Between dots the day comes first, all over the world.
  const dotted = possible.find(({ order }) =>
    order === "dmy" && texts.every((text, i) => !isTime[i] || DOTTED.test(text))
  );
  const free = dotted !== undefined || texts.every((text, i) => !isTime[i] || orderIsPlain(text));
  if (!(possible.length === 1 && wins(possible[0]!)) && !free && !(same && complete)) {
    const example = texts.find((_, i) => new Set(found.map(({ times }) => times[i])).size > 2) ?? texts[0]!;
    const orders = found.filter(({ times }) => times.some((ms) => ms !== undefined)).map(({ order }) =>
      order
    );
    throw new Undecided(
      `the order of day and month is not certain in '${example}'`,
      `${FLAG} ${orders.join(" or ")} (day d, month m, year y), or a pattern such as '%d/%m/%Y %H:%M'`,
    );
  }
  const { order, times } = dotted ?? possible[0]!;
  // A time without a zone among others with one is of nobody knows which.
  const zoned = texts.some((text, i) => times[i] !== undefined && zoneOf(text) !== "");
  const name = order === "ymd" ? "ISO 8601" : NAMED[order]!.name;
  return { name, zoned, parse: calendarParser(order, zoned) };
}

const DOTTED = /^\s*\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)(?!\d)/;

/** A year of four digits in front, or a month's name: the order needs no other values. */
function orderIsPlain(text: string): boolean {
  return /^\s*\d{4}|[a-z]{3}/i.test(text.replace(/[ap]\.?m\.?|utc|gmt/i, ""));
}
