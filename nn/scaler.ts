/**
 * Scalers: each column becomes (x − centre) / scale, then is clipped to ±clip.
 *
 * Shapes: x is (R, C), row-major. "standard" takes mean and standard deviation (population, Welford's algorithm),
 * "robust" takes median and interquartile range over 1.349, which is the standard deviation of a normal column, so
 * that one clip means the same for both. A column whose interquartile range is 0 takes its standard deviation; a
 * constant column takes scale 1, so that it becomes 0.
 *
 * Left out: scaling to a range (one outlier moves every number), scaling that learns on the way.
 */
import { moments, quantile } from "./metrics.ts";

/** Which statistics a scaler took. */
export type ScalerKind = "standard" | "robust";

/** All that a scaler is, as JSON holds it. */
export interface ScalerParameters {
  /** Which statistics these are. */
  readonly kind: ScalerKind;
  /** Scaled numbers are clipped to ±clip; null does not clip. */
  readonly clip: number | null;
  /** (C), in the columns' units. */
  readonly center: readonly number[];
  /** (C), in the columns' units, positive. */
  readonly scale: readonly number[];
}

/** What {@linkcode Scaler.fit} learns from. */
export interface ScalerFitOptions {
  /** Which statistics to take. */
  readonly kind: ScalerKind;
  /** C. */
  readonly columns: number;
  /** Clip to ±clip after scaling. Default: no clipping. */
  readonly clip?: number | null;
}

/** Interquartile range of a normal distribution with standard deviation 1. */
const NORMAL_IQR = 1.3489795003921634;

/**
 * Scales columns.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const scaler = Scaler.fit(new Float64Array([1, 10, 3, 10]), { kind: "standard", columns: 2, clip: 4 });
 * const scaled = scaler.transform(new Float64Array([3, 10, 100, 11]));
 * assert.deepEqual([...scaled], [1, 0, 4, 1]);
 * assert.deepEqual([...scaler.inverse(scaled)], [3, 10, 6, 11]);
 * assert.deepEqual(Scaler.from(JSON.parse(JSON.stringify(scaler))), scaler);
 * ```
 */
export class Scaler {
  /** Which statistics it took. */
  readonly kind: ScalerKind;
  /** null does not clip. */
  readonly clip: number | null;
  /** (C). */
  readonly center: Float64Array;
  /** (C). */
  readonly scale: Float64Array;

  private constructor({ kind, clip, center, scale }: ScalerParameters) {
    this.kind = kind;
    this.clip = clip;
    this.center = Float64Array.from(center);
    this.scale = Float64Array.from(scale);
  }

  /**
   * A scaler for these columns.
   *
   * @param x (R, C), R at least 1
   * @throws RangeError when x has no whole rows, or a number is not finite, or the clip is not positive
   */
  static fit(x: Float64Array, { kind, columns, clip = null }: ScalerFitOptions): Scaler {
    const rows = x.length / columns;
    if (!Number.isSafeInteger(columns) || columns < 1 || !Number.isSafeInteger(rows) || rows < 1) {
      throw new RangeError(`Cannot fit a scaler to ${x.length} numbers in ${columns} columns: no whole rows`);
    }
    const center: number[] = [], scale: number[] = [];
    const values = new Float64Array(rows);
    for (let column = 0; column < columns; column++) {
      for (let row = 0; row < rows; row++) values[row] = x[row * columns + column]!;
      const { mean, sd } = moments(values);
      if (!Number.isFinite(mean) || !Number.isFinite(sd)) {
        throw new RangeError(`Cannot fit a scaler to column ${column}: it holds a number that is not finite`);
      }
      const robust = kind === "robust" ? robustStatistics(values) : { median: mean, spread: sd };
      center.push(robust.median);
      scale.push(robust.spread > 0 ? robust.spread : sd > 0 ? sd : 1);
    }
    return Scaler.from({ kind, clip, center, scale });
  }

  /**
   * A scaler from its parameters, as read from a file.
   *
   * @throws RangeError when they are not what a scaler has
   */
  static from(parameters: ScalerParameters): Scaler {
    const { kind, clip, center, scale } = parameters;
    const finite = (numbers: unknown): numbers is number[] =>
      Array.isArray(numbers) && numbers.every((number) => Number.isFinite(number));
    const problem = kind !== "standard" && kind !== "robust"
      ? `its kind is ${JSON.stringify(kind)}, "standard" or "robust" is wanted`
      : !(clip === null || (Number.isFinite(clip) && clip > 0))
      ? `its clip is ${JSON.stringify(clip)}, null or a positive number is wanted`
      : !finite(center) || !finite(scale) || center.length !== scale.length || center.length === 0
      ? "its centre and scale are wanted as two arrays of finite numbers, equally long"
      : scale.some((number) => number <= 0)
      ? "its scale has a number that is not positive"
      : null;
    if (problem !== null) throw new RangeError(`Cannot make a scaler: ${problem}`);
    return new Scaler(parameters);
  }

  /** C. */
  get columns(): number {
    return this.center.length;
  }

  /**
   * Scales and clips whole rows.
   *
   * @param x (R, C)
   * @param into (R, C), may be x itself; default a new array
   * @returns `into`
   * @throws RangeError when x has no whole rows or `into` is shorter
   */
  transform(x: Float64Array, into: Float64Array = new Float64Array(x.length)): Float64Array {
    const columns = this.#wholeRows(x, into);
    for (let start = 0; start < x.length; start += columns) {
      for (let column = 0; column < columns; column++) {
        into[start + column] = this.transformOne(x[start + column]!, column);
      }
    }
    return into;
  }

  /**
   * Back to the columns' units; what was clipped stays clipped.
   *
   * @param z (R, C)
   * @param into (R, C), may be z itself; default a new array
   * @returns `into`
   * @throws RangeError when z has no whole rows or `into` is shorter
   */
  inverse(z: Float64Array, into: Float64Array = new Float64Array(z.length)): Float64Array {
    const columns = this.#wholeRows(z, into);
    for (let start = 0; start < z.length; start += columns) {
      for (let column = 0; column < columns; column++) {
        into[start + column] = this.inverseOne(z[start + column]!, column);
      }
    }
    return into;
  }

  /** One number of a column, scaled and clipped. */
  transformOne(value: number, column: number): number {
    const scaled = (value - this.center[column]!) / this.scale[column]!;
    const clip = this.clip;
    if (clip === null) return scaled;
    return scaled > clip ? clip : scaled < -clip ? -clip : scaled;
  }

  /** One scaled number of a column, back in its unit. */
  inverseOne(scaled: number, column: number): number {
    return scaled * this.scale[column]! + this.center[column]!;
  }

  /** What `JSON.stringify` writes; {@linkcode Scaler.from} reads it back bit for bit. */
  toJSON(): ScalerParameters {
    return { kind: this.kind, clip: this.clip, center: [...this.center], scale: [...this.scale] };
  }

  #wholeRows(from: Float64Array, into: Float64Array): number {
    const columns = this.center.length;
    if (from.length % columns !== 0 || into.length < from.length) {
      throw new RangeError(
        `Cannot scale ${from.length} numbers in ${columns} columns into ${into.length}: whole rows are wanted`,
      );
    }
    return columns;
  }
}

function robustStatistics(values: Float64Array): { readonly median: number; readonly spread: number } {
  const range = quantile(values, 0.75) - quantile(values, 0.25);
  return { median: quantile(values, 0.5), spread: range / NORMAL_IQR };
}
