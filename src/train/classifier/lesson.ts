/** What a classifier learns from: encoded rows and their classes, a mini-batch at a time. */
import {
  createLoss,
  forward,
  type Loss,
  type Network,
  type Random,
  type SparseRows,
} from "../../../nn/mod.ts";
import type { BatchGradients } from "../loop/batch_gradients.ts";
import type { Lesson, Validation } from "../loop/lesson.ts";
import { rowsPerSlice, type Work } from "../loop/work.ts";
import { SparseBatch } from "./batch.ts";
import type { ClassifierGradientParts, EncodedRows } from "./gradients.ts";
import { decide, fitOffsets, reach, scoreChoices } from "./offsets.ts";
import { type ClassifierRecipe, goalOf } from "./recipe.ts";

/** What a lesson is made of. */
export interface LessonParts {
  readonly training: EncodedRows;
  readonly validation: EncodedRows;
  /** C. */
  readonly classes: number;
  readonly recipe: ClassifierRecipe;
}

const VALIDATION_ROWS = 512;

/** Room for the rows that {@linkcode logitsOf} takes at a time; the network's memory keeps it for good. */
export function validationBatch(network: Network, x: SparseRows): SparseBatch {
  return new SparseBatch(x, { rowsMax: Math.min(VALIDATION_ROWS, x.rows), kernels: network.kernels });
}

/** Logits (R, C) of all rows. Who asks more than once gives the same {@linkcode validationBatch} again. */
export function* logitsOf(
  network: Network,
  x: SparseRows,
  { batch = validationBatch(network, x) }: { readonly batch?: SparseBatch } = {},
): Work<Float64Array> {
  const rowsMax = rowsPerSlice(network, Math.min(VALIDATION_ROWS, x.rows));
  const order = Int32Array.from({ length: x.rows }, (_, row) => row);
  let all: Float64Array | undefined;
  for (let from = 0; from < x.rows; from += rowsMax) {
    const rows = order.subarray(from, from + rowsMax);
    const logits = forward(network, batch.gather(rows), rows.length, { logits: true });
    const classes = logits.length / rows.length;
    all ??= new Float64Array(x.rows * classes);
    all.set(logits, from * classes);
    yield null;
  }
  return all ?? new Float64Array(0);
}

/** How often each class stands among the labels (C). */
export function countClasses(labels: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label]!++;
  return counts;
}

/**
 * Weights (C) of the classes: (1 / frequency) to this power, with a mean of 1 over the rows, so that the learning
 * rate keeps its meaning. A class without rows weighs 0.
 */
export function weighClasses(counts: readonly number[], power: number): number[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  const raw = counts.map((count) => count === 0 ? 0 : (rows / count) ** power);
  const mean = raw.reduce((sum, weight, c) => sum + weight * counts[c]!, 0) / rows;
  return raw.map((weight) => weight / mean);
}

/** What the gradients of a recipe are of. */
export function gradientPartsOf({ training, classes, recipe }: LessonParts): ClassifierGradientParts {
  const { batchSize, labelSmoothing } = recipe;
  return {
    training,
    classWeights: weighClasses(countClasses(training.labels, classes), recipe.classWeights),
    labelSmoothing,
    rowsMax: Math.min(batchSize, training.x.rows),
  };
}

/** The lesson of a classifier. */
export class ClassifierLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #validation: EncodedRows;
  readonly #validationBatch: SparseBatch;
  readonly #recipe: ClassifierRecipe;
  readonly #classes: number;
  readonly #gradients: BatchGradients;
  readonly #plainLoss: Loss;
  readonly #validationTargets: Float64Array;
  readonly #none: readonly number[];
  #offsets: readonly number[] = [];
  #kept: readonly number[] | undefined;
  #right = 0;
  #seen = 0;
  #batchAccuracy = 0;

  /** With the gradients of what {@linkcode gradientPartsOf} says, computed on one thread or on more. */
  constructor(gradients: BatchGradients, { training, validation, classes, recipe }: LessonParts) {
    this.network = gradients.network;
    this.count = training.x.rows;
    this.#gradients = gradients;
    this.#validation = validation;
    this.#validationBatch = validationBatch(this.network, validation.x);
    this.#recipe = recipe;
    this.#classes = classes;
    this.#plainLoss = createLoss("crossEntropy", { classes });
    this.#none = new Array<number>(classes).fill(0);
    this.#validationTargets = Float64Array.from(validation.labels);
    this.baselineLoss = this.#lossOfShares(countClasses(training.labels, classes));
  }

  get batchAccuracy(): number {
    return this.#batchAccuracy;
  }

  gradient(batch: Int32Array, random: Random): number {
    const loss = this.#gradients.gradient(batch, { random, weight: 1 });
    const { right } = this.#gradients;
    this.#right += right;
    this.#seen += batch.length;
    this.#batchAccuracy = right / batch.length;
    return loss;
  }

  *validate(): Work<Validation> {
    const { x, labels } = this.#validation;
    const classes = this.#classes;
    const logits = yield* logitsOf(this.network, x, { batch: this.#validationBatch });
    const scored = { logits, labels, classes };
    const none = this.#none;
    let right = 0;
    labels.forEach((label, row) => {
      if (decide(logits, row * classes, none) === label) right++;
    });
    const trainingAccuracy = this.#right / this.#seen;
    this.#right = 0;
    this.#seen = 0;
    const goal = goalOf(this.#recipe);
    this.#offsets = this.#recipe.offsets ? fitOffsets(scored, goal) : none;
    const scores = scoreChoices(scored, this.#offsets);
    const loss = this.#plainLoss.value(logits, this.#validationTargets);
    return {
      loss,
      rank: this.#recipe.criterion === "loss" ? loss : -reach(goal, scores),
      classification: {
        trainingAccuracy,
        validationAccuracy: right / labels.length,
        validationMacroF1: scores.macroF1,
      },
    };
  }

  keep(): void {
    this.#kept = this.#offsets;
  }

  /** Decision offsets (C) of the epoch that stays; `undefined` where none has been validated. */
  get offsets(): readonly number[] | undefined {
    return this.#kept;
  }

  /** Validation loss of answering every row with the shares of the training part; no class is impossible. */
  #lossOfShares(counts: readonly number[]): number {
    const rows = this.count + counts.length;
    const { labels } = this.#validation;
    return labels.reduce((sum, label) => sum - Math.log((counts[label]! + 1) / rows), 0) / labels.length;
  }
}
