/**
 * Numbers and times straight from bytes, as most programs write them. Whatever is written otherwise is left to the
 * readers of texts: a value that is found here is, bit for bit, the one that they would find.
 */
import { daysSince1970 } from "../../records/formats/utc_time.ts";

const [ZERO, NINE, MINUS, COLON, SPACE, LETTER_T, LETTER_Z] = [0x30, 0x39, 0x2d, 0x3a, 0x20, 0x54, 0x5a];
const [POINT, COMMA] = [0x2e, 0x2c];

/** A number below 2⁵³ divided by one of these is rounded once, as it should be. */
const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);
/** A whole number of so many digits is below 2⁵³. */
const DIGITS_MAX = 15;

/**
 * `-12.5` in `bytes[start … end)`.
 *
 * @param decimal the byte between whole and fraction; 0 = only whole numbers are read
 * @returns NaN for what is written otherwise
 */
export function plainNumber(bytes: Uint8Array, start: number, end: number, decimal: number): number {
  const negative = bytes[start] === MINUS;
  let at = negative ? start + 1 : start;
  if (at === end || end - at > DIGITS_MAX + 1) return NaN;
  let digits = 0, places = -1;
  for (; at < end; at++) {
    const byte = bytes[at]!;
    if (byte >= ZERO && byte <= NINE) {
      digits = digits * 10 + (byte - ZERO);
      if (places >= 0) places++;
    } else if (byte === decimal && places < 0 && at > start && bytes[at - 1]! >= ZERO && at + 1 < end) {
      places = 0;
    } else return NaN;
  }
  if (places < 0 && end - (negative ? start + 1 : start) > DIGITS_MAX) return NaN;
  const value = places > 0 ? digits / POWERS[places]! : digits;
  // No negative zero: JSON has none.
  return negative && value !== 0 ? -value : value;
}

/** The byte of a decimal sign; 0 where nothing has shown which it is. */
export function decimalByte(sign: "." | "," | undefined): number {
  return sign === "." ? POINT : sign === "," ? COMMA : 0;
}

function pair(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO, ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

/**
 * `2026-01-31T12:00:00Z` or `2026-01-31 12:00`, with milliseconds or without, in `bytes[start … end)`.
 *
 * @param zoned whether it has to end with `Z`, or must not; `undefined`: either
 * @returns Unix ms; NaN for what is written otherwise, or is no time
 */
export function plainIsoTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  zoned: boolean | undefined,
): number {
  const isZoned = bytes[end - 1] === LETTER_Z;
  if (zoned !== undefined && zoned !== isZoned) return NaN;
  const length = end - start - (isZoned ? 1 : 0);
  if (length !== 19 && length !== 23 && length !== 16) return NaN;
  const separator = bytes[start + 10];
  if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS || bytes[start + 13] !== COLON) return NaN;
  if (separator !== LETTER_T && separator !== SPACE) return NaN;
  const year = pair(bytes, start) * 100 + pair(bytes, start + 2);
  const month = pair(bytes, start + 5), day = pair(bytes, start + 8);
  const hour = pair(bytes, start + 11), minute = pair(bytes, start + 14);
  let second = 0, ms = 0;
  if (length > 16) {
    if (bytes[start + 16] !== COLON) return NaN;
    second = pair(bytes, start + 17);
  }
  if (length === 23) {
    if (bytes[start + 19] !== POINT) return NaN;
    const last = bytes[start + 22]! - ZERO;
    ms = last >= 0 && last <= 9 ? pair(bytes, start + 20) * 10 + last : NaN;
  }
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NaN;
  return ((daysSince1970(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1_000 + ms;
}
