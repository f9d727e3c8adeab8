/** What a mini-batch asks of a network: the part of a lesson that threads share. */
import type { Network, Random } from "../../../nn/mod.ts";

/** How a mini-batch, or a thread's share of it, is gone through. */
export interface BatchPass {
  /** Dropout's. */
  readonly random: Random;
  /** These examples' part of the mini-batch: 1 = all of it. */
  readonly weight: number;
}

/** Gradients of the loss of examples, which are named by their numbers. */
export interface BatchGradients {
  readonly network: Network;
  /** How many examples of the last call a classifier had right; 0 of a forecaster. */
  readonly right: number;
  /** Writes the network's gradients of the examples' mean loss times the weight, and returns that product. */
  gradient(batch: Int32Array, pass: BatchPass): number;
}

/** In place: the first `count` numbers times the weight. */
export function weigh(values: Float64Array, count: number, weight: number): void {
  if (weight === 1) return;
  for (let i = 0; i < count; i++) values[i]! *= weight;
}
