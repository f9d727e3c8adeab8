/** The chain of layers that a graph turns out to be. */
import { countOutputs, layerShapes, type LayerSpec, type NetworkSpec } from "../spec.ts";
import { OnnxError } from "./model.ts";
import type { DenseStage, InputStage, LstmStage, Stage } from "./stage_forms.ts";
import { join } from "./network_graph.ts";
import { listed, type Surroundings, type Traced } from "./values.ts";

/** What one row of a batch holds, the same for all: column j is scale[j] · (output place[j] of the stage) + shift[j]. */
export interface Row {
  readonly stage: Stage;
  readonly place: Int32Array;
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** The whole output of a stage, in its order. */
export function wholeOf(around: Surroundings, stage: Stage, shape: readonly number[]): Traced {
  const count = around.batch * stage.size;
  around.spend(count);
  const place = Int32Array.from({ length: count }, (_, i) => i);
  return { kind: "traced", shape, stage, place, scale: null, shift: null };
}

/** A value as one row per row of the batch. @throws OnnxError when it mixes rows, or treats them differently */
export function rowOf({ batch }: Surroundings, { stage, place, scale, shift, shape }: Traced): Row {
  const width = place.length / batch;
  const same = place.every((at, i) =>
    at - Math.floor(i / width) * stage.size === place[i % width] &&
    (scale === null || scale[i] === scale[i % width]) && (shift === null || shift[i] === shift[i % width])
  );
  if (!Number.isInteger(width) || !same || place.subarray(0, width).some((at) => at >= stage.size)) {
    throw new OnnxError(
      `its input of shape ${listed(shape)} does not hold one row of numbers for each row of the batch`,
    );
  }
  return {
    stage,
    place: place.slice(0, width),
    scale: scale?.slice(0, width) ?? new Float64Array(width).fill(1),
    shift: shift?.slice(0, width) ?? new Float64Array(width),
  };
}

function isWhole({ stage, place }: Row): boolean {
  return place.length === stage.size && place.every((at, j) => at === j);
}

/**
 * The row as what stands before a new layer: scaling of the whole input becomes the input's, and of an LSTM only the
 * last step may be taken.
 */
function beforeLayer(row: Row): Row & { inputs: number } {
  const { stage, place, scale, shift } = row;
  if (stage.kind === "lstm") {
    const first = (stage.steps - 1) * stage.units;
    if (place.some((at) => at < first)) {
      throw new OnnxError("it takes more than the last step of an LSTM; only an LSTM behind it may do so");
    }
    return { ...row, place: place.map((at) => at - first), inputs: stage.units };
  }
  const plain = scale.every((x) => x === 1) && shift.every((x) => x === 0);
  if (stage.kind !== "input" || plain || !isWhole(row) || !scale.every((x) => x > 0 && Number.isFinite(x))) {
    return { ...row, inputs: stage.size };
  }
  const ones = new Float64Array(place.length).fill(1);
  return {
    stage: scaledInput(row),
    place,
    scale: ones,
    shift: new Float64Array(place.length),
    inputs: stage.size,
  };
}

/** scale·x + shift = (x − center) / scale'. */
function scaledInput({ stage, scale, shift }: Row): InputStage {
  return {
    kind: "input",
    size: stage.size,
    center: shift.map((x, j) => x === 0 ? 0 : -x / scale[j]!),
    scale: scale.map((x) => 1 / x),
  };
}

/** weight (columns of the row, N), row-major; bias (N). */
export interface Affine {
  readonly weight: Float64Array;
  readonly bias: Float64Array;
}

/** A dense layer on a row. */
export function denseStage(around: Surroundings, row: Row, { weight, bias }: Affine): DenseStage {
  const { stage: before, place, scale, shift, inputs } = beforeLayer(row);
  const units = bias.length;
  around.spend(inputs * units);
  const full = new Float64Array(inputs * units);
  const sum = bias.slice();
  for (let j = 0; j < place.length; j++) {
    for (let unit = 0; unit < units; unit++) {
      const one = weight[j * units + unit]!;
      full[place[j]! * units + unit]! += scale[j]! * one;
      sum[unit]! += shift[j]! * one;
    }
  }
  return { kind: "dense", before, size: units, weight: full, bias: sum, activation: "identity" };
}

/** A dense layer without activation whose output is exactly the row. */
export function openStage(around: Surroundings, row: Row): DenseStage {
  const { stage, place, scale, shift } = row;
  const units = place.length;
  if (stage.kind !== "dense" || stage.activation !== "identity") {
    around.spend(units * units);
    const weight = new Float64Array(units * units);
    for (let j = 0; j < units; j++) weight[j * units + j] = 1;
    return denseStage(around, row, { weight, bias: new Float64Array(units) });
  }
  const inputs = stage.weight.length / stage.size;
  around.spend(inputs * units);
  const weight = new Float64Array(inputs * units);
  for (let k = 0; k < inputs; k++) {
    for (let j = 0; j < units; j++) {
      weight[k * units + j] = scale[j]! * stage.weight[k * stage.size + place[j]!]!;
    }
  }
  const bias = Float64Array.from(place, (at, j) => scale[j]! * stage.bias[at]! + shift[j]!);
  return { kind: "dense", before: stage.before, size: units, weight, bias, activation: "identity" };
}

/** What a graph turned out to be. */
export interface ImportedNetwork {
  /** Its architecture. */
  readonly spec: NetworkSpec;
  /** As `tensorViews` lays them out. */
  readonly parameters: Float64Array;
  /** (T·F): the network takes (x − center) / scale. */
  readonly center: Float64Array;
  /** (T·F), positive. */
  readonly scale: Float64Array;
}

/**
 * The network whose output is the row. One probability p, or the pair 1 − p and p, becomes the softmax of 0 and its
 * logit, which is the same. Of some of a softmax's probabilities, in whatever order, all are taken, in its own.
 */
export function networkOf(around: Surroundings, row: Row): ImportedNetwork {
  const last = isBinary(row)
    ? asPair(around, row.stage as DenseStage)
    : isOfSoftmax(row)
    ? row.stage
    : lastStage(around, row);
  const chain: Stage[] = [];
  for (let stage: Stage = last; stage.kind !== "input"; stage = stage.before) chain.unshift(stage);
  const input = (chain[0] as DenseStage | LstmStage).before as InputStage;
  const steps = chain[0]!.kind === "lstm" ? chain[0]!.steps : 1;
  const layers = chain.map((stage): LayerSpec =>
    stage.kind === "lstm"
      ? { kind: "lstm", units: stage.units }
      : { kind: "dense", units: stage.size, activation: (stage as DenseStage).activation }
  );
  const spec = { inputs: input.size / steps, steps, layers };
  layerShapes(spec);
  const parameters = join(
    chain.flatMap((stage) =>
      stage.kind === "lstm"
        ? [stage.kernel, stage.recurrent, stage.bias]
        : [(stage as DenseStage).weight, (stage as DenseStage).bias]
    ),
  );
  if (countOutputs(spec) === 0 || !parameters.every(Number.isFinite)) {
    throw new OnnxError(
      "Cannot make a network of the graph: it answers nothing, or a number of it is not finite",
    );
  }
  return { spec, parameters, center: input.center, scale: input.scale };
}

function lastStage(around: Surroundings, row: Row): Stage {
  const { stage, scale, shift } = row;
  const plain = isWhole(row) && scale.every((x) => x === 1) && shift.every((x) => x === 0);
  return plain && stage.kind === "dense" ? stage : openStage(around, row);
}

/** Is each column p or 1 − p, with p the sigmoid of one number? */
function isBinary({ stage, place, scale, shift }: Row): boolean {
  if (stage.kind !== "dense" || stage.activation !== "sigmoid" || stage.size !== 1) return false;
  const found = Array.from(place, (_, j) => `${scale[j]} ${shift[j]}`);
  return found.length <= 2 && new Set(found).size === found.length &&
    found.every((column) => column === "1 0" || column === "-1 1");
}

function isOfSoftmax({ stage, place, scale, shift }: Row): boolean {
  return stage.kind === "dense" && stage.activation === "softmax" && new Set(place).size === place.length &&
    scale.every((x) => x === 1) && shift.every((x) => x === 0);
}

function asPair(around: Surroundings, { before, weight, bias }: DenseStage): DenseStage {
  around.spend(2 * weight.length);
  const pair = new Float64Array(2 * weight.length);
  weight.forEach((value, k) => pair[2 * k + 1] = value);
  return {
    kind: "dense",
    before,
    size: 2,
    weight: pair,
    bias: Float64Array.of(0, bias[0]!),
    activation: "softmax",
  };
}
