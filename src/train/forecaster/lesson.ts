/** What a forecaster learns from: windows of readings and the change to come, a mini-batch at a time. */
import { createLoss, forward, type Loss, type Network, type Random } from "../../../nn/mod.ts";
import type { Preparation } from "../../models/preparation.ts";
import type { BatchGradients } from "../loop/batch_gradients.ts";
import type { Examples, Split } from "./examples.ts";
import { type ForecastGradientParts, WindowBatch } from "./gradients.ts";
import type { Lesson, Validation } from "../loop/lesson.ts";
import { rowsPerSlice, type Work } from "../loop/work.ts";
import type { Recipe } from "./recipe.ts";

/** What is trained on what, and how. */
export interface Fitting {
  readonly preparation: Preparation;
  readonly split: Split;
  readonly recipe: Recipe;
}

const VALIDATION_ROWS = 512;

/** What the gradients of a recipe are of. */
export function gradientPartsOf({ preparation, split, recipe }: Fitting): ForecastGradientParts & {
  readonly training: Examples;
} {
  const { training } = split;
  const rowsMax = Math.max(1, Math.min(recipe.batchSize, training.count));
  return { preparation, training, huberDelta: recipe.huberDelta, rowsMax };
}

/** The lesson of a forecaster; what the best epoch has the least of is the validation loss. */
export class ForecastLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #gradients: BatchGradients;
  readonly #validation: Examples;
  readonly #loss: Loss;
  readonly #batch: WindowBatch;

  /** With the gradients of what {@linkcode gradientPartsOf} says, computed on one thread or on more. */
  constructor(gradients: BatchGradients, { preparation, split, recipe }: Fitting) {
    const { network } = gradients;
    this.network = network;
    this.count = split.training.count;
    this.#gradients = gradients;
    this.#validation = split.validation;
    this.#loss = createLoss("huber", { delta: recipe.huberDelta });
    this.#batch = new WindowBatch(network, { preparation, rowsMax: VALIDATION_ROWS });
    this.baselineLoss = this.#measureBaseline();
  }

  gradient(batch: Int32Array, random: Random): number {
    return this.#gradients.gradient(batch, { random, weight: 1 });
  }

  *validate(): Work<Validation> {
    const validation = this.#validation;
    const { network } = this;
    const slice = rowsPerSlice(network, VALIDATION_ROWS), width = network.spec.steps * network.spec.inputs;
    const outputs = new Float64Array(VALIDATION_ROWS);
    let sum = 0;
    for (let from = 0; from < validation.count; from += VALIDATION_ROWS) {
      const rows = Math.min(VALIDATION_ROWS, validation.count - from);
      for (let r = 0; r < rows; r++) this.#batch.load(validation, { example: from + r, row: r });
      for (let at = 0; at < rows; at += slice) {
        const some = Math.min(slice, rows - at);
        outputs.set(forward(network, this.#batch.inputs.subarray(at * width), some), at);
        yield null;
      }
      sum += this.#loss.value(outputs.subarray(0, rows), this.#batch.targets) * rows;
    }
    const loss = sum / validation.count;
    return { loss, rank: loss };
  }

  /** Mean loss of answering no change. */
  #measureBaseline(): number {
    const validation = this.#validation;
    const noChange = new Float64Array(1), target = new Float64Array(1);
    let sum = 0;
    for (let example = 0; example < validation.count; example++) {
      this.#batch.load(validation, { example, row: 0 });
      target[0] = this.#batch.targets[0]!;
      sum += this.#loss.value(noChange, target);
    }
    return sum / validation.count;
  }
}
