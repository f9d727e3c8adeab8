/** Gradients of a classifier: encoded rows and their classes, a mini-batch at a time. */
import { backward, createLoss, forward, type Loss, type Network, type SparseRows } from "../../../nn/mod.ts";
import { type BatchGradients, type BatchPass, weigh } from "../loop/batch_gradients.ts";
import { SparseBatch } from "./batch.ts";
import { decide } from "./offsets.ts";

/** Rows as the network sees them, and their classes (R). */
export interface EncodedRows {
  readonly x: SparseRows;
  readonly labels: Int32Array;
}

/** What they are gradients of. */
export interface ClassifierGradientParts {
  readonly training: EncodedRows;
  /** (C) how much a row of each class counts. */
  readonly classWeights: readonly number[];
  readonly labelSmoothing: number;
  /** Rows of the largest mini-batch. */
  readonly rowsMax: number;
}

/** Gradients of the weighted cross-entropy. */
export class ClassifierGradients implements BatchGradients {
  readonly network: Network;
  readonly #labels: Int32Array;
  readonly #classes: number;
  readonly #loss: Loss;
  readonly #batch: SparseBatch;
  readonly #targets: Float64Array;
  readonly #dLogits: Float64Array;
  readonly #none: readonly number[];
  #right = 0;

  constructor(
    network: Network,
    { training, classWeights, labelSmoothing, rowsMax }: ClassifierGradientParts,
  ) {
    const classes = classWeights.length;
    this.network = network;
    this.#labels = training.labels;
    this.#classes = classes;
    this.#loss = createLoss("crossEntropy", { classes, classWeights, labelSmoothing });
    this.#batch = new SparseBatch(training.x, { rowsMax, kernels: network.kernels });
    this.#targets = new Float64Array(rowsMax);
    this.#dLogits = network.kernels.allocate(rowsMax * classes);
    this.#none = new Array<number>(classes).fill(0);
  }

  get right(): number {
    return this.#right;
  }

  gradient(batch: Int32Array, { random, weight }: BatchPass): number {
    const rows = batch.length, classes = this.#classes;
    const logits = forward(this.network, this.#batch.gather(batch), rows, { random, logits: true });
    let right = 0;
    for (let r = 0; r < rows; r++) {
      const label = this.#labels[batch[r]!]!;
      this.#targets[r] = label;
      if (decide(logits, r * classes, this.#none) === label) right++;
    }
    this.#right = right;
    const loss = this.#loss.gradient(logits, this.#targets, this.#dLogits);
    weigh(this.#dLogits, rows * classes, weight);
    backward(this.network, this.#dLogits, rows);
    return loss * weight;
  }
}
