/** Histograms as TensorBoard's histogram plugin, version 2, counts them. */

/** TensorBoard's own number of buckets. */
export const BUCKETS = 30;

/**
 * `(BUCKETS, 3)`, each row `[left edge, right edge, count]`: equal widths from the least to the greatest value. Where
 * all values are one, every edge is that value and the last bucket counts them; without values everything is 0.
 * Values that are not finite are left out.
 */
export function histogramBuckets(values: Float64Array): Float64Array {
  const buckets = new Float64Array(BUCKETS * 3);
  let least = Infinity, greatest = -Infinity, count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    count++;
  }
  if (count === 0) return buckets;
  const width = (greatest - least) / BUCKETS;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    buckets[bucket * 3] = bucket * width + least;
    buckets[bucket * 3 + 1] = bucket === BUCKETS - 1 ? greatest : (bucket + 1) * width + least;
  }
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const bucket = width > 0 ? Math.min(Math.floor((value - least) / width), BUCKETS - 1) : BUCKETS - 1;
    buckets[bucket * 3 + 2]!++;
  }
  return buckets;
}
