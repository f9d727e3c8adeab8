/** Ridge regression on the same inputs as the network: what a straight line reaches. */
import { type LinearModel, predictLinear, RidgeRegression } from "../../../nn/mod.ts";
import {
  countInputs,
  createPreparer,
  type Preparation,
  prepareTarget,
  restoreForecast,
} from "../../models/preparation.ts";
import { seasonRow, type SourceHistory } from "../../models/context.ts";
import type { Work } from "../loop/work.ts";
import { unitsOf } from "./context.ts";
import type { Examples, Split } from "./examples.ts";

/** Forecasts from `windows[start … start + L×F)`, in the target's unit; NaN where `history` lacks what that takes. */
export type ForecastFunction = (windows: Float64Array, start: number, history?: SourceHistory) => number;

/** Ridge regression as it was fitted. */
export interface FittedRidge {
  readonly forecast: ForecastFunction;
  readonly penalty: number;
  readonly model: LinearModel;
}

/** Penalties that are tried, per training example; validation decides. */
export const PENALTIES = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1];

/**
 * Fits ridge regression on the training part with the penalty that has the least squared error on the
 * validation part.
 */
export function* fitRidge(preparation: Preparation, split: Split): Work<FittedRidge> {
  const regression = new RidgeRegression(countInputs(preparation));
  const prepare = createPreparer(preparation);
  const row = new Float64Array(countInputs(preparation));
  const { training } = split;
  for (let example = 0; example < training.count; example++) {
    const history = training.historyOf(example);
    const unit = prepare(training.valuesOf(example), training.startOf(example), row, history);
    regression.add(row, prepareTarget(preparation, training.changeOf(example), unit));
    yield null;
  }
  let best: FittedRidge | undefined;
  let leastError = Infinity;
  for (const penalty of PENALTIES) {
    const model = regression.solve(penalty * training.count);
    const forecast = linearForecast(preparation, model);
    const error = yield* squaredError(forecast, { preparation, examples: split.validation });
    if (best !== undefined && error >= leastError) continue;
    best = { forecast, penalty, model };
    leastError = error;
  }
  return best!;
}

function linearForecast(preparation: Preparation, model: LinearModel): ForecastFunction {
  const prepare = createPreparer(preparation);
  const row = new Float64Array(countInputs(preparation));
  const { lookback, features, targetIndex } = preparation;
  const lastOffset = (lookback - 1) * features.length + targetIndex;
  return (windows, start, history) => {
    const unit = prepare(windows, start, row, history);
    if (Number.isNaN(unit)) return NaN;
    return restoreForecast(preparation, windows[start + lastOffset]!, predictLinear(model, row, 0), unit);
  };
}

/** In the preparation's units, so that sources which are measured by their own spread count alike. */
function* squaredError(
  forecast: ForecastFunction,
  { preparation, examples }: { readonly preparation: Preparation; readonly examples: Examples },
): Work<number> {
  const unitOf = unitsOf(preparation, examples);
  let sum = 0;
  for (let example = 0; example < examples.count; example++) {
    const unit = unitOf(example);
    const windows = examples.valuesOf(example), start = examples.startOf(example);
    const predicted = forecast(windows, start, examples.historyOf(example));
    sum += ((predicted - examples.actualOf(example)) / unit) ** 2;
    yield null;
  }
  return sum;
}

/** A season, and it as a forecast. */
export interface Season {
  readonly seasonMs: number;
  readonly forecast: ForecastFunction;
}

/** The season, in ms, whose value erred least on the training part, in the preparation's units. */
export function* chooseSeason(
  preparation: Preparation,
  training: Examples,
): Work<Season | null> {
  const { context, targetIndex, lookback, features: { length: width } } = preparation;
  if (context === undefined || context.seasonsMs.length === 0) return null;
  let best: (Season & { readonly error: number }) | null = null;
  for (const seasonMs of context.seasonsMs) {
    const forecast: ForecastFunction = (windows, start, history) => {
      const row = seasonRow(context, { row: start / width + lookback - 1, seasonMs, history });
      return row < 0 ? NaN : windows[row * width + targetIndex]!;
    };
    const error = yield* squaredError(forecast, { preparation, examples: training });
    if (best === null || error < best.error) best = { seasonMs, forecast, error };
  }
  return best;
}
