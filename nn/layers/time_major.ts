/** Sequences between (B, T, W), as layers pass them on, and (T, B, W), as an LSTM goes through them. */

/** B rows of T steps of W numbers. */
export interface Sequences {
  /** B. */
  readonly rows: number;
  /** T. */
  readonly steps: number;
  /** W. */
  readonly width: number;
}

/**
 * (B, T, W) as (T, B, W).
 *
 * @returns `into`, filled; `from` itself for one step, where both are the same
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const from = new Float64Array([1, 2, 3, 4, 5, 6]);
 * const into = timeMajor(from, new Float64Array(6), { rows: 2, steps: 3, width: 1 });
 * assert.deepEqual([...into], [1, 4, 2, 5, 3, 6]);
 * ```
 */
export function timeMajor(from: Float64Array, into: Float64Array, shape: Sequences): Float64Array {
  if (shape.steps === 1) return from;
  swap(from, into, shape);
  return into;
}

/**
 * (T, B, W) as (B, T, W).
 *
 * @returns `into`, filled; `from` itself for one step, where both are the same
 */
export function batchMajor(
  from: Float64Array,
  into: Float64Array,
  { rows, steps, width }: Sequences,
): Float64Array {
  if (steps === 1) return from;
  swap(from, into, { rows: steps, steps: rows, width });
  return into;
}

function swap(from: Float64Array, into: Float64Array, { rows, steps, width }: Sequences): void {
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++) {
      const start = ((step * rows + row) * width) | 0;
      for (let i = 0; i < width; i++) into[start + i | 0] = from[at++ | 0]!;
    }
  }
}
