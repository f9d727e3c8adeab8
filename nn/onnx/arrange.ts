/** Operations that move elements without changing them. They work alike on constants and on traced values. */
import { OnnxError } from "./model.ts";
import { RANK_MAX } from "./limits.ts";
import {
  type Constant,
  countOf,
  listed,
  picked,
  placesOf,
  reshaped,
  stridesOf,
  type Surroundings,
  type Traced,
} from "./values.ts";

type Known = Constant | Traced;

function fail(message: string): never {
  throw new OnnxError(message);
}

/** An axis that may count from the end. */
export function axisOf(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(positive) || positive < 0 || positive >= rank) {
    fail(`axis ${axis} is not one of ${rank} axes`);
  }
  return positive;
}

/** `Reshape`. */
export function reshape(value: Known, sizes: readonly number[], allowZero: boolean): Known {
  if (sizes.length > RANK_MAX) fail(`shape ${listed(sizes)} has more than ${RANK_MAX} sizes`);
  const wanted = sizes.map((size, axis) => size === 0 && !allowZero ? value.shape[axis] ?? 0 : size);
  const count = countOf(value.shape);
  const open = wanted.indexOf(-1);
  if (open >= 0) wanted[open] = count / countOf(wanted.filter((_, axis) => axis !== open));
  if (countOf(wanted) !== count || !wanted.every((size) => Number.isInteger(size) && size >= 0)) {
    fail(`shape ${listed(value.shape)} cannot become ${listed(sizes)}`);
  }
  return reshaped(value, wanted);
}

/** `Flatten`. */
export function flatten(value: Known, axis: number): Known {
  const { shape } = value;
  const at = axis === shape.length ? axis : axisOf(axis, shape.length);
  return reshaped(value, [countOf(shape.slice(0, at)), countOf(shape.slice(at))]);
}

/** `Transpose`. */
export function transpose(around: Surroundings, value: Known, order: readonly number[] | null): Known {
  const rank = value.shape.length;
  const axes = order ?? value.shape.map((_, axis) => rank - 1 - axis);
  if (
    axes.length !== rank || new Set(axes).size !== rank || axes.some((axis) => !(axis >= 0 && axis < rank))
  ) {
    fail(`${listed(axes)} is no order of ${rank} axes`);
  }
  const own = stridesOf(value.shape);
  const shape = axes.map((axis) => value.shape[axis]!);
  return picked(value, shape, placesOf(around, shape, { strides: axes.map((axis) => own[axis]!) }));
}

/** `Squeeze`; without axes all of size 1. */
export function squeeze(value: Known, axes: readonly number[] | null): Known {
  const { shape } = value;
  const gone = new Set(
    axes === null
      ? shape.flatMap((size, i) => size === 1 ? [i] : [])
      : axes.map((axis) => axisOf(axis, shape.length)),
  );
  if ([...gone].some((axis) => shape[axis] !== 1)) {
    fail(`axes ${listed(axes ?? [])} of shape ${listed(shape)} are not of size 1`);
  }
  return reshaped(value, shape.filter((_, axis) => !gone.has(axis)));
}

/** `Unsqueeze`. */
export function unsqueeze(value: Known, axes: readonly number[]): Known {
  const rank = value.shape.length + axes.length;
  if (rank > RANK_MAX) fail(`it makes a shape of ${rank} sizes, at most ${RANK_MAX} are allowed`);
  const added = new Set(axes.map((axis) => axisOf(axis, rank)));
  if (added.size !== axes.length) fail(`axes ${listed(axes)} repeat`);
  const rest = [...value.shape];
  return reshaped(value, Array.from({ length: rank }, (_, axis) => added.has(axis) ? 1 : rest.shift()!));
}

/** Bounds of a `Slice`, one each per sliced axis. */
export interface SliceBounds {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly axes: readonly number[] | null;
  readonly steps: readonly number[] | null;
}

/** `Slice`. */
export function slice(around: Surroundings, value: Known, { starts, ends, axes, steps }: SliceBounds): Known {
  const shape = [...value.shape];
  const strides = stridesOf(shape);
  let begin = 0;
  starts.forEach((start, i) => {
    const axis = axisOf(axes?.[i] ?? i, shape.length);
    const size = value.shape[axis]!, step = steps?.[i] ?? 1, end = ends[i] ?? NaN;
    if (step === 0 || !Number.isInteger(step) || Number.isNaN(end) || shape[axis] !== size) {
      fail(`it slices axis ${axis} from ${start} to ${end} by ${step}`);
    }
    const clamp = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, step < 0 ? -1 : 0), size);
    const first = Math.min(clamp(start), step < 0 ? size - 1 : size);
    const behind = clamp(end);
    const taken = Math.max(0, Math.ceil((behind - first) / step));
    if (taken > 0) begin += first * strides[axis]!;
    shape[axis] = taken;
    strides[axis]! *= step;
  });
  return picked(value, shape, placesOf(around, shape, { strides, start: begin }));
}

/** `Gather`: along the axis the places that `indices` names; its shape takes the axis' place. */
export function gather(
  around: Surroundings,
  value: Known,
  { indices, axis }: { indices: Constant; axis: number },
) {
  const along = axisOf(axis, value.shape.length);
  const size = value.shape[along]!;
  const inner = countOf(value.shape.slice(along + 1)), outer = countOf(value.shape.slice(0, along));
  const count = indices.values.length;
  around.spend(outer * count * inner);
  const places = new Int32Array(outer * count * inner);
  let i = 0;
  for (let row = 0; row < outer; row++) {
    for (let k = 0; k < count; k++) {
      const from = axisOf(indices.values[k]!, size);
      for (let at = 0; at < inner; at++) places[i++] = (row * size + from) * inner + at;
    }
  }
  const shape = [...value.shape.slice(0, along), ...indices.shape, ...value.shape.slice(along + 1)];
  if (shape.length > RANK_MAX) fail(`it makes a shape of ${shape.length} sizes`);
  return picked(value, shape, places);
}

/** `Concat`: constants alone, or values of one layer. */
export function concat(around: Surroundings, values: readonly Known[], axis: number): Known {
  const [first] = values;
  if (first === undefined) return fail("it joins nothing");
  const rank = first.shape.length;
  const along = axisOf(axis, rank);
  for (const { shape } of values) {
    if (shape.length !== rank || shape.some((size, i) => i !== along && size !== first.shape[i])) {
      fail(`shapes ${listed(first.shape)} and ${listed(shape)} do not fit each other`);
    }
  }
  const shape = first.shape.map((size, i) =>
    i === along ? values.reduce((sum, v) => sum + v.shape[along]!, 0) : size
  );
  around.spend(2 * countOf(shape));
  const bounds = values.map((value) => countOf(value.shape.slice(along)));
  const outer = countOf(first.shape.slice(0, along));
  /** Interleaves one array of each value. */
  const woven = (arrayOf: (value: Known) => ArrayLike<number>) => {
    const arrays = values.map(arrayOf);
    const all = new Float64Array(countOf(shape));
    let at = 0;
    for (let row = 0; row < outer; row++) {
      arrays.forEach((array, v) => {
        for (let i = 0; i < bounds[v]!; i++) all[at++] = array[row * bounds[v]! + i]!;
      });
    }
    return all;
  };
  if (first.kind === "constant") {
    if (!values.every(({ kind }) => kind === "constant")) {
      return fail("it joins constants with what is no constant");
    }
    return { kind: "constant", shape, values: woven((value) => (value as Constant).values) };
  }
  if (!values.every((value) => value.kind === "traced" && value.stage === first.stage)) {
    return fail("it joins outputs of several layers; a network here is a chain of layers");
  }
  const filled = (array: Float64Array | null, value: Traced, x: number) =>
    array ?? new Float64Array(value.place.length).fill(x);
  return {
    ...first,
    shape,
    place: Int32Array.from(woven((value) => (value as Traced).place)),
    scale: woven((value) => filled((value as Traced).scale, value as Traced, 1)),
    shift: woven((value) => filled((value as Traced).shift, value as Traced, 0)),
  };
}
