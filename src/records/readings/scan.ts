/**
 * Readings as most producers write them, straight from the bytes: the keys in the order `id`, `timestamp`, `source`,
 * `features` and perhaps `label`, no white space, texts of printable ASCII without escapes, numbers of at most 15 digits without exponent.
 * Whatever else a value may be, a reading or not, is left to {@linkcode parseReading}; what is read here is what
 * that would have read, bit for bit.
 */
import { asciiOf, TextScan } from "../formats/text_scan.ts";
import { daysSince1970 } from "../formats/utc_time.ts";

/** What the pipeline needs to know of a reading, beside its values. */
export interface ScannedReading {
  readonly id: string;
  readonly source: string;
  /** The reading's own time, Unix ms. */
  readonly timestampMs: number;
  /** `null` where there is none. */
  readonly label: string | null;
}

/** A feature that the model wants: a number, or one of these texts, whose place is then its value (−1: none of them). */
export interface ScannedColumn {
  readonly name: string;
  readonly texts: readonly string[] | null;
}

const encoder = new TextEncoder();

const BEFORE_ID = encoder.encode('{"id":"');
const BEFORE_TIMESTAMP = encoder.encode('","timestamp":"');
const BEFORE_SOURCE = encoder.encode('","source":"');
const BEFORE_FEATURES = encoder.encode('","features":{');
const BEFORE_LABEL = encoder.encode(',"label":"');
const TIMESTAMP_LENGTH = 24;

/** Larger values are left to the other way: their texts may be long. */
const SCANNED_BYTES_MAX = 2_048;
/** Integers of so many digits are exact, and so is their quotient with a power of ten, once rounded. */
const DIGITS_MAX = 15;
const POWERS_OF_TEN = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, power) => 10 ** power);

/** Sources, labels and texts that are kept, a power of two. */
const TEXTS_CACHED = 1_024;

const QUOTE = 34, COMMA = 44, MINUS = 45, POINT = 46, ZERO = 48, COLON = 58, CLOSE = 125;

/** Scans the readings of one partition for the features of one model. */
export class ReadingScanner {
  /** Names with the quote behind them. */
  readonly #names: readonly Uint8Array[];
  /** By feature: the place of each text; `null` for a number. */
  readonly #places: readonly (ReadonlyMap<string, number> | null)[];
  readonly #scan = new TextScan(TEXTS_CACHED);
  /** The number that was scanned last. */
  #number = NaN;
  /** The day that was seen last, as YYYYMMDD, and its place. */
  #day = NaN;
  #daysSince1970 = NaN;

  constructor(columns: readonly ScannedColumn[]) {
    this.#names = columns.map(({ name }) => encoder.encode(`${name}"`));
    this.#places = columns.map(({ texts }) => texts && new Map(texts.map((text, place) => [text, place])));
  }

  /**
   * @param bytes a record's value
   * @param values (F) receives the features' values; anything may stand there where the answer is `null`
   * @returns `null`: no reading, or not one of this form
   */
  scan(bytes: Uint8Array, values: Float64Array): ScannedReading | null {
    if (bytes.length > SCANNED_BYTES_MAX) return null;
    this.#scan.begin(bytes);
    if (!this.#scan.pass(BEFORE_ID)) return null;
    const idStart = this.#scan.at;
    this.#scan.passText();
    const idEnd = this.#scan.at;
    if (idEnd === idStart || !this.#scan.pass(BEFORE_TIMESTAMP)) return null;
    const timestampMs = this.#timestamp();
    if (Number.isNaN(timestampMs) || !this.#scan.pass(BEFORE_SOURCE)) return null;
    const source = this.#scan.text(SCANNED_BYTES_MAX);
    if (!source || !this.#scan.pass(BEFORE_FEATURES) || !this.#features(values)) return null;
    let label: string | null = null;
    if (this.#scan.pass(BEFORE_LABEL)) {
      label = this.#scan.text(SCANNED_BYTES_MAX);
      if (!label || bytes[this.#scan.at++] !== QUOTE) return null;
    }
    if (bytes[this.#scan.at] !== CLOSE || this.#scan.at + 1 !== bytes.length) return null;
    return { id: asciiOf(bytes, { start: idStart, end: idEnd }), source, timestampMs, label };
  }

  /** Unix ms, or NaN where it is none. */
  #timestamp(): number {
    const bytes = this.#scan.bytes;
    const at = this.#scan.at;
    if (
      bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS || bytes[at + 10] !== 84 ||
      bytes[at + 13] !== COLON || bytes[at + 16] !== COLON || bytes[at + 19] !== POINT ||
      bytes[at + 23] !== 90
    ) return NaN;
    this.#scan.at = at + TIMESTAMP_LENGTH;
    const year = this.#twoDigits(at) * 100 + this.#twoDigits(at + 2);
    const month = this.#twoDigits(at + 5);
    const date = this.#twoDigits(at + 8);
    const day = (year * 100 + month) * 100 + date;
    if (day !== this.#day) {
      this.#day = day;
      this.#daysSince1970 = daysSince1970(year, month, date);
    }
    const hour = this.#twoDigits(at + 11);
    const minute = this.#twoDigits(at + 14);
    const second = this.#twoDigits(at + 17);
    const ms = this.#twoDigits(at + 20) * 10 + this.#twoDigits(at + 21) % 10;
    if (!(hour < 24 && minute < 60 && second < 60)) return NaN;
    return this.#daysSince1970 * 86_400_000 + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms;
  }

  #twoDigits(at: number): number {
    const tens = this.#scan.bytes[at]! - ZERO;
    const ones = this.#scan.bytes[at + 1]! - ZERO;
    return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
  }

  /** From behind the brace to the end: whether every wanted feature is there once, and every number is plain. */
  #features(values: Float64Array): boolean {
    const bytes = this.#scan.bytes;
    const names = this.#names;
    values.fill(NaN);
    let found = 0;
    for (;;) {
      if (bytes[this.#scan.at] !== QUOTE) return false;
      this.#scan.at++;
      const index = this.#feature(found);
      if (bytes[this.#scan.at] !== COLON) return false;
      this.#scan.at++;
      if (!this.#value(index)) return false;
      if (index >= 0) {
        if (!Number.isNaN(values[index]!)) return false; // twice
        values[index] = this.#number;
        found++;
      }
      const next = bytes[this.#scan.at++];
      if (next === COMMA) continue;
      return next === CLOSE && found === names.length;
    }
  }

  /** Scans the value of a feature, -1 for one that is not wanted. @returns `false` where it is not of its kind */
  #value(index: number): boolean {
    const places = index < 0 ? null : this.#places[index]!;
    if (this.#scan.bytes[this.#scan.at] !== QUOTE) return places === null && this.#plainNumber();
    this.#scan.at++;
    if (places !== null) this.#number = places.get(this.#scan.text(SCANNED_BYTES_MAX) ?? "") ?? -1;
    else if (index < 0) this.#scan.passText();
    else return false;
    return this.#scan.bytes[this.#scan.at++] === QUOTE;
  }

  /** Goes past a feature's name. @param likely where it is probably @returns its place, -1 where it is not wanted */
  #feature(likely: number): number {
    const names = this.#names;
    if (likely < names.length && this.#scan.pass(names[likely]!)) return likely;
    for (let index = 0; index < names.length; index++) {
      if (this.#scan.pass(names[index]!)) return index;
    }
    this.#scan.passText();
    if (this.#scan.bytes[this.#scan.at] === QUOTE) this.#scan.at++;
    return -1;
  }

  /** Scans a number of few digits; `false` where it is another, or none. */
  #plainNumber(): boolean {
    const bytes = this.#scan.bytes;
    let at = this.#scan.at;
    const negative = bytes[at] === MINUS;
    if (negative) at++;
    const start = at;
    let digits = bytes[at]! - ZERO;
    if (!(digits >= 0 && digits <= 9)) return false;
    at++;
    let digit = bytes[at]! - ZERO;
    if (digits === 0 && digit >= 0 && digit <= 9) return false; // a zero before other digits is no JSON
    while (digit >= 0 && digit <= 9) {
      digits = digits * 10 + digit;
      digit = bytes[++at]! - ZERO;
    }
    let decimals = 0;
    if (bytes[at] === POINT) {
      const point = at;
      digit = bytes[++at]! - ZERO;
      while (digit >= 0 && digit <= 9) {
        digits = digits * 10 + digit;
        digit = bytes[++at]! - ZERO;
      }
      decimals = at - point - 1;
      if (decimals === 0) return false;
    }
    if (at - start > DIGITS_MAX) return false;
    const magnitude = decimals === 0 ? digits : digits / POWERS_OF_TEN[decimals]!;
    this.#number = negative ? -magnitude : magnitude;
    this.#scan.at = at;
    return true;
  }
}
