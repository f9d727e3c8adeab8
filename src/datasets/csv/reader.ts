/** Rows of a CSV file → readings: each row's id, time, source and values; what is missing, and what is wrong. */
import { UserError } from "../../runtime/errors.ts";
import type { LabelledReading, RowCounts } from "../dataset.ts";
import { RowIds, stemOf } from "../row_ids.ts";
import type { Columns } from "./columns.ts";
import { formatWords } from "./describe.ts";
import { isRemark, type Layout } from "./layout.ts";
import { isMissing } from "./numbers.ts";
import type { Row } from "./rows.ts";
import { TIME_HINT } from "./time_column.ts";

/** A row that is no reading. */
export interface BadRow {
  readonly file: string;
  readonly line: number;
  /** What was found, and what to do about it. */
  readonly detail: string;
  readonly hint: string;
  readonly fields: readonly string[];
}

/** What is done with a {@linkcode BadRow}; it may throw. */
export type OnBadRow = (row: BadRow) => void;

/** How a file is read. */
export interface ReaderOptions {
  readonly file: string;
  readonly path: string;
  readonly layout: Layout;
  readonly columns: Columns;
  /** Whether rows that lack a value are left out; they are counted. */
  readonly whole: boolean;
  /** Whether rows without any value are readings, too. */
  readonly empty: boolean;
  readonly onBadRow: OnBadRow;
}

/** The error that a bad row is by default. */
export function badRowError({ file, line, detail, hint }: BadRow): UserError {
  return new UserError(`${file}, line ${line}: ${detail}`, { hint });
}

const LEAVE_OUT = "mend the line, or leave such rows out with --on-error skip";

/** A row that cannot be used; caught where rows are read. */
class Refusal extends Error {
  readonly hint: string;
  constructor(detail: string, hint: string) {
    super(detail);
    this.hint = hint;
  }
}

/** Reads the rows of one pass. */
export class ReadingReader {
  readonly counts: RowCounts = { rows: 0, bad: 0, empty: 0, incomplete: 0, missing: 0 };
  readonly #options: ReaderOptions;
  readonly #ids: RowIds;
  /** The only source, where no column names one. */
  readonly stem: string;
  readonly #textFirst: boolean;

  constructor(options: ReaderOptions) {
    this.#options = options;
    this.#ids = new RowIds(options.path);
    this.stem = stemOf(options.path);
    const { time, features } = options.columns;
    this.#textFirst = !time?.indices.includes(0) && !features.some(({ index }) => index === 0);
  }

  /** Source and time of a row alone, for a look at their order; `undefined` where it has none. */
  placeOf(row: Row): Pick<LabelledReading, "source" | "timestamp"> | undefined {
    const { columns: { key, time } } = this.#options;
    if (time === undefined || !this.#holdsReading(row)) return undefined;
    const ms = time.format.parse(time.textOf(row.fields));
    const source = key === undefined ? this.stem : row.fields[key]?.trim() ?? "";
    return ms === undefined ? undefined : { source, timestamp: new Date(ms).toISOString() };
  }

  #holdsReading(row: Row): boolean {
    const { layout, columns: { names } } = this.#options;
    if (row.line <= layout.header.line || row.line === layout.units?.line) return false;
    return !isRemark(row, { names, texts: this.#textFirst }) &&
      row.fields.some((field) => field.trim() !== "");
  }

  /** @returns `undefined` for a row that is left out */
  read(row: Row): LabelledReading | undefined {
    if (!this.#holdsReading(row)) return undefined;
    const number = ++this.counts.rows;
    const id = this.#ids.next(number, row.fields.join("\x1f"));
    try {
      return this.#toReading(row, { id, number });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.refuse(row, error.message, error.hint);
      return undefined;
    }
  }

  /** Counts a row as bad and hands it on. */
  refuse({ line, fields }: Row, detail: string, hint: string): void {
    this.counts.bad++;
    this.#options.onBadRow({ file: this.#options.file, line, detail, hint, fields });
  }

  #toReading({ fields }: Row, { id, number }: { id: string; number: number }): LabelledReading | undefined {
    const { columns, whole, empty } = this.#options;
    const { names, key, features: wanted } = columns;
    if (fields.length < names.length || fields.slice(names.length).some((field) => field.trim() !== "")) {
      throw new Refusal(
        `found ${fields.length} fields, the first line has ${names.length}`,
        "a field that holds the delimiter needs quotes around it; --on-error skip leaves such rows out",
      );
    }
    const source = key === undefined ? this.stem : fields[key]!.trim();
    if (source === "") {
      throw new Refusal(`the column '${names[key!]}' is empty, it must name the source`, LEAVE_OUT);
    }
    const timestamp = this.#timeOf(fields, number);
    const features: Record<string, number> = {};
    let missing = 0;
    for (const { name, index, read, sign } of wanted) {
      const text = fields[index]!;
      const value = read(text);
      if (value !== undefined) features[name] = value;
      else if (isMissing(text)) missing++;
      else throw new Refusal(`'${text}' in column '${name}' is not a number`, numberHint(text, sign));
    }
    if (missing === wanted.length) this.counts.empty++;
    else if (missing > 0) {
      this.counts.incomplete++;
      this.counts.missing += missing;
    }
    if (!empty && missing === wanted.length || whole && missing > 0) return undefined;
    return { id, timestamp, source, features, row: number };
  }

  #timeOf(fields: readonly string[], number: number): string {
    const { time } = this.#options.columns;
    if (time === undefined) return new Date((number - 1) * 1000).toISOString();
    const text = time.textOf(fields);
    const ms = time.format.parse(text);
    if (ms !== undefined) return new Date(ms).toISOString();
    throw new Refusal(
      `'${text}' in column '${time.name}' is no time as the others are (${formatWords(time.format)})`,
      `${TIME_HINT}; --on-error skip leaves such rows out`,
    );
  }
}

function numberHint(text: string, sign: "." | "," | undefined): string {
  if (!/^[\s\d.,'+-]+$/.test(text)) return LEAVE_OUT;
  return sign === undefined
    ? "say with --decimal point or --decimal comma what its sign means"
    : `the others have a decimal ${sign === "." ? "point" : "comma"}: ${LEAVE_OUT}`;
}
