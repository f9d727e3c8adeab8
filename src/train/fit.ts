/** The training loop: mini-batches in a seeded order, and the epoch that validates best wins. */
import {
  backward,
  createLoss,
  createOptimizer,
  forward,
  type Loss,
  type Network,
  type Optimizer,
  Random,
} from "../../nn/mod.ts";
import { createPreparer, type Preparation, type Preparer, prepareTarget } from "../predict/preparation.ts";
import type { Examples, Split } from "./examples.ts";
import type { Recipe } from "./recipe.ts";

/** What one pass over the training part brought. */
export interface EpochResult {
  /** From 1. */
  readonly trainingEpoch: number;
  /** Mean loss over the pass, while the parameters moved. */
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Validation loss of answering no change: the baseline. */
  readonly baselineLoss: number;
  /** Whether no epoch before validated better. */
  readonly best: boolean;
}

/** What is trained on what, and how. */
export interface Fitting {
  readonly preparation: Preparation;
  readonly split: Split;
  readonly recipe: Recipe;
}

/** Examples between two pauses: some 100 ms of work. */
const EXAMPLES_PER_SLICE = 50_000;
const VALIDATION_ROWS = 512;

/**
 * Trains `network` in place. Yields after every epoch, and `null` within long ones so that the caller can breathe; when
 * it ends or is closed early, the parameters are those of the best epoch so far.
 *
 * @throws {RangeError} when the loss is no longer finite.
 */
export function* fit(
  network: Network,
  { preparation, split, recipe }: Fitting,
): Generator<EpochResult | null, void> {
  const random = new Random(recipe.seed);
  const pass = new Pass(network, preparation, recipe);
  const order = Int32Array.from({ length: split.training.count }, (_, example) => example);
  const baselineLoss = pass.measureBaseline(split.validation);
  let bestParameters: Float64Array | undefined;
  let leastLoss = Infinity;
  let bestEpoch = 0;
  try {
    for (let epoch = 1; epoch <= recipe.epochs && epoch - bestEpoch <= recipe.patience; epoch++) {
      random.shuffle(order);
      let lossSum = 0;
      let pausedAt = 0;
      for (let from = 0; from < order.length; from += recipe.batchSize) {
        const batch = order.subarray(from, from + recipe.batchSize);
        lossSum += pass.learn(split.training, batch) * batch.length;
        if (from - pausedAt < EXAMPLES_PER_SLICE) continue;
        pausedAt = from;
        yield null;
      }
      const trainingLoss = lossSum / order.length;
      const validationLoss = pass.measure(split.validation);
      if (!Number.isFinite(trainingLoss) || !Number.isFinite(validationLoss)) {
        throw new RangeError(`Cannot train on: the loss of epoch ${epoch} is ${trainingLoss}, not finite`);
      }
      const best = validationLoss < leastLoss;
      if (best) {
        bestParameters = network.parameters.slice();
        leastLoss = validationLoss;
        bestEpoch = epoch;
      }
      yield { trainingEpoch: epoch, trainingLoss, validationLoss, baselineLoss, best };
    }
  } finally {
    if (bestParameters !== undefined) network.parameters.set(bestParameters);
  }
}

/** Moves examples through the network, a mini-batch at a time, in buffers of its own. */
class Pass {
  readonly #network: Network;
  readonly #preparation: Preparation;
  readonly #prepare: Preparer;
  readonly #loss: Loss;
  readonly #optimizer: Optimizer;
  readonly #row: Float64Array;
  readonly #inputs: Float64Array;
  readonly #targets: Float64Array;
  readonly #dOutputs: Float64Array;

  constructor(network: Network, preparation: Preparation, recipe: Recipe) {
    const rows = Math.max(recipe.batchSize, VALIDATION_ROWS);
    this.#network = network;
    this.#preparation = preparation;
    this.#prepare = createPreparer(preparation);
    this.#loss = createLoss("huber", { delta: recipe.huberDelta });
    this.#optimizer = createOptimizer(recipe.optimizer, {
      length: network.parameters.length,
      learningRate: recipe.learningRate,
    });
    this.#row = new Float64Array(network.cache.inputs);
    this.#inputs = new Float64Array(rows * network.cache.inputs);
    this.#targets = new Float64Array(rows);
    this.#dOutputs = new Float64Array(rows);
  }

  /** One step. Returns the mean loss before it. */
  learn(examples: Examples, batch: Int32Array): number {
    for (let r = 0; r < batch.length; r++) this.#load(examples, { example: batch[r]!, row: r });
    const outputs = forward(this.#network, this.#inputs, batch.length);
    const loss = this.#loss.gradient(outputs, this.#targets, this.#dOutputs);
    backward(this.#network, this.#dOutputs, batch.length);
    this.#optimizer.step(this.#network.parameters, this.#network.gradients);
    return loss;
  }

  /** Mean loss without learning. */
  measure(examples: Examples): number {
    let sum = 0;
    for (let from = 0; from < examples.count; from += VALIDATION_ROWS) {
      const rows = Math.min(VALIDATION_ROWS, examples.count - from);
      for (let r = 0; r < rows; r++) this.#load(examples, { example: from + r, row: r });
      sum += this.#loss.value(forward(this.#network, this.#inputs, rows), this.#targets) * rows;
    }
    return sum / examples.count;
  }

  /** Mean loss of answering no change. */
  measureBaseline(examples: Examples): number {
    const noChange = new Float64Array(1);
    let sum = 0;
    for (let example = 0; example < examples.count; example++) {
      this.#targets[0] = prepareTarget(this.#preparation, examples.changeOf(example));
      sum += this.#loss.value(noChange, this.#targets);
    }
    return sum / examples.count;
  }

  #load(examples: Examples, { example, row }: { readonly example: number; readonly row: number }): void {
    this.#prepare(examples.valuesOf(example), examples.startOf(example), this.#row);
    this.#inputs.set(this.#row, row * this.#row.length);
    this.#targets[row] = prepareTarget(this.#preparation, examples.changeOf(example));
  }
}
