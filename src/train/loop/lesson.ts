/** What the loop asks of whatever is learned. */
import type { Network, Random } from "../../../nn/mod.ts";
import type { Work } from "./work.ts";

/** What is learned: examples by number, and what they ask of the network. */
export interface Lesson {
  readonly network: Network;
  /** Examples of the training part. */
  readonly count: number;
  /** Validation loss of the baseline. */
  readonly baselineLoss: number;
  /** A classifier's share of the last mini-batch that it had right. */
  readonly batchAccuracy?: number;
  /** Writes the network's gradients for these examples, and returns their mean loss. `random` is dropout's. */
  gradient(batch: Int32Array, random: Random): number;
  /** What the network is worth as it is, measured on the validation part. */
  validate(): Work<Validation>;
  /** The parameters last validated are those that stay, until others do. */
  keep?(): void;
}

/** What an epoch is worth. */
export interface Validation {
  readonly loss: number;
  /** What the best epoch has the least of. */
  readonly rank: number;
  readonly classification?: ClassificationFigures;
}

/** Figures of an epoch of a classifier. */
export interface ClassificationFigures {
  /** Over the pass, while the parameters moved. */
  readonly trainingAccuracy: number;
  /** By the largest logit. */
  readonly validationAccuracy: number;
  /** With decision offsets where the recipe fits them. */
  readonly validationMacroF1: number;
}
