/**
 * From a row of a table to what a classifier sees: numbers scaled, texts one-hot.
 *
 * Shapes: C columns, I inputs: one for a number, as many as it has values for a category, in the order of the columns.
 * A row is C numbers: what was measured, or the place of the text among its column's values, −1 for a text that the
 * training data did not have, whose inputs are then all 0.
 */
import { moments, type SparseRows } from "../../nn/mod.ts";
import { SCALED_MAX } from "./limits.ts";

/** A column of numbers, and how they are scaled. */
export interface NumberColumn {
  readonly name: string;
  readonly kind: "number";
  /** Whether sign(x)·ln(1 + |x|) is taken first. */
  readonly log: boolean;
  readonly center: number;
  /** Positive. */
  readonly scale: number;
}

/** A column of texts; each of them has an input of its own. */
export interface CategoryColumn {
  readonly name: string;
  readonly kind: "category";
  /** Different ones. */
  readonly values: readonly string[];
}

/** Everything that is fitted; plain JSON. */
export interface TabularPreparation {
  readonly kind: "tabular";
  /** Scaled numbers stay within ±clip; `null` sets no limit but that of {@linkcode SCALED_MAX}. */
  readonly clip: number | null;
  readonly columns: readonly (NumberColumn | CategoryColumn)[];
}

/** What is fitted on and encoded: the columns of a table, see `src/datasets/table.ts`. */
export interface TabularRows {
  /** R. */
  readonly rows: number;
  readonly columns: readonly (
    | { readonly name: string; readonly kind: "number"; readonly values: Float64Array }
    | {
      readonly name: string;
      readonly kind: "category";
      readonly values: readonly string[];
      readonly codes: Int32Array;
    }
  )[];
}

/** Which columns are taken by their logarithm: none, those with a long tail, or all that count something. */
export type LogColumns = "none" | "heavy-tailed" | "counts";

/** Number of inputs I. */
export function countTabularInputs({ columns }: Pick<TabularPreparation, "columns">): number {
  return columns.reduce((sum, column) => sum + (column.kind === "number" ? 1 : column.values.length), 0);
}

/**
 * Fits means and standard deviations (population) on these rows alone, and takes their texts.
 *
 * @throws {RangeError} where there is no row, or a column's numbers are not finite or too large to be averaged.
 */
export function fitTabular(
  table: TabularRows,
  { log, clip = null }: { readonly log: LogColumns; readonly clip?: number | null },
): TabularPreparation {
  if (table.rows === 0) throw new RangeError("Cannot fit a preparation: there is no training row");
  const columns = table.columns.map((column): NumberColumn | CategoryColumn => {
    const { name, kind } = column;
    if (kind === "category") return { name, kind, values: [...column.values] };
    const logarithmic = isLogarithmic(column.values, log);
    const values = logarithmic ? column.values.map(signedLog) : column.values;
    const { mean, sd } = moments(values);
    if (!Number.isFinite(mean) || !Number.isFinite(sd)) {
      throw new RangeError(
        `Cannot fit a preparation: column ${name} holds numbers that are not finite or too large`,
      );
    }
    return { name, kind, log: logarithmic, center: mean, scale: sd > 0 ? sd : 1 };
  });
  return { kind: "tabular", clip, columns };
}

/** Long: the largest is far beyond mean and standard deviation. Counts: from 0 to beyond 1. */
function isLogarithmic(values: Float64Array, log: LogColumns): boolean {
  if (log === "none") return false;
  let least = Infinity, most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (least < 0 || most <= 1) return false;
  if (log === "counts") return true;
  const { mean, sd } = moments(values);
  return most > 10 * (mean + sd);
}

function signedLog(value: number): number {
  return value < 0 ? -Math.log1p(-value) : Math.log1p(value);
}

/** Encodes one row after the other into the same sparse row; it allocates nothing. */
export class RowEncoder {
  /** The row that was encoded last: always the same object, of one row. */
  readonly row: SparseRows;
  readonly #columns: number;
  /** (C) 0 for a category, 1 for a number, 2 for a number by its logarithm. */
  readonly #kinds: Uint8Array;
  /** (C) */
  readonly #centers: Float64Array;
  /** (C) */
  readonly #scales: Float64Array;
  /** (C) First input of each column. */
  readonly #places: Int32Array;
  readonly #clip: number;
  readonly #rowStart = new Int32Array(2);
  readonly #column: Int32Array;
  readonly #value: Float64Array;

  constructor(preparation: TabularPreparation) {
    const { columns, clip } = preparation;
    this.#columns = columns.length;
    this.#kinds = Uint8Array.from(columns, (column) => column.kind === "category" ? 0 : column.log ? 2 : 1);
    this.#centers = Float64Array.from(columns, (column) => column.kind === "number" ? column.center : 0);
    this.#scales = Float64Array.from(columns, (column) => column.kind === "number" ? column.scale : 1);
    let place = 0;
    this.#places = Int32Array.from(columns, (column) => {
      const first = place;
      place += column.kind === "number" ? 1 : column.values.length;
      return first;
    });
    this.#clip = Math.min(clip ?? SCALED_MAX, SCALED_MAX);
    this.#column = new Int32Array(columns.length);
    this.#value = new Float64Array(columns.length);
    this.row = {
      rows: 1,
      columns: place,
      rowStart: this.#rowStart,
      column: this.#column,
      value: this.#value,
    };
  }

  /**
   * Encodes a row into {@linkcode RowEncoder.row}.
   *
   * @param values (C) finite numbers; for categories places of texts, −1 for an unknown one
   * @returns how many texts were unknown
   */
  encode(values: Float64Array): number {
    const kinds = this.#kinds, places = this.#places, column = this.#column, value = this.#value;
    const clip = this.#clip;
    let count = 0, unseen = 0;
    for (let c = 0; c < this.#columns; c++) {
      const kind = kinds[c]!, measured = values[c]!;
      if (kind === 0) {
        if (measured < 0) unseen++;
        else {
          column[count] = places[c]! + measured;
          value[count++] = 1;
        }
        continue;
      }
      const taken = kind === 2 ? signedLog(measured) : measured;
      const scaled = (taken - this.#centers[c]!) / this.#scales[c]!;
      if (scaled === 0) continue;
      column[count] = places[c]!;
      value[count++] = scaled > clip ? clip : scaled < -clip ? -clip : scaled;
    }
    this.#rowStart[1] = count;
    return unseen;
  }
}

/**
 * All rows of a table, as a network takes them.
 *
 * @returns x (R, I); `unseen` counts texts that the preparation does not know
 * @throws {RangeError} where the table has other columns.
 */
export function encodeTable(
  preparation: TabularPreparation,
  table: TabularRows,
): { readonly x: SparseRows; readonly unseen: number } {
  const sources = preparation.columns.map((column, c) => sourceOf(column, table.columns[c]));
  const encoder = new RowEncoder(preparation);
  const rowStart = new Int32Array(table.rows + 1);
  const column = new Int32Array(table.rows * sources.length);
  const value = new Float64Array(column.length);
  const values = new Float64Array(sources.length);
  let count = 0, unseen = 0;
  for (let row = 0; row < table.rows; row++) {
    for (let c = 0; c < sources.length; c++) {
      const { values: numbers, places } = sources[c]!;
      values[c] = places === null ? numbers[row]! : places[numbers[row]!]!;
    }
    unseen += encoder.encode(values);
    const found = encoder.row.rowStart[1]!;
    for (let i = 0; i < found; i++) {
      column[count] = encoder.row.column[i]!;
      value[count++] = encoder.row.value[i]!;
    }
    rowStart[row + 1] = count;
  }
  const x = {
    rows: table.rows,
    columns: encoder.row.columns,
    rowStart,
    column: column.slice(0, count),
    value: value.slice(0, count),
  };
  return { x, unseen };
}

/** A table's column: its numbers, or its codes and the place that each has in the preparation. */
interface Source {
  readonly values: Float64Array | Int32Array;
  readonly places: Int32Array | null;
}

function sourceOf(
  column: NumberColumn | CategoryColumn,
  found: TabularRows["columns"][number] | undefined,
): Source {
  if (found === undefined || found.name !== column.name || found.kind !== column.kind) {
    throw new RangeError(
      `Cannot encode the table: the model's column ${column.name} (${column.kind}) is ` +
        (found === undefined ? "missing" : `${found.name} (${found.kind}) there`),
    );
  }
  if (column.kind === "number" || found.kind === "number") {
    return { values: (found as { values: Float64Array }).values, places: null };
  }
  return {
    values: found.codes,
    places: Int32Array.from(found.values, (text) => column.values.indexOf(text)),
  };
}
