/**
 * Losses: one number for a mini-batch, and its gradient by each number that the loss takes.
 *
 * Regression (regression_loss.ts) takes a network's outputs; classification (cross_entropy.ts) its logits, so run
 * such a network forward with `{ logits: true }`, and backward by what the loss wrote.
 */

/** The names of the losses. */
export type LossName = "mse" | "mae" | "huber" | "crossEntropy" | "binaryCrossEntropy";

/** A loss and its gradient. `outputs` is exactly (B, O); `targets` and `dOutputs` may be longer. */
export interface Loss {
  /** Which one it is. */
  readonly name: LossName;
  /** Whether `outputs` are what a network answers, or that before its last activation. */
  readonly takes: "outputs" | "logits";
  /** The mean loss. `targets` is (B, O); of `crossEntropy` (B) class indices. */
  value(outputs: Float64Array, targets: Float64Array): number;
  /** Writes the mean loss by each output into `dOutputs` (B, O), another array, and returns the mean loss. */
  gradient(outputs: Float64Array, targets: Float64Array, dOutputs: Float64Array): number;
}

/** What a loss is made of; each option is heeded by the losses that it names. */
export interface LossOptions {
  /** huber: where it turns from square to straight, in the outputs' unit; default 1. */
  readonly delta?: number;
  /** crossEntropy: C; default as many as there are class weights. */
  readonly classes?: number;
  /** crossEntropy: (C) how much a row of each class counts; default 1 each. */
  readonly classWeights?: readonly number[];
  /** Both cross-entropies: the share of each target that is spread over all classes, from 0 to 1; default 0. */
  readonly labelSmoothing?: number;
}
