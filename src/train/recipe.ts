/** How a network is trained, beside the task: what the report and the model file repeat. */
import type { Activation, OptimizerName } from "../../nn/mod.ts";
import type { PreparationKind } from "../predict/preparation.ts";

/** Everything that, with the same training set and task, gives the same network bit for bit. */
export interface Recipe {
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** At most so many passes over the training part. */
  readonly epochs: number;
  /** Passes without a lower validation loss after which training stops. */
  readonly patience: number;
  /** Examples per step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizer: OptimizerName;
  readonly seed: number;
  readonly preparation: PreparationKind;
  /** Inputs stay within ±clip, in units of their spread. */
  readonly clip: number;
  /** Targets and answers stay within ±targetClip, in units of the changes' spread. */
  readonly targetClip: number;
  /**
   * Where the loss turns from square to straight, in units of the changes' spread. A small one asks for the
   * median rather than the mean: many readings hardly change, and a few change a lot.
   */
  readonly huberDelta: number;
}

/** Found by trials on the sensors set, judged on its validation part; the report measures it on the test part. */
export const DEFAULT_RECIPE: Recipe = {
  hidden: [16],
  activation: "tanh",
  epochs: 60,
  patience: 6,
  batchSize: 64,
  learningRate: 0.001,
  optimizer: "adam",
  seed: 1,
  preparation: "differences",
  clip: 3,
  targetClip: 3,
  huberDelta: 0.3,
};
