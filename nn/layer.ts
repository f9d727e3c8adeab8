/** A layer's buffers and products, prepared once so that the loops allocate nothing. Shapes: see mlp.ts. */
import { type Kernels, type Product, typescriptKernels } from "./kernels.ts";
import type { Activation, TensorView } from "./spec.ts";

/** One layer's place in the flat arrays, its buffers, and its products, prepared once. */
export interface Layer {
  /** K. */
  readonly inputs: number;
  /** N. */
  readonly outputs: number;
  /** null in the last layer. */
  readonly activation: Activation | null;
  /** Of b (N) in the flat parameters. */
  readonly biasStart: number;
  /** (rows reserved, N): what the layer gave in the last forward; the backward pass reads it. */
  activations: Float64Array;
  /** (rows reserved, N): the loss by the layer's sums; in the last layer the caller's, and empty unless it is copied. */
  deltas: Float64Array;
  /** Wᵀ (N, K), rebuilt in every backward pass; empty in the first layer. */
  readonly transposed: Float64Array;
  /** (B, K) → (B, N). */
  readonly forward: Product;
  /** (1, K) → (1, N) into a buffer of its own. */
  readonly forwardOne: Product;
  /** dW (K, N) = Xᵀ·dZ. */
  readonly weightGradient: Product;
  /** dX (B, K) = dZ·Wᵀ, into the layer before. */
  readonly inputGradient: Product;
}

/** The buffers of a network: they grow to the largest mini-batch seen and stay. */
export interface MlpCache {
  /** The loops that run over them. */
  kernels: Kernels;
  /** (I): where the input of one forecast is copied to. */
  readonly inputOne: Float64Array;
  /** (rows reserved, I): where the kernels want the inputs copied to; empty when they take the caller's. */
  inputs: Float64Array;
  /** From inputs to outputs. */
  readonly layers: readonly Layer[];
  /** Rows that the buffers hold. */
  rowsReserved: number;
  /** B of the last forward pass; 0 before the first. */
  rowsForward: number;
  /** Exactly (B, O) of the last layer's activations. */
  outputs: Float64Array;
}

/** What a layer is made from. */
export interface LayerPlace {
  /** Whose `allocate` the arrays come from. */
  readonly kernels: Kernels;
  /** The network's, flat. */
  readonly parameters: Float64Array;
  /** The network's, flat. */
  readonly gradients: Float64Array;
  /** The bias follows it. */
  readonly weight: TensorView;
  /** null in the last layer. */
  readonly activation: Activation | null;
}

/** A layer whose batch-1 input is `before` (K); its other buffers are made by {@linkcode reserve}. */
export function makeLayer(
  { kernels, parameters, gradients, weight, activation }: LayerPlace,
  before: Float64Array,
): Layer {
  const inputs = weight.shape[0]!, outputs = weight.shape[1]!;
  const biasStart = weight.offset + weight.length;
  const empty = new Float64Array(0);
  const first = weight.offset === 0;
  const base: Product = {
    ...{ a: empty, aStart: 0, aRowStride: inputs, aStep: 1 },
    ...{ b: parameters, bStart: weight.offset, bias: parameters, biasStart },
    ...{ c: empty, cStart: 0, rows: 0, depth: inputs, columns: outputs },
    relu: false,
  };
  const relu = activation === "relu";
  const transposed = first ? empty : kernels.allocate(inputs * outputs);
  return {
    inputs,
    outputs,
    activation,
    biasStart,
    activations: empty,
    deltas: empty,
    transposed,
    forward: { ...base, relu },
    forwardOne: { ...base, a: before, c: kernels.allocate(outputs), rows: 1, relu },
    weightGradient: {
      ...base,
      ...{ aRowStride: 1, aStep: inputs, b: empty, bStart: 0, bias: null, biasStart: 0 },
      ...{ c: gradients, cStart: weight.offset, rows: inputs, depth: 0 },
    },
    inputGradient: {
      ...base,
      ...{ aRowStride: outputs, b: transposed, bStart: 0, bias: null, biasStart: 0 },
      ...{ depth: outputs, columns: inputs },
    },
  };
}

/** Grows the buffers to at least this many rows. */
export function reserve(cache: MlpCache, rows: number): void {
  const { layers } = cache;
  const lengths = layers.map(({ outputs }) => rows * outputs);
  const inputsLength = rows * layers[0]!.inputs;
  // More than WebAssembly's memory holds: from here on the kernels in TypeScript, which take any arrays.
  if (!cache.kernels.rewind([inputsLength, ...lengths, ...lengths])) cache.kernels = typescriptKernels;
  const { kernels } = cache;
  const copies = kernels.name === "wasm";
  cache.inputs = kernels.allocate(copies ? inputsLength : 0);
  layers.forEach((layer, l) => {
    const length = lengths[l]!;
    layer.activations = kernels.allocate(length);
    layer.deltas = kernels.allocate(layer.activation !== null || copies ? length : 0);
    layer.forward.c = layer.activations;
    layer.weightGradient.b = layer.deltas;
    layer.inputGradient.a = layer.deltas;
    const after = layers[l + 1];
    if (after === undefined) return;
    after.forward.a = layer.activations;
    after.weightGradient.a = layer.activations;
    after.inputGradient.c = layer.deltas;
  });
  cache.rowsReserved = rows;
  cache.rowsForward = 0;
}

/** The first `length` numbers where the kernels read them: copied into `into`, or as they are. */
export function bring(
  cache: MlpCache,
  numbers: Float64Array,
  { into, length }: { readonly into: Float64Array; readonly length: number },
): Float64Array {
  if (cache.kernels.name !== "wasm") return numbers;
  into.set(numbers.length > length ? numbers.subarray(0, length) : numbers);
  return into;
}
