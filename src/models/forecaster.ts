/** What forecasts: the contract between the pipeline and whatever was trained. */
import { countOutputs, type Network, predictOne } from "../../nn/mod.ts";
import type { SourceHistory } from "./context.ts";
import { createReferences, type References } from "./references.ts";
import type { ReferenceForecasts } from "../records/predictions/forecast_print.ts";
import {
  countInputs,
  countReach,
  createPreparer,
  type FeatureInfo,
  type Preparation,
  restoreForecast,
} from "./preparation.ts";

/**
 * A trained model as the pipeline sees it.
 *
 * Shapes: L look-back (readings), F features; a window is (L, F) row-major, oldest reading first.
 */
export interface Forecaster {
  readonly name: string;
  /** Short checksum of the model file's bytes: the same file has the same version. */
  readonly version: string;
  /** F features, in the order of a window's columns. */
  readonly features: readonly FeatureInfo[];
  /** Name of the predicted feature. */
  readonly target: string;
  /** Column of the target in {@linkcode Forecaster.features}. */
  readonly targetIndex: number;
  /** How many readings of the same source ahead. */
  readonly horizon: number;
  /** How many readings a window holds. */
  readonly lookback: number;
  /** How many readings, up to a window's newest, a forecast may look at: the look-back, or what holds a season. */
  readonly reach: number;
  /**
   * Forecasts from `windows[start … start + L×F)`, in the target's unit. Finite for finite input, allocates
   * nothing, bit-identical whatever was asked before. NaN where it needs more than the look-back and `history` lacks it.
   */
  predict(windows: Float64Array, start: number, history?: SourceHistory): number;
  /** What the network is compared with forecasts from the same window; absent where the model has nothing of the kind. */
  refer?(windows: Float64Array, start: number, history?: SourceHistory): ReferenceForecasts;
}

/** What a forecaster is made of. */
export interface ForecasterParts {
  readonly name: string;
  readonly version: string;
  readonly horizon: number;
  readonly preparation: Preparation;
  /** Maps the preparation's I inputs to one output. */
  readonly network: Network;
  readonly references?: References;
}

/**
 * Puts preparation and network together. The forecaster owns the network's buffers from then on.
 *
 * @throws {RangeError} where the network's inputs are not those of the preparation, or its outputs are not one.
 */
export function createForecaster(
  { name, version, horizon, preparation, network, references }: ForecasterParts,
): Forecaster {
  const inputs = countInputs(preparation);
  if (network.cache.inputs !== inputs || countOutputs(network.spec) !== 1) {
    throw new RangeError(
      `Cannot forecast with a network of ${network.cache.inputs} inputs and ${
        countOutputs(network.spec)
      } outputs: ` +
        `the preparation gives ${inputs} inputs and wants 1 output`,
    );
  }
  const { features, targetIndex, lookback } = preparation;
  const prepare = createPreparer(preparation);
  const row = new Float64Array(inputs);
  const lastOffset = (lookback - 1) * features.length + targetIndex;
  return {
    name,
    version,
    features,
    target: features[targetIndex]!.name,
    targetIndex,
    horizon,
    lookback,
    reach: countReach(preparation),
    ...(references === undefined ? {} : { refer: createReferences(preparation, references) }),
    predict(windows, start, history) {
      const unit = prepare(windows, start, row, history);
      if (Number.isNaN(unit)) return NaN;
      return restoreForecast(
        preparation,
        windows[start + lastOffset]!,
        predictOne(network, row, 0)[0]!,
        unit,
      );
    },
  };
}
