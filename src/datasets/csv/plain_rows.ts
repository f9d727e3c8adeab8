/**
 * Rows of a CSV file as columns, straight from bytes: some ten times as fast as by way of texts. A row that is written in
 * any special way (quotes, blanks, missing values, a number or a time in other words) is read as every other
 * command reads it, so that both find the same.
 */
import { UserError } from "../../runtime/errors.ts";
import { ColumnsRoom } from "../columns.ts";
import type { ReadingColumns } from "../dataset.ts";
import type { Columns } from "./columns.ts";
import type { Layout } from "./layout.ts";
import { decimalByte, plainIsoTime, plainNumber } from "./plain_values.ts";
import type { ReadingReader } from "./reader.ts";
import { ROW_CHARS_MAX, RowReader } from "./rows.ts";
import { SourceBytes } from "./source_bytes.ts";

const [QUOTE, LINE_FEED, RETURN, HASH] = [0x22, 0x0a, 0x0d, 0x23];

/** How a file is read. */
export interface PlainOptions {
  readonly file: string;
  readonly layout: Layout;
  readonly columns: Columns;
  /** Reads the rows that are written in a special way, and counts all. */
  readonly reader: ReadingReader;
}

/** Whether a file can be read by bytes: UTF-8 (`head` is its beginning) with lines that end with a line feed. */
export function isPlain(head: Uint8Array, { delimiter }: Layout): boolean {
  const lonely = head.some((byte, at) =>
    byte === RETURN && at + 1 < head.length && head[at + 1] !== LINE_FEED
  );
  return !lonely && !head.includes(0) && head[0]! < 0xfe && delimiter.length === 1 &&
    delimiter.charCodeAt(0) < 0x80;
}

/** Reads the rows of one pass. */
export class PlainReader {
  readonly #options: PlainOptions;
  readonly #delimiter: number;
  readonly #room: ColumnsRoom;
  readonly #sources: SourceBytes;
  /** Where the fields of the row in hand begin; one more is where it ends, and one. */
  readonly #starts: Int32Array;
  readonly #decimals: readonly number[];
  readonly #isIso: boolean;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #rest = new Uint8Array(0);
  #line = 1;

  constructor(options: PlainOptions) {
    const { layout, columns: { names, features, time, key } } = options;
    this.#options = options;
    this.#delimiter = layout.delimiter.charCodeAt(0);
    this.#room = new ColumnsRoom(features.length);
    this.#sources = new SourceBytes((name) => this.#room.sourceOf(name));
    this.#starts = new Int32Array(names.length + 1);
    this.#decimals = features.map(({ sign }) => decimalByte(sign));
    this.#isIso = time?.format.name === "ISO 8601" && time.indices.length === 1;
    if (key === undefined) this.#room.sourceOf(options.reader.stem);
  }

  /**
   * Takes bytes, and returns the readings of the rows that are complete now; valid until the next call.
   *
   * @param last whether nothing follows
   * @throws {UserError} as {@linkcode RowReader.take}, and what the reader's `onBadRow` throws
   */
  take(chunk: Uint8Array, last: boolean): ReadingColumns {
    const bytes = this.#joined(chunk);
    this.#room.count = 0;
    let start = 0;
    for (let at = 0, line = this.#line, isQuoted = false; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === QUOTE) isQuoted = !isQuoted && this.#opens(bytes, at, start);
      if (byte !== LINE_FEED) continue;
      line++;
      if (isQuoted) continue;
      this.#row(bytes, start, at);
      start = at + 1;
      this.#line = line;
    }
    if (last && start < bytes.length) {
      this.#row(bytes, start, bytes.length);
      start = bytes.length;
    }
    this.#rest = bytes.slice(start);
    if (this.#rest.length > ROW_CHARS_MAX) {
      throw new UserError(
        `${this.#options.file}, line ${this.#line}: a row longer than ${ROW_CHARS_MAX} characters; is a quote left open?`,
      );
    }
    return this.#room;
  }

  /** Whether a quote begins a quoted text: the first of a field, or one of two within it. */
  #opens(bytes: Uint8Array, at: number, start: number): boolean {
    return at === start || bytes[at - 1] === this.#delimiter || bytes[at - 1] === QUOTE;
  }

  #joined(chunk: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) return chunk;
    const joined = new Uint8Array(this.#rest.length + chunk.length);
    joined.set(this.#rest);
    joined.set(chunk, this.#rest.length);
    return joined;
  }

  #row(bytes: Uint8Array, start: number, lineEnd: number): void {
    const { layout } = this.#options;
    const end = lineEnd > start && bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    if (end === start || this.#line <= layout.header.line || this.#line === layout.units?.line) return;
    if (!this.#plainRow(bytes, start, end)) this.#specialRow(bytes.subarray(start, end));
  }

  /** @returns whether the row is a reading as most are; nothing is noted of one that is not */
  #plainRow(bytes: Uint8Array, start: number, end: number): boolean {
    const { columns: { key, features }, reader: { counts } } = this.#options;
    if (bytes[start] === HASH || !this.#split(bytes, start, end)) return false;
    const starts = this.#starts, room = this.#room;
    const source = key === undefined ? 0 : this.#sources.find(bytes, starts[key]!, starts[key + 1]! - 1);
    if (source < 0) return false;
    const time = this.#timeOf(bytes, counts.rows);
    if (Number.isNaN(time)) return false;
    const at = room.next();
    for (let i = 0; i < features.length; i++) {
      const { index, read } = features[i]!;
      const from = starts[index]!, to = starts[index + 1]! - 1;
      let value = plainNumber(bytes, from, to, this.#decimals[i]!);
      if (Number.isNaN(value)) value = from === to ? NaN : read(this.#text(bytes, from, to)) ?? NaN;
      if (Number.isNaN(value)) {
        room.count--;
        return false;
      }
      room.values[at * features.length + i] = value;
    }
    room.sources[at] = source;
    room.times[at] = time;
    room.rows[at] = ++counts.rows;
    return true;
  }

  /** @returns whether there are as many fields as columns, and none has quotes */
  #split(bytes: Uint8Array, start: number, end: number): boolean {
    const starts = this.#starts, fields = starts.length - 1, delimiter = this.#delimiter;
    let field = 0;
    starts[0] = start;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === delimiter) {
        if (++field === fields) return false;
        starts[field] = at + 1;
      } else if (byte === QUOTE) return false;
    }
    starts[fields] = end + 1;
    return field === fields - 1;
  }

  #timeOf(bytes: Uint8Array, rowsBefore: number): number {
    const { time } = this.#options.columns;
    if (time === undefined) return rowsBefore * 1_000;
    const starts = this.#starts;
    if (this.#isIso) {
      const index = time.indices[0]!;
      const found = plainIsoTime(bytes, starts[index]!, starts[index + 1]! - 1, time.format.zoned);
      if (!Number.isNaN(found)) return found;
    }
    const fields: string[] = [];
    for (const index of time.indices) {
      fields[index] = this.#text(bytes, starts[index]!, starts[index + 1]! - 1);
    }
    return time.format.parse(time.textOf(fields)) ?? NaN;
  }

  #text(bytes: Uint8Array, start: number, end: number): string {
    try {
      return this.#decoder.decode(bytes.subarray(start, end));
    } catch (error) {
      throw new UserError(`cannot read ${this.#options.file}: it is not UTF-8 text`, {
        hint: "save it as CSV in UTF-8",
        cause: error,
      });
    }
  }

  /** As every other command reads it. */
  #specialRow(bytes: Uint8Array): void {
    const { file, layout, columns: { features }, reader } = this.#options;
    const text = this.#text(bytes, 0, bytes.length).replaceAll(/\r\n?/g, "\n");
    for (const row of new RowReader(file, layout.delimiter, this.#line).take(text, true)) {
      const reading = reader.read(row);
      if (reading === undefined) continue;
      const room = this.#room, at = room.next();
      room.sources[at] = room.sourceOf(reading.source);
      room.times[at] = Date.parse(reading.timestamp);
      room.rows[at] = reading.row!;
      features.forEach(({ name }, i) => {
        room.values[at * features.length + i] = (reading.features[name] as number | undefined) ?? NaN;
      });
    }
  }
}
