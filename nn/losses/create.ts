/** The losses by their names. */
import { binaryCrossEntropy, crossEntropy } from "./cross_entropy.ts";
import type { Loss, LossName, LossOptions } from "./loss.ts";
import { huber, mae, mse } from "./regression.ts";

/**
 * A loss by its name.
 *
 * @throws RangeError when an option is out of range, `crossEntropy` has no number of classes, or `binaryCrossEntropy`
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
