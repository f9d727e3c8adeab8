/**
 * The dense matrix product in TypeScript. Every number of C is summed in one order: the start first, then k ascending.
 *
 * Tiles of 2×4 (or 4×1 for what is left of the columns) keep their sums in registers; JavaScript has no fused
 * multiply-add, so tiling changes nothing in the numbers. `| 0` makes an index a 32-bit integer for V8.
 */
import type { Product } from "./kernels.ts";

/** Makes C what the sums start from: the bias in every row, zeros, or what stands there already. */
export function writeStarts(product: Product): void {
  const { bias, biasStart, c, cStart, rows, columns } = product;
  const end = cStart + rows * columns;
  if (product.accumulate) return;
  if (bias === null) {
    c.fill(0, cStart, end);
    return;
  }
  for (let row = cStart; row < end; row += columns) {
    for (let column = 0; column < columns; column++) c[row + column] = bias[biasStart + column]!;
  }
}

/** Writes C = A·B + bias, or C + A·B, then the ReLU. */
export function multiply(product: Product): void {
  const columnsWide = product.columns & ~3;
  writeStarts(product);
  if (columnsWide > 0) {
    const rowsPaired = product.rows & ~1;
    if (rowsPaired > 0) multiplyPairs(product, columnsWide);
    if (rowsPaired < product.rows) multiplyRow(product, rowsPaired);
  }
  if (columnsWide < product.columns) multiplyNarrow(product, columnsWide);
  if (product.relu) applyRelu(product);
}

/** Two rows and four columns at a time. */
function multiplyPairs(product: Product, columnsWide: number): void {
  const { a, aStart, aRowStride, aStep, b, bStart, c, cStart, rows, depth, columns } = product;
  for (let row = 0; row + 1 < rows; row += 2) {
    const aRow = (aStart + row * aRowStride) | 0;
    const cRow = (cStart + row * columns) | 0;
    for (let column = 0; column < columnsWide; column += 4) {
      const first = (cRow + column) | 0, second = (first + columns) | 0;
      let c00 = c[first]!, c01 = c[first + 1 | 0]!, c02 = c[first + 2 | 0]!, c03 = c[first + 3 | 0]!;
      let c10 = c[second]!, c11 = c[second + 1 | 0]!, c12 = c[second + 2 | 0]!, c13 = c[second + 3 | 0]!;
      let a0 = aRow, a1 = (aRow + aRowStride) | 0, w = (bStart + column) | 0;
      for (let k = 0; k < depth; k++) {
        const x0 = a[a0]!, x1 = a[a1]!;
        const w0 = b[w]!, w1 = b[w + 1 | 0]!, w2 = b[w + 2 | 0]!, w3 = b[w + 3 | 0]!;
        c00 += x0 * w0;
        c01 += x0 * w1;
        c02 += x0 * w2;
        c03 += x0 * w3;
        c10 += x1 * w0;
        c11 += x1 * w1;
        c12 += x1 * w2;
        c13 += x1 * w3;
        a0 = (a0 + aStep) | 0;
        a1 = (a1 + aStep) | 0;
        w = (w + columns) | 0;
      }
      c[first] = c00;
      c[first + 1 | 0] = c01;
      c[first + 2 | 0] = c02;
      c[first + 3 | 0] = c03;
      c[second] = c10;
      c[second + 1 | 0] = c11;
      c[second + 2 | 0] = c12;
      c[second + 3 | 0] = c13;
    }
  }
}

/** One row, four columns at a time: the last of an odd number of rows, and a forecast of one example. */
function multiplyRow(product: Product, row: number): void {
  const { a, aStart, aRowStride, aStep, b, bStart, c, cStart, depth, columns } = product;
  const aRow = (aStart + row * aRowStride) | 0;
  const cRow = (cStart + row * columns) | 0;
  for (let column = 0; column + 3 < columns; column += 4) {
    const first = (cRow + column) | 0;
    let c0 = c[first]!, c1 = c[first + 1 | 0]!, c2 = c[first + 2 | 0]!, c3 = c[first + 3 | 0]!;
    let at = aRow, w = (bStart + column) | 0;
    for (let k = 0; k < depth; k++) {
      const x = a[at]!;
      c0 += x * b[w]!;
      c1 += x * b[w + 1 | 0]!;
      c2 += x * b[w + 2 | 0]!;
      c3 += x * b[w + 3 | 0]!;
      at = (at + aStep) | 0;
      w = (w + columns) | 0;
    }
    c[first] = c0;
    c[first + 1 | 0] = c1;
    c[first + 2 | 0] = c2;
    c[first + 3 | 0] = c3;
  }
}

/** The columns from `columnFirst` on, one by one, four rows at a time. */
function multiplyNarrow(product: Product, columnFirst: number): void {
  const { a, aStart, aRowStride, aStep, b, bStart, c, cStart, rows, depth, columns } = product;
  for (let column = columnFirst; column < columns; column++) {
    let row = 0;
    for (; row + 3 < rows; row += 4) {
      const first = (cStart + row * columns + column) | 0;
      const second = (first + columns) | 0, third = (second + columns) | 0, fourth = (third + columns) | 0;
      let c0 = c[first]!, c1 = c[second]!, c2 = c[third]!, c3 = c[fourth]!;
      let a0 = (aStart + row * aRowStride) | 0;
      let a1 = (a0 + aRowStride) | 0, a2 = (a1 + aRowStride) | 0, a3 = (a2 + aRowStride) | 0;
      let w = (bStart + column) | 0;
      for (let k = 0; k < depth; k++) {
        const weight = b[w]!;
        c0 += a[a0]! * weight;
        c1 += a[a1]! * weight;
        c2 += a[a2]! * weight;
        c3 += a[a3]! * weight;
        a0 = (a0 + aStep) | 0;
        a1 = (a1 + aStep) | 0;
        a2 = (a2 + aStep) | 0;
        a3 = (a3 + aStep) | 0;
        w = (w + columns) | 0;
      }
      c[first] = c0;
      c[second] = c1;
      c[third] = c2;
      c[fourth] = c3;
    }
    for (; row < rows; row++) {
      const into = (cStart + row * columns + column) | 0;
      let sum = c[into]!, at = (aStart + row * aRowStride) | 0, w = (bStart + column) | 0;
      for (let k = 0; k < depth; k++) {
        sum += a[at]! * b[w]!;
        at = (at + aStep) | 0;
        w = (w + columns) | 0;
      }
      c[into] = sum;
    }
  }
}

/** In place: max(0, z). A NaN stays a NaN. */
export function applyRelu({ c, cStart, rows, columns }: Product): void {
  const end = cStart + rows * columns;
  for (let i = cStart; i < end; i++) if (c[i]! < 0) c[i] = 0;
}
