/** From readings to inputs that are not scaled yet: see preparation.ts for what they are. */
import { type Context, dueUs, seasonRow, type SourceHistory, writeCalendar } from "./context.ts";

/** The part of a preparation that says what is written. */
export interface WriterShape {
  readonly lookback: number;
  readonly features: readonly unknown[];
  readonly targetIndex: number;
  readonly context?: Context;
  readonly spreadReadings?: number;
}

/** A standard deviation below this share of the mean is rounding. */
const SPREAD_RELATIVE_MIN = 1e-9;

/** Zero and unit of each feature (F); a deviation of 0 stands for a feature that has not changed. */
export interface Spread {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Measures the rows from `from` to `to`. */
export function measureSpread(
  { mean, deviation }: Spread,
  values: Float64Array,
  { from, to }: { readonly from: number; readonly to: number },
): void {
  const width = mean.length;
  for (let f = 0; f < width; f++) {
    let sum = 0;
    for (let row = from; row < to; row++) sum += values[row * width + f]!;
    const center = sum / (to - from);
    let squares = 0;
    for (let row = from; row < to; row++) squares += (values[row * width + f]! - center) ** 2;
    const found = Math.sqrt(squares / (to - from));
    mean[f] = center;
    // Equal values leave nothing but the rounding of their mean.
    deviation[f] = found > Math.abs(center) * SPREAD_RELATIVE_MIN && Number.isFinite(found) ? found : 0;
  }
}

/** Writes inputs that are not scaled yet; `false` where a reading is missing. */
export type InputWriter = (
  windows: Float64Array,
  start: number,
  out: Float64Array,
  history: SourceHistory | undefined,
) => boolean;

/** In units of a deviation; a feature that has not changed is all zeros. */
function over(value: number, deviation: number): number {
  return deviation === 0 ? 0 : value / deviation;
}

/** Of each step, oldest first: values, seasons and calendar. */
export function valuesWriter(shape: WriterShape, { mean, deviation }: Spread): InputWriter {
  const { lookback, features: { length: width }, targetIndex, context } = shape;
  return (windows, start, out, history) => {
    let i = 0;
    for (let step = 0; step < lookback; step++) {
      for (let f = 0; f < width; f++) {
        out[i++] = over(windows[start + step * width + f]! - mean[f]!, deviation[f]!);
      }
      if (context === undefined) continue;
      const row = start / width + step;
      for (const seasonMs of context.seasonsMs) {
        const found = seasonRow(context, { row, seasonMs, history });
        if (found < 0) return false;
        const season = windows[found * width + targetIndex]!;
        out[i++] = over(season - mean[targetIndex]!, deviation[targetIndex]!);
      }
      if (context.calendar) i = writeCalendar(dueUs(context, { row, history }), out, i);
    }
    return true;
  };
}

/** Earlier readings less the last one, nearest first; level, seasons and calendar. */
export function differencesWriter(shape: WriterShape, { mean, deviation }: Spread): InputWriter {
  const { lookback, features: { length: width }, targetIndex, context, spreadReadings } = shape;
  return (windows, start, out, history) => {
    const last = start + (lookback - 1) * width;
    let i = 0;
    for (let k = 1; k < lookback; k++) {
      for (let f = 0; f < width; f++) {
        out[i++] = over(windows[last - k * width + f]! - windows[last + f]!, deviation[f]!);
      }
    }
    if (spreadReadings !== undefined) {
      for (let f = 0; f < width; f++) out[i++] = over(windows[last + f]! - mean[f]!, deviation[f]!);
    }
    if (context === undefined) return true;
    const row = last / width;
    for (const seasonMs of context.seasonsMs) {
      const found = seasonRow(context, { row, seasonMs, history });
      if (found < 0) return false;
      const season = windows[found * width + targetIndex]!;
      out[i++] = over(season - windows[last + targetIndex]!, deviation[targetIndex]!);
    }
    if (context.calendar) writeCalendar(dueUs(context, { row, history }), out, i);
    return true;
  };
}
