/**
 * Losses: one number for a mini-batch, and its gradient by each number that the loss takes.
 *
 * Regression (regression_loss.ts) takes a network's outputs; classification (cross_entropy.ts) its logits, so run
 * such a network forward with `{ logits: true }`, and backward by what the loss wrote.
 */
import { binaryCrossEntropy, crossEntropy } from "./cross_entropy.ts";
import { huber, mae, mse } from "./regression_loss.ts";

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

/**
 * A loss by its name.
 *
 * @throws RangeError when an option is out of range, `crossEntropy` is not told its classes, or `binaryCrossEntropy`
 * gets class weights; from the loss when arrays are too short or empty, or a label is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const loss = createLoss("mse");
 * const dOutputs = new Float64Array(2);
 * assert.equal(loss.gradient(new Float64Array([1, 3]), new Float64Array([1, 1]), dOutputs), 2);
 * assert.deepEqual([...dOutputs], [0, 2]);
 * ```
 *
 * @example Three classes, one row of class 2
 * ```ts
 * import assert from "node:assert/strict";
 * const loss = createLoss("crossEntropy", { classes: 3 });
 * const dLogits = new Float64Array(3);
 * const value = loss.gradient(new Float64Array([0, 0, 0]), new Float64Array([2]), dLogits);
 * assert.ok(Math.abs(value - Math.log(3)) < 1e-15);
 * assert.ok(Math.abs(dLogits[0]! - 1 / 3) < 1e-15 && Math.abs(dLogits[2]! + 2 / 3) < 1e-15);
 * ```
 */
export function createLoss(name: LossName, options: LossOptions = {}): Loss {
  const { delta = 1, classWeights = null, labelSmoothing = 0 } = options;
  switch (name) {
    case "mse":
      return mse;
    case "mae":
      return mae;
    case "huber":
      return huber(delta);
    case "crossEntropy":
      return crossEntropy({
        classes: options.classes ?? classWeights?.length ?? 0,
        classWeights,
        labelSmoothing,
      });
    case "binaryCrossEntropy":
      if (classWeights !== null) {
        throw new RangeError(
          "Cannot weigh the classes of a binary cross-entropy: take crossEntropy with 2 classes",
        );
      }
      return binaryCrossEntropy(labelSmoothing);
    default:
      throw new RangeError(
        `Cannot make a loss "${name satisfies never}": ` +
          "mse, mae, huber, crossEntropy or binaryCrossEntropy is wanted",
      );
  }
}
