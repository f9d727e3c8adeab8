/**
 * The kernels in WebAssembly: places in arrays become addresses in their memory.
 *
 * Nothing outside holds on to the memory or the instance: they are collected together with the network. Arguments are
 * given one by one, as a spread would allocate an array in every call.
 */
import type {
  ActivationGradient,
  AdamStep,
  ColumnSum,
  ElementActivation,
  Kernels,
  LstmStep,
  LstmStepGradient,
  Product,
  Transposition,
} from "../kernels/kernels.ts";
import type { SparseRows } from "../sparse.ts";
import { Memory } from "./memory.ts";
import { compileKernels, fusedIsSupported, type KernelExports, wasmIsSupported } from "./module.ts";
import { STRIP_COLUMNS } from "./product.ts";

/** Bytes of a number. */
const NUMBER = 8;

/** Columns of 2 KiB. */
const CONFLICTING_COLUMNS = 256;

/** Rows from which on copying strips pays off. */
const PACK_ROWS_MIN = 8;

/** The address of an array's number. */
function address(array: Float64Array, index: number): number {
  return array.byteOffset + index * NUMBER;
}

/** The kernels of one network. Every array that they are given lies in their memory. */
export class WasmKernels implements Kernels {
  /** Which ones they are. */
  readonly name = "wasm";
  readonly #memory: Memory;
  readonly #code: KernelExports;
  /** A single 1: the left side of the product that sums columns. */
  readonly #one: Float64Array;
  /** The least that a product's numbers may be: any, or 0 after a ReLU. As addresses, as numbers would be boxed. */
  readonly #floors: Float64Array;
  /** As many as the widest product so far had columns: the bias of products that have none. */
  #zeros: Float64Array;
  /** A strip of the right matrix. */
  #scratch: Float64Array;

  private constructor(memory: Memory, module: WebAssembly.Module) {
    this.#memory = memory;
    this.#code = new WebAssembly.Instance(module, { nn: { memory: memory.memory } })
      .exports as unknown as KernelExports;
    this.#one = memory.allocate(1).fill(1);
    this.#floors = memory.allocate(2);
    this.#floors[0] = -Infinity;
    this.#zeros = memory.allocate(0);
    this.#scratch = memory.allocate(0);
  }

  /**
   * Kernels with an empty memory; null where the runtime has no SIMD, or the memory cannot be had.
   *
   * @param options.fma whether products may multiply and add in one instruction, where the runtime has it
   */
  static create({ fma }: { readonly fma: boolean }): WasmKernels | null {
    if (!wasmIsSupported()) return null;
    let memory: Memory;
    try {
      memory = new Memory();
    } catch {
      return null; // no address space left: the kernels in TypeScript give the same bits
    }
    return new WasmKernels(memory, compileKernels({ fused: fma && fusedIsSupported() }));
  }

  allocate(length: number): Float64Array {
    return this.#memory.allocate(length);
  }

  allocateIndices(length: number): Int32Array {
    return this.#memory.allocateIndices(length);
  }

  owns(array: Float64Array | Int32Array): boolean {
    return this.#memory.owns(array);
  }

  multiply(product: Product): void {
    const { a, aStart, aRowStride, aStep, b, bStart, c, cStart, rows, depth, columns } = product;
    const starts = this.#startsOf(product), startStride = product.accumulate ? columns * NUMBER : 0;
    const from = address(a, aStart), by = address(b, bStart), into = address(c, cStart);
    const scratch = this.#scratchFor(product), floor = this.#floorOf(product);
    if (aStep === 1) {
      const stride = aRowStride * NUMBER;
      this.#code.multiplyRows(
        from,
        stride,
        by,
        starts,
        startStride,
        into,
        rows,
        depth,
        columns,
        scratch,
        floor,
      );
    } else if (aRowStride === 1) {
      const stride = aStep * NUMBER;
      this.#code.multiplyColumns(
        from,
        stride,
        by,
        starts,
        startStride,
        into,
        rows,
        depth,
        columns,
        scratch,
        floor,
      );
    } else {
      throw new RangeError(
        `Cannot multiply a matrix with strides ${aRowStride} and ${aStep}: one of them must be 1`,
      );
    }
  }

  multiplySparse({ rowStart, column, value }: SparseRows, product: Product): void {
    const { b, bStart, c, cStart, rows, columns } = product;
    this.#code.multiplySparse(
      rowStart.byteOffset,
      column.byteOffset,
      value.byteOffset,
      address(b, bStart),
      this.#startsOf(product),
      product.accumulate ? columns * NUMBER : 0,
      address(c, cStart),
      rows,
      columns,
      this.#floorOf(product),
    );
  }

  multiplySparseTransposed({ rowStart, column, value }: SparseRows, product: Product): void {
    const { b, bStart, c, cStart, rows, depth, columns } = product;
    const into = address(c, cStart);
    if (!product.accumulate) this.#code.clear(into, rows * columns * NUMBER);
    this.#code.multiplySparseTransposed(
      rowStart.byteOffset,
      column.byteOffset,
      value.byteOffset,
      address(b, bStart),
      into,
      depth,
      columns,
    );
  }

  sumColumns({ from, rows, columns, into, start }: ColumnSum): void {
    const one = this.#one.byteOffset, zeros = this.#zerosFor(columns), to = address(into, start);
    this.#code.multiplyColumns(
      one,
      0,
      from.byteOffset,
      zeros,
      0,
      to,
      1,
      rows,
      columns,
      0,
      this.#floors.byteOffset,
    );
  }

  transpose(from: Transposition, into: Float64Array): void {
    this.#code.transpose(address(from.b, from.bStart), into.byteOffset, from.rows, from.columns);
  }

  activate(name: ElementActivation, values: Float64Array, count: number): void {
    this.#code[name](values.byteOffset, count);
  }

  activationBackward(name: ElementActivation, gradient: ActivationGradient): void {
    const { gradients, activations, count } = gradient;
    this.#code[`${name}Backward`](gradients.byteOffset, activations.byteOffset, count);
  }

  softmaxRows(values: Float64Array, rows: number, columns: number): void {
    this.#code.softmax(values.byteOffset, rows, columns);
  }

  lstmStep(step: LstmStep): void {
    this.#code.lstm(
      address(step.gates, step.gatesStart),
      address(step.cellBefore, step.cellBeforeStart),
      address(step.cell, step.cellStart),
      address(step.cellTanh, step.cellTanhStart),
      address(step.hidden, step.hiddenStart),
      step.rows,
      step.units,
    );
  }

  lstmStepBackward(step: LstmStepGradient): void {
    this.#code.lstmBackward(
      address(step.gates, step.gatesStart),
      address(step.cellBefore, step.cellBeforeStart),
      address(step.cellTanh, step.cellTanhStart),
      address(step.dHidden, step.dHiddenStart),
      address(step.dCell, step.dCellStart),
      address(step.dGates, step.dGatesStart),
      step.rows,
      step.units,
    );
  }

  adamStep(step: AdamStep): void {
    const { parameters, gradients, first, second, beta1, rest1, beta2, rest2, rate, epsilon } = step;
    this.#code.adam(
      parameters.byteOffset,
      gradients.byteOffset,
      first.byteOffset,
      second.byteOffset,
      first.length,
      beta1,
      rest1,
      beta2,
      rest2,
      rate,
      epsilon,
      1 - (step.decay ?? 0),
    );
  }

  /** The address of what a product's first row starts from. */
  #startsOf({ accumulate, bias, biasStart, c, cStart, columns }: Product): number {
    if (accumulate) return address(c, cStart);
    return bias === null ? this.#zerosFor(columns) : address(bias, biasStart);
  }

  /**
   * The address where a product copies strips of B to, or 0 for none: rows that lie a multiple of 2 KiB apart share
   * a few places in the processor's cache, from where each pair of rows of A would push them out again.
   */
  #scratchFor({ rows, depth, columns }: Product): number {
    if (columns % CONFLICTING_COLUMNS !== 0 || rows < PACK_ROWS_MIN) return 0;
    const length = depth * STRIP_COLUMNS;
    if (length > this.#scratch.length) {
      this.#scratch = this.allocate(Math.max(length, 2 * this.#scratch.length));
    }
    return this.#scratch.byteOffset;
  }

  #floorOf({ relu }: Product): number {
    return address(this.#floors, relu ? 1 : 0);
  }

  #zerosFor(columns: number): number {
    if (columns > this.#zeros.length) {
      this.#zeros = this.allocate(Math.max(columns, 2 * this.#zeros.length));
    }
    return this.#zeros.byteOffset;
  }
}
