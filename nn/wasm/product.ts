/**
 * The dense matrix product: see `multiply` of ../kernels/product.ts. Every number is summed in the same order,
 * multiplied first and then added (two roundings, no fused multiply-add): the results are the same bits.
 *
 * C is cut into strips of so many columns, and those into tiles of so many rows. A tile's sums stay in registers while
 * k runs. With two numbers in a vector, a tile of 2 rows and 8 columns is:
 *
 * ```text
 * sum[r][v] = starts[r][v]                      r = 0, 1; v = 0 … 3
 * for k:
 *   w[v] = B[k][v]                              one row of the strip
 *   for r:
 *     x = A[r][k] in both lanes
 *     sum[r][v] = sum[r][v] + x·w[v]
 * C[r][v] = larger of sum[r][v] and floor       floor is 0 for a ReLU, −Infinity otherwise
 * ```
 */
import { Code, I32, SIMD, V128 } from "./assembler.ts";
import { NUMBER, VECTOR } from "./vectors.ts";

/** A strip of C: so many columns, in tiles of so many rows, most first. */
interface Strip {
  readonly columns: number;
  readonly rows: readonly number[];
  /** Steps of k in one turn of the innermost loop. */
  readonly unroll: number;
}

/** Columns of the widest strip. */
export const STRIP_COLUMNS = 8;

/**
 * The strips, widest first. 8 sums at a time (vectors × rows) hide the latency of an addition, and leave registers for
 * the factors.
 */
const STRIPS: readonly Strip[] = [
  { columns: STRIP_COLUMNS, rows: [2, 1], unroll: 8 },
  { columns: 4, rows: [4, 1], unroll: 4 },
  { columns: 2, rows: [4, 1], unroll: 2 },
  { columns: 1, rows: [8, 1], unroll: 2 },
];

/** Before those, for a single row, such as one forecast. */
const SINGLE_ROW: Strip = { columns: 16, rows: [1], unroll: 8 };

/** How the left matrix lies: its rows one after the other, or (for Xᵀ) its columns. */
export type Left = "rows" | "columns";

/** How products are made. */
export interface ProductOptions {
  /** Multiply and add in one instruction, rounded as the machine likes: faster, but not the same bits. */
  readonly fused: boolean;
}

/** The locals of a product; addresses and strides in bytes. */
interface Registers {
  /** The tile's first row of A. */
  readonly aRow: number;
  /** From a row of A to the next, or from a column to the next. */
  readonly aStride: number;
  /** The strip's first number in the first row of B, or in a copy of the strip. */
  readonly b: number;
  /** From a row of that to the next. */
  readonly bStride: number;
  /** The tile's first row of what the sums start from. */
  readonly startRow: number;
  /** From a row of that to the next: 0 for a bias. */
  readonly startStride: number;
  /** The tile's first row of C. */
  readonly cRow: number;
  /** From a row of C to the next. */
  readonly cStride: number;
  readonly depth: number;
  /** The least that C's numbers may be. */
  readonly floor: number;
  /** Scratch: a pointer per row into A. */
  readonly pointers: readonly number[];
  /** Scratch: into B; then into C. */
  readonly w: number;
  readonly k: number;
  readonly x: number;
  readonly sums: readonly number[];
  readonly weights: readonly number[];
}

/** sum ← sum + x·w. */
export function writeMultiplyAdd(
  code: Code,
  { sum, x, w }: { readonly sum: number; readonly x: number; readonly w: number },
  { fused }: ProductOptions,
): void {
  if (fused) {
    for (const operand of [x, w, sum]) code.get(operand);
    code.simd(SIMD.multiplyAdd);
  } else {
    for (const operand of [sum, x, w]) code.get(operand);
    code.simd(SIMD.multiply);
    code.simd(SIMD.add);
  }
  code.set(sum);
}

interface Tile extends ProductOptions {
  readonly left: Left;
  readonly rows: number;
  readonly columns: number;
  readonly unroll: number;
}

/** A rows × columns tile of C: sums from their starts on, k ascending, then stored, at least `floor`. */
function tile(code: Code, at: Registers, { left, rows, columns, unroll, fused }: Tile): void {
  const vectors = Math.ceil(columns / 2);
  const load = columns === 1 ? SIMD.loadSplat : SIMD.load;
  const store = columns === 1 ? SIMD.storeLane : SIMD.store;
  const sum = (row: number, vector: number) => at.sums[row * vectors + vector]!;
  code.copy(at.w, at.startRow);
  for (let row = 0; row < rows; row++) {
    if (row > 0) code.advance(at.w, at.startStride);
    for (let vector = 0; vector < vectors; vector++) {
      code.get(at.w);
      code.memory(load, vector * VECTOR);
      code.set(sum(row, vector));
    }
  }
  const pointers = left === "rows" ? at.pointers.slice(0, rows) : at.pointers.slice(0, 1);
  pointers.forEach((pointer, row) => {
    code.copy(pointer, row === 0 ? at.aRow : pointers[row - 1]!);
    if (row > 0) code.advance(pointer, at.aStride);
  });
  code.copy(at.w, at.b);
  code.copy(at.k, at.depth);
  for (const steps of [unroll, 1]) {
    code.whileAtLeast(at.k, steps, () => {
      for (let step = 0; step < steps; step++) {
        const loadWeights = (vector: number) => {
          code.get(at.w);
          code.memory(load, vector * VECTOR);
          code.set(at.weights[vector]!);
        };
        // A single row needs each of them once, so they need not all be in registers together.
        if (rows > 1) { for (let vector = 0; vector < vectors; vector++) loadWeights(vector); }
        for (let row = 0; row < rows; row++) {
          code.get(left === "rows" ? pointers[row]! : pointers[0]!);
          code.memory(SIMD.loadSplat, (left === "rows" ? step : row) * NUMBER);
          code.set(at.x);
          for (let vector = 0; vector < vectors; vector++) {
            if (rows === 1) loadWeights(vector);
            writeMultiplyAdd(code, { sum: sum(row, vector), x: at.x, w: at.weights[vector]! }, { fused });
          }
        }
        code.advance(at.w, at.bStride);
        if (left === "columns") code.advance(pointers[0]!, at.aStride);
      }
      if (left === "rows") { for (const pointer of pointers) code.advanceBy(pointer, steps * NUMBER); }
      code.advanceBy(at.k, -steps);
    });
  }
  code.copy(at.w, at.cRow);
  for (let row = 0; row < rows; row++) {
    for (let vector = 0; vector < vectors; vector++) {
      code.get(at.w);
      code.get(sum(row, vector));
      code.get(at.floor);
      code.simd(SIMD.pickLarger);
      code.memory(store, vector * VECTOR);
    }
    if (row + 1 < rows) code.advance(at.w, at.cStride);
  }
}

/** Copies the strip of B to where its rows lie one behind the other, and goes on with the copy. */
function pack(code: Code, at: Registers, { width, scratch }: { width: number; scratch: number }): void {
  const bytes = width * NUMBER;
  code.copy(at.w, scratch);
  code.copy(at.k, at.depth);
  code.whileAtLeast(at.k, 1, () => {
    for (let offset = 0; offset < bytes; offset += VECTOR) {
      code.get(at.w);
      code.get(at.b);
      code.memory(SIMD.load, offset);
      code.memory(SIMD.store, offset);
    }
    code.advanceBy(at.w, bytes);
    code.advance(at.b, at.bStride);
    code.advanceBy(at.k, -1);
  });
  code.copy(at.b, scratch);
  code.setConstant(at.bStride, bytes);
}

/**
 * C = max(A·B + starts, floor): a, aStride, b, starts, startStride, c, rows, depth, columns, scratch, &floor.
 * Scratch is room for depth × 8 numbers to copy strips of B to, or 0.
 */
export function productCode(name: string, left: Left, options: ProductOptions): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32]);
  const [a, aStride, b, starts, startStride, c, rows, depth, columns, scratch, least] = code.parameters(11);
  const rowsLeft = code.local(I32);
  const at: Registers = {
    ...{ aStride, startStride, depth, aRow: code.local(I32), startRow: code.local(I32) },
    ...{ b: code.local(I32), bStride: code.local(I32), cRow: code.local(I32), cStride: code.local(I32) },
    ...{ w: code.local(I32), k: code.local(I32) },
    ...{ floor: code.local(V128), x: code.local(V128) },
    ...{ pointers: code.locals(8, I32), sums: code.locals(8, V128), weights: code.locals(8, V128) },
  };
  code.scale(at.cStride, columns, NUMBER);
  code.get(least);
  code.memory(SIMD.loadSplat, 0);
  code.set(at.floor);
  const strip = ({ columns: width, rows: tileRows, unroll }: Strip) =>
    code.whileAtLeast(columns, width, () => {
      code.copy(at.b, b);
      code.copy(at.bStride, at.cStride);
      if (width === STRIP_COLUMNS) code.ifNonZero(scratch, () => pack(code, at, { width, scratch }));
      code.copy(at.aRow, a);
      code.copy(at.startRow, starts);
      code.copy(at.cRow, c);
      code.copy(rowsLeft, rows);
      for (const count of tileRows) {
        code.whileAtLeast(rowsLeft, count, () => {
          tile(code, at, { left, rows: count, columns: width, unroll, ...options });
          for (let row = 0; row < count; row++) {
            if (left === "rows") code.advance(at.aRow, aStride);
            code.advance(at.startRow, startStride);
            code.advance(at.cRow, at.cStride);
          }
          if (left === "columns") code.advanceBy(at.aRow, count * NUMBER);
          code.advanceBy(rowsLeft, -count);
        });
      }
      for (const pointer of [b, starts, c]) code.advanceBy(pointer, width * NUMBER);
      code.advanceBy(columns, -width);
    });
  code.ifEqual(rows, 1, () => strip(SINGLE_ROW));
  for (const each of STRIPS) strip(each);
  return code;
}
