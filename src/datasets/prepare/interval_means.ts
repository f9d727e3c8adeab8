/** Means of each source's values over intervals of time: what a model forecasts where readings come unevenly. */
import { ReadingColumns } from "./reading_columns.ts";

/** Significant digits of a mean: more than the sensors have. */
const DIGITS = 7;

/**
 * Means by source and interval; an interval's time is its beginning, counted from 1970. What is missing stays out of its
 * mean; an interval without any value of a feature has none, and one without any reading is no row.
 *
 * @param order rows of `columns` in the order of time
 */
export function intervalMeans(columns: ReadingColumns, order: Uint32Array, everyMs: number): ReadingColumns {
  const { features, sources } = columns, { length: width } = features;
  const means = new ReadingColumns(features);
  sources.forEach((source) => means.numberOf(source));
  const sums = new Float64Array(sources.length * width), counts = new Float64Array(sources.length * width);
  const row = new Float64Array(width);
  let interval = NaN;
  const close = () => {
    for (let source = 0; source < sources.length; source++) {
      let seen = false;
      for (let feature = 0; feature < width; feature++) {
        const at = source * width + feature, count = counts[at]!;
        row[feature] = count === 0 ? NaN : Number((sums[at]! / count).toPrecision(DIGITS));
        seen ||= count > 0;
      }
      if (seen) means.add(interval * everyMs, source, row);
    }
    sums.fill(0);
    counts.fill(0);
  };
  for (const at of order) {
    const found = Math.floor(columns.timeOf(at) / everyMs);
    if (found !== interval) {
      close();
      interval = found;
    }
    const base = columns.sourceOf(at) * width;
    for (let feature = 0; feature < width; feature++) {
      const value = columns.valueOf(at, feature);
      if (Number.isNaN(value)) continue;
      sums[base + feature]! += value;
      counts[base + feature]!++;
    }
  }
  close();
  return means;
}
