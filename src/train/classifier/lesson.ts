/** What a classifier learns from: encoded rows and their classes, a mini-batch at a time. */
import {
  backward,
  createLoss,
  forward,
  type Loss,
  type Network,
  type Random,
  type SparseRows,
} from "../../../nn/mod.ts";
import type { Lesson, Validation } from "../loop.ts";
import { SparseBatch } from "./batch.ts";
import { decide, fitOffsets, reach, scoreChoices } from "./offsets.ts";
import { type ClassifierRecipe, goalOf } from "./recipe.ts";

/** Rows as the network sees them, and their classes (R). */
export interface EncodedRows {
  readonly x: SparseRows;
  readonly labels: Int32Array;
}

/** What a lesson is made of. */
export interface LessonParts {
  readonly training: EncodedRows;
  readonly validation: EncodedRows;
  /** C. */
  readonly classes: number;
  readonly recipe: ClassifierRecipe;
}

const VALIDATION_ROWS = 512;

/** Logits (R, C) of all rows. */
export function logitsOf(network: Network, x: SparseRows): Float64Array {
  const rowsMax = Math.min(VALIDATION_ROWS, x.rows);
  const batch = new SparseBatch(x, { rowsMax, kernels: network.kernels });
  const order = Int32Array.from({ length: x.rows }, (_, row) => row);
  let all: Float64Array | undefined;
  for (let from = 0; from < x.rows; from += rowsMax) {
    const rows = order.subarray(from, from + rowsMax);
    const logits = forward(network, batch.gather(rows), rows.length, { logits: true });
    const classes = logits.length / rows.length;
    all ??= new Float64Array(x.rows * classes);
    all.set(logits, from * classes);
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

/** The lesson of a classifier. */
export class ClassifierLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #training: EncodedRows;
  readonly #validation: EncodedRows;
  readonly #recipe: ClassifierRecipe;
  readonly #classes: number;
  readonly #loss: Loss;
  readonly #plainLoss: Loss;
  readonly #batch: SparseBatch;
  readonly #targets: Float64Array;
  readonly #dLogits: Float64Array;
  readonly #validationTargets: Float64Array;
  readonly #none: readonly number[];
  #right = 0;
  #seen = 0;
  #batchAccuracy = 0;

  constructor(network: Network, { training, validation, classes, recipe }: LessonParts) {
    const rowsMax = Math.min(recipe.batchSize, training.x.rows);
    const counts = countClasses(training.labels, classes);
    this.network = network;
    this.count = training.x.rows;
    this.#training = training;
    this.#validation = validation;
    this.#recipe = recipe;
    this.#classes = classes;
    this.#loss = createLoss("crossEntropy", {
      classes,
      classWeights: weighClasses(counts, recipe.classWeights),
      labelSmoothing: recipe.labelSmoothing,
    });
    this.#plainLoss = createLoss("crossEntropy", { classes });
    this.#batch = new SparseBatch(training.x, { rowsMax, kernels: network.kernels });
    this.#targets = new Float64Array(rowsMax);
    this.#dLogits = network.kernels.allocate(rowsMax * classes);
    this.#none = new Array<number>(classes).fill(0);
    this.#validationTargets = Float64Array.from(validation.labels);
    this.baselineLoss = this.#lossOfShares(counts);
  }

  get batchAccuracy(): number {
    return this.#batchAccuracy;
  }

  gradient(batch: Int32Array, random: Random): number {
    const { labels } = this.#training;
    const rows = batch.length, classes = this.#classes;
    const logits = forward(this.network, this.#batch.gather(batch), rows, { random, logits: true });
    let right = 0;
    for (let r = 0; r < rows; r++) {
      const label = labels[batch[r]!]!;
      this.#targets[r] = label;
      if (decide(logits, r * classes, this.#none) === label) right++;
    }
    this.#right += right;
    this.#seen += rows;
    this.#batchAccuracy = right / rows;
    const loss = this.#loss.gradient(logits, this.#targets, this.#dLogits);
    backward(this.network, this.#dLogits, rows);
    return loss;
  }

  validate(): Validation {
    const { x, labels } = this.#validation;
    const classes = this.#classes;
    const logits = logitsOf(this.network, x);
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
    const scores = scoreChoices(scored, this.#recipe.offsets ? fitOffsets(scored, goal) : none);
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

  /** Validation loss of answering every row with the shares of the training part; no class is impossible. */
  #lossOfShares(counts: readonly number[]): number {
    const rows = this.count + counts.length;
    const { labels } = this.#validation;
    return labels.reduce((sum, label) => sum - Math.log((counts[label]! + 1) / rows), 0) / labels.length;
  }
}
