/** Text of a CSV file → its rows with their line numbers, however large the file is. */
// @ts-types="@types/papaparse"
import Papa from "papaparse";
import { UserError } from "../../runtime/errors.ts";

/** A row and the line that it begins in (1 = the first). */
export interface Row {
  readonly fields: readonly string[];
  readonly line: number;
}

/** Longest row, in characters: a quote that is never closed must not swallow the rest of a large file. */
export const ROW_CHARS_MAX = 1_000_000;

/** Text → rows, piece by piece; blank lines are left out. */
export class RowReader {
  readonly #name: string;
  readonly #parser: Papa.Parser;
  #rest = "";
  #line: number;

  /** @param name for messages @param line number of the first one that comes */
  constructor(name: string, delimiter: string, line = 1) {
    this.#name = name;
    this.#line = line;
    this.#parser = new Papa.Parser({ delimiter, newline: "\n" });
  }

  /**
   * Takes text, and returns the rows that are complete now; `last` says that nothing follows.
   *
   * @throws {UserError} for quotes that do not close, and for rows beyond all measure
   */
  take(text: string, last: boolean): Row[] {
    const pending = this.#rest + text;
    const parsed = this.#parser.parse(pending, 0, !last) as Papa.ParseResult<string[]>;
    const rows = this.#number(parsed.data);
    const failure = parsed.errors.find(({ type }) => type === "Quotes");
    if (failure !== undefined && (last || (failure.row ?? 0) < rows.length)) {
      const line = rows[failure.row ?? 0]?.line ?? this.#line;
      throw new UserError(`${this.#name}, line ${line}: ${failure.message.toLowerCase()}`, {
        hint: 'a field with quotes is written "like ""this"""',
      });
    }
    this.#rest = last ? "" : pending.slice(parsed.meta.cursor);
    if (this.#rest.length > ROW_CHARS_MAX) {
      throw new UserError(
        `${this.#name}, line ${this.#line}: a row longer than ${ROW_CHARS_MAX} characters; is a quote left open?`,
      );
    }
    return rows.filter(({ fields }) => fields.length > 1 || fields[0]!.trim() !== "");
  }

  #number(data: string[][]): Row[] {
    return data.map((fields) => {
      const line = this.#line;
      this.#line += 1 + fields.reduce((sum, field) => sum + (field.split("\n").length - 1), 0);
      return { fields, line };
    });
  }
}

/** Rows of a text, in batches. @throws {UserError} as {@linkcode RowReader.take} */
export async function* readRows(
  pieces: AsyncIterable<string>,
  { name, delimiter }: { readonly name: string; readonly delimiter: string },
): AsyncIterable<Row[]> {
  const reader = new RowReader(name, delimiter);
  for await (const piece of pieces) {
    const rows = reader.take(piece, false);
    if (rows.length > 0) yield rows;
  }
  const rows = reader.take("", true);
  if (rows.length > 0) yield rows;
}

/** The rows of a beginning: the last one counts only where nothing follows. */
export function rowsOfBeginning(text: string, { name, delimiter, complete }: {
  readonly name: string;
  readonly delimiter: string;
  readonly complete: boolean;
}): Row[] {
  return new RowReader(name, delimiter).take(text, complete);
}

/** A quote that opens in a field of another delimiter is no mistake of the file. */
export function rowsOrNone(...args: Parameters<typeof rowsOfBeginning>): Row[] {
  try {
    return rowsOfBeginning(...args);
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}
