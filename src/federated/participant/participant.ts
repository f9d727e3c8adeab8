/** One device: it predicts, is scored when the outcome is known, then learns; weights, counts and metrics leave it. */
import type { OptimizerState, Random } from "../../../nn/mod.ts";
import { type Preparation, restoreForecast } from "../../models/preparation.ts";
import type { Update } from "../update.ts";
import type { PreparedExamples } from "./examples.ts";
import type { Learner, LearnOptions } from "./learner.ts";
import { personalHead } from "./personal_head.ts";
import { ExampleWindow } from "./window.ts";

/** What a device is made of. */
export interface ParticipantParts {
  readonly device: string;
  readonly learner: Learner;
  readonly preparation: Preparation;
  /** Weights that it begins with. */
  readonly weights: Float64Array;
  /** Examples that it keeps to learn from. */
  readonly windowLength: number;
  /** Its own. */
  readonly random: Random;
}

/** Squared errors of forecasts, in the target's unit squared, sums. */
export interface ForecastErrors {
  readonly count: number;
  readonly model: number;
  readonly lastValue: number;
}

/** A device's model and memory. */
export class Participant {
  readonly device: string;
  readonly #learner: Learner;
  readonly #preparation: Preparation;
  readonly #window: ExampleWindow;
  readonly #random: Random;
  #weights: Float64Array;
  #optimizer: OptimizerState | undefined;
  #round = 0;

  /** A device seen for the first time. */
  constructor({ device, learner, preparation, weights, windowLength, random }: ParticipantParts) {
    this.device = device;
    this.#learner = learner;
    this.#preparation = preparation;
    this.#weights = weights;
    this.#window = new ExampleWindow(windowLength, learner.width);
    this.#random = random;
  }

  /** The weights that it predicts with. */
  get weights(): Float64Array {
    return this.#weights;
  }

  /** Takes a published global model for its own. The weights are not copied, nor changed. */
  adopt(global: Float64Array, round: number): void {
    this.#weights = global;
    this.#optimizer = undefined;
    this.#round = round;
  }

  /** Predicts the examples from `from` to `to`, scores what came, then remembers them. */
  observe(
    examples: PreparedExamples,
    { from, to }: { readonly from: number; readonly to: number },
  ): ForecastErrors {
    const { width } = this.#learner;
    const some = slice(examples, { from, to, width });
    const errors = scoreForecasts(this.#learner.predict(this.#weights, some.inputs), some, this.#preparation);
    for (let i = 0; i < some.count; i++) this.#window.add(some.inputs, i * width, some.targets[i]!);
    return errors;
  }

  /** Learns from its window; `null` while that is empty. */
  learn(options: Pick<LearnOptions, "learningRate" | "proximal" | "targetFactor"> = {}): Update | null {
    const { count } = this.#window;
    if (count === 0) return null;
    const [from, random, optimizer] = [this.#weights, this.#random, this.#optimizer];
    const learned = this.#learner.learn(this.#window, { ...options, from, random, optimizer });
    this.#weights = learned.weights;
    this.#optimizer = learned.optimizer;
    const metrics = Number.isFinite(learned.loss) ? { loss: learned.loss } : {};
    return { device: this.device, round: this.#round, numExamples: count, weights: learned.weights, metrics };
  }

  /** Its weights with a last layer of its own, fitted to its window. */
  personalise(): Float64Array {
    return personalHead(this.#learner, this.#window, this.#weights);
  }
}

/** A part of the examples, not copied. */
function slice(
  { inputs, targets, units, lasts, actuals }: PreparedExamples,
  { from, to, width }: { readonly from: number; readonly to: number; readonly width: number },
): PreparedExamples {
  return {
    count: to - from,
    inputs: inputs.subarray(from * width, to * width),
    targets: targets.subarray(from, to),
    units: units.subarray(from, to),
    lasts: lasts.subarray(from, to),
    actuals: actuals.subarray(from, to),
  };
}

/** What a network's answers are worth beside the last value. */
export function scoreForecasts(
  answers: Float64Array,
  { count, units, lasts, actuals }: PreparedExamples,
  preparation: Preparation,
): ForecastErrors {
  let model = 0, lastValue = 0;
  for (let i = 0; i < count; i++) {
    model += (restoreForecast(preparation, lasts[i]!, answers[i]!, units[i]!) - actuals[i]!) ** 2;
    lastValue += (lasts[i]! - actuals[i]!) ** 2;
  }
  return { count, model, lastValue };
}
