/**
 * The mean of updates, weighted by their examples, in memory that does not depend on how many come, and with the same
 * bits in whatever order they come.
 *
 * Σ n·d of the distances d = w − global is added up in three arrays of whole numbers, multiples of 2^-10, 2^-31 and
 * 2^-52, none of which ever rounds: |d| ≤ 1000 and Σ n ≤ 2^33, see limits.ts. What is below 2^-53 of a d is rounded
 * update by update (the idea of reproducible summation: Demmel & Nguyen 2013, doi:10.1109/ARITH.2013.9).
 */
import { NUM_EXAMPLES_MAX, ROUND_EXAMPLES_MAX, UPDATE_NORM_MAX } from "../limits.ts";
import type { Update } from "../update.ts";
import type { Collector } from "./strategy.ts";

const COARSE = 2 ** 10, MIDDLE = 2 ** 31, FINE = 2 ** 52;
/** Added and taken away again it leaves the nearest whole number, of what is below 2^51: faster than `Math.round`. */
const ROUNDING = 1.5 * 2 ** 52;

/** Takes updates one by one. */
export class StreamingMean {
  readonly #global: Float64Array;
  readonly #coarse: Float64Array;
  readonly #middle: Float64Array;
  readonly #fine: Float64Array;
  #numExamples = 0;

  /** @param global is neither changed nor copied */
  constructor(global: Float64Array) {
    this.#global = global;
    this.#coarse = new Float64Array(global.length);
    this.#middle = new Float64Array(global.length);
    this.#fine = new Float64Array(global.length);
  }

  /** Examples of all updates so far. */
  get numExamples(): number {
    return this.#numExamples;
  }

  /** Takes a checked update. @throws RangeError for one that no check has passed, or too many examples in all */
  add({ device, numExamples, weights }: Pick<Update, "device" | "numExamples" | "weights">): void {
    const global = this.#global;
    const fits = weights.length === global.length && numExamples >= 1 && numExamples <= NUM_EXAMPLES_MAX &&
      this.#numExamples + numExamples <= ROUND_EXAMPLES_MAX;
    if (!fits) {
      throw new RangeError(`Cannot take the update of ${device} into a mean: its size is not a checked one`);
    }
    for (let i = 0; i < global.length; i++) {
      if (Math.abs(weights[i]! - global[i]!) <= UPDATE_NORM_MAX) continue; // false for NaN, too
      throw new RangeError(`Cannot take the update of ${device} into a mean: weight ${i} is ${weights[i]}`);
    }
    this.#numExamples += numExamples;
    const coarse = this.#coarse, middle = this.#middle, fine = this.#fine;
    for (let i = 0; i < global.length; i++) {
      const d = weights[i]! - global[i]!;
      const first = d * COARSE + ROUNDING - ROUNDING;
      const rest = d - first / COARSE;
      const second = rest * MIDDLE + ROUNDING - ROUNDING;
      coarse[i]! += numExamples * first;
      middle[i]! += numExamples * second;
      fine[i]! += numExamples * ((rest - second / MIDDLE) * FINE + ROUNDING - ROUNDING);
    }
  }

  /** The mean so far. @throws RangeError where there is no update yet */
  mean(): Float64Array {
    const n = this.#numExamples;
    if (n === 0) throw new RangeError("Cannot take the mean of no updates");
    return this.#global.map((weight, i) =>
      weight + (this.#coarse[i]! / COARSE + (this.#middle[i]! / MIDDLE + this.#fine[i]! / FINE)) / n
    );
  }
}

/** For strategies that go by the mean: `next` makes the global weights of it. @default the mean itself */
export function meanCollector(
  global: Float64Array,
  next: (mean: Float64Array) => Float64Array = (mean) => mean,
): Collector {
  const mean = new StreamingMean(global);
  return { add: (update) => mean.add(update), finish: () => next(mean.mean()) };
}

/** Of a list of them. */
export function meanOf(global: Float64Array, updates: readonly Update[]): Float64Array {
  const mean = new StreamingMean(global);
  for (const update of updates) mean.add(update);
  return mean.mean();
}
