/**
 * Losses: the mean over all B×O numbers of a mini-batch, and its gradient by each output.
 *
 * Definitions as PyTorch's `MSELoss`, `L1Loss` and `HuberLoss` with reduction "mean".
 */

/** The names of the losses. */
export type LossName = "mse" | "mae" | "huber";

/** A loss and its gradient. `outputs` is exactly (B, O); `targets` and `dOutputs` may be longer. */
export interface Loss {
  /** Which one it is. */
  readonly name: LossName;
  /** The mean loss. */
  value(outputs: Float64Array, targets: Float64Array): number;
  /** Writes the mean loss by each output into `dOutputs`, and returns the mean loss. */
  gradient(outputs: Float64Array, targets: Float64Array, dOutputs: Float64Array): number;
}

function checkLengths(count: number, ...others: number[]): void {
  if (count === 0 || others.some((length) => length < count)) {
    throw new RangeError(
      `Cannot compare ${count} outputs: the other arrays hold ${others.join(" and ")} numbers`,
    );
  }
}

const mse: Loss = {
  name: "mse",
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

const mae: Loss = {
  name: "mae",
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

function huber(delta: number): Loss {
  if (!(delta > 0 && delta < Infinity)) {
    throw new RangeError(`Cannot make a Huber loss with delta ${delta}: a positive number is wanted`);
  }
  const one = (error: number) => {
    const size = Math.abs(error);
    return size <= delta ? 0.5 * error * error : delta * (size - 0.5 * delta);
  };
  return {
    name: "huber",
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

/**
 * A loss by its name.
 *
 * @param options.delta where Huber's loss turns from square to straight, in the outputs' unit; default 1
 * @throws RangeError when `delta` is not positive, and from the loss when arrays are too short or empty
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const loss = createLoss("mse");
 * const dOutputs = new Float64Array(2);
 * assert.equal(loss.gradient(new Float64Array([1, 3]), new Float64Array([1, 1]), dOutputs), 2);
 * assert.deepEqual([...dOutputs], [0, 2]);
 * ```
 */
export function createLoss(name: LossName, options: { readonly delta?: number } = {}): Loss {
  switch (name) {
    case "mse":
      return mse;
    case "mae":
      return mae;
    case "huber":
      return huber(options.delta ?? 1);
    default:
      throw new RangeError(`Cannot make a loss "${name satisfies never}": mse, mae or huber is wanted`);
  }
}
