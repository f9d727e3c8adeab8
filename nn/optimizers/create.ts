/** The optimizers by their names. */
import { Adam } from "./adam.ts";
import type { Optimizer, OptimizerName, OptimizerOptions } from "./optimizer.ts";
import { RmsProp } from "./rms_prop.ts";
import { Sgd } from "./sgd.ts";

/**
 * An optimizer by its name; options that are another's are not heeded, but for a weight decay.
 *
 * @throws RangeError when an option is out of range, or one that is not AdamW is given a weight decay
 */
export function createOptimizer(
  name: OptimizerName,
  { length, weightDecay, ...options }: OptimizerOptions,
): Optimizer {
  if (weightDecay !== undefined && weightDecay !== 0 && name !== "adamw") {
    throw new RangeError(`Cannot let the weights of ${name} decay by ${weightDecay}: take adamw`);
  }
  switch (name) {
    case "sgd":
      return new Sgd(length, options);
    case "adam":
      return new Adam(length, options);
    case "adamw":
      return new Adam(length, { ...options, weightDecay: weightDecay ?? 0.01 });
    case "rmsprop":
      return new RmsProp(length, options);
    default:
      throw new RangeError(
        `Cannot make an optimizer "${name satisfies never}": sgd, adam, adamw or rmsprop is wanted`,
      );
  }
}
