/**
 * What a layer is: forward beside backward, on flat row-major arrays.
 *
 * Shapes: B rows of a mini-batch; a layer maps (B, T·F) to (B, T'·N), see {@linkcode LayerShape}. All arrays are the
 * kernels' own (`Kernels.allocate`), and are made once: a layer's buffers grow to the largest mini-batch seen.
 */
import type { Kernels } from "../kernels/kernels.ts";
import type { Random } from "../random.ts";
import type { SparseRows } from "../sparse.ts";
import type { LayerShape, TensorView } from "../spec.ts";

/** How a forward pass goes. */
export interface Pass {
  /** B. */
  readonly rows: number;
  /** Given in training: decides what dropout drops. */
  readonly random: Random | null;
  /** Whether the layer's activation is applied; the last layer may be asked for its logits instead. */
  readonly activated: boolean;
}

/** One layer of a network. */
export interface Layer {
  /** Fresh parameters in its place. */
  initialize(random: Random): void;
  /** Makes room for so many rows; only ever more than before. */
  reserve(rows: number): void;
  /**
   * (B, T·F) → (B, T'·N), in a buffer of the layer's or `x` itself.
   *
   * @param x stays as it is until {@linkcode Layer.backward} is done
   */
  forward(x: Float64Array, pass: Pass): Float64Array;
  /**
   * Writes the gradients of the layer's parameters for the last forward pass.
   *
   * @param dOutputs (B, T'·N): the loss by each output; may be written over
   * @returns (B, T·F): the loss by each input; empty where nothing before the layer learns
   */
  backward(dOutputs: Float64Array, rows: number): Float64Array;
  /** One example, as it is when nobody trains; leaves what the last forward pass kept alone, allocates nothing. */
  forwardOne(x: Float64Array): Float64Array;
}

/** A layer that also takes rows of which most numbers are 0. */
export interface SparseLayer extends Layer {
  /** As {@linkcode Layer.forward}, with the same bits. */
  forwardSparse(x: SparseRows, pass: Pass): Float64Array;
  /** As {@linkcode Layer.forwardOne}, with the same bits. */
  forwardOneSparse(x: SparseRows): Float64Array;
}

/** What a layer is made from. */
export interface LayerPlace {
  /** Whose arrays these are. */
  readonly kernels: Kernels;
  /** The network's, flat. */
  readonly parameters: Float64Array;
  /** The network's, flat. */
  readonly gradients: Float64Array;
  /** Those of this layer, in the order of `tensorViews`. */
  readonly tensors: readonly TensorView[];
  /** What goes in and comes out. */
  readonly shape: LayerShape;
  /** Whether a layer with parameters stands before it, and so whether it has to pass gradients on. */
  readonly propagates: boolean;
}
