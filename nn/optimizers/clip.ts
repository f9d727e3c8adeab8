/** Gradients kept from being too long. */

/**
 * Scales the gradients in place so that their Euclidean norm is at most `normMax`.
 *
 * @returns the norm before; not finite when a gradient is not (the gradients are then left as they are)
 * @throws RangeError when `normMax` is not above 0
 */
export function clipByNorm(gradients: Float64Array, normMax: number): number {
  checkLimit("norm", normMax);
  const norm = normOf(gradients);
  if (norm > normMax && norm < Infinity) {
    const scale = normMax / norm;
    for (let i = 0; i < gradients.length; i++) gradients[i]! *= scale;
  }
  return norm;
}

function normOf(gradients: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) sum += gradients[i]! * gradients[i]!;
  if (sum !== Infinity) return Math.sqrt(sum);
  // Squares over 1.8e308: take the largest out of the root.
  const largest = largestOf(gradients);
  if (!(largest < Infinity)) return largest;
  sum = 0;
  for (let i = 0; i < gradients.length; i++) sum += (gradients[i]! / largest) ** 2;
  return largest * Math.sqrt(sum);
}

/**
 * Brings each gradient in place into ±`valueMax`.
 *
 * @returns the largest size before; not finite when a gradient is not (the gradients are then left as they are)
 * @throws RangeError when `valueMax` is not above 0
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const gradients = new Float64Array([0.5, -3]);
 * assert.equal(clipByValue(gradients, 1), 3);
 * assert.deepEqual([...gradients], [0.5, -1]);
 * ```
 */
export function clipByValue(gradients: Float64Array, valueMax: number): number {
  checkLimit("value", valueMax);
  const largest = largestOf(gradients);
  if (largest > valueMax && largest < Infinity) {
    for (let i = 0; i < gradients.length; i++) {
      gradients[i] = Math.min(valueMax, Math.max(-valueMax, gradients[i]!));
    }
  }
  return largest;
}

/** The largest size; NaN when one is NaN. */
function largestOf(gradients: Float64Array): number {
  let largest = 0;
  for (let i = 0; i < gradients.length; i++) largest = Math.max(largest, Math.abs(gradients[i]!));
  return largest;
}

function checkLimit(of: string, limit: number): void {
  if (!(limit > 0)) {
    throw new RangeError(`Cannot clip gradients by a ${of} of ${limit}: a number above 0 is wanted`);
  }
}
