/**
 * An update as whole numbers modulo 2⁵², which masks hide and sums add up: each coordinate of examples × (weights −
 * global), and last the examples, all by the same step. Coordinates outside ±`clip` are cut. Numbers below 2⁵² and the
 * sum of two of them are exact as doubles.
 *
 * 255 devices × 2⁴³ stays below 2⁵¹: the sum's sign is never lost.
 */

/** All numbers are from 0 to below it. */
export const MODULUS = 2 ** 52;
/** Steps from 0 to the largest value. */
const LEVELS = 2 ** 43;

/** What both sides have to agree on. */
export interface VectorScale {
  /** Largest way of a weight that counts, in the weights' unit. */
  readonly clip: number;
  /** Examples that count at most. */
  readonly examplesMax: number;
}

/** (W + 1) of weights (W) and the examples behind them. */
export function encodeVector(
  { weights, numExamples }: { readonly weights: Float64Array; readonly numExamples: number },
  global: Float64Array,
  { clip, examplesMax }: VectorScale,
): Float64Array {
  const share = Math.max(1, Math.round(Math.min(1, numExamples / examplesMax) * LEVELS));
  const vector = new Float64Array(global.length + 1);
  for (let i = 0; i < global.length; i++) {
    const way = Math.max(-clip, Math.min(clip, weights[i]! - global[i]!));
    const steps = Math.round(way / clip * share);
    vector[i] = steps < 0 ? steps + MODULUS : steps;
  }
  vector[global.length] = share;
  return vector;
}

/** Adds numbers to others of such, in place. */
export function addModulo(sum: Float64Array, vector: Float64Array, sign: 1 | -1): void {
  for (let i = 0; i < sum.length; i++) {
    const value = sum[i]! + sign * vector[i]!;
    sum[i] = value < 0 ? value + MODULUS : value >= MODULUS ? value - MODULUS : value;
  }
}

/** Whether these are numbers of a vector. */
export function isVector(values: Float64Array): boolean {
  return values.every((value) => Number.isInteger(value) && value >= 0 && value < MODULUS);
}

/** The mean of what was added up; `null` where the sum is none of so many vectors. */
export function decodeSum(
  sum: Float64Array,
  global: Float64Array,
  { clip, examplesMax, parties }: VectorScale & { readonly parties: number },
): { readonly weights: Float64Array; readonly numExamples: number } | null {
  const signed = (value: number) => value < MODULUS / 2 ? value : value - MODULUS;
  const all = signed(sum[global.length]!);
  if (all <= 0 || all > parties * LEVELS) return null;
  const weights = new Float64Array(global.length);
  for (let i = 0; i < global.length; i++) {
    const steps = signed(sum[i]!);
    if (Math.abs(steps) > all) return null;
    weights[i] = global[i]! + steps / all * clip;
  }
  return { weights, numExamples: Math.max(1, Math.round(all / LEVELS * examplesMax)) };
}
