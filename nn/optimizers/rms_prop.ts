/** RMSprop. */
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import { checkShare, checkSize, checkStep, restoreSlots } from "./slots.ts";

/** See {@linkcode RmsProp}. */
export interface RmsPropOptions {
  /** η; default 0.01. */
  readonly learningRate?: number;
  /** β₂ (PyTorch's alpha, Keras' rho), from 0 to below 1; default 0.99. */
  readonly beta2?: number;
  /** ε; default 1e-8. */
  readonly epsilon?: number;
  /** μ, from 0 to below 1; default 0. */
  readonly momentum?: number;
}

/**
 * RMSprop (Hinton 2012): v ← β₂·v + (1−β₂)·g²; u ← μ·u + g/(√v + ε); p ← p − η·u.
 *
 * As PyTorch's `torch.optim.RMSprop`, ε outside the root; Keras has it inside. State: v, then u where μ > 0.
 * Left out: the centred form.
 */
export class RmsProp implements Optimizer {
  /** Which one it is. */
  readonly name = "rmsprop";
  learningRate: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #momentum: number;
  readonly #squares: Float64Array;
  readonly #velocity: Float64Array | null;
  #steps = 0;

  /**
   * With all it remembers zero.
   *
   * @param length how many parameters
   * @throws RangeError when an option is out of range
   */
  constructor(length: number, options: RmsPropOptions = {}) {
    this.learningRate = checkSize("learning rate", options.learningRate ?? 0.01);
    this.#beta2 = checkShare("beta2", options.beta2 ?? 0.99);
    this.#epsilon = checkSize("epsilon", options.epsilon ?? 1e-8);
    this.#momentum = checkShare("momentum", options.momentum ?? 0);
    this.#squares = new Float64Array(length);
    this.#velocity = this.#momentum > 0 ? new Float64Array(length) : null;
  }

  step(parameters: Float64Array, gradients: Float64Array): void {
    const squares = this.#squares, velocity = this.#velocity, momentum = this.#momentum;
    checkStep(squares.length, parameters, gradients);
    this.#steps++;
    const beta2 = this.#beta2, rest2 = 1 - beta2, rate = this.learningRate, epsilon = this.#epsilon;
    for (let i = 0; i < squares.length; i++) {
      const g = gradients[i]!;
      const v = beta2 * squares[i]! + rest2 * g * g;
      squares[i] = v;
      let u = g / (Math.sqrt(v) + epsilon);
      if (velocity !== null) {
        u += momentum * velocity[i]!;
        velocity[i] = u;
      }
      parameters[i]! -= rate * u;
    }
  }

  state(): OptimizerState {
    return { name: this.name, steps: this.#steps, slots: this.#slots().map((slot) => slot.slice()) };
  }

  restore(state: OptimizerState): void {
    this.#steps = restoreSlots({ name: this.name, steps: this.#steps, slots: this.#slots() }, state);
  }

  #slots(): Float64Array[] {
    return this.#velocity === null ? [this.#squares] : [this.#squares, this.#velocity];
  }
}
