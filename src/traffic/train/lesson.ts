/** What a traffic model learns from: windows and the one after them, a mini-batch at a time. */
import { backward, createLoss, forward, type Loss, type Network, type Random } from "../../../nn/mod.ts";
import type { Lesson, Validation } from "../../train/loop/lesson.ts";
import type { Work } from "../../train/loop/work.ts";
import { type InputSpec, lastValues, learnedAs } from "../model/inputs.ts";
import { ExampleBatch, forecastExamples, outcomeOf, seenBy, targetPlaces } from "./batch.ts";
import type { Examples, Split } from "./examples.ts";

/** What is trained on what. */
export interface TrafficLessonParts {
  readonly spec: InputSpec;
  readonly split: Split;
  readonly batchSize: number;
  readonly measure: ErrorMeasure;
}

/**
 * How errors are told, whatever the normalisation: squared, as a share of the target's variance in the training part;
 * of targets that span decades both by their logarithms.
 */
export interface ErrorMeasure extends Pick<InputSpec, "targets" | "logarithms"> {
  /** (K), positive. */
  readonly variances: readonly number[];
}

/**
 * The squared error of all targets, each as the network tells it: where nothing is normalised, the largest target is
 * all that counts. What it says of an epoch is told by one {@linkcode ErrorMeasure}.
 */
export class TrafficLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #parts: TrafficLessonParts;
  readonly #batch: ExampleBatch;
  readonly #loss: Loss;
  readonly #dOutputs: Float64Array;
  /** Of the validation part. */
  readonly #outcomes: Float64Array;
  #forecasts: Float64Array | undefined;
  #kept: Float64Array | undefined;

  constructor(network: Network, parts: TrafficLessonParts) {
    const { spec, split: { training, validation }, batchSize, measure } = parts;
    this.network = network;
    this.count = training.rows.length;
    this.#parts = parts;
    this.#batch = new ExampleBatch(spec, network, batchSize);
    this.#loss = createLoss("mse");
    this.#dOutputs = network.kernels.allocate(batchSize * spec.targets.length);
    const last = new Float64Array(validation.rows.length * spec.targets.length);
    for (let example = 0; example < validation.rows.length; example++) {
      lastValues(
        spec,
        seenBy(validation, example, spec.windowUs),
        last.subarray(example * spec.targets.length),
      );
    }
    this.#outcomes = outcomesOf(validation, spec);
    this.baselineLoss = meanError(measure, last, this.#outcomes);
  }

  gradient(examples: Int32Array, random: Random): number {
    const batch = this.#batch, rows = examples.length;
    const { spec, split: { training }, measure } = this.#parts;
    const outputs = spec.targets.length, count = rows * outputs;
    for (let row = 0; row < rows; row++) batch.load(training, { example: examples[row]!, row });
    const answers = forward(this.network, batch.inputs, rows, { random });
    this.#loss.gradient(answers, batch.targets.subarray(0, count), this.#dOutputs.subarray(0, count));
    backward(this.network, this.#dOutputs, rows);
    const forecasts = answers.slice();
    for (let row = 0; row < rows; row++) {
      batch.restore(forecasts.subarray(row * outputs, (row + 1) * outputs), row);
    }
    return meanError(measure, forecasts, batch.outcomes.subarray(0, count));
  }

  *validate(): Work<Validation> {
    const { spec, split: { validation }, measure } = this.#parts;
    const forecasts = this.#forecasts = yield* forecastExamples(spec, this.network, validation);
    const loss = meanError(measure, forecasts, this.#outcomes);
    return { loss, rank: loss };
  }

  keep(): void {
    this.#kept = this.#forecasts;
  }

  /** Forecasts (n, K) of the validation part by the epoch that stays; `undefined` where none has been validated. */
  get forecasts(): Float64Array | undefined {
    return this.#kept;
  }
}

/** What came (n, K). */
function outcomesOf(examples: Examples, spec: InputSpec): Float64Array {
  const places = targetPlaces(spec);
  return Float64Array.from(
    [...examples.rows.keys()].flatMap((example) => outcomeOf(examples, example, places)),
  );
}

/** Mean of the targets and of the examples; both (n, K). */
function meanError(
  { targets, logarithms, variances }: ErrorMeasure,
  forecasts: Float64Array,
  outcomes: Float64Array,
): number {
  let sum = 0;
  for (let i = 0; i < outcomes.length; i++) {
    const k = i % targets.length, target = targets[k]!;
    const error = learnedAs({ logarithms }, target, forecasts[i]!) -
      learnedAs({ logarithms }, target, outcomes[i]!);
    sum += error * error / variances[k]!;
  }
  return sum / outcomes.length;
}
