/** How a network is trained, beside the task: what the report and the model file repeat. */
import type { Activation, OptimizerName } from "../../../nn/mod.ts";
import type { PreparationKind } from "../../models/preparation.ts";
import { type HiddenLayer, isRecurrent } from "../layers.ts";
import type { ScheduleKind } from "../loop/plan.ts";

/** Everything that, with the same training set and task, gives the same network bit for bit. */
export interface Recipe {
  readonly hidden: readonly HiddenLayer[];
  readonly activation: Activation;
  /** At most so many passes over the training part. */
  readonly epochs: number;
  /** Passes without a lower validation loss after which training stops. */
  readonly patience: number;
  /** Examples per step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizer: OptimizerName;
  /** Of AdamW. */
  readonly weightDecay: number;
  readonly schedule: ScheduleKind;
  /** Largest Euclidean norm of the gradients; `null` = any. */
  readonly clipNorm: number | null;
  /** Behind each hidden layer. */
  readonly dropout: number;
  readonly seed: number;
  /** That share every mini-batch: another number gives other last bits, and drops other outputs. */
  readonly threads: number;
  /** Products rounded once instead of twice, where the processor can: faster, and other last bits on another one. */
  readonly fma: boolean;
  /** An LSTM reads `values`, one reading a step. */
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
  weightDecay: 0,
  schedule: "constant",
  clipNorm: null,
  dropout: 0,
  seed: 1,
  threads: 1,
  fma: false,
  preparation: "differences",
  clip: 3,
  targetClip: 3,
  huberDelta: 0.3,
};

/**
 * Found by trials on the meters set, judged on its validation part: many units that drop out learn what a straight line
 * does, and a little more. Peaks count: they are what there is to forecast.
 */
export const METERS_RECIPE = {
  hidden: [64],
  activation: "relu",
  dropout: 0.2,
  epochs: 12,
  patience: 12,
  batchSize: 256,
  learningRate: 0.005,
  schedule: "cosine",
  clip: 20,
  targetClip: 20,
  huberDelta: 5,
} as const satisfies Partial<Recipe>;

/** What is forecast of the meters set: the power 6 hours ahead, from a day, the calendar, the days of the last week and two weeks ago. */
export const METERS_TASK = {
  horizon: 6,
  lookback: 24,
  calendar: true,
  seasons: [1, 2, 3, 4, 5, 6, 7, 14].map((days) => days * 86_400),
  perSource: true,
} as const;

/** The recipe with what nobody chose; a sequence for an LSTM unless another preparation was chosen. */
export function completeRecipe(change: Partial<Recipe> = {}): Recipe {
  const sequence = isRecurrent(change.hidden ?? []) ? { preparation: "values" } as const : {};
  return { ...DEFAULT_RECIPE, ...sequence, ...change };
}
