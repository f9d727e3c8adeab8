/**
 * The loops that all time goes into, as an interface, and what each of them reads and writes.
 *
 * There are two sets of them. Those of typescript.ts are plain TypeScript: they say what is computed, in which order,
 * and run everywhere. Those in wasm/ do the same in WebAssembly, two numbers per instruction, several times as fast,
 * and give the same bits. So a network's numbers do not depend on which ones run.
 *
 * Matrices are row-major in flat arrays. A product sums every number of C in one order: the start first, then k
 * ascending. A row's result is therefore the same, bit for bit, whatever stands in the other rows.
 */
import type { SparseRows } from "../sparse.ts";

/** One matrix product and where its matrices lie. */
export interface Product {
  /**
   * A (rows, depth): element (r, k) is `a[aStart + r * aRowStride + k * aStep]`. One of the two strides is 1: A lies
   * row by row, or column by column (which makes it the transposed of something).
   */
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
  /** Whether the sums start from what stands in C, instead of the bias. */
  accumulate: boolean;
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

/** A matrix that is transposed. */
export interface Transposition {
  /** (rows, columns), row-major from `bStart`. */
  readonly b: Float64Array;
  /** Place of its first number. */
  readonly bStart: number;
  /** Before: afterwards columns. */
  readonly rows: number;
  /** Before: afterwards rows. */
  readonly columns: number;
}

/** An activation that takes each number for itself. */
export type ElementActivation = "relu" | "tanh" | "sigmoid";

/** Gradients on their way back through an activation. */
export interface ActivationGradient {
  /** In: the loss by each activation; out: by each sum before it. */
  readonly gradients: Float64Array;
  /** What the activation returned; its derivative is computed from that. */
  readonly activations: Float64Array;
  /** How many numbers of both, from the first on. */
  readonly count: number;
}

/**
 * One time step of B sequences through an LSTM cell of H units: with σ the sigmoid and ∘ element by element,
 * i = σ(zᵢ), f = σ(z_f), g = tanh(z_g), o = σ(zₒ); c = f∘c₋₁ + i∘g; h = o∘tanh(c).
 *
 * Each array may hold many steps: the places are those of this step's first number.
 */
export interface LstmStep {
  /** B. */
  rows: number;
  /** H. */
  units: number;
  /** (B, 4H): in the sums z, each row i, f, g, o; out the gates themselves. */
  gates: Float64Array;
  /** Place of its first number. */
  gatesStart: number;
  /** c₋₁ (B, H). */
  cellBefore: Float64Array;
  /** Place of its first number. */
  cellBeforeStart: number;
  /** c (B, H), written; may be `cellBefore` itself. */
  cell: Float64Array;
  /** Place of its first number. */
  cellStart: number;
  /** tanh(c) (B, H), written: the way back needs it. */
  cellTanh: Float64Array;
  /** Place of its first number. */
  cellTanhStart: number;
  /** h (B, H), written. */
  hidden: Float64Array;
  /** Place of its first number. */
  hiddenStart: number;
}

/** The same time step backwards: from the loss by h and c to the loss by the sums z and by c₋₁. */
export interface LstmStepGradient {
  /** B. */
  rows: number;
  /** H. */
  units: number;
  /** (B, 4H): i, f, g, o, as the forward step left them. */
  gates: Float64Array;
  /** Place of its first number. */
  gatesStart: number;
  /** c₋₁ (B, H). */
  cellBefore: Float64Array;
  /** Place of its first number. */
  cellBeforeStart: number;
  /** tanh(c) (B, H). */
  cellTanh: Float64Array;
  /** Place of its first number. */
  cellTanhStart: number;
  /** (B, H): the loss by h. */
  dHidden: Float64Array;
  /** Place of its first number. */
  dHiddenStart: number;
  /** (B, H), in place: in the loss by c through the later steps, out the loss by c₋₁. */
  dCell: Float64Array;
  /** Place of its first number. */
  dCellStart: number;
  /** (B, 4H), written: the loss by the sums; may be `gates` itself. */
  dGates: Float64Array;
  /** Place of its first number. */
  dGatesStart: number;
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
  /** AdamW's decoupled weight decay, η·λ: that share of each parameter goes first. Default 0. */
  readonly decay?: number;
}

/**
 * One set of the loops, and the memory that they work in: each network has its own.
 * All arrays that they are given must be their own, or parts of those; nothing checks that in the loops.
 */
export interface Kernels {
  /** Which ones they are. */
  readonly name: "typescript" | "wasm";
  /**
   * An array of zeros, which stays as long as the kernels do: nothing is given back.
   *
   * @throws RangeError when the memory is full
   */
  allocate(length: number): Float64Array;
  /**
   * The same for indices.
   *
   * @throws RangeError when the memory is full
   */
  allocateIndices(length: number): Int32Array;
  /** Whether an array lies in their memory; the kernels in TypeScript take any. */
  owns(array: Float64Array | Int32Array): boolean;
  /** Writes C = A·B + bias, or C + A·B, then the ReLU. */
  multiply(product: Product): void;
  /**
   * The same with the first `product.rows` rows of X for A. It gives the numbers of the dense product (`===`) as long
   * as B is finite.
   *
   * @param product `depth` and those of A are not read
   */
  multiplySparse(x: SparseRows, product: Product): void;
  /**
   * Writes C = Xᵀ·B, or C + Xᵀ·B, X's rows added in order: the weights' gradient. It gives the numbers of the dense
   * product (`===`) as long as B is finite.
   *
   * @param product `rows` are X's columns, `depth` is how many of X's rows; the bias must be null and `relu` false,
   * those of A are not read
   */
  multiplySparseTransposed(x: SparseRows, product: Product): void;
  /** Writes each column's sum, the rows added in order. */
  sumColumns(sum: ColumnSum): void;
  /** Writes the transposed (columns, rows) to the front of `into`. */
  transpose(from: Transposition, into: Float64Array): void;
  /** In place, the first `count` numbers. */
  activate(name: ElementActivation, values: Float64Array, count: number): void;
  /** In place, the first gradients: times the activation's derivative. */
  activationBackward(name: ElementActivation, gradient: ActivationGradient): void;
  /** In place, each row: eᶻ / Σ eᶻ, with the row's largest z taken off first. */
  softmaxRows(values: Float64Array, rows: number, columns: number): void;
  /** One time step forward. */
  lstmStep(step: LstmStep): void;
  /** One time step back. */
  lstmStepBackward(step: LstmStepGradient): void;
  /** One step of Adam or AdamW. */
  adamStep(step: AdamStep): void;
}
