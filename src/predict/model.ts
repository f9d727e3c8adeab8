/** What forecasts: the contract between the pipeline and whatever was trained. */

/** A measured quantity: its name in the readings' features, and its unit for people. */
export interface FeatureInfo {
  readonly name: string;
  readonly unit: string;
}

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
  /**
   * Forecasts from `windows[start … start + L×F)`, in the target's unit. Finite for finite input, allocates
   * nothing, bit-identical whatever was asked before.
   */
  predict(windows: Float64Array, start: number): number;
}
