/**
 * Ridge regression by its normal equations and Cholesky's decomposition: what a straight line reaches.
 *
 * Shapes: C columns, R rows seen. The columns and the target are centred, so that the intercept is not penalised.
 * Memory is (C, C) whatever R is. Left out: several targets at once (fit one model each).
 */

/** A linear model: intercept + Σ weights[c]·x[c]. */
export interface LinearModel {
  /** (C). */
  readonly weights: Float64Array;
  /** In the target's unit. */
  readonly intercept: number;
}

/**
 * Collects rows, then solves for any penalty.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const ridge = new RidgeRegression(1);
 * for (const x of [0, 1, 2, 3]) ridge.add(new Float64Array([x]), 5 + 2 * x);
 * const model = ridge.solve(0);
 * assert.ok(Math.abs(predictLinear(model, new Float64Array([10]), 0) - 25) < 1e-9);
 * ```
 */
export class RidgeRegression {
  readonly #columns: number;
  /** (C) running means of the columns. */
  readonly #means: Float64Array;
  /** (C, C) lower half: sums of products of distances from the means. */
  readonly #products: Float64Array;
  /** (C): the same with the target. */
  readonly #right: Float64Array;
  readonly #delta: Float64Array;
  #targetMean = 0;
  #rows = 0;

  /**
   * Without any rows.
   *
   * @param columns C
   */
  constructor(columns: number) {
    this.#columns = columns;
    this.#means = new Float64Array(columns);
    this.#products = new Float64Array(columns * columns);
    this.#right = new Float64Array(columns);
    this.#delta = new Float64Array(columns);
  }

  /**
   * Counts one row (Welford's update for covariances).
   *
   * @param x holds the row (C) at its beginning
   * @throws RangeError when x is shorter than C
   */
  add(x: Float64Array, target: number): void {
    const columns = this.#columns, delta = this.#delta, products = this.#products;
    if (x.length < columns) {
      throw new RangeError(`Cannot add a row of ${x.length} numbers: ${columns} are wanted`);
    }
    this.#rows++;
    for (let i = 0; i < columns; i++) {
      delta[i] = x[i]! - this.#means[i]!;
      this.#means[i]! += delta[i]! / this.#rows;
    }
    const targetDelta = target - this.#targetMean;
    this.#targetMean += targetDelta / this.#rows;
    const share = (this.#rows - 1) / this.#rows;
    for (let i = 0; i < columns; i++) {
      const weighted = share * delta[i]!;
      this.#right[i]! += weighted * targetDelta;
      for (let j = 0; j <= i; j++) products[i * columns + j]! += weighted * delta[j]!;
    }
  }

  /**
   * The weights w that minimise Σ(y − b − x·w)² + penalty·Σw².
   *
   * @param penalty from 0; in the columns' unit squared, times rows
   * @throws RangeError when the equations have no single solution (few rows or dependent columns: raise the penalty)
   */
  solve(penalty: number): LinearModel {
    const size = this.#columns;
    const lower = this.#decompose(penalty);
    const weights = Float64Array.from(this.#right);
    for (let i = 0; i < size; i++) {
      for (let k = 0; k < i; k++) weights[i]! -= lower[i * size + k]! * weights[k]!;
      weights[i]! /= lower[i * size + i]!;
    }
    for (let i = size - 1; i >= 0; i--) {
      for (let k = i + 1; k < size; k++) weights[i]! -= lower[k * size + i]! * weights[k]!;
      weights[i]! /= lower[i * size + i]!;
    }
    let intercept = this.#targetMean;
    for (let i = 0; i < size; i++) intercept -= weights[i]! * this.#means[i]!;
    return { weights, intercept };
  }

  /** L (C, C) with L·Lᵀ = products + penalty·1. */
  #decompose(penalty: number): Float64Array {
    const size = this.#columns;
    const lower = Float64Array.from(this.#products);
    for (let i = 0; i < size; i++) {
      const diagonal = lower[i * size + i]! + penalty;
      lower[i * size + i] = diagonal;
      for (let j = 0; j <= i; j++) {
        let sum = lower[i * size + j]!;
        for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
        if (j < i) {
          lower[i * size + j] = sum / lower[j * size + j]!;
        } else if (sum > 1e-14 * diagonal) {
          lower[i * size + i] = Math.sqrt(sum);
        } else {
          throw new RangeError(
            `Cannot solve ridge regression with penalty ${penalty} on ${this.#rows} rows: column ${i} depends on ` +
              `those before it; a larger penalty is wanted`,
          );
        }
      }
    }
    return lower;
  }
}

/** What a linear model says to the row (C) from `start`, in the target's unit. */
export function predictLinear({ weights, intercept }: LinearModel, x: Float64Array, start: number): number {
  let sum = intercept;
  for (let i = 0; i < weights.length; i++) sum += weights[i]! * x[start + i]!;
  return sum;
}
