/** Dates and times of day in words of people → Unix milliseconds. Whatever has no zone is UTC. */

/** How the values of a column are read. */
export interface TimeFormat {
  /** For people: `ISO 8601`. */
  readonly name: string;
  /** Whether each of its times names a zone; absent where none could. */
  readonly zoned?: boolean;
  /** Whether its times are small numbers, which may be something else. @default false */
  readonly elapsed?: boolean;
  /** @returns Unix ms, `undefined` for what is no time in this format */
  parse(text: string): number | undefined;
}

/** In which order day, month and year stand where all are numbers. */
export const ORDERS = ["ymd", "dmy", "mdy"] as const;
/** One of {@linkcode ORDERS}. */
export type Order = typeof ORDERS[number];

/** The parts of a time; `month` and `day` from 1. */
export interface TimeParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
  readonly offsetMinutes: number;
}

const MONTHS = [
  ...["january", "february", "march", "april", "may", "june"],
  ...["july", "august", "september", "october", "november", "december"],
];

const ZONE = String.raw`Z|UTC|GMT|(?:UTC|GMT)?[+\-−]\d\d?(?::?\d\d)?`;
const TIME = String
  .raw`(\d{1,2})(?:[:.h](\d\d)(?:[:.](\d\d)(?:[.,](\d{1,9}))?)?)?\s*([AP]\.?M\.?)?\s*(${ZONE})?`;
const DATE_TIME = new RegExp(
  String.raw`^(?:[A-Z]{3,9},?\s+)?(\d{1,4})([-/. ]|\.\s)(\d{1,2}|[A-Z]{3,9}\.?)\2(\d{1,4})\.?` +
    String.raw`(?:(?:T|\s*[ ,:\u00a0\u202f]\s*|\s+-\s+)${TIME})?$`,
  "i",
);
const BASIC = new RegExp(
  String.raw`^(\d{4})(\d\d)(\d\d)[T ](\d\d)(\d\d)(\d\d)?(?:[.,](\d{1,9}))?(${ZONE})?$`,
  "i",
);
const LAST_ZONE = new RegExp(String.raw`\d(?:\s*[AP]\.?M\.?)?\s*(${ZONE})$`, "i");
/** What most files have, in one step. */
const ISO = new RegExp(
  String
    .raw`^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$`,
);
/** A month stands for its first day. */
const YEAR_MONTH = /^\d{4}-\d\d$/;
/** Jan 31, 2024 12:00 */
const MONTH_FIRST = new RegExp(
  String.raw`^(?:[A-Z]{3,9},?\s+)?([A-Z]{3,9})\.?\s+(\d{1,2}),?\s+(\d{4}.*)$`,
  "i",
);
/** Wed Jan 31 12:00:00 2024 */
const CTIME = /^(?:[A-Z]{3},?\s+)?([A-Z]{3})\s+(\d{1,2})\s+(\d\d:\d\d:\d\d)\s+(?:(UTC|GMT)\s+)?(\d{4})$/i;

/** Number of a month by its English name, whole or three letters; `NaN` for other words. */
export function monthOf(name: string): number {
  const word = name.toLowerCase().replace(/\.$/, "");
  const found = MONTHS.findIndex((month) =>
    month === word || month.slice(0, 3) === word || word === "sept" && month === "september"
  );
  return found < 0 ? NaN : found + 1;
}

/** A year of two digits is one of 1969 to 2068, as POSIX has it; `NaN` for one of three, or one. */
export function yearOf(digits: string): number {
  if (digits.length % 2 === 1) return NaN;
  return digits.length > 2 ? Number(digits) : Number(digits) + (Number(digits) < 69 ? 2000 : 1900);
}

/** Minutes of `+02`, `+0200`, `+02:00`, `Z`. */
export function offsetOf(zone: string): number {
  const found = /([+\-−])(\d\d?):?(\d\d)?$/.exec(zone);
  if (found === null) return 0;
  return (found[1] === "+" ? 1 : -1) * (Number(found[2]) * 60 + Number(found[3] ?? 0));
}

/** Hour of the day of a 12-hour clock; `NaN` for none of it. */
export function hourOf(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour < 1 || hour > 12) return NaN;
  return hour % 12 + (/^p/i.test(half) ? 12 : 0);
}

/** @returns `undefined` for a date or time that there is none: 30 February, 25:00 */
export function toUnixMs(parts: TimeParts): number | undefined {
  const { year, month, day, hour, minute, second, ms, offsetMinutes } = parts;
  if (!(year >= 0 && month >= 1 && day >= 1 && minute <= 59 && second <= 59)) return undefined;
  if (!(hour <= 23 || hour === 24 && minute === 0 && second === 0 && ms === 0)) return undefined;
  if (!(Math.abs(offsetMinutes) <= 18 * 60)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const time = date.getTime() + ((hour * 60 + minute - offsetMinutes) * 60 + second) * 1000 + ms;
  return time >= -62_167_219_200_000 && time < 253_402_300_800_000 ? time : undefined;
}

/** The zone that a time ends with, empty where it has none. */
export function zoneOf(text: string): string {
  const iso = ISO.exec(text.trim());
  return (iso === null ? LAST_ZONE.exec(timeOf(text))?.[1] : iso[8]) ?? "";
}

/** What follows the date: a date's last hyphen is no zone's. */
function timeOf(text: string): string {
  return /(?<=\d[T ,:\u00a0\u202f]\s*|\s-\s)\d{1,2}[:.h]?\d\d.*$/i.exec(text.trim())?.[0] ?? "";
}

/**
 * Reads ISO 8601 and its relatives: `2024-01-31 12:00`, `31.01.2024 12:00:00,5`, `1/31/24 1:05 PM`, `31-Jan-2024`,
 * `Jan 31, 2024`, `20240131T120000Z`.
 *
 * @param order of numbers; a year of four digits in front makes it `ymd`, a month's name needs none
 * @returns `undefined` for what is no such time
 */
export function parseCalendar(text: string, order: Order): number | undefined {
  let trimmed = text.trim();
  const iso = order === "ymd" ? ISO.exec(trimmed) : null;
  if (iso !== null) return ofIso(iso);
  if (order === "ymd" && YEAR_MONTH.test(trimmed)) trimmed += "-01";
  const basic = BASIC.exec(trimmed);
  if (basic !== null) {
    const [year, month, day, hour, minute, second] = basic.slice(1, 7).map((digits) => Number(digits ?? 0));
    return toUnixMs({
      ...{ year: year!, month: month!, day: day!, hour: hour!, minute: minute!, second: second! },
      ...{ ms: millisecondsOf(basic[7]), offsetMinutes: offsetOf(basic[8] ?? "") },
    });
  }
  trimmed = trimmed.replace(CTIME, "$1 $2, $5 $3 $4").trim().replace(MONTH_FIRST, "$2-$1-$3");
  const found = DATE_TIME.exec(trimmed);
  if (found === null) return undefined;
  const [, a, , b, c, hour = "0", minute, second, fraction, half, zone = ""] = found as unknown as string[];
  const date = dateOf([a!, b!, c!], order);
  if (date === undefined || zone !== "" && minute === undefined) return undefined;
  return toUnixMs({
    ...date,
    ...{ hour: hourOf(Number(hour), half), minute: Number(minute ?? 0), second: Number(second ?? 0) },
    ...{ ms: millisecondsOf(fraction), offsetMinutes: offsetOf(zone) },
  });
}

function ofIso(found: RegExpExecArray): number | undefined {
  return toUnixMs({
    ...{ year: Number(found[1]), month: Number(found[2]), day: Number(found[3]) },
    ...{ hour: Number(found[4] ?? 0), minute: Number(found[5] ?? 0), second: Number(found[6] ?? 0) },
    ...{ ms: millisecondsOf(found[7]), offsetMinutes: offsetOf(found[8] ?? "") },
  });
}

/** What is finer than a millisecond is cut. */
export function millisecondsOf(fraction: string | undefined): number {
  return Number((fraction ?? "").padEnd(3, "0").slice(0, 3));
}

function dateOf(
  [a, b, c]: readonly [string, string, string],
  order: Order,
): { year: number; month: number; day: number } | undefined {
  if (/[a-z]/i.test(b)) {
    const [year, day] = a.length > 2 ? [a, c] : [c, a];
    return day.length > 2 ? undefined : { year: yearOf(year), month: monthOf(b), day: Number(day) };
  }
  if (a.length > 2) {
    if (c.length > 2) return undefined;
    return order === "ymd" ? { year: yearOf(a), month: Number(b), day: Number(c) } : undefined;
  }
  if (order === "ymd") {
    return c.length > 2 ? undefined : { year: yearOf(a), month: Number(b), day: Number(c) };
  }
  const [day, month] = order === "dmy" ? [a, b] : [b, a];
  return { year: yearOf(c), month: Number(month), day: Number(day) };
}

/** A parser of one order whose every value has a zone, or none has. */
export function calendarParser(order: Order, zoned: boolean): (text: string) => number | undefined {
  return (text) => (zoneOf(text) !== "") === zoned ? parseCalendar(text, order) : undefined;
}
