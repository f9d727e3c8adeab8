/** Numbers that are none. */

/**
 * Place of the first value that is NaN or infinite; −1 where all are finite.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(firstNotFinite(new Float64Array([1, -Infinity, NaN])), 1);
 * assert.equal(firstNotFinite(new Float64Array([1, -0])), -1);
 * ```
 */
export function firstNotFinite(values: Float64Array | Float32Array): number {
  // Any of them times 0 is 0, and NaN else: no branch for each value, and four sums that do not wait for each other.
  const { length } = values, whole = length - length % 4;
  let a = 0, b = 0, c = 0, d = 0;
  for (let i = 0; i < whole; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (let i = whole; i < length; i++) a += values[i]! * 0;
  const zero = a + b + c + d;
  return zero === 0 ? -1 : values.findIndex((value: number) => !Number.isFinite(value));
}
