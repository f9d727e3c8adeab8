/** The module of all kernels, and what it exports. Addresses and strides are in bytes, counts in numbers. */
import { assemble, Code, SIMD, V128 } from "./assembler.ts";
import {
  adamCode,
  clearCode,
  derivativeCode,
  reluCode,
  reluDerivative,
  sigmoidDerivative,
  softmaxCode,
  squashCode,
  tanhDerivative,
  transposeCode,
} from "./elements.ts";
import { lstmBackwardCode, lstmCode } from "./lstm.ts";
import { productCode, type ProductOptions } from "./product.ts";
import { sparseProductCode, sparseTransposedProductCode } from "./sparse.ts";

/** Addresses, strides, counts and numbers, in the order that the code of each says. */
type Kernel = (...places: number[]) => void;

/** What the module exports. */
export interface KernelExports {
  /** C = A·B + starts: a, stride of A's rows, b, starts, their stride, c, rows, depth, columns, scratch, &floor. */
  readonly multiplyRows: Kernel;
  /** C = Aᵀ·B + starts: a, stride of A's columns, b, starts, their stride, c, rows, depth, columns, scratch, &floor. */
  readonly multiplyColumns: Kernel;
  /** C = X·B + starts: rowStart, column, value, b, starts, their stride, c, rows, columns, &floor. */
  readonly multiplySparse: Kernel;
  /** C = C + Xᵀ·B: rowStart, column, value, b, c, depth, columns. */
  readonly multiplySparseTransposed: Kernel;
  /** from, into, rows, columns. */
  readonly transpose: Kernel;
  /** into, bytes. */
  readonly clear: Kernel;
  /** values, count. */
  readonly relu: Kernel;
  /** values, count. */
  readonly tanh: Kernel;
  /** values, count. */
  readonly sigmoid: Kernel;
  /** gradients, activations, count. */
  readonly reluBackward: Kernel;
  /** gradients, activations, count. */
  readonly tanhBackward: Kernel;
  /** gradients, activations, count. */
  readonly sigmoidBackward: Kernel;
  /** values, rows, columns. */
  readonly softmax: Kernel;
  /** gates, cellBefore, cell, cellTanh, hidden, rows, units. */
  readonly lstm: Kernel;
  /** gates, cellBefore, cellTanh, dHidden, dCell, dGates, rows, units. */
  readonly lstmBackward: Kernel;
  /** parameters, gradients, first, second, count, β₁, 1 − β₁, β₂, 1 − β₂, rate, ε, 1 − decay. */
  readonly adam: Kernel;
}

/** The module's bytes. */
export function kernelModule(options: ProductOptions): Uint8Array<ArrayBuffer> {
  return assemble([
    productCode("multiplyRows", "rows", options),
    productCode("multiplyColumns", "columns", options),
    sparseProductCode("multiplySparse", options),
    sparseTransposedProductCode("multiplySparseTransposed", options),
    transposeCode("transpose"),
    clearCode("clear"),
    reluCode("relu"),
    squashCode("tanh", "tanh"),
    squashCode("sigmoid", "sigmoid"),
    derivativeCode("reluBackward", reluDerivative),
    derivativeCode("tanhBackward", tanhDerivative),
    derivativeCode("sigmoidBackward", sigmoidDerivative),
    softmaxCode("softmax"),
    lstmCode("lstm"),
    lstmBackwardCode("lstmBackward"),
    adamCode("adam"),
  ]);
}

const compiled = new Map<boolean, WebAssembly.Module>();

/** The module, assembled and compiled once per thread. */
export function compileKernels(options: ProductOptions): WebAssembly.Module {
  let module = compiled.get(options.fused);
  if (module === undefined) {
    compiled.set(options.fused, module = new WebAssembly.Module(kernelModule(options)));
  }
  return module;
}

const accepted = new Map<number, boolean>();

/** Whether this runtime knows an instruction on three vectors or fewer, and shared memory. */
function accepts(instruction: number, operands: number): boolean {
  let answer = accepted.get(instruction);
  if (answer === undefined) {
    const probe = new Code("probe", []);
    const vector = probe.local(V128);
    for (let i = 0; i < operands; i++) probe.get(vector);
    probe.simd(instruction);
    probe.set(vector);
    answer = typeof WebAssembly === "object" && typeof SharedArrayBuffer === "function" &&
      WebAssembly.validate(assemble([probe]));
    accepted.set(instruction, answer);
  }
  return answer;
}

/** Whether this runtime has SIMD on shared memory. */
export function wasmIsSupported(): boolean {
  return accepts(SIMD.pickLarger, 2);
}

/** Whether it also multiplies and adds in one instruction. */
export function fusedIsSupported(): boolean {
  return accepts(SIMD.multiplyAdd, 3);
}
