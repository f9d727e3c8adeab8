/**
 * The kernels in WebAssembly, and the memory of one network that they work in.
 *
 * The memory is a shared one although no thread shares it: growing it leaves the views that are in use alone, where
 * growing an ordinary one detaches them. What a network keeps (parameters, gradients, Adam's moments) lies in front,
 * what depends on the size of a mini-batch behind; that part is laid out anew when a batch is larger than any
 * before, so a memory is never larger than its largest batch needs. Nothing outside holds on to it: it is collected
 * together with the network. The module is assembled and compiled once per thread.
 */
import type { AdamStep, ColumnSum, Kernels, Product } from "../kernels.ts";
import { assemble, Code, SIMD, V128 } from "./assembler.ts";
import { type KernelExports, kernelModule } from "./code.ts";
import { MEMORY_PAGES_MAX, PAGE_BYTES } from "./limits.ts";

/** Arrays begin on a cache line; so there is always room for the second number of a last pair. */
const ALIGNMENT_BYTES = 64;

/** Never handed out, so that no array lies at address 0. */
const RESERVED_BYTES = 64;

let supported: boolean | undefined;
let compiled: WebAssembly.Module | undefined;

/** Whether this runtime has SIMD on shared memory. */
export function wasmIsSupported(): boolean {
  if (supported !== undefined) return supported;
  const probe = new Code("probe", []);
  const vector = probe.local(V128);
  probe.get(vector);
  probe.get(vector);
  probe.simd(SIMD.pickLarger);
  probe.set(vector);
  supported = typeof WebAssembly === "object" && typeof SharedArrayBuffer === "function" &&
    WebAssembly.validate(assemble([probe]));
  return supported;
}

/** Bytes of an array with its padding. */
function paddedBytes(length: number): number {
  return (Math.floor(length * Float64Array.BYTES_PER_ELEMENT / ALIGNMENT_BYTES) + 1) * ALIGNMENT_BYTES;
}

/** The address of an array's number. */
function address(array: Float64Array, index: number): number {
  return array.byteOffset + index * 8;
}

/** The kernels of one network. Every array that they are given lies in their memory. */
export class WasmKernels implements Kernels {
  /** Which ones they are. */
  readonly name = "wasm";
  readonly #memory: WebAssembly.Memory;
  readonly #code: KernelExports;
  /** As many as the widest layer has units: the bias of products that have none. */
  readonly #zeros: Float64Array;
  /** A single 1: the left side of the product that sums columns. */
  readonly #one: Float64Array;
  #usedBytes = RESERVED_BYTES;
  #keptBytes = RESERVED_BYTES;

  private constructor(memory: WebAssembly.Memory, widthMax: number) {
    compiled ??= new WebAssembly.Module(kernelModule());
    this.#memory = memory;
    this.#code = new WebAssembly.Instance(compiled, { nn: { memory } })
      .exports as unknown as KernelExports;
    this.#zeros = this.allocate(widthMax);
    this.#one = this.allocate(1).fill(1);
  }

  /**
   * Kernels with room for arrays of these lengths; null where the runtime has no SIMD, or the memory cannot be had.
   *
   * @param options.widthMax columns of the widest product
   */
  static create(
    { lengths, widthMax }: { readonly lengths: readonly number[]; readonly widthMax: number },
  ): WasmKernels | null {
    const bytes = [widthMax, 1, ...lengths].reduce(
      (total, length) => total + paddedBytes(length),
      RESERVED_BYTES,
    );
    const initial = Math.ceil(bytes / PAGE_BYTES);
    if (initial > MEMORY_PAGES_MAX || !wasmIsSupported()) return null;
    let memory: WebAssembly.Memory;
    try {
      memory = new WebAssembly.Memory({ initial, maximum: MEMORY_PAGES_MAX, shared: true });
    } catch {
      return null; // no address space left: the kernels in TypeScript give the same bits
    }
    return new WasmKernels(memory, widthMax);
  }

  allocate(length: number): Float64Array {
    if (!this.#grow(paddedBytes(length))) {
      throw new RangeError(`Cannot allocate ${length} numbers: the network's memory is full`);
    }
    const array = new Float64Array(this.#memory.buffer, this.#usedBytes, length);
    this.#usedBytes += paddedBytes(length);
    return array;
  }

  keep(): void {
    this.#keptBytes = this.#usedBytes;
  }

  rewind(lengths: readonly number[]): boolean {
    this.#usedBytes = this.#keptBytes;
    return this.#grow(lengths.reduce((total, length) => total + paddedBytes(length), 0));
  }

  multiply(product: Product): void {
    const {
      a,
      aStart,
      aRowStride,
      aStep,
      b,
      bStart,
      bias,
      biasStart,
      c,
      cStart,
      rows,
      depth,
      columns,
      relu,
    } = product;
    const biasAt = bias === null ? this.#zeros.byteOffset : address(bias, biasStart);
    const from = address(a, aStart), by = address(b, bStart), into = address(c, cStart);
    const floor = relu ? 0 : -Infinity;
    if (aStep === 1) {
      this.#code.multiplyRows(from, aRowStride * 8, by, biasAt, into, rows, depth, columns, floor);
    } else {
      this.#code.multiplyColumns(from, aStep * 8, by, biasAt, into, rows, depth, columns, floor);
    }
  }

  sumColumns({ from, rows, columns, into, start }: ColumnSum): void {
    const zeros = this.#zeros.byteOffset, one = this.#one.byteOffset;
    const to = address(into, start);
    this.#code.multiplyColumns(one, 0, from.byteOffset, zeros, to, 1, rows, columns, -Infinity);
  }

  transpose(
    from: {
      readonly b: Float64Array;
      readonly bStart: number;
      readonly rows: number;
      readonly columns: number;
    },
    into: Float64Array,
  ): void {
    this.#code.transpose(address(from.b, from.bStart), into.byteOffset, from.rows, from.columns);
  }

  reluBackward(gradients: Float64Array, activations: Float64Array, count: number): void {
    this.#code.reluBackward(gradients.byteOffset, activations.byteOffset, count);
  }

  adamStep(step: AdamStep): void {
    const { parameters, gradients, first, second, beta1, rest1, beta2, rest2, rate, epsilon } = step;
    this.#code.adamStep(
      ...[parameters.byteOffset, gradients.byteOffset, first.byteOffset, second.byteOffset],
      ...[first.length, beta1, rest1, beta2, rest2, rate, epsilon],
    );
  }

  /** Makes room behind what is in use. @returns false when there is none to be had */
  #grow(bytes: number): boolean {
    const pages = Math.ceil((this.#usedBytes + bytes) / PAGE_BYTES);
    const missing = pages - this.#memory.buffer.byteLength / PAGE_BYTES;
    if (missing <= 0) return true;
    if (pages > MEMORY_PAGES_MAX) return false;
    try {
      this.#memory.grow(missing);
    } catch {
      return false; // the caller goes on with the kernels in TypeScript
    }
    return true;
  }
}
