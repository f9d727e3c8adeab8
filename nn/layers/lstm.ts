/**
 * An LSTM layer (Hochreiter and Schmidhuber 1997), with a forget gate and without peepholes, as in PyTorch and Keras.
 *
 * Step t of a row, with σ the sigmoid and ∘ element by element, from h₋₁ = c₋₁ = 0 on:
 * zₜ = xₜ·K + hₜ₋₁·R + b; i, f, o = σ of their part of z, g = tanh of its part; cₜ = f∘cₜ₋₁ + i∘g;
 * hₜ = o∘tanh(cₜ).
 *
 * Shapes: x (B, T·F) with the oldest step first, K (F, 4H), R (H, 4H), b (4H), the gates in the order i, f, g, o; out
 * come all h (B, T·H) for an LSTM behind it, else the last one (B, H).
 *
 * Inside, arrays are (T, B, ·): what x adds to all the sums is one product, as are the weights' gradients, and only
 * the products with R go step by step. Backward goes through all steps (no truncation); with dZ the loss by each sum,
 * dK = Xᵀ·dZ and dR = H₋₁ᵀ·dZ over all T·B rows, db = the column sums of dZ, dX = dZ·Kᵀ, and step t passes
 * dZₜ·Rᵀ on to the h before it.
 */
import { fillGlorotUniform, fillOrthogonal } from "./initializer.ts";
import type { Kernels, LstmStep, LstmStepGradient, Product } from "../kernels/kernels.ts";
import type { Layer, LayerPlace, Pass } from "./layer.ts";
import { LstmSingle } from "./lstm_single.ts";
import type { Random } from "../random.ts";
import type { LayerShape, TensorView } from "../spec.ts";
import { batchMajor, timeMajor } from "./time_major.ts";

/** Numbers of a unit in the kernel, in the recurrent weights and in the bias: i, f, g, o. */
const GATES = 4;

/** One LSTM layer; made by `createNetwork`. */
export class LstmLayer implements Layer {
  readonly #kernels: Kernels;
  readonly #parameters: Float64Array;
  readonly #gradients: Float64Array;
  readonly #kernel: TensorView;
  readonly #recurrent: TensorView;
  readonly #bias: TensorView;
  readonly #shape: LayerShape;
  readonly #propagates: boolean;
  readonly #single: LstmSingle;
  /** (T·B, F)·(F, 4H) → (T·B, 4H): what the inputs add to all sums. */
  readonly #project: Product;
  /** (B, H)·(H, 4H), added to the sums of one step. */
  readonly #recur: Product;
  /** (F, T·B)·(T·B, 4H) → (F, 4H). */
  readonly #kernelGradient: Product;
  /** (H, (T−1)·B)·((T−1)·B, 4H) → (H, 4H). */
  readonly #recurrentGradient: Product;
  /** (B, 4H)·(4H, H) → (B, H): from a step to the h before it. */
  readonly #hiddenGradient: Product;
  /** (T·B, 4H)·(4H, F) → (T·B, F). */
  readonly #inputGradient: Product;
  /** One step, forward and back: the places move on with t. */
  readonly #step: LstmStep & LstmStepGradient;
  /** Kᵀ (4H, F) and Rᵀ (4H, H), rebuilt in every backward pass. */
  readonly #kernelTransposed: Float64Array;
  readonly #recurrentTransposed: Float64Array;
  /** (B, H): c₋₁ of the first step. */
  #zeros: Float64Array = new Float64Array(0);
  /** (T, B, F): the inputs; nothing for T = 1, where they lie so already. */
  #inputs: Float64Array = new Float64Array(0);
  /** (T, B, H): all h, but the last one where that alone comes out. */
  #hidden: Float64Array = new Float64Array(0);
  /** (T, B, H). */
  #cells: Float64Array = new Float64Array(0);
  /** (B, T'·H): what comes out. */
  #outputs: Float64Array = new Float64Array(0);
  /** Rows that the arrays of the way back hold: those below, and the step's. */
  #rowsBack = 0;
  /** The loss by h: (T, B, H) where all h come out, else (B, H). */
  #dHidden: Float64Array = new Float64Array(0);
  /** The loss by each input, (T, B, F) and (B, T·F). */
  #dSteps: Float64Array = new Float64Array(0);
  #dInputs: Float64Array = new Float64Array(0);

  /** A layer at its place in a network. */
  constructor({ kernels, parameters, gradients, tensors, shape, propagates }: LayerPlace) {
    const [kernel, recurrent, bias] = tensors as [TensorView, TensorView, TensorView];
    const { inputs, outputs: units } = shape, width = GATES * units;
    const empty = new Float64Array(0);
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#gradients = gradients;
    this.#kernel = kernel;
    this.#recurrent = recurrent;
    this.#bias = bias;
    this.#shape = shape;
    this.#propagates = propagates;
    this.#kernelTransposed = kernels.allocate(propagates ? inputs * width : 0);
    this.#recurrentTransposed = kernels.allocate(shape.steps > 1 ? units * width : 0);
    this.#project = {
      ...{ a: empty, aStart: 0, aRowStride: inputs, aStep: 1 },
      ...{ b: parameters, bStart: kernel.offset, bias: parameters, biasStart: bias.offset },
      ...{ c: empty, cStart: 0, rows: 0, depth: inputs, columns: width, relu: false, accumulate: false },
    };
    const recur = { ...this.#project, bias: null, biasStart: 0, aRowStride: units, depth: units };
    this.#recur = { ...recur, bStart: recurrent.offset, accumulate: true };
    const across = { ...recur, aRowStride: 1, b: empty, bStart: 0, c: gradients };
    this.#kernelGradient = { ...across, aStep: inputs, cStart: kernel.offset, rows: inputs };
    this.#recurrentGradient = { ...across, aStep: units, cStart: recurrent.offset, rows: units };
    const back = { ...recur, aRowStride: width, bStart: 0, depth: width };
    this.#hiddenGradient = { ...back, b: this.#recurrentTransposed, columns: units };
    this.#inputGradient = { ...back, b: this.#kernelTransposed, columns: inputs };
    this.#step = {
      ...{ rows: 0, units, gates: empty, gatesStart: 0, cellBefore: empty, cellBeforeStart: 0 },
      ...{ cell: empty, cellStart: 0, cellTanh: empty, cellTanhStart: 0, hidden: empty, hiddenStart: 0 },
      ...{ dHidden: empty, dHiddenStart: 0, dCell: empty, dCellStart: 0, dGates: empty, dGatesStart: 0 },
    };
    this.#single = new LstmSingle({ kernels, project: this.#project, recur: this.#recur, shape });
  }

  /** As Keras: kernel uniform after Glorot and Bengio, recurrent weights orthogonal, biases 0, that of f 1. */
  initialize(random: Random): void {
    const { inputs, outputs: units } = this.#shape, width = GATES * units;
    const part = ({ offset, length }: TensorView) => this.#parameters.subarray(offset, offset + length);
    fillGlorotUniform(part(this.#kernel), random, { inputs, outputs: width });
    fillOrthogonal(part(this.#recurrent), random, { inputs: units, outputs: width });
    part(this.#bias).fill(0).fill(1, units, 2 * units);
  }

  reserve(rows: number): void {
    const kernels = this.#kernels, step = this.#step;
    const { steps, stepsOut, inputs, outputs: units } = this.#shape;
    const one = rows * units, all = steps * one;
    this.#zeros = kernels.allocate(one);
    this.#inputs = kernels.allocate(steps > 1 ? rows * steps * inputs : 0);
    this.#hidden = kernels.allocate(all);
    this.#cells = kernels.allocate(all);
    this.#outputs = kernels.allocate(stepsOut * one);
    step.gates = kernels.allocate(GATES * all);
    step.cell = this.#cells;
    step.cellTanh = kernels.allocate(all);
  }

  /** Only now and for these rows: many more may only ever go forward. */
  #reserveBack(rows: number): void {
    const kernels = this.#kernels, step = this.#step;
    const { steps, stepsOut, inputs, outputs: units } = this.#shape;
    this.#dHidden = kernels.allocate(rows * stepsOut * units);
    this.#dInputs = kernels.allocate(this.#propagates ? rows * steps * inputs : 0);
    this.#dSteps = steps > 1 ? kernels.allocate(this.#dInputs.length) : this.#dInputs;
    step.dGates = kernels.allocate(rows * steps * GATES * units);
    step.dCell = kernels.allocate(rows * units);
    this.#rowsBack = rows;
  }

  forward(x: Float64Array, { rows }: Pass): Float64Array {
    const kernels = this.#kernels, step = this.#step, project = this.#project, recur = this.#recur;
    const { steps, stepsOut, inputs, outputs: units } = this.#shape;
    const one = rows * units;
    project.a = timeMajor(x, this.#inputs, { rows, steps, width: inputs });
    project.c = step.gates;
    project.rows = steps * rows;
    kernels.multiply(project);
    recur.a = this.#hidden;
    recur.c = step.gates;
    recur.rows = rows;
    step.rows = rows;
    for (let t = 0; t < steps; t++) {
      if (t > 0) {
        recur.aStart = (t - 1) * one;
        recur.cStart = GATES * t * one;
        kernels.multiply(recur);
      }
      this.#place(t, one);
      const onlyOut = stepsOut === 1 && t === steps - 1;
      step.hidden = onlyOut ? this.#outputs : this.#hidden;
      step.hiddenStart = onlyOut ? 0 : t * one;
      kernels.lstmStep(step);
    }
    if (stepsOut > 1) batchMajor(this.#hidden, this.#outputs, { rows, steps, width: units });
    return this.#outputs;
  }

  /** Where the numbers of step t lie; a step of all rows has so many cells. */
  #place(t: number, one: number): void {
    const step = this.#step;
    step.gatesStart = GATES * t * one;
    step.cellBefore = t > 0 ? this.#cells : this.#zeros;
    step.cellBeforeStart = t > 0 ? (t - 1) * one : 0;
    step.cellStart = t * one;
    step.cellTanhStart = t * one;
  }

  backward(dOutputs: Float64Array, rows: number): Float64Array {
    if (rows > this.#rowsBack) this.#reserveBack(Math.max(rows, 2 * this.#rowsBack));
    this.#backThroughTime(dOutputs, rows);
    const kernels = this.#kernels, { dGates } = this.#step;
    const { steps, inputs, outputs: units } = this.#shape, width = GATES * units;
    const kernelGradient = this.#kernelGradient, recurrentGradient = this.#recurrentGradient;
    kernelGradient.a = this.#project.a;
    kernelGradient.b = dGates;
    kernelGradient.depth = steps * rows;
    kernels.multiply(kernelGradient);
    recurrentGradient.a = this.#hidden;
    recurrentGradient.b = dGates;
    recurrentGradient.bStart = rows * width;
    recurrentGradient.depth = (steps - 1) * rows;
    kernels.multiply(recurrentGradient);
    kernels.sumColumns({
      ...{ from: dGates, rows: steps * rows, columns: width },
      ...{ into: this.#gradients, start: this.#bias.offset },
    });
    if (!this.#propagates) return this.#dInputs;
    kernels.transpose(
      { b: this.#parameters, bStart: this.#kernel.offset, rows: inputs, columns: width },
      this.#kernelTransposed,
    );
    const product = this.#inputGradient;
    product.a = dGates;
    product.c = this.#dSteps;
    product.rows = steps * rows;
    kernels.multiply(product);
    return batchMajor(this.#dSteps, this.#dInputs, { rows, steps, width: inputs });
  }

  /** Writes the loss by all sums, from the last step to the first. */
  #backThroughTime(dOutputs: Float64Array, rows: number): void {
    const kernels = this.#kernels, step = this.#step, product = this.#hiddenGradient;
    const { steps, stepsOut, outputs: units } = this.#shape;
    const one = rows * units, all = stepsOut > 1;
    if (steps > 1) {
      kernels.transpose(
        { b: this.#parameters, bStart: this.#recurrent.offset, rows: units, columns: GATES * units },
        this.#recurrentTransposed,
      );
    }
    const dHidden = all ? timeMajor(dOutputs, this.#dHidden, { rows, steps, width: units }) : this.#dHidden;
    product.a = step.dGates;
    product.c = dHidden;
    product.rows = rows;
    product.accumulate = all;
    step.rows = rows;
    step.dCell.fill(0, 0, one);
    for (let t = steps - 1; t >= 0; t--) {
      step.dHidden = all || t < steps - 1 ? dHidden : dOutputs;
      step.dHiddenStart = all ? t * one : 0;
      if (t < steps - 1) {
        product.aStart = GATES * (t + 1) * one;
        product.cStart = step.dHiddenStart;
        kernels.multiply(product);
      }
      this.#place(t, one);
      step.dGatesStart = step.gatesStart;
      kernels.lstmStepBackward(step);
    }
  }

  forwardOne(x: Float64Array): Float64Array {
    return this.#single.forward(x);
  }

  /** 2·H: how many numbers its state has, h and then c. */
  get stateLength(): number {
    return 2 * this.#shape.outputs;
  }

  /**
   * One step of one example, from a state to the next; the same bits as in a window. Allocates nothing.
   *
   * @param x (F)
   * @param state holds h and then c, H numbers each, from `start` on; changed in place
   * @returns h (H) in the front of a buffer of the layer's
   */
  advance(x: Float64Array, state: Float64Array, start: number): Float64Array {
    return this.#single.advance(x, state, start);
  }
}
