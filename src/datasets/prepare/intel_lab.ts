/**
 * The original file of the Intel Berkeley Research Lab: lines of eight fields, `date time epoch moteid temperature
 * humidity light voltage`, such as `2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964`. Fields are blank or cut
 * off, ids of motes corrupt, values impossible when a battery runs low, and lines out of order. Read from bytes, without a
 * text for each field: 2.3 million lines.
 */
import {
  LAB_HUMIDITY,
  LAB_LIGHT,
  LAB_MOTES,
  LAB_TEMPERATURE,
  LAB_VOLTAGE_MAX,
  LAB_VOLTAGE_MIN,
  LINE_BYTES_MAX,
} from "./limits.ts";
import { ReadingColumns } from "./reading_columns.ts";

/** Why lines are left out; a line counts for the first that holds. */
export const LAB_FAULTS = {
  blank: "are blank",
  cut: "lack fields",
  unreadable: "have a field that is no time or no number",
  mote: `are of no mote from 1 to ${LAB_MOTES}`,
  battery: `were measured below ${LAB_VOLTAGE_MIN} V: the battery was low`,
  impossible: "have a value that cannot be",
} as const;

/** Name of a fault. */
export type LabFault = keyof typeof LAB_FAULTS;

const FIELDS = 8;
/** The one field that is often blank where the others are there: such readings stay, without it. */
const LIGHT = 6;
/** The measured values, by their place in a line from field 4 on. */
const FEATURES = ["temperature", "humidity", "light", "voltage"];
const LF = 10, CR = 13, SPACE = 32, TAB = 9, MINUS = 45, POINT = 46, COLON = 58, ZERO = 48, NINE = 57;
const DAY_MS = 86_400_000;
/** Powers of ten that numbers hold exactly. */
const POWERS = Array.from({ length: 16 }, (_, power) => 10 ** power);

/** Reads the file, piece by piece. */
export class IntelLabReader {
  readonly columns = new ReadingColumns(FEATURES);
  /** Lines that were left out, by why. */
  readonly faults: Record<LabFault, number> = {
    ...{ blank: 0, cut: 0, unreadable: 0, mote: 0, battery: 0, impossible: 0 },
  };
  readonly #numbers = Array.from({ length: LAB_MOTES + 1 }, (_, mote) => mote);
  readonly #values = new Float64Array(FEATURES.length);
  readonly #starts = new Int32Array(FIELDS + 1);
  readonly #ends = new Int32Array(FIELDS + 1);
  #carried = new Uint8Array(0);
  #isTooLong = false;
  /** The last day that was read, and its beginning. */
  #day = { digits: NaN, ms: NaN };
  #lines = 0;

  constructor() {
    for (let mote = 1; mote <= LAB_MOTES; mote++) this.#numbers[mote] = this.columns.numberOf(`mote-${mote}`);
  }

  /** Lines so far. */
  get lines(): number {
    return this.#lines;
  }

  /** Takes the next bytes of the file. */
  take(chunk: Uint8Array): void {
    let start = 0;
    const first = chunk.indexOf(LF);
    if (this.#carried.length > 0 || this.#isTooLong) {
      if (first < 0) return this.#carry(chunk);
      this.#carry(chunk.subarray(0, first));
      this.#line(this.#carried, 0, this.#carried.length);
      this.#carried = new Uint8Array(0);
      start = first + 1;
    }
    for (let end = chunk.indexOf(LF, start); end >= 0; end = chunk.indexOf(LF, start)) {
      this.#line(chunk, start, end);
      start = end + 1;
    }
    if (start < chunk.length) this.#carry(chunk.subarray(start));
  }

  /** The file is at its end. */
  end(): void {
    if (this.#carried.length > 0 || this.#isTooLong) this.#line(this.#carried, 0, this.#carried.length);
    this.#carried = new Uint8Array(0);
  }

  #carry(bytes: Uint8Array): void {
    if (this.#isTooLong) return;
    const joined = new Uint8Array(this.#carried.length + bytes.length);
    joined.set(this.#carried);
    joined.set(bytes, this.#carried.length);
    this.#isTooLong = joined.length > LINE_BYTES_MAX;
    this.#carried = this.#isTooLong ? new Uint8Array(0) : joined;
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    this.#lines++;
    const isTooLong = this.#isTooLong || end - start > LINE_BYTES_MAX;
    const fault = isTooLong ? "unreadable" : this.#read(bytes, start, end);
    this.#isTooLong = false;
    if (fault !== null) this.faults[fault]++;
  }

  #read(bytes: Uint8Array, start: number, end: number): LabFault | null {
    const fields = this.#split(bytes, start, end);
    if (fields === 0) return "blank";
    if (fields > FIELDS) return "unreadable";
    if (fields < FIELDS || this.#lacks()) return "cut";
    const timeMs = this.#time(bytes);
    const mote = this.#number(bytes, 3);
    const values = this.#values;
    for (let feature = 0; feature < values.length; feature++) {
      values[feature] = this.#number(bytes, feature + 4);
    }
    const [temperature, humidity, light, voltage] = values as unknown as [number, number, number, number];
    const isDark = this.#starts[LIGHT] === this.#ends[LIGHT];
    // A sum is NaN where any of them is.
    if (Number.isNaN(timeMs + mote + temperature + humidity + voltage + (isDark ? 0 : light))) {
      return "unreadable";
    }
    if (!(mote >= 1 && mote <= LAB_MOTES) || !Number.isInteger(mote)) return "mote";
    if (voltage < LAB_VOLTAGE_MIN) return "battery";
    const possible = isWithin(temperature, LAB_TEMPERATURE) && isWithin(humidity, LAB_HUMIDITY) &&
      (isDark || isWithin(light, LAB_LIGHT)) && voltage <= LAB_VOLTAGE_MAX;
    if (!possible) return "impossible";
    this.columns.add(timeMs, this.#numbers[mote]!, values);
    return null;
  }

  /** Finds where fields begin and end: one blank parts two. @returns how many there are, one more than there may be at most */
  #split(bytes: Uint8Array, start: number, end: number): number {
    while (end > start && isBlank(bytes[end - 1]!)) end--;
    if (end === start) return 0;
    let fields = 0;
    for (let at = start; fields <= FIELDS; at++) {
      this.#starts[fields] = at;
      while (at < end && !isBlank(bytes[at]!)) at++;
      this.#ends[fields++] = at;
      if (at === end) break;
    }
    return fields;
  }

  /** Whether a field that every reading needs is empty; light alone may be. */
  #lacks(): boolean {
    for (let field = 0; field < FIELDS; field++) {
      if (field !== LIGHT && this.#starts[field] === this.#ends[field]) return true;
    }
    return false;
  }

  /** Unix ms of fields 0 and 1, taken to be UTC; NaN where they are none. */
  #time(bytes: Uint8Array): number {
    const date = this.#starts[0]!, clock = this.#starts[1]!, clockEnd = this.#ends[1]!;
    const isShaped = this.#ends[0]! - date === 10 && bytes[date + 4] === MINUS && bytes[date + 7] === MINUS &&
      clockEnd - clock >= 8 && bytes[clock + 2] === COLON && bytes[clock + 5] === COLON;
    if (!isShaped) return NaN;
    const day = digits(bytes, date, date + 4) * 10_000 + digits(bytes, date + 5, date + 7) * 100 +
      digits(bytes, date + 8, date + 10);
    if (day !== this.#day.digits) this.#day = { digits: day, ms: dayMs(day) };
    const hour = digits(bytes, clock, clock + 2), minute = digits(bytes, clock + 3, clock + 5);
    const seconds = decimal(bytes, clock + 6, clockEnd);
    if (!(hour < 24 && minute < 60 && seconds < 61)) return NaN;
    return this.#day.ms + hour * 3_600_000 + minute * 60_000 + Math.floor(seconds * 1000);
  }

  #number(bytes: Uint8Array, field: number): number {
    return decimal(bytes, this.#starts[field]!, this.#ends[field]!);
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === CR;
}

function isWithin(value: number, [min, max]: readonly [number, number]): boolean {
  return value >= min && value <= max;
}

/** A whole number of digits alone; NaN for anything else. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    if (byte < ZERO || byte > NINE) return NaN;
    value = value * 10 + byte - ZERO;
  }
  return value;
}

/** `-3.91901`, `45`, `1.5e-05`; the nearest number, as `Number` would give it; NaN for anything else. */
function decimal(bytes: Uint8Array, start: number, end: number): number {
  let at = start, value = 0, count = 0, after = 0;
  const isNegative = bytes[at] === MINUS;
  if (isNegative) at++;
  for (let seen = false; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === POINT && !seen) {
      seen = true;
      continue;
    }
    if (byte < ZERO || byte > NINE) return otherNumber(bytes, start, end);
    value = value * 10 + byte - ZERO;
    count++;
    if (seen) after++;
  }
  if (count === 0) return NaN;
  // Up to 15 digits and a power of ten are exact, and so is the quotient's rounding.
  if (count > 15) return otherNumber(bytes, start, end);
  return (isNegative ? -value : value) / POWERS[after]!;
}

/** What has an exponent or many digits. */
function otherNumber(bytes: Uint8Array, start: number, end: number): number {
  const text = String.fromCharCode(...bytes.subarray(start, end));
  return /^-?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}

/** Beginning of the day `20040228`, Unix ms; NaN where no calendar has it. */
function dayMs(day: number): number {
  const year = Math.floor(day / 10_000), month = Math.floor(day / 100) % 100, date = day % 100;
  const ms = Date.UTC(year, month - 1, date);
  const found = new Date(ms);
  const isDay = found.getUTCFullYear() === year && found.getUTCMonth() === month - 1 && ms % DAY_MS === 0;
  return isDay && found.getUTCDate() === date ? ms : NaN;
}
