/** Rows that are mostly zeros, as one-hot inputs are: compressed sparse rows (CSR). */

/** A matrix of which only the numbers that may differ from 0 are kept. */
export interface SparseRows {
  /** How many rows. */
  readonly rows: number;
  /** How many columns, zeros included. */
  readonly columns: number;
  /** (rows + 1): where each row begins in `column` and `value`; the last one is where they end. */
  readonly rowStart: Int32Array;
  /** The column of each number, ascending within a row. */
  readonly column: Int32Array;
  /** Each number. */
  readonly value: Float64Array;
}

/**
 * The same matrix with its zeros.
 *
 * @returns (rows, columns), row-major
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const sparse = sparseRows(new Float64Array([0, 5, 0, 7, 0, 0]), 3);
 * assert.deepEqual([...sparse.column], [1, 0]);
 * assert.deepEqual([...denseRows(sparse)], [0, 5, 0, 7, 0, 0]);
 * ```
 */
export function denseRows({ rows, columns, rowStart, column, value }: SparseRows): Float64Array {
  const dense = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let at = rowStart[row]!; at < rowStart[row + 1]!; at++) {
      dense[row * columns + column[at]!] = value[at]!;
    }
  }
  return dense;
}

/**
 * A matrix without its zeros.
 *
 * @param dense (rows, columns), row-major
 */
export function sparseRows(dense: Float64Array, columns: number): SparseRows {
  const rows = dense.length / columns;
  const rowStart = new Int32Array(rows + 1);
  let count = 0;
  for (const number of dense) if (number !== 0) count++;
  const column = new Int32Array(count), value = new Float64Array(count);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let c = 0; c < columns; c++) {
      const number = dense[row * columns + c]!;
      if (number === 0) continue;
      column[at] = c;
      value[at++] = number;
    }
    rowStart[row + 1] = at;
  }
  return { rows, columns, rowStart, column, value };
}
