/** A layer's buffers and products, prepared once so that the loops allocate nothing. Shapes: see mlp.ts. */
import type { Product } from "./kernels.ts";
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
  /** (rows reserved, N): the loss by the layer's sums; empty in the last layer, whose caller brings it. */
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
  { parameters, gradients, weight, activation }: LayerPlace,
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
  };
  const transposed = first ? empty : new Float64Array(inputs * outputs);
  return {
    inputs,
    outputs,
    activation,
    biasStart,
    activations: empty,
    deltas: empty,
    transposed,
    forward: { ...base },
    forwardOne: { ...base, a: before, c: new Float64Array(outputs), rows: 1 },
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
  layers.forEach((layer, l) => {
    const hidden = layer.activation !== null;
    layer.activations = new Float64Array(rows * layer.outputs);
    layer.deltas = new Float64Array(hidden ? rows * layer.outputs : 0);
    layer.forward.c = layer.activations;
    const after = layers[l + 1];
    if (after === undefined) return;
    after.forward.a = layer.activations;
    after.weightGradient.a = layer.activations;
    after.inputGradient.c = layer.deltas;
    layer.weightGradient.b = layer.deltas;
    layer.inputGradient.a = layer.deltas;
  });
  cache.rowsReserved = rows;
  cache.rowsForward = 0;
}
