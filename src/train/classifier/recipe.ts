/** How a classifier is trained: what the report and the model file repeat. */
import type { Activation, OptimizerName } from "../../../nn/mod.ts";
import type { LogColumns } from "../../models/tabular.ts";
import type { HiddenLayer } from "../layers.ts";
import type { ScheduleKind } from "../loop/plan.ts";
import type { Goal } from "./offsets.ts";

/** Everything that, with the same tables, gives the same classifier bit for bit. */
export interface ClassifierRecipe {
  readonly hidden: readonly HiddenLayer[];
  readonly activation: Activation;
  /** At most so many passes over the training part, in each restart. */
  readonly epochs: number;
  /** Passes of a restart without a better one on validation after which it stops. */
  readonly patience: number;
  /** Trainings from other initial weights, one after the other; the best epoch of all stays. */
  readonly restarts: number;
  /** Which epoch's parameters stay. */
  readonly keep: "best" | "last";
  /** What the best epoch has the highest, or the least of, on validation. */
  readonly criterion: Goal | "loss";
  /** Examples per step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizer: OptimizerName;
  /** Of AdamW. */
  readonly weightDecay: number;
  readonly schedule: ScheduleKind;
  /** Largest Euclidean norm of the gradients; `null` = any. */
  readonly clipNorm: number | null;
  readonly seed: number;
  /** That share every mini-batch: another number gives other last bits, and drops other outputs. */
  readonly threads: number;
  /** Products rounded once instead of twice, where the processor can: faster, and other last bits on another one. */
  readonly fma: boolean;
  /** Behind each hidden layer. */
  readonly dropout: number;
  /** Share of each example's target that is spread over all classes. */
  readonly labelSmoothing: number;
  /** A class weighs (1 / its share of the training part) to this power; 0 = all alike. */
  readonly classWeights: number;
  /** Which columns are taken as sign(x)·log1p(|x|) before they are scaled. */
  readonly logFeatures: LogColumns;
  /** Scaled numbers stay within ±clip; `null` = any. */
  readonly clip: number | null;
  /** Whether one decision offset per class is fitted on the validation part, for the criterion (with loss: macro-F1). */
  readonly offsets: boolean;
  /**
   * Decides which rows of the held-out file are validation and which are test. Not the seed: what is chosen by
   * validation over several seeds shall not have seen a test row in any of them.
   */
  readonly splitSeed: number;
}

/** What a text book would do, and what Keras and PyTorch are compared with. */
export const PLAIN_RECIPE: ClassifierRecipe = {
  hidden: [64, 64, 32],
  activation: "relu",
  epochs: 30,
  patience: 30,
  restarts: 1,
  keep: "last",
  criterion: "macro-f1",
  batchSize: 64,
  learningRate: 0.001,
  optimizer: "adam",
  weightDecay: 0,
  schedule: "constant",
  clipNorm: null,
  seed: 1,
  threads: 1,
  fma: false,
  dropout: 0,
  labelSmoothing: 0,
  classWeights: 0,
  logFeatures: "none",
  clip: null,
  offsets: false,
  splitSeed: 1,
};

/** Found by trials on NSL-KDD, each judged by the validation part over five seeds; REPORT.md has the table. */
export const DEFAULT_CLASSIFIER_RECIPE: ClassifierRecipe = {
  ...PLAIN_RECIPE,
  epochs: 3,
  patience: 2,
  restarts: 8,
  keep: "best",
  criterion: "macro-f1+accuracy",
  dropout: 0.2,
  classWeights: 1,
  logFeatures: "counts",
  offsets: true,
};

/** The recipes by their names. */
export const CLASSIFIER_RECIPES = { plain: PLAIN_RECIPE, default: DEFAULT_CLASSIFIER_RECIPE } as const;

/** Name of a recipe. */
export type RecipeName = keyof typeof CLASSIFIER_RECIPES;

/** What decision offsets are fitted for. */
export function goalOf({ criterion }: Pick<ClassifierRecipe, "criterion">): Goal {
  return criterion === "loss" ? "macro-f1" : criterion;
}
