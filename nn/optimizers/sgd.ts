/** Stochastic gradient descent with momentum, plain or Nesterov's. */
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import { checkShare, checkSize, checkStep, restoreSlots } from "./slots.ts";

/** See {@linkcode Sgd}. */
export interface SgdOptions {
  /** η; default 0.01. */
  readonly learningRate?: number;
  /** μ, from 0 to below 1; default 0.9. */
  readonly momentum?: number;
  /** Whether to step from where the momentum leads (Sutskever et al. 2013); default not. */
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent: v ← μ·v + g; p ← p − η·v, or with Nesterov p ← p − η·(g + μ·v).
 *
 * As PyTorch's `torch.optim.SGD` with dampening 0. State: the velocity v.
 */
export class Sgd implements Optimizer {
  /** Which one it is. */
  readonly name = "sgd";
  learningRate: number;
  readonly #momentum: number;
  readonly #nesterov: boolean;
  readonly #velocity: Float64Array;
  #steps = 0;

  /**
   * With a velocity of zero.
   *
   * @param length how many parameters
   * @throws RangeError when an option is out of range, or Nesterov's momentum is 0
   */
  constructor(length: number, options: SgdOptions = {}) {
    this.learningRate = checkSize("learning rate", options.learningRate ?? 0.01);
    this.#momentum = checkShare("momentum", options.momentum ?? 0.9);
    this.#nesterov = options.nesterov ?? false;
    if (this.#nesterov && this.#momentum === 0) {
      throw new RangeError("Cannot make an optimizer with Nesterov's momentum 0: a number above 0 is wanted");
    }
    this.#velocity = new Float64Array(length);
  }

  step(parameters: Float64Array, gradients: Float64Array): void {
    const velocity = this.#velocity, momentum = this.#momentum, nesterov = this.#nesterov;
    const rate = this.learningRate;
    checkStep(velocity.length, parameters, gradients);
    this.#steps++;
    for (let i = 0; i < velocity.length; i++) {
      const g = gradients[i]!;
      const v = momentum * velocity[i]! + g;
      velocity[i] = v;
      parameters[i]! -= rate * (nesterov ? g + momentum * v : v);
    }
  }

  state(): OptimizerState {
    return { name: this.name, steps: this.#steps, slots: [this.#velocity.slice()] };
  }

  restore(state: OptimizerState): void {
    this.#steps = restoreSlots({ name: this.name, steps: this.#steps, slots: [this.#velocity] }, state);
  }
}
