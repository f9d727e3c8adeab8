/**
 * Losses of numbers: the mean over all B×O numbers of a mini-batch, and its gradient by each output.
 *
 * Definitions as PyTorch's `MSELoss`, `L1Loss` and `HuberLoss` with reduction "mean". An error above the square root
 * of the largest number has an infinite square; a NaN makes the loss NaN.
 */
import type { Loss } from "./loss.ts";

/** Checks that there are outputs, and that the other arrays are as long or longer. */
export function checkLengths(count: number, ...others: number[]): void {
  if (count === 0 || others.some((length) => length < count)) {
    throw new RangeError(
      `Cannot compare ${count} outputs: the other arrays hold ${others.join(" and ")} numbers`,
    );
  }
}

/** The mean of the squared errors. */
export const mse: Loss = {
  name: "mse",
  takes: "outputs",
  value(outputs, targets) {
    checkLengths(outputs.length, targets.length);
    let sum = 0;
    for (let i = 0; i < outputs.length; i++) {
      const error = outputs[i]! - targets[i]!;
      sum += error * error;
    }
    return sum / outputs.length;
  },
  gradient(outputs, targets, dOutputs) {
    checkLengths(outputs.length, targets.length, dOutputs.length);
    const scale = 2 / outputs.length;
    let sum = 0;
    for (let i = 0; i < outputs.length; i++) {
      const error = outputs[i]! - targets[i]!;
      sum += error * error;
      dOutputs[i] = scale * error;
    }
    return sum / outputs.length;
  },
};

/** The mean of the errors' sizes; its gradient at 0 is 0. */
export const mae: Loss = {
  name: "mae",
  takes: "outputs",
  value(outputs, targets) {
    checkLengths(outputs.length, targets.length);
    let sum = 0;
    for (let i = 0; i < outputs.length; i++) sum += Math.abs(outputs[i]! - targets[i]!);
    return sum / outputs.length;
  },
  gradient(outputs, targets, dOutputs) {
    checkLengths(outputs.length, targets.length, dOutputs.length);
    const scale = 1 / outputs.length;
    let sum = 0;
    for (let i = 0; i < outputs.length; i++) {
      const error = outputs[i]! - targets[i]!;
      sum += Math.abs(error);
      dOutputs[i] = scale * Math.sign(error);
    }
    return sum / outputs.length;
  },
};

/**
 * Half the square of errors up to `delta`, straight beyond (Huber 1964).
 *
 * @param delta in the outputs' unit
 * @throws RangeError when `delta` is not positive and finite
 */
export function huber(delta: number): Loss {
  if (!(delta > 0 && delta < Infinity)) {
    throw new RangeError(`Cannot make a Huber loss with delta ${delta}: a positive number is wanted`);
  }
  const one = (error: number) => {
    const size = Math.abs(error);
    return size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
  };
  return {
    name: "huber",
    takes: "outputs",
    value(outputs, targets) {
      checkLengths(outputs.length, targets.length);
      let sum = 0;
      for (let i = 0; i < outputs.length; i++) sum += one(outputs[i]! - targets[i]!);
      return sum / outputs.length;
    },
    gradient(outputs, targets, dOutputs) {
      checkLengths(outputs.length, targets.length, dOutputs.length);
      const scale = 1 / outputs.length;
      let sum = 0;
      for (let i = 0; i < outputs.length; i++) {
        const error = outputs[i]! - targets[i]!;
        sum += one(error);
        dOutputs[i] = scale * (Math.abs(error) <= delta ? error : delta * Math.sign(error));
      }
      return sum / outputs.length;
    },
  };
}
