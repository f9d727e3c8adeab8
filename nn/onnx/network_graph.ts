/**
 * A network's layers as ONNX operations, and back from the constants that they were written with.
 *
 * ONNX's LSTM has its gates in the order i, o, f, c where the ones here are i, f, g, o; its matrices are
 * transposed, with a direction in front; its bias has two halves that are added.
 */
import { layerShapes, type NetworkSpec, type TensorView, tensorViews } from "../spec.ts";
import type { GraphBuilder } from "./builder.ts";
import { ELEMENT, OnnxError, type OnnxTensor } from "./model.ts";

/** Where gate i, f, g, o of ours stands in ONNX. */
const GATE_IN_ONNX = [0, 2, 3, 1] as const;

const OPERATION = { relu: "Relu", tanh: "Tanh", sigmoid: "Sigmoid", softmax: "Softmax" } as const;

/** A network's numbers: what is written needs no more of it. */
export interface NetworkNumbers {
  /** Its architecture. */
  readonly spec: NetworkSpec;
  /** As {@linkcode tensorViews} lays them out. */
  readonly parameters: Float64Array;
}

/**
 * Adds the layers behind the value `input` (N, T×F), float; gives the name of the last one's output (N, O).
 * Constants are named as the network's tensors are. `logits` leaves the last activation out.
 */
export function addNetwork(
  graph: GraphBuilder,
  { spec, parameters }: NetworkNumbers,
  { input, logits = false }: { input: string; logits?: boolean },
): string {
  const views = new Map(tensorViews(spec).map((view) => [view.name, view]));
  const valuesOf = ({ offset, length }: TensorView) => parameters.subarray(offset, offset + length);
  const shapes = layerShapes(spec);
  let value = input;
  let sequence = false;
  spec.layers.forEach((layer, l) => {
    const name = `layers.${l}`;
    const constant = (what: string) => {
      const view = views.get(`${name}.${what}`)!;
      return graph.constant(view.name, valuesOf(view), { shape: view.shape });
    };
    if (layer.kind === "dense") {
      value = graph.node("Gemm", [value, constant("weight"), constant("bias")], { name });
      if (layer.activation === "identity" || (logits && l === spec.layers.length - 1)) return;
      const attributes = layer.activation === "softmax" ? { axis: 1 } : {};
      value = graph.node(OPERATION[layer.activation], [value], {
        name: `${name}.${layer.activation}`,
        attributes,
      });
    } else if (layer.kind === "lstm") {
      const { steps, inputs, stepsOut, outputs } = shapes[l]!;
      if (!sequence) value = addSequence(graph, value, { steps, inputs });
      sequence = stepsOut > 1;
      const tensors = ["kernel", "recurrent", "bias"].map((what) => {
        const view = views.get(`${name}.${what}`)!;
        const { values, shape } = lstmTensor(view, valuesOf(view));
        return graph.constant(view.name, values, { shape });
      });
      value = graph.node("LSTM", [value, ...tensors], {
        name,
        attributes: { hidden_size: outputs },
        output: sequence ? 0 : 1,
      });
      const axis = graph.constant(`${name}.axis`, [sequence ? 1 : 0], { type: ELEMENT.int64 });
      value = graph.node("Squeeze", [value, axis], { name: `${name}.output` });
    }
  });
  return value;
}

/** (N, T×F) → (T, N, F). */
function addSequence(graph: GraphBuilder, value: string, size: { steps: number; inputs: number }): string {
  const shape = graph.constant("steps.shape", [0, size.steps, size.inputs], { type: ELEMENT.int64 });
  const steps = graph.node("Reshape", [value, shape], { name: "steps" });
  return graph.node("Transpose", [steps], { name: "steps.first", attributes: { perm: [1, 0, 2] } });
}

/** `kernel` (F, 4H) → W (1, 4H, F); `recurrent` → R; `bias` (4H) → B (1, 8H), its second half zeros. */
function lstmTensor(view: TensorView, values: Float64Array) {
  const width = view.shape.at(-1)!;
  const rows = view.shape.length === 1 ? 1 : view.shape[0]!;
  const units = width / 4;
  const isBias = view.shape.length === 1;
  const written = new Float64Array(isBias ? 2 * width : rows * width);
  for (let column = 0; column < width; column++) {
    const target = gateColumn(column, units);
    for (let row = 0; row < rows; row++) {
      written[isBias ? target : target * rows + row] = values[row * width + column]!;
    }
  }
  return { values: written, shape: isBias ? [1, 2 * width] : [1, width, rows] };
}

function gateColumn(column: number, units: number): number {
  return GATE_IN_ONNX[Math.floor(column / units)]! * units + column % units;
}

/** An LSTM's numbers as ONNX has them. */
export interface OnnxLstm {
  /** W (1, 4H, F). */
  readonly w: ArrayLike<number>;
  /** R (1, 4H, H). */
  readonly r: ArrayLike<number>;
  /** B (1, 8H); none is zeros. */
  readonly b: ArrayLike<number> | null;
  /** H. */
  readonly units: number;
}

/** An LSTM's numbers as they are here: kernel (F, 4H), recurrent (H, 4H), bias (4H). */
export function lstmFromOnnx({ w, r, b, units }: OnnxLstm) {
  const width = 4 * units;
  const transpose = (matrix: ArrayLike<number>) => {
    const rows = matrix.length / width;
    const values = new Float64Array(matrix.length);
    for (let column = 0; column < width; column++) {
      const source = gateColumn(column, units) * rows;
      for (let row = 0; row < rows; row++) values[row * width + column] = matrix[source + row]!;
    }
    return values;
  };
  const bias = new Float64Array(width);
  for (let column = 0; b !== null && column < width; column++) {
    const source = gateColumn(column, units);
    bias[column] = b[source]! + b[source + width]!;
  }
  return { kernel: transpose(w), recurrent: transpose(r), bias };
}

/**
 * The parameters of a network from the constants that {@linkcode addNetwork} wrote.
 *
 * @throws OnnxError when one is missing, of another shape, or not finite
 * @throws RangeError when the architecture is not possible
 */
export function parametersFromConstants(spec: NetworkSpec, constants: readonly OnnxTensor[]): Float64Array {
  const shapes = layerShapes(spec);
  const byName = new Map(constants.map((tensor) => [tensor.name, tensor]));
  const take = (name: string, shape: readonly number[]): ArrayLike<number> => {
    const tensor = byName.get(name);
    const fits = tensor !== undefined && tensor.shape.join() === shape.join();
    if (fits && areFinite(tensor.values)) return tensor.values;
    const found = tensor === undefined ? "missing" : fits ? "not finite" : `of shape [${tensor.shape}]`;
    throw new OnnxError(`Cannot read the network: constant "${name}" is ${found}; [${shape}] is wanted`);
  };
  const pieces = spec.layers.flatMap((layer, l): ArrayLike<number>[] => {
    const { inputs, outputs: units } = shapes[l]!;
    const name = `layers.${l}`;
    if (layer.kind === "dense") {
      return [take(`${name}.weight`, [inputs, units]), take(`${name}.bias`, [units])];
    }
    if (layer.kind === "dropout") return [];
    const { kernel, recurrent, bias } = lstmFromOnnx({
      w: take(`${name}.kernel`, [1, 4 * units, inputs]),
      r: take(`${name}.recurrent`, [1, 4 * units, units]),
      b: take(`${name}.bias`, [1, 8 * units]),
      units,
    });
    return [kernel, recurrent, bias];
  });
  return join(pieces);
}

function areFinite(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  return true;
}

/** One array of all, in their order: how parameters lie in a network. */
export function join(pieces: readonly ArrayLike<number>[]): Float64Array {
  const joined = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}
