/** Bytes of an NSL-KDD file → blocks of connections, each field checked. Nothing but faulty fields becomes a string. */
import { UserError } from "../../runtime/errors.ts";
import { CLASS_OF_ATTACK } from "./attacks.ts";
import { NSL_KDD_COLUMNS } from "./columns.ts";
import { Texts } from "./texts.ts";

/** What is done with a connection whose attack nobody knows. */
export type UnknownLabel = "error" | "skip";

/** The label of a line without one. */
export const NO_LABEL = -1;

/** Connections of neighbouring lines. It belongs to the scanner and holds until the next one is asked for. */
export interface ConnectionBlock {
  readonly rows: number;
  /** (rows) Their lines, from 1. */
  readonly lines: Float64Array;
  /** (rows, 41) Numbers; of a text its place in `texts`. */
  readonly values: Float64Array;
  readonly texts: readonly string[];
  /** (rows) Places of their classes, or {@linkcode NO_LABEL}. */
  readonly labels: Int8Array;
}

const FEATURES = NSL_KDD_COLUMNS.length;
const IS_TEXT = NSL_KDD_COLUMNS.map(({ kind }) => kind === "category");
/** The shortest line has a byte for each feature, commas between them and a line feed. */
const LINE_BYTES_MIN = 2 * FEATURES;
/** A line of the set has some 150 bytes. */
const LINE_BYTES_MAX = 65_536;
/** Different texts after which the memory for them starts over; the set has 84, and 40 names of attacks. */
const TEXTS_MAX = 65_536;
/** Digits of a number whose integer and whose power of ten are exact: their quotient is the nearest double. */
const EXACT_DIGITS = 15;
const POWERS = Float64Array.from({ length: EXACT_DIGITS + 1 }, (_, digits) => 10 ** digits);
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const [TAB, LINE_FEED, CARRIAGE_RETURN, BLANK, COMMA, POINT, ZERO] = [9, 10, 13, 32, 44, 46, 48] as const;

/** Reads a file's bytes, piece by piece. */
export class ConnectionScanner {
  readonly #file: string;
  readonly #unknownLabel: UnknownLabel;
  #bytes: Uint8Array = new Uint8Array(0);
  /** What follows the last line feed. */
  #rest: Uint8Array = new Uint8Array(0);
  #line = 0;
  #skipped = 0;
  /** Whether a line that is not blank was seen. */
  #begun = false;
  #texts = new Texts();
  /** Place of a text → place of its class; `undefined` for a text that is no attack or was no label yet. */
  #classes: number[] = [];
  #rows = 0;
  #lines = new Float64Array(0);
  #values = new Float64Array(0);
  #labels = new Int8Array(0);

  /** @param options.file How the messages call the file. */
  constructor({ file, unknownLabel }: { readonly file: string; readonly unknownLabel: UnknownLabel }) {
    this.#file = file;
    this.#unknownLabel = unknownLabel;
  }

  /** Lines left out so far for their label. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * Takes bytes, and returns the connections whose lines are complete now.
   *
   * @param last Nothing follows: the last line needs no line feed.
   * @throws {UserError} naming file, line and feature for whatever is no connection.
   */
  take(chunk: Uint8Array, last = false): ConnectionBlock {
    this.#bytes = this.#rest.length === 0 ? chunk : joined(this.#rest, chunk);
    const end = last ? this.#bytes.length : this.#bytes.lastIndexOf(LINE_FEED) + 1;
    this.#rest = this.#bytes.slice(end);
    if (this.#rest.length > LINE_BYTES_MAX) {
      throw this.#refusal(`the line is longer than ${LINE_BYTES_MAX} bytes`, this.#line + 1);
    }
    if (this.#texts.texts.length > TEXTS_MAX) [this.#texts, this.#classes] = [new Texts(), []];
    this.#makeRoom(Math.ceil(end / LINE_BYTES_MIN));
    for (let start = 0; start < end;) {
      const feed = this.#bytes.indexOf(LINE_FEED, start);
      const next = feed < 0 ? end : feed;
      this.#line++;
      this.#takeLine(start, this.#bytes[next - 1] === CARRIAGE_RETURN ? Math.max(start, next - 1) : next);
      start = next + 1;
    }
    const { texts } = this.#texts;
    return { rows: this.#rows, lines: this.#lines, values: this.#values, texts, labels: this.#labels };
  }

  #makeRoom(rows: number): void {
    this.#rows = 0;
    if (rows <= this.#lines.length) return;
    this.#lines = new Float64Array(rows);
    this.#values = new Float64Array(rows * FEATURES);
    this.#labels = new Int8Array(rows);
  }

  #takeLine(start: number, end: number): void {
    if (end === start || this.#isHeader(start, end)) return;
    let at = start;
    for (let column = 0; column < FEATURES; column++) {
      if (at > end) this.#refuseCount(start, end);
      const place = this.#rows * FEATURES + column;
      at = IS_TEXT[column] ? this.#takeText(at, { end, place }) : this.#takeNumber(at, { end, place });
      if (at < 0) this.#refuseField(column, { start, end });
    }
    const label = this.#takeLabel(at, { start, end });
    if (label === undefined) {
      this.#skipped++;
      return;
    }
    this.#lines[this.#rows] = this.#line;
    this.#labels[this.#rows++] = label;
  }

  /** Copies of the set have a line with names at their beginning. */
  #isHeader(start: number, end: number): boolean {
    const isFirst = this.#rows === 0 && !this.#begun;
    this.#begun = true;
    if (!isFirst) return false;
    const [first, second] = this.#textOf(start, end).split(",").map((name) =>
      name.trim().replace(/^"(.*)"$/, "$1").toLowerCase()
    );
    return first === NSL_KDD_COLUMNS[0]!.name && second === NSL_KDD_COLUMNS[1]!.name;
  }

  /** @returns where the next field begins; −1 where this one holds no number */
  #takeNumber(start: number, { end, place }: { readonly end: number; readonly place: number }): number {
    const bytes = this.#bytes;
    let integer = 0, digits = 0, decimals = -1, at = start;
    for (; at < end; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit >= 0 && digit <= 9) {
        integer = 10 * integer + digit;
        digits++;
        if (decimals >= 0) decimals++;
      } else if (bytes[at] === POINT && decimals < 0) decimals = 0;
      else break;
    }
    const complete = at >= end || bytes[at] === COMMA;
    if (complete && digits > 0 && digits <= EXACT_DIGITS) {
      this.#values[place] = decimals > 0 ? integer / POWERS[decimals]! : integer;
      return at + 1;
    }
    at = this.#fieldEnd(start, end);
    const value = parseNumber(this.#textOf(start, at));
    this.#values[place] = value;
    return Number.isFinite(value) ? at + 1 : -1;
  }

  /** @returns where the next field begins; −1 where this one is empty */
  #takeText(start: number, { end, place }: { readonly end: number; readonly place: number }): number {
    const stop = this.#fieldEnd(start, end);
    const [from, to] = this.#trimmed(start, stop);
    if (from === to) return -1;
    this.#values[place] = this.#place(from, to);
    return stop + 1;
  }

  /** @returns {@linkcode NO_LABEL} where there is none, `undefined` where the line is to be left out */
  #takeLabel(
    at: number,
    { start, end }: { readonly start: number; readonly end: number },
  ): number | undefined {
    if (at > end) return NO_LABEL;
    const stop = this.#fieldEnd(at, end);
    if (stop < end && this.#fieldEnd(stop + 1, end) < end) this.#refuseCount(start, end);
    const [from, to] = this.#trimmed(at, stop);
    const place = this.#place(from, to);
    const known = this.#classes[place];
    if (known !== undefined) return known;
    const attack = this.#texts.texts[place]!;
    // KDD Cup 1999, which NSL-KDD was made of, has a dot behind each name.
    const label = CLASS_OF_ATTACK.get(attack.toLowerCase().replace(/\.$/, ""));
    if (label !== undefined) return this.#classes[place] = label;
    if (this.#unknownLabel === "skip") return undefined;
    throw this.#refusal(`no class is known for the attack ${quoted(attack)}`, this.#line, {
      hint: "--unknown-label skip leaves such lines out, and counts them",
    });
  }

  #fieldEnd(start: number, end: number): number {
    let at = start;
    while (at < end && this.#bytes[at] !== COMMA) at++;
    return at;
  }

  /** Without blanks around it. */
  #trimmed(start: number, end: number): [from: number, to: number] {
    let [from, to] = [start, end];
    const isBlank = (at: number) => this.#bytes[at] === BLANK || this.#bytes[at] === TAB;
    while (from < to && isBlank(from)) from++;
    while (to > from && isBlank(to - 1)) to--;
    return [from, to];
  }

  #place(start: number, end: number): number {
    try {
      return this.#texts.place(this.#bytes, start, end);
    } catch (error) {
      throw this.#refusal("it is not UTF-8 text", this.#line, { cause: error });
    }
  }

  #textOf(start: number, end: number): string {
    return new TextDecoder().decode(this.#bytes.subarray(start, end));
  }

  /** A line with too few or too many fields is reported as such, whatever stands in them. */
  #refuseField(column: number, { start, end }: { readonly start: number; readonly end: number }): never {
    const fields = this.#textOf(start, end).split(",");
    if (fields.length < FEATURES || fields.length > FEATURES + 2) this.#refuseCount(start, end);
    const { name, kind } = NSL_KDD_COLUMNS[column]!;
    const wanted = kind === "number" ? "a finite number" : "a text";
    throw this.#refusal(
      `${name} (column ${column + 1}) is ${quoted(fields[column]!)}, ${wanted} is wanted`,
      this.#line,
      this.#line === 1 ? { hint: "a line with names begins with duration,protocol_type" } : {},
    );
  }

  #refuseCount(start: number, end: number): never {
    const found = this.#textOf(start, end).split(",").length;
    throw this.#refusal(
      `${found} ${
        found === 1 ? "field" : "fields"
      }; a line of NSL-KDD has ${FEATURES} features, the attack's ` +
        "name and a difficulty",
      this.#line,
      { hint: "the files are KDDTrain+.txt and KDDTest+.txt: commas between the fields, no quotes" },
    );
  }

  #refusal(found: string, line: number, options: { hint?: string; cause?: unknown } = {}): UserError {
    return new UserError(`${this.#file}, line ${line}: ${found}`, options);
  }
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}

/** @returns NaN for what is no number */
function parseNumber(text: string): number {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? Number(trimmed) : NaN;
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
