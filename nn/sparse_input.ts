/** Where a network copies sparse rows to that lie in somebody else's memory. */
import type { Kernels } from "./kernels/kernels.ts";
import type { SparseRows } from "./sparse.ts";

/** A copy of sparse rows in the kernels' memory: its arrays grow to the most numbers seen and stay. */
export class SparseInput implements SparseRows {
  readonly #kernels: Kernels;
  readonly columns: number;
  rows = 0;
  rowStart: Int32Array = new Int32Array(0);
  column: Int32Array = new Int32Array(0);
  value: Float64Array = new Float64Array(0);

  /** Without a row yet. */
  constructor(kernels: Kernels, columns: number) {
    this.#kernels = kernels;
    this.columns = columns;
  }

  /**
   * Takes the first rows.
   *
   * @throws RangeError when `x` has fewer rows, or is not of this many columns in ascending order
   */
  copy(x: SparseRows, rows: number): this {
    const count = x.rowStart[rows]! - x.rowStart[0]!;
    this.#reserve(rows, count);
    this.rows = rows;
    let at = 0;
    this.rowStart[0] = 0;
    for (let row = 0; row < rows; row++) {
      let before = -1;
      for (let from = x.rowStart[row]!; from < x.rowStart[row + 1]!; from++) {
        const column = x.column[from]!;
        if (!(column > before && column < this.columns)) this.#refuse(row, column);
        before = column;
        this.column[at] = column;
        this.value[at++] = x.value[from]!;
      }
      this.rowStart[row + 1] = at;
    }
    return this;
  }

  #reserve(rows: number, count: number): void {
    if (rows + 1 > this.rowStart.length) {
      this.rowStart = this.#kernels.allocateIndices(Math.max(rows + 1, 2 * this.rowStart.length));
    }
    if (count > this.column.length) {
      const length = Math.max(count, 2 * this.column.length);
      this.column = this.#kernels.allocateIndices(length);
      this.value = this.#kernels.allocate(length);
    }
  }

  #refuse(row: number, column: number): never {
    throw new RangeError(
      `Cannot take row ${row}: its column ${column} is not one of ${this.columns}, each once and ascending`,
    );
  }
}
