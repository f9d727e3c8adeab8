/** Ridge regression on the same inputs as the network: what a straight line reaches. */
import {
  countInputs,
  createPreparer,
  type Preparation,
  prepareTarget,
  restoreForecast,
} from "../predict/preparation.ts";
import type { Examples, Split } from "./examples.ts";

/** Forecasts from `windows[start … start + L×F)`, in the target's unit. */
export type Forecast = (windows: Float64Array, start: number) => number;

/** Penalties that are tried, relative to the number of examples; validation decides. */
const PENALTIES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * Fits ridge regression on the training part with the penalty that has the least squared error on the
 * validation part. Shapes: I inputs, K = I + 1 with the intercept; the normal equations are (K, K).
 */
export function fitRidge(preparation: Preparation, split: Split): { forecast: Forecast; penalty: number } {
  const normal = normalEquations(preparation, split.training);
  let best: { forecast: Forecast; penalty: number } | undefined;
  let leastError = Infinity;
  for (const penalty of PENALTIES) {
    const forecast = linearForecast(preparation, solveRidge(normal, penalty * split.training.count));
    const judges = split.validation.count > 0 ? split.validation : split.training;
    const error = squaredError(forecast, judges);
    if (best === undefined || error < leastError) {
      best = { forecast, penalty };
      leastError = error;
    }
  }
  return best!;
}

interface NormalEquations {
  readonly size: number;
  /** (K, K) */
  readonly matrix: Float64Array;
  /** (K) */
  readonly right: Float64Array;
}

function normalEquations(preparation: Preparation, examples: Examples): NormalEquations {
  const size = countInputs(preparation) + 1;
  const matrix = new Float64Array(size * size);
  const right = new Float64Array(size);
  const row = new Float64Array(size).fill(1);
  const prepare = createPreparer(preparation);
  for (let example = 0; example < examples.count; example++) {
    prepare(examples.valuesOf(example), examples.startOf(example), row);
    const target = prepareTarget(preparation, examples.changeOf(example));
    for (let i = 0; i < size; i++) {
      right[i]! += row[i]! * target;
      for (let j = 0; j <= i; j++) matrix[i * size + j]! += row[i]! * row[j]!;
    }
  }
  return { size, matrix, right };
}

/** Solves (A + penalty·1) w = b by Cholesky; the intercept (last) is not penalised. Returns w (K). */
function solveRidge({ size, matrix, right }: NormalEquations, penalty: number): Float64Array {
  const lower = Float64Array.from(matrix);
  for (let i = 0; i < size; i++) {
    lower[i * size + i]! += i < size - 1 ? penalty : 0;
    for (let j = 0; j <= i; j++) {
      let sum = lower[i * size + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * size + k]! * lower[j * size + k]!;
      lower[i * size + j] = i === j ? Math.sqrt(Math.max(sum, 1e-12)) : sum / lower[j * size + j]!;
    }
  }
  const weights = Float64Array.from(right);
  for (let i = 0; i < size; i++) {
    for (let k = 0; k < i; k++) weights[i]! -= lower[i * size + k]! * weights[k]!;
    weights[i]! /= lower[i * size + i]!;
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) weights[i]! -= lower[k * size + i]! * weights[k]!;
    weights[i]! /= lower[i * size + i]!;
  }
  return weights;
}

function linearForecast(preparation: Preparation, weights: Float64Array): Forecast {
  const prepare = createPreparer(preparation);
  const row = new Float64Array(weights.length).fill(1);
  const { lookback, features, targetIndex } = preparation;
  const lastOffset = (lookback - 1) * features.length + targetIndex;
  return (windows, start) => {
    prepare(windows, start, row);
    let output = 0;
    for (let i = 0; i < weights.length; i++) output += weights[i]! * row[i]!;
    return restoreForecast(preparation, windows[start + lastOffset]!, output);
  };
}

function squaredError(forecast: Forecast, examples: Examples): number {
  let sum = 0;
  for (let example = 0; example < examples.count; example++) {
    const predicted = forecast(examples.valuesOf(example), examples.startOf(example));
    sum += (predicted - examples.actualOf(example)) ** 2;
  }
  return sum;
}
