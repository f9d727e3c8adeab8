/**
 * The kernels of ../kernels.ts as SIMD code, two numbers per instruction. Every number is summed in the same order,
 * multiplied first and then added (two roundings, no fused multiply-add): the results are the same bits.
 *
 * Addresses and strides are in bytes. Where a kernel works in pairs it may touch one number behind the last: the
 * arrays in ./memory.ts have room for it.
 */
import { assemble, Code, F64, I32, SIMD } from "./assembler.ts";
import { V128 } from "./assembler.ts";

/** Bytes of a number, and of a vector of two. */
const NUMBER = 8, VECTOR = 16;

/** Steps of k in one turn of the innermost loop. */
const UNROLL = 4;

/**
 * Tiles of C whose sums stay in registers: so many columns (widest first), each with so many rows (most first).
 * 8 sums at a time hide the latency of an addition, and leave registers for the factors.
 */
const TILES: readonly { readonly columns: number; readonly rows: readonly number[] }[] = [
  { columns: 8, rows: [2, 1] },
  { columns: 4, rows: [4, 1] },
  { columns: 2, rows: [4, 1] },
  { columns: 1, rows: [8, 1] },
];

/** Columns of the tile for a single row, such as one forecast. */
const COLUMNS_SINGLE_ROW = 16;

/** How the left matrix lies: its rows one after the other, or (for Xᵀ) its columns. */
type Left = "rows" | "columns";

/** The locals of a product. */
interface Registers {
  readonly aRow: number;
  readonly aStride: number;
  readonly b: number;
  readonly bStride: number;
  readonly bias: number;
  readonly cRow: number;
  readonly depth: number;
  readonly floor: number;
  /** Scratch: a pointer per row into A. */
  readonly pointers: readonly number[];
  readonly w: number;
  readonly k: number;
  readonly x: number;
  readonly sums: readonly number[];
  readonly weights: readonly number[];
}

/** A rows × columns tile of C: sums from the bias on, k ascending, then stored, at least `floor`. */
function tile(
  code: Code,
  at: Registers,
  { left, rows, columns }: { readonly left: Left; readonly rows: number; readonly columns: number },
): void {
  const vectors = Math.ceil(columns / 2);
  const load = columns === 1 ? SIMD.loadSplat : SIMD.load;
  const store = columns === 1 ? SIMD.storeLane : SIMD.store;
  const sum = (row: number, vector: number) => at.sums[row * vectors + vector]!;
  for (let vector = 0; vector < vectors; vector++) {
    code.get(at.bias);
    code.memory(load, vector * VECTOR);
    code.set(sum(0, vector));
    for (let row = 1; row < rows; row++) code.copy(sum(row, vector), sum(0, vector));
  }
  const pointers = left === "rows" ? at.pointers.slice(0, rows) : at.pointers.slice(0, 1);
  pointers.forEach((pointer, row) => {
    code.copy(pointer, row === 0 ? at.aRow : pointers[row - 1]!);
    if (row > 0) code.advance(pointer, at.aStride);
  });
  code.copy(at.w, at.b);
  code.copy(at.k, at.depth);
  for (const steps of [UNROLL, 1]) {
    code.whileAtLeast(at.k, steps, () => {
      for (let step = 0; step < steps; step++) {
        for (let vector = 0; vector < vectors; vector++) {
          code.get(at.w);
          code.memory(load, vector * VECTOR);
          code.set(at.weights[vector]!);
        }
        for (let row = 0; row < rows; row++) {
          code.get(left === "rows" ? pointers[row]! : pointers[0]!);
          code.memory(SIMD.loadSplat, (left === "rows" ? step : row) * NUMBER);
          code.set(at.x);
          for (let vector = 0; vector < vectors; vector++) {
            code.get(sum(row, vector));
            code.get(at.x);
            code.get(at.weights[vector]!);
            code.simd(SIMD.multiply);
            code.simd(SIMD.add);
            code.set(sum(row, vector));
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
    if (row + 1 < rows) code.advance(at.w, at.bStride);
  }
}

/** C = A·B + bias, then at least `floor`: see `multiply` of ../kernels.ts. `stride` is that of A's rows or columns. */
function product(name: string, left: Left): Code {
  const code = new Code(name, [I32, I32, I32, I32, I32, I32, I32, I32, F64]);
  const [a, aStride, b, bias, c, rows, depth, columns, least] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const locals = (count: number, type: typeof I32 | typeof V128) =>
    Array.from({ length: count }, () => code.local(type));
  const rowsLeft = code.local(I32);
  const at: Registers = {
    ...{ aStride, b, bias, depth, aRow: code.local(I32), cRow: code.local(I32), bStride: code.local(I32) },
    ...{ w: code.local(I32), k: code.local(I32), floor: code.local(V128), x: code.local(V128) },
    ...{ pointers: locals(8, I32), sums: locals(8, V128), weights: locals(8, V128) },
  };
  code.scale(at.bStride, columns, NUMBER);
  code.get(least);
  code.simd(SIMD.splat);
  code.set(at.floor);
  const strip = (width: number, tileRows: readonly number[]) =>
    code.whileAtLeast(columns, width, () => {
      code.copy(at.aRow, a);
      code.copy(at.cRow, c);
      code.copy(rowsLeft, rows);
      for (const count of tileRows) {
        code.whileAtLeast(rowsLeft, count, () => {
          tile(code, at, { left, rows: count, columns: width });
          for (let row = 0; row < count; row++) {
            if (left === "rows") code.advance(at.aRow, aStride);
            code.advance(at.cRow, at.bStride);
          }
          if (left === "columns") code.advanceBy(at.aRow, count * NUMBER);
          code.advanceBy(rowsLeft, -count);
        });
      }
      for (const pointer of [b, bias, c]) code.advanceBy(pointer, width * NUMBER);
      code.advanceBy(columns, -width);
    });
  code.ifEqual(rows, 1, () => strip(COLUMNS_SINGLE_ROW, [1]));
  for (const { columns: width, rows: tileRows } of TILES) strip(width, tileRows);
  return code;
}

/** The transposed (columns, rows) of (rows, columns): see `transpose` of ../kernels.ts. */
function transposed(): Code {
  const code = new Code("transpose", [I32, I32, I32, I32]);
  const [from, into, rows, columns] = [0, 1, 2, 3] as const;
  const to = code.local(I32), left = code.local(I32), stride = code.local(I32);
  code.scale(stride, rows, NUMBER);
  code.whileAtLeast(rows, 1, () => {
    code.copy(to, into);
    code.copy(left, columns);
    for (const steps of [UNROLL, 1]) {
      code.whileAtLeast(left, steps, () => {
        for (let step = 0; step < steps; step++) {
          code.get(to);
          code.get(from);
          code.memory(SIMD.loadSplat, step * NUMBER);
          code.memory(SIMD.storeLane, 0);
          code.advance(to, stride);
        }
        code.advanceBy(from, steps * NUMBER);
        code.advanceBy(left, -steps);
      });
    }
    code.advanceBy(into, NUMBER);
    code.advanceBy(rows, -1);
  });
  return code;
}

/** 0 where the activation is at most 0: see `reluBackward` of ../kernels.ts. */
function reluBackward(): Code {
  const code = new Code("reluBackward", [I32, I32, I32]);
  const [gradients, activations, count] = [0, 1, 2] as const;
  const zero = code.local(V128);
  code.whileAtLeast(count, 1, () => {
    code.get(gradients);
    code.get(gradients);
    code.memory(SIMD.load, 0);
    code.get(activations);
    code.memory(SIMD.load, 0);
    code.get(zero);
    code.simd(SIMD.lessOrEqual);
    code.simd(SIMD.andNot);
    code.memory(SIMD.store, 0);
    code.advanceBy(gradients, VECTOR);
    code.advanceBy(activations, VECTOR);
    code.advanceBy(count, -2);
  });
  return code;
}

/** One step of Adam: see `adamStep` of ../kernels.ts. */
function adamStep(): Code {
  const code = new Code("adamStep", [I32, I32, I32, I32, I32, F64, F64, F64, F64, F64, F64]);
  const [parameters, gradients, first, second, count] = [0, 1, 2, 3, 4] as const;
  const [beta1, rest1, beta2, rest2, rate, epsilon] = [5, 6, 7, 8, 9, 10].map((scalar) => {
    const both = code.local(V128);
    code.get(scalar);
    code.simd(SIMD.splat);
    code.set(both);
    return both;
  }) as [number, number, number, number, number, number];
  const g = code.local(V128), m = code.local(V128), v = code.local(V128);
  const load = (address: number) => {
    code.get(address);
    code.memory(SIMD.load, 0);
  };
  const times = (factor: number) => {
    code.get(factor);
    code.simd(SIMD.multiply);
  };
  const store = (address: number, value: number) => {
    code.get(address);
    code.get(value);
    code.memory(SIMD.store, 0);
  };
  code.whileAtLeast(count, 1, () => {
    load(gradients);
    code.set(g);
    load(first);
    times(beta1);
    code.get(g);
    times(rest1);
    code.simd(SIMD.add);
    code.set(m);
    load(second);
    times(beta2);
    code.get(g);
    times(rest2);
    times(g);
    code.simd(SIMD.add);
    code.set(v);
    store(first, m);
    store(second, v);
    code.get(parameters);
    load(parameters);
    code.get(m);
    times(rate);
    code.get(v);
    code.simd(SIMD.root);
    code.get(epsilon);
    code.simd(SIMD.add);
    code.simd(SIMD.divide);
    code.simd(SIMD.subtract);
    code.memory(SIMD.store, 0);
    for (const pointer of [parameters, gradients, first, second]) code.advanceBy(pointer, VECTOR);
    code.advanceBy(count, -2);
  });
  return code;
}

/** What the module exports; addresses and strides in bytes, counts in numbers. */
export interface KernelExports {
  /** C = A·B + bias: a, stride of A's rows, b, bias, c, rows, depth, columns, floor. */
  readonly multiplyRows: ProductKernel;
  /** C = Aᵀ·B + bias: a, stride of A's columns, b, bias, c, rows, depth, columns, floor. */
  readonly multiplyColumns: ProductKernel;
  /** from, into, rows, columns. */
  readonly transpose: (...places: number[]) => void;
  /** gradients, activations, count. */
  readonly reluBackward: (...places: number[]) => void;
  /** parameters, gradients, first, second, count, β₁, 1 − β₁, β₂, 1 − β₂, rate, ε. */
  readonly adamStep: (...places: number[]) => void;
}

type ProductKernel = (...places: number[]) => void;

/** The module's bytes. */
export function kernelModule(): Uint8Array<ArrayBuffer> {
  return assemble([
    product("multiplyRows", "rows"),
    product("multiplyColumns", "columns"),
    transposed(),
    reluBackward(),
    adamStep(),
  ]);
}
