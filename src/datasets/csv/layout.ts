/** How a CSV file is laid out: delimiter, what stands above the rows, and in which line the columns have their names. */
import { isMissing, weighNumbers } from "./numbers.ts";
import { type Row, rowsOfBeginning, rowsOrNone } from "./rows.ts";
import { looksLikeTime } from "./times.ts";

/** Where what stands. */
export interface Layout {
  readonly delimiter: string;
  readonly header: Row;
  /** Names of the columns; an empty one has none. */
  readonly names: readonly string[];
  /** A line of units below the header, by column. */
  readonly units: Row | undefined;
  /** Lines above the header that are neither empty nor comments. */
  readonly above: number;
  /** Rows of the beginning that hold readings. */
  readonly rows: readonly Row[];
}

/** The text between fields. */
const DELIMITERS = [",", ";", "\t", "|"];
/** Excel's own way of naming it, in the first line. */
const SEPARATOR_LINE = /^\uFEFF?"?sep=([^"\n])"?\n/i;
/** Rows that are looked at for the delimiter. */
const ROWS_WEIGHED = 500;
/** Lines above the header. */
const ABOVE_MAX = 100;

function isTyped(text: string): boolean {
  return weighNumbers([text]).numbers > 0 || looksLikeTime(text);
}

/** The most frequent number of fields; of those that are as frequent, that of the earliest row. */
function usualLength(rows: readonly Row[]): number {
  const counts = new Map<number, number>();
  for (const { fields: { length } } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
  return [...counts].reduce((best, one) => one[1] > best[1] ? one : best)[0];
}

/** The usual number of fields, without the empty ones that delimiters at the ends of lines make. */
function usualWidth(rows: readonly Row[]): number {
  let width = usualLength(rows);
  const usual = rows.filter(({ fields }) => fields.length === width);
  while (width > 1 && usual.every(({ fields }) => fields[width - 1]!.trim() === "")) width--;
  return width;
}

/** How well a delimiter explains the rows: even lengths, and fields that are numbers or times. */
function weigh(rows: readonly Row[]): number {
  const length = usualLength(rows);
  if (length < 2) return 0;
  const even = rows.filter(({ fields }) => fields.length === length).length / rows.length;
  const cells = rows.slice(1).flatMap(({ fields }) => fields).filter((text) => !isMissing(text));
  const typed = cells.filter(isTyped).length;
  return even * even * (0.05 + (cells.length === 0 ? 0 : typed / cells.length));
}

/** The delimiter of most even, best readable rows. */
function chooseDelimiter(
  text: string,
  options: { readonly name: string; readonly complete: boolean },
): string {
  const line = text.trimStart().split("\n", 1)[0]!;
  const weighed = DELIMITERS.map((delimiter) => {
    const rows = withoutComments(rowsOrNone(text, { ...options, delimiter })).slice(0, ROWS_WEIGHED);
    return { delimiter, weight: rows.length === 0 ? 0 : weigh(rows) };
  });
  const best = weighed.reduce((best, one) => one.weight > best.weight ? one : best);
  // One column whose decimals have a comma.
  if (!DELIMITERS.some((delimiter) => line.includes(delimiter))) {
    const rows = rowsOrNone(text, { ...options, delimiter: ";" }).slice(1, ROWS_WEIGHED);
    if (rows.length > 0 && rows.every(({ fields }) => fields.length === 1 && isCell(fields[0]!))) return ";";
  }
  return best.weight === 0 ? "," : best.delimiter;
}

function isCell(text: string): boolean {
  return isMissing(text) || isTyped(text);
}

function isComment({ fields }: Row): boolean {
  return fields[0]!.trimStart().startsWith("#");
}

function withoutComments(rows: readonly Row[]): Row[] {
  return rows.filter((row) => !isComment(row));
}

/**
 * Whether a row below the header is a remark: it begins with `#`, and its first field is no value of the column.
 *
 * @param texts whether the first column may hold texts that begin so
 */
export function isRemark(row: Row, { names, texts }: { names: readonly string[]; texts: boolean }): boolean {
  return isComment(row) && (!texts || row.fields.length !== names.length);
}

/** `[°C]`, `(%)` → `°C`, `%`. */
export function unitOf(text: string): string {
  return text.trim().replace(/^[[(](.*)[\])]$/, "$1").trim();
}

/**
 * Finds the layout by a file's beginning.
 *
 * @param options.complete whether the text is all of it
 * @returns `undefined` where there is no line that could have names
 * @throws {UserError} for quotes that do not close
 */
export function findLayout(
  text: string,
  options: { readonly name: string; readonly complete: boolean },
): Layout | undefined {
  const named = SEPARATOR_LINE.exec(text);
  const delimiter = named?.[1] ??
    chooseDelimiter(named === null ? text : text.slice(named[0].length), options);
  const all = rowsOfBeginning(text, { ...options, delimiter }).filter(({ fields }) =>
    fields.some((field) => field.trim() !== "")
  );
  const rows = named === null ? all : all.slice(1);
  const plain = withoutComments(rows);
  if (rows.length === 0) return undefined;
  const width = plain.length === 0 ? 1 : usualWidth(plain.slice(0, ROWS_WEIGHED));
  const place = Math.max(0, plain.slice(0, ABOVE_MAX).findIndex(({ fields }) => fields.length >= width));
  const header = plain[place];
  const marked = markedHeader(rows, header);
  if (marked !== undefined) return layoutOf(marked, { delimiter, above: place, below: plain.slice(place) });
  if (header === undefined) return undefined;
  return layoutOf(header, { delimiter, above: place, below: plain.slice(place + 1) });
}

/** `# time,temp` above rows of as many values: the names stand behind the mark. */
function markedHeader(rows: readonly Row[], first: Row | undefined): Row | undefined {
  if (first === undefined || !first.fields.some(isTyped)) return undefined;
  const last = rows.filter((row) => isComment(row) && row.line < first.line).at(-1);
  if (last === undefined || last.fields.length !== first.fields.length || last.fields.length < 2) {
    return undefined;
  }
  const fields = last.fields.map((field, i) => i === 0 ? field.trim().replace(/^#+\s*/, "") : field);
  return fields.some(isTyped) ? undefined : { fields, line: last.line };
}

function layoutOf(header: Row, { delimiter, above, below }: {
  readonly delimiter: string;
  readonly above: number;
  readonly below: readonly Row[];
}): Layout {
  const names = header.fields.map((name) => name.trim());
  while (names.length > 1 && names.at(-1) === "") names.pop();
  const [first, ...rest] = below;
  const isUnits = first !== undefined && rest.length > 0 && names.some((_, i) => first.fields[i]?.trim()) &&
    !first.fields.some((field) => isTyped(field)) &&
    names.every((_, i) => {
      const cells = rest.slice(0, ROWS_WEIGHED).map(({ fields }) => fields[i] ?? "").filter((cell) =>
        !isMissing(cell)
      );
      return isMissing(first.fields[i] ?? "") || cells.some(isTyped);
    }) && names.some((_, i) => !isMissing(first.fields[i] ?? ""));
  return {
    delimiter,
    header,
    names,
    above,
    units: isUnits ? first : undefined,
    rows: isUnits ? rest : below,
  };
}
