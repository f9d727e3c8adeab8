/**
 * From raw readings to what the network sees, and back.
 *
 * Shapes: L look-back, F features, I inputs. A window is (L, F) row-major, oldest reading first; t is its last
 * reading. The network predicts a change: target = y[t+horizon] − y[t], so an answer of 0 is the baseline; one that
 * was trained elsewhere may predict y[t+horizon] itself.
 *
 * - `differences`: I = (L−1)·F; for k = 1 … L−1 and each feature x[t−k] − x[t]. Knows nothing of the level.
 * - `values`: I = L·F; the raw values, oldest first.
 *
 * Inputs are centred, scaled and clipped to ±clip; the network's output is clipped to ±targetClip as well, so
 * a reading far outside of what was seen in training moves a forecast by a bounded amount.
 */

/** A measured quantity: its name in the readings' features, and its unit for people. */
export interface FeatureInfo {
  readonly name: string;
  readonly unit: string;
}

/** How windows become inputs. */
export type PreparationKind = "differences" | "values";

/** Everything that is fitted; plain JSON. */
export interface Preparation {
  readonly kind: PreparationKind;
  readonly lookback: number;
  readonly features: readonly FeatureInfo[];
  /** Column of the target. */
  readonly targetIndex: number;
  /** (I) */
  readonly center: readonly number[];
  /** (I), positive. */
  readonly scale: readonly number[];
  /** Inputs stay within ±clip, in units of `scale`. */
  readonly clip: number;
  /** Unit of the network's output, in the target's unit; positive. */
  readonly targetScale: number;
  /** Targets and outputs stay within ±targetClip, in units of `targetScale`. */
  readonly targetClip: number;
  /** Networks that were trained elsewhere may answer with the target itself. Default: its change. */
  readonly answer?: "change" | "value";
}

/** Writes the I inputs of `windows[start … start + L×F)` to the beginning of `out`. */
export type Preparer = (windows: Float64Array, start: number, out: Float64Array) => void;

/** What is fitted on: places of training windows in arrays of readings. */
export interface PreparationExamples {
  readonly count: number;
  /** Array (readings, F) that window `example` lies in. */
  valuesOf(example: number): Float64Array;
  /** Where it begins there. */
  startOf(example: number): number;
  /** Its target's change, y[t+horizon] − y[t]. */
  changeOf(example: number): number;
}

/** Settings of {@linkcode fitPreparation}. */
export interface PreparationOptions {
  readonly kind: PreparationKind;
  readonly lookback: number;
  readonly features: readonly FeatureInfo[];
  readonly targetIndex: number;
  readonly clip: number;
  readonly targetClip: number;
}

/** Number of inputs I of a preparation. */
export function countInputs(
  shape: { readonly kind: PreparationKind; readonly lookback: number; readonly features: readonly unknown[] },
): number {
  return (shape.kind === "differences" ? shape.lookback - 1 : shape.lookback) * shape.features.length;
}

/**
 * Fits centres and scales on training examples alone. Scales are robust (see {@linkcode robustScale}), so
 * that a few events do not stretch them.
 *
 * @throws {RangeError} where there is no example.
 */
export function fitPreparation(examples: PreparationExamples, options: PreparationOptions): Preparation {
  if (examples.count === 0) throw new RangeError("Cannot fit a preparation: there is no training example");
  const inputs = countInputs(options);
  const plain = { ...options, center: zeros(inputs), scale: zeros(inputs).fill(1), clip: Infinity };
  const prepare = createPreparer({ ...plain, targetScale: 1 });
  const columns = Array.from({ length: inputs }, () => new Float64Array(examples.count));
  const changes = new Float64Array(examples.count);
  const row = new Float64Array(inputs);
  for (let example = 0; example < examples.count; example++) {
    prepare(examples.valuesOf(example), examples.startOf(example), row);
    for (let i = 0; i < inputs; i++) columns[i]![example] = row[i]!;
    changes[example] = examples.changeOf(example);
  }
  for (const column of columns) column.sort();
  changes.sort();
  return {
    ...options,
    center: options.kind === "differences" ? zeros(inputs) : columns.map((sorted) => quantile(sorted, 0.5)),
    scale: columns.map(robustScale),
    targetScale: robustScale(changes),
  };
}

/** Makes the function that prepares windows; it allocates nothing when called. */
export function createPreparer(preparation: Preparation): Preparer {
  const { kind, lookback, clip } = preparation;
  const features = preparation.features.length;
  const center = Float64Array.from(preparation.center);
  const scale = Float64Array.from(preparation.scale);
  if (kind === "values") {
    return (windows, start, out) => {
      for (let i = 0; i < center.length; i++) {
        const scaled = (windows[start + i]! - center[i]!) / scale[i]!;
        out[i] = scaled > clip ? clip : scaled < -clip ? -clip : scaled;
      }
    };
  }
  return (windows, start, out) => {
    const last = start + (lookback - 1) * features;
    let i = 0;
    for (let k = 1; k < lookback; k++) {
      for (let feature = 0; feature < features; feature++) {
        const change = windows[last - k * features + feature]! - windows[last + feature]!;
        const scaled = (change - center[i]!) / scale[i]!;
        out[i++] = scaled > clip ? clip : scaled < -clip ? -clip : scaled;
      }
    }
  };
}

/** A change of the target as the network is to learn it: scaled and clipped. */
export function prepareTarget(preparation: Preparation, change: number): number {
  const { targetClip, targetScale } = preparation;
  return Math.max(-targetClip, Math.min(targetClip, change / targetScale));
}

/** A forecast from the last value and the network's output; the last value itself where that would overflow. */
export function restoreForecast(preparation: Preparation, last: number, output: number): number {
  const { targetClip, targetScale, answer } = preparation;
  const clipped = output > targetClip ? targetClip : output < -targetClip ? -targetClip : output;
  const forecast = (answer === "value" ? 0 : last) + clipped * targetScale;
  return Number.isFinite(forecast) ? forecast : last;
}

/**
 * Spread of sorted values in terms of a normal distribution's standard deviation: from the quartiles; where
 * more than half of the values are equal from wider quantiles, then from the standard deviation; 1 for a
 * constant.
 */
export function robustScale(sorted: Float64Array): number {
  if (sorted[0] === sorted[sorted.length - 1]) return 1;
  for (const [tail, deviations] of [[0.25, 0.674490], [0.05, 1.644854], [0.01, 2.326348]] as const) {
    const spread = (quantile(sorted, 1 - tail) - quantile(sorted, tail)) / (2 * deviations);
    if (spread > 0 && Number.isFinite(spread)) return spread;
  }
  let mean = 0;
  for (const value of sorted) mean += value / sorted.length;
  let variance = 0;
  for (const value of sorted) variance += (value - mean) ** 2 / sorted.length;
  return variance > 0 && Number.isFinite(variance) ? Math.sqrt(variance) : 1;
}

/** Quantile of sorted values, linear between neighbours (type 7 of Hyndman and Fan, numpy's default). */
export function quantile(sorted: Float64Array, probability: number): number {
  const place = (sorted.length - 1) * probability;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
