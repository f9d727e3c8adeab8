/** Products with a sparse matrix: see ../kernels/sparse.ts, which sums in the same order. */
import { Code, I32, SIMD, V128 } from "./assembler.ts";
import { type ProductOptions, writeMultiplyAdd } from "./product.ts";
import { type Lanes, NUMBER, VECTOR, vectorsOf } from "./vectors.ts";

/** Bytes of an index. */
const INDEX = 4;

/** Columns of C at a time, widest first. */
const WIDTHS = [16, 4, 1] as const;

/** Numbers in one turn of the innermost loop. */
const UNROLL = 4;

/** The numbers of one row of X: where they begin, how many they are, and the pointers that run through them. */
class RowNumbers {
  readonly #code: Code;
  readonly #first: { readonly columns: number; readonly values: number };
  readonly #count: number;
  readonly #columns: number;
  readonly #values: number;
  readonly #left: number;
  /** The number, in both lanes. */
  readonly x: number;
  /** Its column. */
  readonly column: number;

  constructor(code: Code) {
    this.#code = code;
    this.#first = { columns: code.local(I32), values: code.local(I32) };
    this.#count = code.local(I32);
    this.#columns = code.local(I32);
    this.#values = code.local(I32);
    this.#left = code.local(I32);
    this.column = code.local(I32);
    this.x = code.local(V128);
  }

  /** Goes to the row whose start `rowStart` points to. */
  find({ rowStart, column, value }: Readonly<Record<"rowStart" | "column" | "value", number>>): void {
    const code = this.#code, { columns, values } = this.#first;
    code.loadIndex(columns, rowStart, 0);
    code.loadIndex(this.#count, rowStart, INDEX);
    code.retreat(this.#count, columns);
    code.scale(values, columns, NUMBER);
    code.advance(values, value);
    code.scale(columns, columns, INDEX);
    code.advance(columns, column);
  }

  /** Runs the body for each number, with `x` and `column` set. */
  forEach(body: () => void): void {
    const code = this.#code;
    code.copy(this.#columns, this.#first.columns);
    code.copy(this.#values, this.#first.values);
    code.copy(this.#left, this.#count);
    for (const steps of [UNROLL, 1]) {
      code.whileAtLeast(this.#left, steps, () => {
        for (let step = 0; step < steps; step++) {
          code.loadIndex(this.column, this.#columns, step * INDEX);
          code.get(this.#values);
          code.memory(SIMD.loadSplat, step * NUMBER);
          code.set(this.x);
          body();
        }
        code.advanceBy(this.#columns, steps * INDEX);
        code.advanceBy(this.#values, steps * NUMBER);
        code.advanceBy(this.#left, -steps);
      });
    }
  }
}

/** So many columns' vectors: how many, and how they are loaded and stored. */
function shapeOf(width: number): { readonly vectors: number; readonly lanes: Lanes } {
  return { vectors: Math.ceil(width / 2), lanes: width === 1 ? 1 : 2 };
}

/** C = max(X·B + starts, floor): rowStart, column, value, b, starts, startStride, c, rows, columns, &floor. */
export function sparseProductCode(name: string, options: ProductOptions): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, I32, I32, I32, I32, I32]);
  const [rowStart, column, value, b, starts, startStride, c, rows, columns, least] = code.parameters(10);
  const { load, store, apply, keep } = vectorsOf(code);
  const numbers = new RowNumbers(code);
  const pointers = { b: code.local(I32), start: code.local(I32), c: code.local(I32) };
  const [stride, left, into, weights] = code.locals(4, I32);
  const [floor, w] = code.locals(2, V128);
  const sums = code.locals(8, V128);
  code.scale(stride, columns, NUMBER);
  code.get(least);
  code.memory(SIMD.loadSplat, 0);
  code.set(floor);
  code.whileAtLeast(rows, 1, () => {
    numbers.find({ rowStart, column, value });
    code.copy(pointers.b, b);
    code.copy(pointers.start, starts);
    code.copy(pointers.c, c);
    code.copy(left, columns);
    for (const width of WIDTHS) {
      const { vectors, lanes } = shapeOf(width);
      code.whileAtLeast(left, width, () => {
        for (let v = 0; v < vectors; v++) keep(load(pointers.start, lanes, v * VECTOR), sums[v]!);
        numbers.forEach(() => {
          code.product(weights, numbers.column, stride);
          code.advance(weights, pointers.b);
          for (let v = 0; v < vectors; v++) {
            keep(load(weights, lanes, v * VECTOR), w);
            writeMultiplyAdd(code, { sum: sums[v]!, x: numbers.x, w }, options);
          }
        });
        code.copy(into, pointers.c);
        for (let v = 0; v < vectors; v++) {
          store(into, lanes, apply(SIMD.pickLarger, sums[v]!, floor), v * VECTOR);
        }
        for (const pointer of Object.values(pointers)) code.advanceBy(pointer, width * NUMBER);
        code.advanceBy(left, -width);
      });
    }
    code.advanceBy(rowStart, INDEX);
    code.advance(starts, startStride);
    code.advance(c, stride);
    code.advanceBy(rows, -1);
  });
  return code;
}

/** C = C + Xᵀ·B: rowStart, column, value, b, c, depth, columns. Each number of X adds to one row of C. */
export function sparseTransposedProductCode(name: string, options: ProductOptions): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, I32, I32]);
  const [rowStart, column, value, b, c, depth, columns] = code.parameters(7);
  const { load, store, keep } = vectorsOf(code);
  const numbers = new RowNumbers(code);
  const [stride, left, into, strip] = code.locals(4, I32);
  const sum = code.local(V128);
  const gradients = code.locals(8, V128);
  code.scale(stride, columns, NUMBER);
  code.whileAtLeast(depth, 1, () => {
    numbers.find({ rowStart, column, value });
    code.copy(strip, c);
    code.copy(left, columns);
    for (const width of WIDTHS) {
      const { vectors, lanes } = shapeOf(width);
      code.whileAtLeast(left, width, () => {
        for (let v = 0; v < vectors; v++) keep(load(b, lanes, v * VECTOR), gradients[v]!);
        numbers.forEach(() => {
          code.product(into, numbers.column, stride);
          code.advance(into, strip);
          for (let v = 0; v < vectors; v++) {
            keep(load(into, lanes, v * VECTOR), sum);
            writeMultiplyAdd(code, { sum, x: numbers.x, w: gradients[v]! }, options);
            store(into, lanes, sum, v * VECTOR);
          }
        });
        for (const pointer of [b, strip]) code.advanceBy(pointer, width * NUMBER);
        code.advanceBy(left, -width);
      });
    }
    code.advanceBy(rowStart, INDEX);
    code.advanceBy(depth, -1);
  });
  return code;
}
