/** Coordinate by coordinate: a number of each update, sorted, becomes one. */
import type { Update } from "../update.ts";

/** New weights: `of` gets each coordinate's values in ascending order, in a buffer that it may change. */
export function byCoordinate(
  updates: readonly Pick<Update, "weights">[],
  of: (sorted: Float64Array) => number,
): Float64Array {
  const values = new Float64Array(updates.length);
  return Float64Array.from({ length: updates[0]!.weights.length }, (_, i) => {
    for (let k = 0; k < values.length; k++) values[k] = updates[k]!.weights[i]!;
    return of(values.sort());
  });
}

/** The middle one of sorted values, or the mean of the two middle ones. */
export function medianOf(sorted: Float64Array): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Mean of sorted values without so many of them at each end. */
export function meanWithout(sorted: Float64Array, cut: number): number {
  let sum = 0;
  for (let k = cut; k < sorted.length - cut; k++) sum += sorted[k]!;
  return sum / (sorted.length - 2 * cut);
}
