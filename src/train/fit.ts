/** What a forecaster learns from: windows of readings and the change to come, a mini-batch at a time. */
import { backward, createLoss, forward, type Loss, type Network, type Random } from "../../nn/mod.ts";
import { createPreparer, type Preparation, type Preparer, prepareTarget } from "../predict/preparation.ts";
import type { Examples, Split } from "./examples.ts";
import type { Lesson, Validation } from "./loop.ts";
import type { Recipe } from "./recipe.ts";

/** What is trained on what, and how. */
export interface Fitting {
  readonly preparation: Preparation;
  readonly split: Split;
  readonly recipe: Recipe;
}

const VALIDATION_ROWS = 512;

/** The lesson of a forecaster; what the best epoch has the least of is the validation loss. */
export class ForecastLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #preparation: Preparation;
  readonly #split: Split;
  readonly #prepare: Preparer;
  readonly #loss: Loss;
  readonly #row: Float64Array;
  readonly #inputs: Float64Array;
  readonly #targets: Float64Array;
  readonly #dOutputs: Float64Array;

  constructor(network: Network, { preparation, split, recipe }: Fitting) {
    const rows = Math.max(Math.min(recipe.batchSize, split.training.count), VALIDATION_ROWS);
    const inputs = network.spec.steps * network.spec.inputs;
    this.network = network;
    this.count = split.training.count;
    this.#preparation = preparation;
    this.#split = split;
    this.#prepare = createPreparer(preparation);
    this.#loss = createLoss("huber", { delta: recipe.huberDelta });
    this.#row = new Float64Array(inputs);
    this.#inputs = network.kernels.allocate(rows * inputs);
    this.#targets = new Float64Array(rows);
    this.#dOutputs = network.kernels.allocate(rows);
    this.baselineLoss = this.#measureBaseline(split.validation);
  }

  gradient(batch: Int32Array, random: Random): number {
    const { training } = this.#split;
    for (let r = 0; r < batch.length; r++) this.#load(training, { example: batch[r]!, row: r });
    const outputs = forward(this.network, this.#inputs, batch.length, { random });
    const loss = this.#loss.gradient(outputs, this.#targets, this.#dOutputs);
    backward(this.network, this.#dOutputs, batch.length);
    return loss;
  }

  validate(): Validation {
    const { validation } = this.#split;
    let sum = 0;
    for (let from = 0; from < validation.count; from += VALIDATION_ROWS) {
      const rows = Math.min(VALIDATION_ROWS, validation.count - from);
      for (let r = 0; r < rows; r++) this.#load(validation, { example: from + r, row: r });
      sum += this.#loss.value(forward(this.network, this.#inputs, rows), this.#targets) * rows;
    }
    const loss = sum / validation.count;
    return { loss, rank: loss };
  }

  /** Mean loss of answering no change. */
  #measureBaseline(examples: Examples): number {
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
