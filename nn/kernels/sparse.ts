/**
 * Products with a sparse matrix in TypeScript. What is left out are products with 0, which change no sum of finite
 * numbers: the results are those of the dense product.
 */
import type { Product } from "./kernels.ts";
import type { SparseRows } from "../sparse.ts";
import { applyRelu, writeStarts } from "./product.ts";

/** Writes C = X·B + bias, or C + X·B, then the ReLU; four columns at a time. */
export function multiplySparse({ rowStart, column, value }: SparseRows, product: Product): void {
  const { b, bStart, c, cStart, rows, columns } = product;
  writeStarts(product);
  for (let row = 0; row < rows; row++) {
    const first = rowStart[row]!, end = rowStart[row + 1]!;
    const into = (cStart + row * columns) | 0;
    let j = 0;
    for (; j + 3 < columns; j += 4) {
      const place = (into + j) | 0;
      let c0 = c[place]!, c1 = c[place + 1 | 0]!, c2 = c[place + 2 | 0]!, c3 = c[place + 3 | 0]!;
      for (let at = first; at < end; at++) {
        const x = value[at]!;
        const w = (bStart + column[at]! * columns + j) | 0;
        c0 += x * b[w]!;
        c1 += x * b[w + 1 | 0]!;
        c2 += x * b[w + 2 | 0]!;
        c3 += x * b[w + 3 | 0]!;
      }
      c[place] = c0;
      c[place + 1 | 0] = c1;
      c[place + 2 | 0] = c2;
      c[place + 3 | 0] = c3;
    }
    for (; j < columns; j++) {
      let sum = c[into + j]!;
      for (let at = first; at < end; at++) sum += value[at]! * b[bStart + column[at]! * columns + j]!;
      c[into + j] = sum;
    }
  }
  if (product.relu) applyRelu(product);
}

/** Writes C = Xᵀ·B, or C + Xᵀ·B, X's rows added in order. */
export function multiplySparseTransposed({ rowStart, column, value }: SparseRows, product: Product): void {
  const { b, bStart, c, cStart, depth, columns } = product;
  writeStarts(product);
  for (let row = 0; row < depth; row++) {
    const from = (bStart + row * columns) | 0;
    for (let at = rowStart[row]!, end = rowStart[row + 1]!; at < end; at++) {
      const x = value[at]!;
      const into = (cStart + column[at]! * columns) | 0;
      for (let j = 0; j < columns; j++) {
        const place = (into + j) | 0;
        c[place] = c[place]! + x * b[from + j | 0]!;
      }
    }
  }
}
