/**
 * exp, tanh and the logistic sigmoid by one algorithm, of additions, multiplications and divisions only: wasm/ does the
 * same operations in the same order on two numbers at once and gets the same bits, which no `Math.exp` promises.
 *
 * y = n·ln 2 + r with a whole n and |r| ≤ ln 2 / 2; q = eʳ − 1 = r + r²·P(r); s = 2ⁿ. Then eʸ = s·q + s, and
 * eʸ − 1 = s·q + (s − 1), which loses nothing for a small y. P is the polynomial of degree 9 nearest to
 * (eʳ − 1 − r) / r² (Remez; error below 2·10⁻¹⁶ of P). ln 2 in two parts, of which n times the first is exact, as in
 * fdlibm's e_exp.c.
 *
 * Against the true values, in units of the last place: exp is within 1.1, sigmoid within 2.1, tanh within 2.3.
 */

/** 1 / ln 2. */
export const LOG2_E = 1.4426950408889634;

/** 1.5·2⁵²: adding it rounds to a whole number, which then stands in the lowest bits. */
export const ROUNDER = 6755399441055744;

/** The leading 33 bits of ln 2. */
export const LN2_HIGH = 6.93147180369123816490e-1;

/** What they leave. */
export const LN2_LOW = 1.90821492927058770002e-10;

/** P's coefficients: 1, r, r² … */
export const POLYNOMIAL = [
  0.5,
  0.16666666666666674,
  0.04166666666662412,
  0.008333333333322207,
  0.0013888888917215386,
  0.00019841269886593598,
  2.480152129374048e-5,
  2.755724233407738e-6,
  2.7620089364974056e-7,
  2.511005077989078e-8,
] as const;

/** Below, exp is 0: its last normal number is near. */
export const EXP_MIN = -708;

/** Above, exp is Infinity: so is its largest number near. */
export const EXP_MAX = 709;

/** From here on tanh is 1 in every bit. */
export const TANH_MAX = 20;

const POWER_MIN = -1022;

/** 2ⁿ from n = −1022 on; by doubling, which is exact. */
const POWERS = new Float64Array(2046);
for (let i = 0, power = 2 ** POWER_MIN; i < POWERS.length; i++, power *= 2) POWERS[i] = power;

const [P0, P1, P2, P3, P4, P5, P6, P7, P8, P9] = POLYNOMIAL;

/**
 * eˣ; 0 below −708 and Infinity above 709.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.ok(Math.abs(exp(1) - Math.E) < 1e-15);
 * assert.deepEqual([exp(0), exp(-Infinity), exp(Infinity), exp(NaN)], [1, 0, Infinity, NaN]);
 * ```
 */
export function exp(x: number): number {
  if (x < EXP_MIN) return 0;
  if (x > EXP_MAX) return Infinity;
  const n = x * LOG2_E + ROUNDER - ROUNDER;
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = (P0 + r * P1) + r2 * (P2 + r * P3);
  const high = ((P4 + r * P5) + r2 * (P6 + r * P7)) + r4 * (P8 + r * P9);
  const q = r + r2 * (low + r4 * high);
  const s = POWERS[(n | 0) - POWER_MIN]!;
  return s * q + s;
}

/**
 * 1 / (1 + e⁻ˣ); 0 below −709.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual([sigmoid(0), sigmoid(-Infinity), sigmoid(Infinity)], [0.5, 0, 1]);
 * ```
 */
export function sigmoid(x: number): number {
  return 1 / (1 + exp(-x));
}

/**
 * The hyperbolic tangent: with E = e²ˣ − 1 it is E / (E + 2); as exact near 0 as elsewhere, and odd.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual([tanh(1e-300), tanh(-0), tanh(Infinity)], [1e-300, -0, 1]);
 * ```
 */
export function tanh(x: number): number {
  const size = Math.abs(x);
  const y = size > TANH_MAX ? 2 * TANH_MAX : 2 * size;
  const n = y * LOG2_E + ROUNDER - ROUNDER;
  const r = y - n * LN2_HIGH - n * LN2_LOW;
  const r2 = r * r;
  const r4 = r2 * r2;
  const low = (P0 + r * P1) + r2 * (P2 + r * P3);
  const high = ((P4 + r * P5) + r2 * (P6 + r * P7)) + r4 * (P8 + r * P9);
  const q = r + r2 * (low + r4 * high);
  const s = POWERS[(n | 0) - POWER_MIN]!;
  const e = s * q + (s - 1);
  const result = e / (e + 2);
  if (x === 0) return x; // −0 stays −0
  return x < 0 ? -result : result;
}

/**
 * In place: the loss by each logit, from the loss by each softmax probability: dz = p·(d − Σ d·p).
 *
 * @param dOutputs (rows, columns)
 * @param options.probabilities (rows, columns): what the softmax returned
 */
export function softmaxBackward(
  dOutputs: Float64Array,
  options: { readonly probabilities: Float64Array; readonly rows: number; readonly columns: number },
): void {
  const { probabilities, rows, columns } = options;
  for (let start = 0; start < rows * columns; start += columns) {
    let sum = 0;
    for (let i = start; i < start + columns; i++) sum += dOutputs[i]! * probabilities[i]!;
    for (let i = start; i < start + columns; i++) dOutputs[i] = probabilities[i]! * (dOutputs[i]! - sum);
  }
}
