/** Gradients of a forecaster: windows of readings and the change to come, a mini-batch at a time. */
import { backward, createLoss, forward, type Loss, type Network } from "../../../nn/mod.ts";
import { createPreparer, type Preparation, type Preparer, prepareTarget } from "../../models/preparation.ts";
import { type BatchGradients, type BatchPass, weigh } from "../loop/batch_gradients.ts";
import type { Examples } from "./examples.ts";

/** Examples as far as a network learns from them. */
export type Windows = Pick<Examples, "valuesOf" | "startOf" | "historyOf" | "changeOf">;

/** What they are gradients of. */
export interface ForecastGradientParts {
  readonly preparation: Preparation;
  readonly training: Windows;
  readonly huberDelta: number;
  /** Rows of the largest mini-batch. */
  readonly rowsMax: number;
}

/** Chosen examples side by side for the network, in memory that is allocated once. */
export class WindowBatch {
  /** (rows, T·F) */
  readonly inputs: Float64Array;
  /** (rows) */
  readonly targets: Float64Array;
  readonly #preparation: Preparation;
  readonly #prepare: Preparer;
  readonly #row: Float64Array;

  constructor(
    { spec, kernels }: Network,
    { preparation, rowsMax }: Pick<ForecastGradientParts, "preparation" | "rowsMax">,
  ) {
    const inputs = spec.steps * spec.inputs;
    this.#preparation = preparation;
    this.#prepare = createPreparer(preparation);
    this.#row = new Float64Array(inputs);
    this.inputs = kernels.allocate(rowsMax * inputs);
    this.targets = new Float64Array(rowsMax);
  }

  /** Prepares an example into a row. */
  load(examples: Windows, { example, row }: { readonly example: number; readonly row: number }): void {
    const history = examples.historyOf(example);
    const unit = this.#prepare(examples.valuesOf(example), examples.startOf(example), this.#row, history);
    this.inputs.set(this.#row, row * this.#row.length);
    this.targets[row] = prepareTarget(this.#preparation, examples.changeOf(example), unit);
  }
}

/** Gradients of the Huber loss. */
export class ForecastGradients implements BatchGradients {
  readonly network: Network;
  readonly right = 0;
  readonly #training: Windows;
  readonly #batch: WindowBatch;
  readonly #loss: Loss;
  readonly #dOutputs: Float64Array;

  constructor(network: Network, { training, huberDelta, ...parts }: ForecastGradientParts) {
    this.network = network;
    this.#training = training;
    this.#batch = new WindowBatch(network, parts);
    this.#loss = createLoss("huber", { delta: huberDelta });
    this.#dOutputs = network.kernels.allocate(parts.rowsMax);
  }

  gradient(batch: Int32Array, { random, weight }: BatchPass): number {
    const rows = batch.length;
    for (let r = 0; r < rows; r++) this.#batch.load(this.#training, { example: batch[r]!, row: r });
    const outputs = forward(this.network, this.#batch.inputs, rows, { random });
    const loss = this.#loss.gradient(outputs, this.#batch.targets, this.#dOutputs);
    weigh(this.#dOutputs, rows, weight);
    backward(this.network, this.#dOutputs, rows);
    return loss * weight;
  }
}
