/**
 * The architecture of a network, and where its parameters lie.
 *
 * Shapes: an example is (T, F), T time steps of F numbers, oldest step first; T is 1 where there are no steps.
 * A dense layer takes all numbers of an example; an LSTM takes step after step and gives the whole sequence to an
 * LSTM behind it, else its last step.
 */
import { LAYERS_MAX, PARAMETERS_MAX } from "./limits.ts";

/** What ends a dense layer. */
export type Activation = "identity" | "relu" | "tanh" | "sigmoid" | "softmax";

/** Every activation, in the order of the documentation. */
export const ACTIVATIONS: readonly Activation[] = ["identity", "relu", "tanh", "sigmoid", "softmax"];

/** x·W + b, then the activation. */
export interface DenseSpec {
  /** Which layer it is. */
  readonly kind: "dense";
  /** N. */
  readonly units: number;
  /** `softmax` in the last layer alone. */
  readonly activation: Activation;
}

/** Long short-term memory (Hochreiter and Schmidhuber 1997), with a forget gate (Gers et al. 2000). */
export interface LstmSpec {
  /** Which layer it is. */
  readonly kind: "lstm";
  /** H. */
  readonly units: number;
}

/** In training sets numbers to 0 by chance and scales the others up (Srivastava et al. 2014); else does nothing. */
export interface DropoutSpec {
  /** Which layer it is. */
  readonly kind: "dropout";
  /** Share that is set to 0: from 0 to below 1. */
  readonly rate: number;
}

/** One layer of an architecture. */
export type LayerSpec = DenseSpec | LstmSpec | DropoutSpec;

/** The architecture of a network. */
export interface NetworkSpec {
  /** F: numbers per time step. */
  readonly inputs: number;
  /** T: time steps; 1 where there are none. */
  readonly steps: number;
  /** From inputs to outputs; the last one is dense. */
  readonly layers: readonly LayerSpec[];
}

/** What a plain multi-layer perceptron is described by. */
export interface DenseNetwork {
  /** I. */
  readonly inputs: number;
  /** Widths of the hidden layers; none makes a linear model. */
  readonly hidden: readonly number[];
  /** O. */
  readonly outputs: number;
  /** After each hidden layer. */
  readonly activation: Activation;
  /** After the last layer. Default: identity. */
  readonly outputActivation?: Activation;
  /** Behind each hidden layer. Default: 0, which puts none. */
  readonly dropout?: number;
}

/**
 * The architecture of a multi-layer perceptron.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const spec = denseSpec({ inputs: 22, hidden: [16], outputs: 1, activation: "tanh" });
 * assert.deepEqual(spec.layers, [
 *   { kind: "dense", units: 16, activation: "tanh" },
 *   { kind: "dense", units: 1, activation: "identity" },
 * ]);
 * ```
 */
export function denseSpec(network: DenseNetwork): NetworkSpec {
  const { inputs, hidden, outputs, activation, outputActivation = "identity", dropout = 0 } = network;
  const layers: LayerSpec[] = [];
  for (const units of hidden) {
    layers.push({ kind: "dense", units, activation });
    if (dropout !== 0) layers.push({ kind: "dropout", rate: dropout });
  }
  layers.push({ kind: "dense", units: outputs, activation: outputActivation });
  return { inputs, steps: 1, layers };
}

/** O: how many numbers a network answers with. */
export function countOutputs({ layers }: NetworkSpec): number {
  const last = layers.at(-1);
  return last?.kind === "dense" ? last.units : 0;
}

/** What goes into a layer and comes out, for one example. */
export interface LayerShape {
  /** T of what goes in. */
  readonly steps: number;
  /** Numbers per step of what goes in. */
  readonly inputs: number;
  /** T of what comes out: 1 behind a dense layer, and behind an LSTM that gives its last step. */
  readonly stepsOut: number;
  /** Numbers per step of what comes out. */
  readonly outputs: number;
}

/**
 * The shape of every layer.
 *
 * @throws RangeError when the architecture is not possible
 */
export function layerShapes(spec: NetworkSpec): LayerShape[] {
  checkSpec(spec);
  let { steps, inputs } = spec;
  return spec.layers.map((layer, l): LayerShape => {
    let shape: LayerShape;
    switch (layer.kind) {
      case "dense":
        shape = { steps: 1, inputs: steps * inputs, stepsOut: 1, outputs: layer.units };
        break;
      case "lstm": {
        const behind = spec.layers.slice(l + 1).find(({ kind }) => kind !== "dropout");
        shape = { steps, inputs, stepsOut: behind?.kind === "lstm" ? steps : 1, outputs: layer.units };
        break;
      }
      case "dropout":
        shape = { steps, inputs, stepsOut: steps, outputs: inputs };
        break;
    }
    steps = shape.stepsOut;
    inputs = shape.outputs;
    return shape;
  });
}

/** A named view of the flat parameters (and, at the same place, of the gradients). */
export interface TensorView {
  /** `layers.0.weight`, `layers.0.bias`, `layers.2.kernel`, …: the number counts all layers of the architecture. */
  readonly name: string;
  /** See {@linkcode tensorViews}. */
  readonly shape: readonly number[];
  /** Of its first number in the flat array. */
  readonly offset: number;
  /** How many numbers it has. */
  readonly length: number;
}

/**
 * Where each tensor of an architecture lies in the flat parameters.
 *
 * - dense: `weight` (K, N), `bias` (N)
 * - lstm: `kernel` (F, 4H), `recurrent` (H, 4H), `bias` (4H); the gates stand in the order i, f, g, o
 * - dropout: none
 *
 * @throws RangeError when the architecture is not possible, or over the limits
 */
export function tensorViews(spec: NetworkSpec): TensorView[] {
  const views: TensorView[] = [];
  let offset = 0;
  const add = (name: string, shape: readonly number[]) => {
    const length = shape.reduce((product, size) => product * size, 1);
    views.push({ name, shape, offset, length });
    offset += length;
  };
  layerShapes(spec).forEach(({ inputs, outputs }, l) => {
    const layer = spec.layers[l]!;
    if (layer.kind === "dense") {
      add(`layers.${l}.weight`, [inputs, outputs]);
      add(`layers.${l}.bias`, [outputs]);
    } else if (layer.kind === "lstm") {
      add(`layers.${l}.kernel`, [inputs, 4 * outputs]);
      add(`layers.${l}.recurrent`, [outputs, 4 * outputs]);
      add(`layers.${l}.bias`, [4 * outputs]);
    }
  });
  if (offset > PARAMETERS_MAX) {
    throw new RangeError(
      `Cannot make a network of ${offset} parameters: at most ${PARAMETERS_MAX} are allowed`,
    );
  }
  return views;
}

function checkSpec({ inputs, steps, layers }: NetworkSpec): void {
  const positive = (size: number) => Number.isSafeInteger(size) && size > 0;
  if (!positive(inputs) || !positive(steps)) {
    throw new RangeError(
      `Cannot make a network for ${steps} steps of ${inputs} numbers: positive integers are wanted`,
    );
  }
  if (layers.length === 0 || layers.length > LAYERS_MAX || layers.at(-1)!.kind !== "dense") {
    throw new RangeError(
      `Cannot make a network of ${layers.length} layers that ends in ${layers.at(-1)?.kind ?? "nothing"}: ` +
        `from 1 to ${LAYERS_MAX} layers are wanted, the last one dense`,
    );
  }
  let dense = false;
  layers.forEach((layer, l) => {
    const of = `Cannot make layer ${l} (${layer.kind})`;
    switch (layer.kind) {
      case "dense":
        dense = true;
        if (!ACTIVATIONS.includes(layer.activation)) {
          throw new RangeError(
            `${of} with activation ${JSON.stringify(layer.activation)}: one of ${
              ACTIVATIONS.join(", ")
            } is wanted`,
          );
        }
        if (layer.activation === "softmax" && l < layers.length - 1) {
          throw new RangeError(`${of} with softmax: only the last layer may have it`);
        }
        break;
      case "lstm":
        if (dense) throw new RangeError(`${of}: it stands behind a dense layer, which leaves no time steps`);
        break;
      case "dropout":
        if (!(layer.rate >= 0 && layer.rate < 1)) {
          throw new RangeError(`${of} with rate ${layer.rate}: a number from 0 to below 1 is wanted`);
        }
        return;
      default:
        throw new RangeError(`${of}: dense, lstm or dropout is wanted`);
    }
    if (!positive(layer.units)) {
      throw new RangeError(`${of} with ${layer.units} units: a positive integer is wanted`);
    }
  });
}

/** The activations of an architecture's dense layers but the last, then that of the last: `relu, softmax`. */
export function activationsOf({ layers }: NetworkSpec): string {
  const dense = layers.flatMap((layer) => layer.kind === "dense" ? [layer.activation] : []);
  return [...new Set(dense.slice(0, -1)), dense.at(-1)!].join(", ");
}

/**
 * An architecture in short, for people: `22-16-1`, `10×5-lstm 64-lstm 64-1`; dropout is left out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(widthsOf(denseSpec({ inputs: 22, hidden: [16], outputs: 1, activation: "tanh" })), "22-16-1");
 * ```
 */
export function widthsOf({ inputs, steps, layers }: NetworkSpec): string {
  const widths = layers.flatMap((layer) =>
    layer.kind === "dropout" ? [] : layer.kind === "lstm" ? [`lstm ${layer.units}`] : [String(layer.units)]
  );
  return [steps === 1 ? inputs : `${steps}×${inputs}`, ...widths].join("-");
}
