/**
 * What flows through a graph while it is followed: constants, which are computed, and values that depend on the
 * input. Of those no number is known, but of each element which number of which layer's output it is. So
 * transposing, slicing and reshaping are moves of places, and a layer can check that it gets what it should.
 */
import type { Stage } from "./stage_forms.ts";
import { RANK_MAX, TRACED_NUMBERS_MAX } from "./limits.ts";
import { OnnxError } from "./model.ts";

/** Numbers that do not depend on the input. */
export interface Constant {
  readonly kind: "constant";
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Numbers that depend on the input: element i is scale[i] · (number place[i] of the stage's output) + shift[i]. */
export interface Traced {
  readonly kind: "traced";
  readonly shape: readonly number[];
  readonly stage: Stage;
  /** Places in the stage's output (batch, size). */
  readonly place: Int32Array;
  /** Null: 1 everywhere. */
  readonly scale: Float64Array | null;
  /** Null: 0 everywhere. */
  readonly shift: Float64Array | null;
}

/** What no layer here can take, such as an LSTM's cell state. */
export interface Unusable {
  readonly kind: "unusable";
  readonly what: string;
}

/** A value of the graph. */
export type Value = Constant | Traced | Unusable;

/** What all steps of following a graph share. */
export class Surroundings {
  /** Rows that the input is imagined to have. */
  readonly batch: number;
  /** Version of ONNX's own operations. */
  readonly opset: number;
  #left: number;

  /** Budget: as many numbers as the file justifies, and some more. */
  constructor({ batch, opset, fileNumbers }: { batch: number; opset: number; fileNumbers: number }) {
    this.batch = batch;
    this.opset = opset;
    this.#left = TRACED_NUMBERS_MAX + 4 * fileNumbers;
  }

  /** Before so many numbers are made. @throws OnnxError when the graph makes too many */
  spend(count: number): void {
    this.#left -= count;
    if (!(this.#left >= 0)) throw new OnnxError(`it would make ${count} more numbers, which is too many`);
  }
}

/** Sizes, axes or names for a message: no more than a shape has. */
export function listed(values: readonly (number | string)[]): string {
  return `[${values.slice(0, RANK_MAX).join(",")}${values.length > RANK_MAX ? ",…" : ""}]`;
}

/** How many elements a shape has. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Distance of neighbours along each axis, row-major. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/** Places of a view's elements in an array: the view's shape, its strides there, and where it begins. */
export function placesOf(
  around: Surroundings,
  shape: readonly number[],
  { strides, start = 0 }: { strides: readonly number[]; start?: number },
): Int32Array {
  const count = countOf(shape);
  around.spend(count);
  const places = new Int32Array(count);
  const at = new Array<number>(shape.length).fill(0);
  let place = start;
  for (let i = 0; i < count; i++) {
    places[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      place -= strides[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  return places;
}

/** The same elements in another shape. */
export function reshaped<V extends Constant | Traced>(value: V, shape: readonly number[]): V {
  return { ...value, shape };
}

/** Elements by their places in the value, in a shape. */
export function picked<V extends Constant | Traced>(
  value: V,
  shape: readonly number[],
  places: Int32Array,
): V {
  if (value.kind === "constant") {
    return { ...value, shape, values: Float64Array.from(places, (place) => value.values[place]!) };
  }
  const { place, scale, shift } = value;
  return {
    ...value,
    shape,
    place: Int32Array.from(places, (at) => place[at]!),
    scale: scale === null ? null : Float64Array.from(places, (at) => scale[at]!),
    shift: shift === null ? null : Float64Array.from(places, (at) => shift[at]!),
  };
}

/** The shape that both take together. @throws OnnxError when there is none */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1, y = b[axis - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new OnnxError(`shapes ${listed(a)} and ${listed(b)} do not fit each other`);
    }
    return x === 1 ? y : x;
  });
}

/** A value spread over a larger shape. */
export function broadcast<V extends Constant | Traced>(
  around: Surroundings,
  value: V,
  shape: readonly number[],
): V {
  if (value.shape.join() === shape.join()) return value;
  const own = stridesOf(value.shape);
  const missing = shape.length - value.shape.length;
  const strides = shape.map((_, axis) => (value.shape[axis - missing] ?? 1) === 1 ? 0 : own[axis - missing]!);
  return picked(value, shape, placesOf(around, shape, { strides }));
}
