/** What a network is compared with beside the last value: a season before, and a straight line; made in training. */
import { predictLinear } from "../../nn/mod.ts";
import type { ReferenceForecasts } from "../records/predictions/forecast_print.ts";
import { seasonRow, type SourceHistory } from "./context.ts";
import { countInputs, createPreparer, type Preparation, restoreForecast } from "./preparation.ts";

/** Part of a model file; plain JSON. */
export interface References {
  /** How long before the time that a forecast is for, in ms: the season that erred least in training. */
  readonly seasonMs?: number;
  /** Ridge regression on the network's own inputs, in its own units. */
  readonly ridge: {
    /** (I) */
    readonly weights: readonly number[];
    readonly intercept: number;
  };
}

/** Forecasts of a model's references from the window that its network forecasts from. */
export function createReferences(
  preparation: Preparation,
  { seasonMs, ridge }: References,
): (windows: Float64Array, start: number, history?: SourceHistory) => ReferenceForecasts {
  const { features: { length: width }, targetIndex, lookback, context } = preparation;
  const prepare = createPreparer(preparation);
  const row = new Float64Array(countInputs(preparation));
  const model = { weights: Float64Array.from(ridge.weights), intercept: ridge.intercept };
  const finite = (forecast: number) => Number.isFinite(forecast) ? forecast : null;
  return (windows, start, history) => {
    const newest = start / width + lookback - 1;
    const season = seasonMs === undefined || context === undefined
      ? -1
      : seasonRow(context, { row: newest, seasonMs, history });
    const unit = prepare(windows, start, row, history);
    const last = windows[newest * width + targetIndex]!;
    return {
      seasonal: season < 0 ? null : finite(windows[season * width + targetIndex]!),
      ridge: finite(restoreForecast(preparation, last, predictLinear(model, row, 0), unit)),
    };
  };
}
