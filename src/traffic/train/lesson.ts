/** What a traffic model learns from: windows and the one after them, a mini-batch at a time. */
import { backward, createLoss, forward, type Loss, type Network, type Random } from "../../../nn/mod.ts";
import type { Lesson, Validation } from "../../train/loop.ts";
import { type InputSpec, lastValues } from "../inputs.ts";
import { ExampleBatch, forecastExamples, outcomeOf, seenBy, targetPlaces } from "./batch.ts";
import type { Examples, Split } from "./examples.ts";

/** What is trained on what. */
export interface TrafficLessonParts {
  readonly spec: InputSpec;
  readonly split: Split;
  readonly batchSize: number;
  /** Variance of each target in the training part (K), positive. */
  readonly variances: readonly number[];
}

/**
 * The squared error of all targets, each as the network tells it: where nothing is normalised, the largest target is
 * all that counts. What it says of an epoch is in one measure whatever the normalisation: the squared error as a
 * share of the targets' variance, mean of the targets.
 */
export class TrafficLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #parts: TrafficLessonParts;
  readonly #batch: ExampleBatch;
  readonly #loss: Loss;
  readonly #dOutputs: Float64Array;
  /** (K) scaled squared error → share of the variance, over all targets. */
  readonly #shares: readonly number[];

  constructor(network: Network, parts: TrafficLessonParts) {
    const { spec, split, batchSize, variances } = parts;
    const outputs = spec.targets.length;
    this.network = network;
    this.count = split.training.rows.length;
    this.#parts = parts;
    this.#batch = new ExampleBatch(spec, network, batchSize);
    this.#loss = createLoss("mse");
    this.#dOutputs = network.kernels.allocate(batchSize * outputs);
    this.#shares = spec.outputs.scale.map((scale, k) => scale ** 2 / variances[k]! / outputs);
    this.baselineLoss = measure(split.validation, { spec, variances }, (example, into) => {
      lastValues(spec, seenBy(split.validation, example, spec.windowUs), into);
    });
  }

  gradient(examples: Int32Array, random: Random): number {
    const batch = this.#batch, rows = examples.length, outputs = this.#shares.length;
    for (let row = 0; row < rows; row++) {
      batch.load(this.#parts.split.training, { example: examples[row]!, row });
    }
    const answers = forward(this.network, batch.inputs, rows, { random });
    const targets = batch.targets.subarray(0, rows * outputs);
    this.#loss.gradient(answers, targets, this.#dOutputs.subarray(0, rows * outputs));
    let shares = 0;
    for (let i = 0; i < targets.length; i++) {
      shares += (answers[i]! - targets[i]!) ** 2 * this.#shares[i % outputs]!;
    }
    backward(this.network, this.#dOutputs, rows);
    return shares / rows;
  }

  validate(): Validation {
    const { spec, split: { validation }, variances } = this.#parts;
    const forecasts = forecastExamples(spec, this.network, validation);
    const outputs = spec.targets.length;
    const loss = measure(validation, { spec, variances }, (example, into) => {
      for (let k = 0; k < outputs; k++) into[k] = forecasts[example * outputs + k]!;
    });
    return { loss, rank: loss };
  }
}

/** Squared error as a share of the variance, mean of targets and examples. */
function measure(
  examples: Examples,
  { spec, variances }: Pick<TrafficLessonParts, "spec" | "variances">,
  forecast: (example: number, into: Float64Array) => void,
): number {
  const places = targetPlaces(spec), into = new Float64Array(places.length);
  let sum = 0;
  for (let example = 0; example < examples.rows.length; example++) {
    forecast(example, into);
    const outcomes = outcomeOf(examples, example, places);
    for (let k = 0; k < places.length; k++) sum += (into[k]! - outcomes[k]!) ** 2 / variances[k]!;
  }
  return sum / examples.rows.length / places.length;
}
