/** Chosen rows of a sparse matrix, side by side for the network. */
import type { Kernels, SparseRows } from "../../../nn/mod.ts";

/** Up to so many rows of a source, gathered into memory of the kernels that is allocated once. */
export class SparseBatch implements SparseRows {
  readonly columns: number;
  readonly rowStart: Int32Array;
  readonly column: Int32Array;
  readonly value: Float64Array;
  readonly #source: SparseRows;
  #rows = 0;

  /** Without a row yet. */
  constructor(
    source: SparseRows,
    { rowsMax, kernels }: { readonly rowsMax: number; readonly kernels: Kernels },
  ) {
    this.#source = source;
    this.columns = source.columns;
    const room = rowsMax * widestRow(source);
    this.rowStart = kernels.allocateIndices(rowsMax + 1);
    this.column = kernels.allocateIndices(room);
    this.value = kernels.allocate(room);
  }

  /** Rows gathered. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes these rows of the source, in this order; allocates nothing. */
  gather(rows: Int32Array): this {
    const { rowStart, column, value } = this.#source;
    let at = 0;
    for (let r = 0; r < rows.length; r++) {
      const end = rowStart[rows[r]! + 1]!;
      for (let from = rowStart[rows[r]!]!; from < end; from++) {
        this.column[at] = column[from]!;
        this.value[at++] = value[from]!;
      }
      this.rowStart[r + 1] = at;
    }
    this.#rows = rows.length;
    return this;
  }
}

function widestRow({ rows, rowStart }: SparseRows): number {
  let widest = 0;
  for (let row = 0; row < rows; row++) widest = Math.max(widest, rowStart[row + 1]! - rowStart[row]!);
  return widest;
}

/** A copy of these rows, in this order. */
export function takeRows(source: SparseRows, rows: Int32Array): SparseRows {
  const rowStart = new Int32Array(rows.length + 1);
  rows.forEach((row, r) => {
    rowStart[r + 1] = rowStart[r]! + source.rowStart[row + 1]! - source.rowStart[row]!;
  });
  const column = new Int32Array(rowStart[rows.length]!);
  const value = new Float64Array(column.length);
  rows.forEach((row, r) => {
    const [from, to] = [source.rowStart[row]!, source.rowStart[row + 1]!];
    column.set(source.column.subarray(from, to), rowStart[r]!);
    value.set(source.value.subarray(from, to), rowStart[r]!);
  });
  return { rows: rows.length, columns: source.columns, rowStart, column, value };
}
