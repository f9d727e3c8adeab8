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
  // Any of them times 0 is 0, and NaN else: a branch for each value would take three times as long.
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += values[i]! * 0;
  return zero === 0 ? -1 : values.findIndex((value: number) => !Number.isFinite(value));
}
