/** Times as all records have them: ISO 8601, UTC, with milliseconds. */
import { z } from "zod";

/** ISO 8601, UTC, with milliseconds: a day that exists. */
export const isoUtcMs = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .refine((text) => !Number.isNaN(parseUtcTime(text)), "a day and time that exist are wanted")
  .describe("ISO 8601, UTC, with milliseconds");

/** A time in µs as ISO 8601 with ms. */
export function isoOf(us: number): string {
  return new Date(us / 1_000).toISOString();
}

/** Two decimal digits at `at`, or NaN. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

const DAYS_BEFORE_MONTH = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Days from 1970-01-01 to a day of the Gregorian calendar, or NaN where there is no such day. */
export function daysSince1970(year: number, month: number, day: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1)) return NaN;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const before = DAYS_BEFORE_MONTH[month - 1]!;
  const length = DAYS_BEFORE_MONTH[month]! - before + (leap && month === 2 ? 1 : 0);
  if (!(day <= length)) return NaN;
  // Leap days of the whole years before this one, since the year 0.
  const past = year === 0 ? 0 : 1 + Math.floor((year - 1) / 4) - Math.floor((year - 1) / 100) +
    Math.floor((year - 1) / 400);
  return year * 365 + past - 719_528 + before + (leap && month > 2 ? 1 : 0) + day - 1;
}

/**
 * `YYYY-MM-DDTHH:MM:SS.mmmZ` → Unix ms; NaN for anything else, and for a moment that does not exist.
 */
export function parseUtcTime(text: string): number {
  if (
    text.length !== 24 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 ||
    text.charCodeAt(10) !== 84 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58 ||
    text.charCodeAt(19) !== 46 || text.charCodeAt(23) !== 90
  ) return NaN;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const days = daysSince1970(year, twoDigits(text, 5), twoDigits(text, 8));
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  const ms = twoDigits(text, 20) * 10 + twoDigits(text, 21) % 10;
  if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
  return days * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms;
}
