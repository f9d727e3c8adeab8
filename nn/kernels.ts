/**
 * The loops that all time goes into. C = A·B + bias, every number of C summed in one order: the bias first, then
 * k ascending. A row's result is therefore the same, bit for bit, whatever stands in the other rows.
 *
 * Tiles of 2×4 (or 4×1 for what is left of the columns) keep their sums in registers; JavaScript has no fused
 * multiply-add, so tiling changes nothing in the numbers. `| 0` tells V8 that an index is a 32-bit integer.
 */

/** One matrix product and where its matrices lie. */
export interface Product {
  /** A (rows, depth): element (r, k) is `a[aStart + r * aRowStride + k * aStep]`. */
  a: Float64Array;
  /** Place of A's first number. */
  aStart: number;
  /** From a row to the next. */
  aRowStride: number;
  /** From a column to the next. */
  aStep: number;
  /** B (depth, columns), row-major from `bStart`. */
  b: Float64Array;
  /** Place of B's first number. */
  bStart: number;
  /** (columns) from `biasStart`, or null for zeros. */
  bias: Float64Array | null;
  /** Place of the bias's first number. */
  biasStart: number;
  /** C (rows, columns), row-major from `cStart`. */
  c: Float64Array;
  /** Place of C's first number. */
  cStart: number;
  /** Of A and C. */
  rows: number;
  /** Columns of A, rows of B. */
  depth: number;
  /** Of B and C. */
  columns: number;
  /** Whether C's numbers below 0 become 0. */
  relu: boolean;
}

/**
 * One set of the loops: those of this file, or the same in WebAssembly (wasm/), which give the same bits.
 * All arrays that it is given come from its own `allocate`.
 */
export interface Kernels {
  /** Which ones they are. */
  readonly name: "typescript" | "wasm";
  /** An array of zeros, or of what stood there before {@linkcode Kernels.rewind}. */
  allocate(length: number): Float64Array;
  /** What has been allocated so far stays. */
  keep(): void;
  /**
   * Gives back what has been allocated since {@linkcode Kernels.keep}.
   *
   * @returns whether arrays of these lengths can be allocated now
   */
  rewind(lengths: readonly number[]): boolean;
  /** Writes C = A·B + bias, then the ReLU. */
  multiply(product: Product): void;
  /** Writes each column's sum, the rows added in order. */
  sumColumns(sum: ColumnSum): void;
  /** Writes the transposed. */
  transpose: typeof transpose;
  /** In place, the first `count` gradients: 0 where the unit was off. */
  reluBackward(gradients: Float64Array, activations: Float64Array, count: number): void;
  /** One step of Adam. */
  adamStep(step: AdamStep): void;
}

/** The loops in TypeScript: the reference, and what runs where WebAssembly's SIMD does not. */
export const typescriptKernels: Kernels = {
  name: "typescript",
  allocate: (length) => new Float64Array(length),
  keep() {},
  rewind: () => true,
  multiply,
  sumColumns,
  transpose,
  reluBackward,
  adamStep,
};

function multiply(product: Product): void {
  const columnsWide = product.columns & ~3;
  if (columnsWide > 0) {
    const rowsPaired = product.rows & ~1;
    if (rowsPaired > 0) multiplyPairs(product, columnsWide);
    if (rowsPaired < product.rows) multiplyRow(product, rowsPaired);
  }
  if (columnsWide < product.columns) multiplyNarrow(product, columnsWide);
  if (product.relu) reluForward(product);
}

/** Two rows and four columns at a time. */
function multiplyPairs(product: Product, columnsWide: number): void {
  const { a, aStart, aRowStride, aStep, b, bStart, bias, biasStart, c, cStart, rows, depth, columns } =
    product;
  for (let row = 0; row + 1 < rows; row += 2) {
    const aRow = (aStart + row * aRowStride) | 0;
    const cRow = (cStart + row * columns) | 0;
    for (let column = 0; column < columnsWide; column += 4) {
      let c00 = 0, c01 = 0, c02 = 0, c03 = 0;
      if (bias !== null) {
        const start = (biasStart + column) | 0;
        c00 = bias[start]!;
        c01 = bias[start + 1 | 0]!;
        c02 = bias[start + 2 | 0]!;
        c03 = bias[start + 3 | 0]!;
      }
      let c10 = c00, c11 = c01, c12 = c02, c13 = c03;
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
      const first = (cRow + column) | 0, second = (first + columns) | 0;
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
  const { a, aStart, aRowStride, aStep, b, bStart, bias, biasStart, c, cStart, depth, columns } = product;
  const aRow = (aStart + row * aRowStride) | 0;
  const cRow = (cStart + row * columns) | 0;
  for (let column = 0; column + 3 < columns; column += 4) {
    let c0 = 0, c1 = 0, c2 = 0, c3 = 0;
    if (bias !== null) {
      const start = (biasStart + column) | 0;
      c0 = bias[start]!;
      c1 = bias[start + 1 | 0]!;
      c2 = bias[start + 2 | 0]!;
      c3 = bias[start + 3 | 0]!;
    }
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
    const first = (cRow + column) | 0;
    c[first] = c0;
    c[first + 1 | 0] = c1;
    c[first + 2 | 0] = c2;
    c[first + 3 | 0] = c3;
  }
}

/** The columns from `columnFirst` on, one by one, four rows at a time. */
function multiplyNarrow(product: Product, columnFirst: number): void {
  const { a, aStart, aRowStride, aStep, b, bStart, bias, biasStart, c, cStart, rows, depth, columns } =
    product;
  for (let column = columnFirst; column < columns; column++) {
    const start = bias === null ? 0 : bias[biasStart + column]!;
    let row = 0;
    for (; row + 3 < rows; row += 4) {
      let c0 = start, c1 = start, c2 = start, c3 = start;
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
      const first = (cStart + row * columns + column) | 0;
      c[first] = c0;
      c[first + columns | 0] = c1;
      c[first + 2 * columns | 0] = c2;
      c[first + 3 * columns | 0] = c3;
    }
    for (; row < rows; row++) {
      let sum = start, at = (aStart + row * aRowStride) | 0, w = (bStart + column) | 0;
      for (let k = 0; k < depth; k++) {
        sum += a[at]! * b[w]!;
        at = (at + aStep) | 0;
        w = (w + columns) | 0;
      }
      c[cStart + row * columns + column] = sum;
    }
  }
}

/** What column sums read and write. */
export interface ColumnSum {
  /** (rows, columns), row-major. */
  from: Float64Array;
  /** That are added. */
  rows: number;
  /** That are summed, each for itself. */
  columns: number;
  /** (columns) from `start`. */
  into: Float64Array;
  /** Place of the first sum. */
  start: number;
}

function sumColumns(sum: ColumnSum): void {
  const { from, rows, columns, into, start } = sum;
  for (let column = 0; column < columns; column++) {
    let total = 0;
    for (let row = 0, at = column; row < rows; row++, at += columns) total += from[at]!;
    into[start + column] = total;
  }
}

/** Writes the transposed (columns, rows) of what lies at `bStart` (rows, columns) of a flat array. */
function transpose(
  from: {
    readonly b: Float64Array;
    readonly bStart: number;
    readonly rows: number;
    readonly columns: number;
  },
  into: Float64Array,
): void {
  const { b, bStart, rows, columns } = from;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      into[column * rows + row] = b[bStart + row * columns + column]!;
    }
  }
}

/** In place: max(0, z). A NaN stays a NaN. */
function reluForward({ c, cStart, rows, columns }: Product): void {
  const end = cStart + rows * columns;
  for (let i = cStart; i < end; i++) if (c[i]! < 0) c[i] = 0;
}

function reluBackward(gradients: Float64Array, activations: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) if (activations[i]! <= 0) gradients[i] = 0;
}

/** In place, the first `count` numbers: tanh(z). */
export function tanhForward(values: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) values[i] = Math.tanh(values[i]!);
}

/** In place, the first `count` gradients: times 1 − tanh². */
export function tanhBackward(gradients: Float64Array, activations: Float64Array, count: number): void {
  for (let i = 0; i < count; i++) {
    const y = activations[i]!;
    gradients[i]! *= 1 - y * y;
  }
}

/** One step of Adam; all four arrays are equally long. */
export interface AdamStep {
  /** Changed in place. */
  readonly parameters: Float64Array;
  /** Only read. */
  readonly gradients: Float64Array;
  /** The moving mean of the gradients, changed in place. */
  readonly first: Float64Array;
  /** The moving mean of their squares, changed in place. */
  readonly second: Float64Array;
  /** β₁. */
  readonly beta1: number;
  /** 1 − β₁. */
  readonly rest1: number;
  /** β₂. */
  readonly beta2: number;
  /** 1 − β₂. */
  readonly rest2: number;
  /** η with the corrections for the moments' start at 0. */
  readonly rate: number;
  /** ε with the second moment's correction. */
  readonly epsilon: number;
}

function adamStep(step: AdamStep): void {
  const { parameters, gradients, first, second, beta1, rest1, beta2, rest2, rate, epsilon } = step;
  for (let i = 0; i < first.length; i++) {
    const g = gradients[i]!;
    const m = beta1 * first[i]! + rest1 * g;
    const v = beta2 * second[i]! + rest2 * g * g;
    first[i] = m;
    second[i] = v;
    parameters[i]! -= rate * m / (Math.sqrt(v) + epsilon);
  }
}
