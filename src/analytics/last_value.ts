/** What stands in the place of a model where there is none: no change. */
import type { Forecaster } from "../models/forecaster.ts";
import type { FeatureInfo } from "../models/preparation.ts";

/** Forecasts that the target will be as it is now. */
export function lastValueForecaster(target: FeatureInfo, horizon: number): Forecaster {
  return {
    ...{ name: LAST_VALUE, version: LAST_VALUE },
    ...{ features: [target], target: target.name, targetIndex: 0, horizon, lookback: 1, reach: 1 },
    predict: (windows, start) => windows[start]!,
  };
}

/** Its name. */
export const LAST_VALUE = "last-value";
