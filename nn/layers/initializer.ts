/** Where weights start: each function fills a part of the flat parameters, a matrix (rows, columns) row-major. */
import type { Random } from "../random.ts";

/** The shape of a weight matrix: rows are its inputs (fan-in), columns its outputs (fan-out). */
export interface Fan {
  /** K. */
  readonly inputs: number;
  /** N. */
  readonly outputs: number;
}

/**
 * Uniform in ±√(6/(K+N)) (Glorot and Bengio 2010): before tanh, sigmoid, softmax and identity.
 *
 * @param weight (K, N)
 * @throws RangeError when it has not K·N numbers
 */
export function fillGlorotUniform(weight: Float64Array, random: Random, { inputs, outputs }: Fan): void {
  checkShape(weight, inputs, outputs);
  fillUniform(weight, random, Math.sqrt(6 / (inputs + outputs)));
}

/**
 * Uniform in ±√(6/K) (He et al. 2015, arXiv:1502.01852): before a ReLU.
 *
 * @param weight (K, N)
 * @throws RangeError when it has not K·N numbers
 */
export function fillHeUniform(weight: Float64Array, random: Random, { inputs, outputs }: Fan): void {
  checkShape(weight, inputs, outputs);
  fillUniform(weight, random, Math.sqrt(6 / inputs));
}

function fillUniform(weight: Float64Array, random: Random, limit: number): void {
  for (let i = 0; i < weight.length; i++) weight[i] = random.uniform(-limit, limit);
}

/**
 * A random orthogonal matrix (Saxe et al. 2014, arXiv:1312.6120): its columns, or rows where these are fewer, are
 * orthonormal, every such matrix equally likely. For the recurrent weights of an LSTM, (H, 4H) as a whole like Keras.
 *
 * Normal numbers, made orthonormal row by row (Gram and Schmidt, twice over: Kahan's "twice is enough").
 *
 * @param weight (K, N)
 * @throws RangeError when it has not K·N numbers
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "../random.ts";
 * const weight = new Float64Array(4);
 * fillOrthogonal(weight, new Random(1), { inputs: 2, outputs: 2 });
 * const [a, b, c, d] = weight as unknown as [number, number, number, number];
 * assert.ok(Math.abs(a * a + b * b - 1) < 1e-15 && Math.abs(a * c + b * d) < 1e-15);
 * ```
 */
export function fillOrthogonal(weight: Float64Array, random: Random, { inputs, outputs }: Fan): void {
  checkShape(weight, inputs, outputs);
  const wide = inputs <= outputs;
  const count = wide ? inputs : outputs, width = wide ? outputs : inputs;
  // `count` vectors of `width` numbers, each orthogonal to those before it.
  const vectors = Float64Array.from({ length: count * width }, () => random.normal());
  for (let v = 0; v < count; v++) {
    const own = vectors.subarray(v * width, (v + 1) * width);
    for (let pass = 0; pass < 2; pass++) {
      for (let u = 0; u < v; u++) {
        const other = vectors.subarray(u * width, (u + 1) * width);
        const along = dot(own, other);
        for (let i = 0; i < width; i++) own[i]! -= along * other[i]!;
      }
      const size = Math.sqrt(dot(own, own));
      for (let i = 0; i < width; i++) own[i]! /= size;
    }
  }
  for (let k = 0; k < inputs; k++) {
    for (let n = 0; n < outputs; n++) {
      weight[k * outputs + n] = vectors[wide ? k * width + n : n * width + k]!;
    }
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function checkShape(weight: Float64Array, inputs: number, outputs: number): void {
  const positive = (size: number) => Number.isSafeInteger(size) && size > 0;
  if (!positive(inputs) || !positive(outputs) || weight.length !== inputs * outputs) {
    throw new RangeError(
      `Cannot fill ${weight.length} weights as ${inputs}×${outputs}: positive sizes of that product are wanted`,
    );
  }
}
