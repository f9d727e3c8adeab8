/** Operations that are layers, activations or arithmetic with constants. */
import type { Activation } from "../spec.ts";
import { axisOf } from "./arrange.ts";
import { OnnxError } from "./model.ts";
import { lstmFromOnnx } from "./network_graph.ts";
import { denseStage, openStage, rowOf, wholeOf } from "./stage.ts";
import type { Stage } from "./stage_forms.ts";
import {
  broadcast,
  broadcastShape,
  type Constant,
  countOf,
  listed,
  type Surroundings,
  type Traced,
  type Value,
} from "./values.ts";

function fail(message: string): never {
  throw new OnnxError(message);
}

/** How two numbers become one. */
export type Arithmetic = "Add" | "Sub" | "Mul" | "Div";

/** Element by element, with at most one operand that depends on the input. */
export function arithmetic(
  around: Surroundings,
  op: Arithmetic,
  [left, right]: readonly [Constant | Traced, Constant | Traced],
): Constant | Traced {
  const shape = broadcastShape(left.shape, right.shape);
  around.spend(3 * countOf(shape));
  const a = broadcast(around, left, shape), b = broadcast(around, right, shape);
  if (a.kind === "constant" && b.kind === "constant") {
    const one = { Add: add, Sub: subtract, Mul: multiply, Div: divide }[op];
    return { kind: "constant", shape, values: Float64Array.from(a.values, (x, i) => one(x, b.values[i]!)) };
  }
  if (a.kind === "traced" && b.kind === "traced") {
    return fail("it joins two values that both depend on the input; a network here is a chain of layers");
  }
  const traced = (a.kind === "traced" ? a : b) as Traced;
  const { values } = (a.kind === "traced" ? b : a) as Constant;
  if (op === "Div" && b.kind === "traced") fail("it divides by what depends on the input");
  const negative = op === "Sub" && b.kind === "traced" ? -1 : 1;
  const { scale, shift } = traced;
  const scaleOf = (i: number) => scale?.[i] ?? 1, shiftOf = (i: number) => shift?.[i] ?? 0;
  const factor = (i: number) => op === "Mul" ? values[i]! : op === "Div" ? 1 / values[i]! : negative;
  const summand = (i: number) => op === "Add" ? values[i]! : op === "Sub" ? -negative * values[i]! : 0;
  return {
    ...traced,
    shape,
    scale: Float64Array.from(traced.place, (_, i) => factor(i) * scaleOf(i)),
    shift: Float64Array.from(traced.place, (_, i) => factor(i) * shiftOf(i) + summand(i)),
  };
}

function add(a: number, b: number): number {
  return a + b;
}
function subtract(a: number, b: number): number {
  return a - b;
}
function multiply(a: number, b: number): number {
  return a * b;
}
function divide(a: number, b: number): number {
  return a / b;
}

/** (…, K) · (K, N) + (N). */
export function dense(
  around: Surroundings,
  value: Traced,
  { weight, units, bias }: { weight: Float64Array; units: number; bias: Float64Array },
): Traced {
  const row = rowOf(around, value);
  if (row.place.length * units !== weight.length || value.shape.at(-1) !== row.place.length) {
    fail(
      `its input of shape ${listed(value.shape)} does not hold one row for its weight [${
        weight.length / units
      },${units}]`,
    );
  }
  return wholeOf(around, denseStage(around, row, { weight, bias }), [...value.shape.slice(0, -1), units]);
}

/** An activation behind whatever comes; behind no dense layer it makes one that only passes on. */
export function activate(around: Surroundings, value: Traced, activation: Activation): Traced {
  const stage: Stage = { ...openStage(around, rowOf(around, value)), activation };
  return wholeOf(around, stage, value.shape);
}

/** `Softmax` over the numbers of a row. */
export function softmax(around: Surroundings, value: Traced, axis: number): Traced {
  const rank = value.shape.length;
  if (axisOf(axis, rank) !== rank - 1 || value.shape.at(-1) !== value.place.length / around.batch) {
    fail(`it works along axis ${axis} of ${listed(value.shape)}; over all numbers of a row is wanted`);
  }
  return activate(around, value, "softmax");
}

/** What an LSTM node has. */
export interface LstmNode {
  readonly w: Constant;
  readonly r: Constant;
  readonly b: Constant | null;
  readonly units: number;
  /** 0: (T, batch, F); 1: (batch, T, F). */
  readonly layout: number;
}

/** `LSTM`, forward, from zeros: its sequence, its last step, its last cell. */
export function lstm(around: Surroundings, value: Traced, node: LstmNode): Value[] {
  const { units, layout, w, r, b } = node;
  const { batch } = around;
  const { stage, shape, place } = value;
  const [steps, rows, width] = layout === 0 ? shape : [shape[1], shape[0], shape[2]];
  if (
    shape.length !== 3 || rows !== batch || steps === undefined || width === undefined || steps * width === 0
  ) {
    fail(`its input of shape ${listed(shape)} is no sequence of ${layout === 0 ? "steps" : "rows"}`);
  }
  if (stage.kind === "dense") {
    fail("it stands behind a dense layer; an LSTM here takes the input or an LSTM's output");
  }
  if (stage.kind === "lstm" && stage.steps !== steps) fail(`it takes ${steps} of ${stage.steps} steps`);
  const [wShape, rShape] = [[1, 4 * units, width], [1, 4 * units, units]];
  if (w.shape.join() !== wShape.join() || r.shape.join() !== rShape.join()) {
    fail(
      `its W ${listed(w.shape)} and R ${listed(r.shape)} are not ${listed(wShape)} and ${
        listed(rShape)
      }; one direction is supported`,
    );
  }
  if (b !== null && b.shape.join() !== [1, 8 * units].join()) {
    fail(`its B is ${listed(b.shape)}, not [1,${8 * units}]`);
  }
  const inOrder = stage.size === steps * width && place.every((at, i) => {
    const feature = i % width, outer = Math.floor(i / width);
    const [step, row] = layout === 0
      ? [Math.floor(outer / batch), outer % batch]
      : [outer % steps, Math.floor(outer / steps)];
    return at === row * stage.size + step * width + feature;
  });
  if (!inOrder) fail("it does not take all numbers of each step, oldest step first");
  around.spend(w.values.length + r.values.length + 4 * units);
  const numbers = lstmFromOnnx({ w: w.values, r: r.values, b: b?.values ?? null, units });
  const before = scaledBefore(around, value, { steps, width, layout });
  const made: Stage = { kind: "lstm", before, size: steps * units, steps, units, ...numbers };
  return lstmOutputs(around, made, layout);
}

/** An LSTM's input may be scaled where that is the network's input. */
function scaledBefore(
  around: Surroundings,
  value: Traced,
  { steps, width, layout }: { steps: number; width: number; layout: number },
): Stage {
  const { stage, scale, shift } = value;
  if (scale === null && shift === null) return stage;
  const rows = around.batch;
  const columnOf = (i: number) =>
    layout === 0 ? Math.floor(i / (rows * width)) * width + i % width : i % (steps * width);
  const factor = new Float64Array(steps * width), summand = new Float64Array(steps * width);
  value.place.forEach((_, i) => {
    factor[columnOf(i)] = scale?.[i] ?? 1;
    summand[columnOf(i)] = shift?.[i] ?? 0;
  });
  const same = value.place.every((_, i) =>
    factor[columnOf(i)] === (scale?.[i] ?? 1) && summand[columnOf(i)] === (shift?.[i] ?? 0)
  );
  if (stage.kind !== "input" || !same || !factor.every((x) => x > 0 && Number.isFinite(x))) {
    return fail(
      "its input is scaled; that is supported for the network's own input alone, with positive factors",
    );
  }
  const center = summand.map((x, k) => x === 0 ? 0 : -x / factor[k]!);
  return { kind: "input", size: stage.size, center, scale: factor.map((x) => 1 / x) };
}

function lstmOutputs(around: Surroundings, stage: Stage & { kind: "lstm" }, layout: number): Value[] {
  const { steps, units, size } = stage;
  const { batch } = around;
  const sequence = layout === 0 ? [steps, 1, batch, units] : [batch, steps, 1, units];
  around.spend(2 * batch * size);
  const place = new Int32Array(batch * size);
  for (let i = 0; i < place.length; i++) {
    const unit = i % units, outer = Math.floor(i / units);
    const [step, row] = layout === 0
      ? [Math.floor(outer / batch), outer % batch]
      : [outer % steps, Math.floor(outer / steps)];
    place[i] = row * size + step * units + unit;
  }
  const last = Int32Array.from(
    { length: batch * units },
    (_, i) => Math.floor(i / units) * size + (steps - 1) * units + i % units,
  );
  const traced = { kind: "traced", stage, scale: null, shift: null } as const;
  return [
    { ...traced, shape: sequence, place },
    { ...traced, shape: layout === 0 ? [1, batch, units] : [batch, 1, units], place: last },
    { kind: "unusable", what: "the cell state of an LSTM" },
  ];
}
