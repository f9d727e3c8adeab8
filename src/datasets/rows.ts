/** Bytes of a CSV file → its rows with their line numbers, however large the file is. */
// @ts-types="@types/papaparse"
import Papa from "papaparse";
import { UserError } from "../runtime/errors.ts";

/** A row and the line that it begins in (1 = the first). */
export interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

/** Longest row, in characters: a quote that is never closed must not swallow the rest of a large file. */
const ROW_CHARS_MAX = 1_000_000;
const DELIMITERS = [",", ";", "\t", "|"];

/** The delimiter that occurs most often in the first line, outside quotes; a comma where none does. */
export function detectDelimiter(text: string): string {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const char of text) {
    if (char === '"') quoted = !quoted;
    else if (!quoted && char === "\n") break;
    else if (!quoted && counts.has(char)) counts.set(char, counts.get(char)! + 1);
  }
  return [...counts].reduce((best, one) => one[1] > best[1] ? one : best)[0];
}

/** Text → rows, piece by piece. */
class RowReader {
  readonly #name: string;
  #rest = "";
  #line = 1;
  #parser: Papa.Parser | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Delimiter of the file, once the first line has been seen. */
  delimiter = ",";

  /** Takes text, and returns the rows that are complete now; `last` says that nothing follows. */
  take(text: string, last: boolean): Row[] {
    let pending = this.#rest + text;
    // Half of a CRLF waits for the other half.
    const held = !last && pending.endsWith("\r") ? "\r" : "";
    pending = pending.slice(0, pending.length - held.length).replaceAll(/\r\n?/g, "\n");
    if (this.#parser === undefined) {
      if (!last && !pending.includes("\n")) return this.#wait(pending + held);
      this.delimiter = detectDelimiter(pending);
      this.#parser = new Papa.Parser({ delimiter: this.delimiter, newline: "\n" });
    }
    const parsed = this.#parser.parse(pending, 0, !last) as Papa.ParseResult<string[]>;
    const rows = this.#number(parsed.data);
    const failure = parsed.errors.find(({ type }) => type === "Quotes");
    if (failure !== undefined && (last || (failure.row ?? 0) < rows.length)) {
      const line = rows[failure.row ?? 0]?.line ?? this.#line;
      throw new UserError(`${this.#name}, line ${line}: ${failure.message.toLowerCase()}`, {
        hint: 'a field with quotes is written "like ""this"""',
      });
    }
    this.#wait((last ? "" : pending.slice(parsed.meta.cursor)) + held);
    return rows.filter(({ fields }) => fields.length > 1 || fields[0]!.trim() !== "");
  }

  #wait(rest: string): Row[] {
    if (rest.length > ROW_CHARS_MAX) {
      throw new UserError(
        `${this.#name}, line ${this.#line}: a row longer than ${ROW_CHARS_MAX} characters; is a quote left open?`,
      );
    }
    this.#rest = rest;
    return [];
  }

  #number(data: string[][]): Row[] {
    return data.map((fields) => {
      const line = this.#line;
      this.#line += 1 + fields.reduce((sum, field) => sum + (field.split("\n").length - 1), 0);
      return { fields, line };
    });
  }
}

/** Rows in batches, and the delimiter that was found. */
export interface RowBatch {
  readonly rows: readonly Row[];
  readonly delimiter: string;
}

/**
 * Reads rows; blank lines are left out, a byte order mark and CRLF are understood.
 *
 * @param name For messages.
 * @throws {UserError} for text that is not UTF-8 and for quotes that do not close.
 */
export async function* readRows(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<RowBatch> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = new RowReader(name);
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (error) {
      throw new UserError(`cannot read ${name}: it is not UTF-8 text`, {
        hint: "save it as CSV in UTF-8",
        cause: error,
      });
    }
  };
  for await (const chunk of bytes) {
    const rows = reader.take(decode(chunk), false);
    if (rows.length > 0) yield { rows, delimiter: reader.delimiter };
  }
  const rows = reader.take(decode(), true);
  if (rows.length > 0) yield { rows, delimiter: reader.delimiter };
}
