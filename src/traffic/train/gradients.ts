/** Gradients of a traffic model: windows and the one after them, a mini-batch at a time. */
import { backward, createLoss, forward, type Loss, type Network } from "../../../nn/mod.ts";
import { type BatchGradients, type BatchPass, weigh } from "../../train/loop/batch_gradients.ts";
import type { InputSpec } from "../model/inputs.ts";
import { ExampleBatch } from "./batch.ts";
import { type ErrorMeasure, meanError } from "./error_measure.ts";
import type { TrafficExamples } from "./examples.ts";

/** What they are gradients of; plain, so that a thread can be sent it. */
export interface TrafficGradientParts {
  readonly spec: InputSpec;
  readonly training: TrafficExamples;
  readonly measure: ErrorMeasure;
  /** Rows of the largest mini-batch. */
  readonly rowsMax: number;
}

/** Gradients of the squared error, in the network's own scale; what they return is by the {@linkcode ErrorMeasure}. */
export class TrafficGradients implements BatchGradients {
  readonly network: Network;
  readonly right = 0;
  readonly #parts: TrafficGradientParts;
  readonly #batch: ExampleBatch;
  readonly #loss: Loss = createLoss("mse");
  readonly #dOutputs: Float64Array;

  constructor(network: Network, parts: TrafficGradientParts) {
    this.network = network;
    this.#parts = parts;
    this.#batch = new ExampleBatch(parts.spec, network, parts.rowsMax);
    this.#dOutputs = network.kernels.allocate(parts.rowsMax * parts.spec.targets.length);
  }

  gradient(examples: Int32Array, { random, weight }: BatchPass): number {
    const batch = this.#batch, rows = examples.length;
    const { spec, training, measure } = this.#parts;
    const outputs = spec.targets.length, count = rows * outputs;
    for (let row = 0; row < rows; row++) batch.load(training, { example: examples[row]!, row });
    const answers = forward(this.network, batch.inputs, rows, { random });
    this.#loss.gradient(answers, batch.targets.subarray(0, count), this.#dOutputs.subarray(0, count));
    weigh(this.#dOutputs, count, weight);
    backward(this.network, this.#dOutputs, rows);
    const forecasts = answers.slice();
    for (let row = 0; row < rows; row++) {
      batch.restore(forecasts.subarray(row * outputs, (row + 1) * outputs), row);
    }
    return weight * meanError(measure, forecasts, batch.outcomes.subarray(0, count));
  }
}
