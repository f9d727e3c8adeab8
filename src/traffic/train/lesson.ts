/** What a traffic model learns from: windows and the one after them, a mini-batch at a time. */
import type { Network, Random } from "../../../nn/mod.ts";
import type { BatchGradients } from "../../train/loop/batch_gradients.ts";
import type { Lesson, Validation } from "../../train/loop/lesson.ts";
import type { Work } from "../../train/loop/work.ts";
import { type InputSpec, lastValues } from "../model/inputs.ts";
import { type ErrorMeasure, meanError } from "./error_measure.ts";
import { forecastExamples, outcomeOf, seenBy, targetPlaces } from "./batch.ts";
import type { TrafficExamples, TrafficSplit } from "./examples.ts";

/** What is trained on what. */
export interface TrafficLessonParts {
  readonly spec: InputSpec;
  readonly split: TrafficSplit;
  readonly measure: ErrorMeasure;
}

/** The lesson of a traffic model; what the best epoch has the least of is the validation error. */
export class TrafficLesson implements Lesson {
  readonly network: Network;
  readonly count: number;
  readonly baselineLoss: number;
  readonly #gradients: BatchGradients;
  readonly #parts: TrafficLessonParts;
  /** Of the validation part. */
  readonly #outcomes: Float64Array;
  #forecasts: Float64Array | undefined;
  #kept: Float64Array | undefined;

  /** With the gradients of the training part, computed on one thread or on more. */
  constructor(gradients: BatchGradients, parts: TrafficLessonParts) {
    const { spec, split: { training, validation }, measure } = parts;
    this.network = gradients.network;
    this.count = training.rows.length;
    this.#gradients = gradients;
    this.#parts = parts;
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

  gradient(batch: Int32Array, random: Random): number {
    return this.#gradients.gradient(batch, { random, weight: 1 });
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
function outcomesOf(examples: TrafficExamples, spec: InputSpec): Float64Array {
  const places = targetPlaces(spec);
  return Float64Array.from(
    [...examples.rows.keys()].flatMap((example) => outcomeOf(examples, example, places)),
  );
}
