/** How far predictions are from what came. */

/**
 * Errors of a regression, one prediction at a time, in constant memory.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const metrics = new RegressionMetrics();
 * metrics.add(1, 2);
 * metrics.add(4, 4);
 * assert.deepEqual([metrics.count, metrics.mse, metrics.mae, metrics.r2], [2, 0.5, 0.5, 0.5]);
 * ```
 */
export class RegressionMetrics {
  #count = 0;
  #squaredError = 0;
  #absoluteError = 0;
  #actualMean = 0;
  /** Squared distance of what came from its mean (Welford 1962). */
  #actualSquares = 0;

  /** Counts one prediction, both numbers in the target's unit. */
  add(predicted: number, actual: number): void {
    const error = predicted - actual;
    this.#count++;
    this.#squaredError += error * error;
    this.#absoluteError += Math.abs(error);
    const delta = actual - this.#actualMean;
    this.#actualMean += delta / this.#count;
    this.#actualSquares += delta * (actual - this.#actualMean);
  }

  /** How many predictions. */
  get count(): number {
    return this.#count;
  }

  /** Mean squared error, in the target's unit squared; NaN before the first prediction. */
  get mse(): number {
    return this.#squaredError / this.#count;
  }

  /** Mean absolute error, in the target's unit; NaN before the first prediction. */
  get mae(): number {
    return this.#absoluteError / this.#count;
  }

  /** Root of the mean squared error, in the target's unit; NaN before the first prediction. */
  get rmse(): number {
    return Math.sqrt(this.mse);
  }

  /** Share of the variance that is explained, 1 at best; NaN while everything that came was equal. */
  get r2(): number {
    return this.#actualSquares > 0 ? 1 - this.#squaredError / this.#actualSquares : NaN;
  }
}

/**
 * Mean and population standard deviation in one pass (Welford 1962); NaN or infinite where a value is, or the values
 * are too large to be squared.
 *
 * @param values at least one
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(moments(new Float64Array([1, 3])), { mean: 2, sd: 1 });
 * ```
 */
export function moments(values: Float64Array): { readonly mean: number; readonly sd: number } {
  let mean = 0, squares = 0;
  for (let i = 0; i < values.length; i++) {
    const delta = values[i]! - mean;
    mean += delta / (i + 1);
    squares += delta * (values[i]! - mean);
  }
  return { mean, sd: Math.sqrt(squares / values.length) };
}

/**
 * The exact quantile, between two values by straight line (R's type 7, NumPy's default).
 *
 * @param values in any order, left as they are
 * @param q from 0 to 1
 * @throws RangeError when there are no values, one is NaN, or q is out of range
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(quantile(new Float64Array([4, 1, 3, 2]), 0.5), 2.5);
 * ```
 */
export function quantile(values: Float64Array, q: number): number {
  const sorted = values.slice().sort();
  if (sorted.length === 0 || !(q >= 0 && q <= 1) || Number.isNaN(sorted.at(-1))) {
    throw new RangeError(
      `Cannot take the quantile ${q} of ${sorted.length} values: q from 0 to 1 and numbers are wanted`,
    );
  }
  return quantileOfSorted(sorted, q);
}

/**
 * The same of values that are sorted already, unchecked.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(quantileOfSorted(new Float64Array([1, 2, 3, 4]), 0.5), 2.5);
 * ```
 */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}
