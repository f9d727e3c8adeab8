/** An LSTM layer on one example: a whole window at once, or step after step with the state kept outside. */
import type { Kernels, LstmStep, Product } from "../kernels/kernels.ts";
import type { LayerShape } from "../spec.ts";

/** What it shares with the layer. */
interface LstmParts {
  readonly kernels: Kernels;
  /** From inputs to sums; only the places of the weights are read. */
  readonly project: Product;
  /** From the h before to sums; only the places of the weights are read. */
  readonly recur: Product;
  readonly shape: LayerShape;
}

/** One layer's buffers for a single example; nothing in them outlives a call but its answer. */
export class LstmSingle {
  readonly #kernels: Kernels;
  readonly #shape: LayerShape;
  readonly #project: Product;
  readonly #recur: Product;
  /** (1, F+H)·(F+H, 4H) → (1, 4H): both at once, as both weights lie one behind the other. The sums' order stays. */
  readonly #both: Product;
  readonly #step: LstmStep;

  /** The same weights and the same order of sums as the layer's: the same bits. */
  constructor({ kernels, project, recur, shape }: LstmParts) {
    const { steps, stepsOut, outputs: units } = shape, width = project.columns;
    const gates = kernels.allocate(steps * width), hidden = kernels.allocate(stepsOut * units);
    const cell = kernels.allocate(units);
    this.#kernels = kernels;
    this.#shape = shape;
    this.#project = { ...project, c: gates };
    this.#recur = { ...recur, a: hidden, c: gates, rows: 1 };
    const depth = project.depth + recur.depth;
    this.#both = { ...project, a: kernels.allocate(depth), c: gates, rows: 1, depth };
    this.#step = {
      ...{ rows: 1, units, gates, gatesStart: 0, cell, cellStart: 0, cellBefore: cell, cellBeforeStart: 0 },
      ...{ cellTanh: kernels.allocate(units), cellTanhStart: 0, hidden, hiddenStart: 0 },
    };
  }

  /**
   * A window from zero state on.
   *
   * @param x (T, F)
   * @returns (T'·H) in a buffer of its own
   */
  forward(x: Float64Array): Float64Array {
    const kernels = this.#kernels, project = this.#project, recur = this.#recur, step = this.#step;
    const { steps, stepsOut, outputs: units } = this.#shape;
    project.a = x;
    project.rows = steps;
    kernels.multiply(project);
    step.cell.fill(0);
    for (let t = 0; t < steps; t++) {
      if (t > 0) {
        recur.aStart = step.hiddenStart;
        recur.cStart = t * project.columns;
        kernels.multiply(recur);
      }
      step.gatesStart = t * project.columns;
      step.hiddenStart = stepsOut > 1 ? t * units : 0;
      kernels.lstmStep(step);
    }
    return step.hidden;
  }

  /**
   * One step, from a state to the next.
   *
   * @param x (F)
   * @param state holds h and then c, H numbers each, from `start` on; changed in place
   * @returns h (H) in the front of a buffer of its own
   */
  advance(x: Float64Array, state: Float64Array, start: number): Float64Array {
    const kernels = this.#kernels, both = this.#both, step = this.#step;
    const { inputs, outputs: units } = this.#shape, { hidden, cell } = step;
    for (let i = 0; i < inputs; i++) both.a[i] = x[i]!;
    for (let i = 0; i < units; i++) {
      both.a[inputs + i] = state[start + i]!;
      cell[i] = state[start + units + i]!;
    }
    kernels.multiply(both);
    step.gatesStart = 0;
    step.hiddenStart = 0;
    kernels.lstmStep(step);
    for (let i = 0; i < units; i++) {
      state[start + i] = hidden[i]!;
      state[start + units + i] = cell[i]!;
    }
    return hidden;
  }
}
