/**
 * Optimizers: each is one loop over a network's flat parameters and gradients.
 *
 * Update rules as PyTorch's; sgd.ts, adam.ts and rms_prop.ts say them. Left out: AMSGrad, dampening, and weight decay
 * that goes through the gradients (L2), which AdamW replaces.
 *
 * A gradient above 1e154 has an infinite square: Adam and RMSprop then leave its parameter where it is, for good. An
 * infinite gradient makes it NaN or infinite. Clip gradients, and stop when a loss is not finite.
 */
import type { Kernels } from "../kernels/kernels.ts";

/** What an optimizer remembers between steps; plain numbers and arrays of its own. */
export interface OptimizerState {
  /** Whose state it is. */
  readonly name: OptimizerName;
  /** Steps taken. */
  readonly steps: number;
  /** What the optimizer says of its state, in that order; each as long as the parameters. */
  readonly slots: readonly Float64Array[];
}

/** The names of the optimizers. */
export type OptimizerName = "sgd" | "adam" | "adamw" | "rmsprop";

/** Moves parameters against their gradients. */
export interface Optimizer {
  /** Which one it is. */
  readonly name: OptimizerName;
  /** η; may be changed between steps, and is no part of the state. */
  learningRate: number;
  /**
   * Changes `parameters` in place; `gradients` are only read.
   *
   * @throws RangeError when one is not as long as the optimizer was made for
   */
  step(parameters: Float64Array, gradients: Float64Array): void;
  /** A copy of what it remembers. */
  state(): OptimizerState;
  /** Goes on from a state, which is copied. @throws RangeError when the state is another optimizer's */
  restore(state: OptimizerState): void;
}

/** What an optimizer is made of; absent options are the optimizer's own defaults. */
export interface OptimizerOptions {
  /** How many parameters. */
  readonly length: number;
  /** The network's, for the fastest loops. */
  readonly kernels?: Kernels;
  /** η. Default: adam and adamw 0.001, sgd and rmsprop 0.01. */
  readonly learningRate?: number;
  /** sgd (default 0.9) and rmsprop (default 0). */
  readonly momentum?: number;
  /** sgd. Default: false. */
  readonly nesterov?: boolean;
  /** adam and adamw. Default: 0.9. */
  readonly beta1?: number;
  /** adam and adamw (default 0.999), rmsprop (default 0.99). */
  readonly beta2?: number;
  /** adam, adamw and rmsprop. Default: 1e-8. */
  readonly epsilon?: number;
  /** adamw. Default: 0.01. */
  readonly weightDecay?: number;
}
