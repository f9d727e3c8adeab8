/**
 * From raw readings to what the network sees, and back.
 *
 * Shapes: L look-back, F features, I inputs. A window is (L, F) row-major, oldest reading first; t is its last
 * reading. The network predicts a change: target = y[t+horizon] − y[t], so an answer of 0 is the baseline; one that
 * was trained elsewhere may predict y[t+horizon] itself.
 *
 * - `differences`: for k = 1 … L−1 and each feature x[t−k] − x[t]: knows nothing of the level. Then what stands
 *   beside the readings: each feature's level, the seasons as y − y[t], and the calendar.
 * - `values`: for each of the L steps, oldest first, the raw values; then the seasons and the calendar of the step's
 *   own y[t+horizon].
 *
 * Where sources are measured by their own spread, every value is taken less the mean and in units of the standard
 * deviation of the source's last `spreadReadings` readings, and so is the change that is predicted.
 *
 * Inputs are centred, scaled and clipped to ±clip; the network's output is clipped to ±targetClip as well, so
 * a reading far outside of what was seen in training moves a forecast by a bounded amount.
 */
import { quantileOfSorted } from "../../nn/mod.ts";
import { CALENDAR_COLUMNS, type Context, contextReadings, type SourceHistory } from "./context.ts";
import { differencesWriter, measureSpread, type Spread, valuesWriter } from "./input_writers.ts";

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
  /** Calendar and seasons of what is forecast. Default: neither. */
  readonly context?: Context;
  /** Readings of a source whose mean and standard deviation are its zero and unit. Default: all sources have one unit. */
  readonly spreadReadings?: number;
}

/**
 * Writes the I inputs of `windows[start … start + L×F)` to the beginning of `out`, and returns the unit of the change
 * that the network predicts, in the target's unit: 0 where the target has not changed at all, NaN where `history` lacks
 * a reading that the inputs need (`out` is of no use then).
 */
export type Preparer = (
  windows: Float64Array,
  start: number,
  out: Float64Array,
  history?: SourceHistory,
) => number;

/** What is fitted on: places of training windows in arrays of readings. */
export interface PreparationExamples {
  readonly count: number;
  /** Array (readings, F) that window `example` lies in. */
  valuesOf(example: number): Float64Array;
  /** Where it begins there. */
  startOf(example: number): number;
  /** What lies before it there; asked for where inputs need it. */
  historyOf?(example: number): SourceHistory;
  /** Its target's change, y[t+horizon] − y[t]. */
  changeOf(example: number): number;
}

/** Part of a preparation that says which numbers go in; nothing of it is fitted. */
export type PreparationShape =
  & Pick<Preparation, "kind" | "lookback" | "context" | "spreadReadings">
  & { readonly features: readonly unknown[] };

/** Settings of {@linkcode fitPreparation}. */
export interface PreparationOptions {
  readonly kind: PreparationKind;
  readonly lookback: number;
  readonly features: readonly FeatureInfo[];
  readonly targetIndex: number;
  readonly clip: number;
  readonly targetClip: number;
  readonly context?: Context;
  readonly spreadReadings?: number;
}

/** Numbers per step of a preparation of kind `values`. */
export function countStepColumns({ features, context }: PreparationShape): number {
  return features.length + contextColumns(context);
}

/** Number of inputs I of a preparation. */
export function countInputs(shape: PreparationShape): number {
  const { kind, lookback, features: { length: width }, context, spreadReadings } = shape;
  if (kind === "values") return lookback * countStepColumns(shape);
  return (lookback - 1) * width + (spreadReadings === undefined ? 0 : width) + contextColumns(context);
}

/** Readings of a source, up to a window's newest, that a forecast may look at. */
export function countReach({ kind, lookback, context, spreadReadings = 0 }: PreparationShape): number {
  const seasons = context === undefined ? 0 : contextReadings(context);
  return Math.max(lookback, spreadReadings, seasons + (kind === "values" ? lookback - 1 : 0));
}

function contextColumns(context: Context | undefined): number {
  return context === undefined ? 0 : context.seasonsMs.length + (context.calendar ? CALENDAR_COLUMNS : 0);
}

/**
 * Fits centres and scales on training examples alone. Scales are robust (see {@linkcode robustScale}), so
 * that a few events do not stretch them.
 *
 * @throws {RangeError} where there is no example that can be prepared.
 */
export function fitPreparation(examples: PreparationExamples, options: PreparationOptions): Preparation {
  const inputs = countInputs(options);
  const prepare = createPreparer(unfitted(options));
  const rows: Float64Array[] = [];
  const changes: number[] = [];
  for (let example = 0; example < examples.count; example++) {
    const row = new Float64Array(inputs);
    const unit = prepare(
      examples.valuesOf(example),
      examples.startOf(example),
      row,
      examples.historyOf?.(example),
    );
    if (!(unit > 0)) continue;
    rows.push(row);
    changes.push(examples.changeOf(example) / unit);
  }
  if (rows.length === 0) throw new RangeError("Cannot fit a preparation: there is no training example");
  const center = zeros(inputs), scale = zeros(inputs).fill(1);
  const column = new Float64Array(rows.length);
  for (let i = 0; i < inputs; i++) {
    if (isCalendar(options, i)) continue;
    for (let r = 0; r < rows.length; r++) column[r] = rows[r]![i]!;
    column.sort();
    if (options.kind === "values") center[i] = quantileOfSorted(column, 0.5);
    scale[i] = robustScale(column);
  }
  return { ...options, center, scale, targetScale: robustScale(Float64Array.from(changes).sort()) };
}

/** Inputs as they are, neither scaled nor clipped. */
export function unfitted(options: PreparationOptions): Preparation {
  const inputs = countInputs(options);
  return { ...options, center: zeros(inputs), scale: zeros(inputs).fill(1), clip: Infinity, targetScale: 1 };
}

/** Whether an input is one of the calendar's, which are within ±1 as they are. */
function isCalendar(shape: PreparationShape, input: number): boolean {
  if (!shape.context?.calendar) return false;
  const columns = shape.kind === "values" ? countStepColumns(shape) : countInputs(shape);
  return input % columns >= columns - CALENDAR_COLUMNS;
}

/** Whether inputs depend on more than a window's own values. */
export function needsHistory(
  { context, spreadReadings }: Pick<PreparationShape, "context" | "spreadReadings">,
): boolean {
  return context !== undefined || spreadReadings !== undefined;
}

/** Makes the function that prepares windows; it allocates nothing when called. */
export function createPreparer(preparation: Preparation): Preparer {
  const { clip, targetScale, targetIndex, spreadReadings } = preparation;
  const width = preparation.features.length;
  const center = Float64Array.from(preparation.center);
  const scale = Float64Array.from(preparation.scale);
  const spread: Spread = { mean: new Float64Array(width), deviation: new Float64Array(width).fill(1) };
  const write = (preparation.kind === "values" ? valuesWriter : differencesWriter)(preparation, spread);
  return (windows, start, out, history) => {
    if (history === undefined && needsHistory(preparation)) return NaN;
    if (spreadReadings !== undefined) {
      const newest = start / width + preparation.lookback - 1;
      if (newest + 1 - spreadReadings < history!.first) return NaN;
      measureSpread(spread, windows, { from: newest + 1 - spreadReadings, to: newest + 1 });
    }
    if (!write(windows, start, out, history)) return NaN;
    for (let i = 0; i < center.length; i++) {
      const scaled = (out[i]! - center[i]!) / scale[i]!;
      out[i] = scaled > clip ? clip : scaled < -clip ? -clip : scaled;
    }
    return targetScale * spread.deviation[targetIndex]!;
  };
}

/** A change of the target as the network is to learn it: scaled by the preparer's positive unit, and clipped. */
export function prepareTarget(
  { targetClip, targetScale }: Preparation,
  change: number,
  unit: number = targetScale,
): number {
  return Math.max(-targetClip, Math.min(targetClip, change / unit));
}

/**
 * A forecast from the last value and the network's output in the preparer's unit; the last value itself where that
 * would overflow.
 */
export function restoreForecast(
  { targetClip, targetScale, answer }: Preparation,
  last: number,
  output: number,
  unit: number = targetScale,
): number {
  const clipped = output > targetClip ? targetClip : output < -targetClip ? -targetClip : output;
  const forecast = (answer === "value" ? 0 : last) + clipped * unit;
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
    const spread = (quantileOfSorted(sorted, 1 - tail) - quantileOfSorted(sorted, tail)) / (2 * deviations);
    if (spread > 0 && Number.isFinite(spread)) return spread;
  }
  let mean = 0;
  for (const value of sorted) mean += value / sorted.length;
  let variance = 0;
  for (const value of sorted) variance += (value - mean) ** 2 / sorted.length;
  return variance > 0 && Number.isFinite(variance) ? Math.sqrt(variance) : 1;
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}
