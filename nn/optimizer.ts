/**
 * Optimizers: each is one loop over a network's flat parameters and gradients.
 *
 * Update rules as PyTorch's `torch.optim.SGD` (dampening 0) and `torch.optim.Adam`. Left out: weight decay,
 * Nesterov, AMSGrad.
 */

import { type Kernels, typescriptKernels } from "./kernels.ts";

/** What an optimizer remembers between steps; plain numbers and arrays of its own. */
export interface OptimizerState {
  /** Whose state it is. */
  readonly name: OptimizerName;
  /** Steps taken. */
  readonly steps: number;
  /** Adam: first and second moments; SGD: velocity. Each as long as the parameters. */
  readonly slots: readonly Float64Array[];
}

/** The names of the optimizers. */
export type OptimizerName = "adam" | "sgd";

/** Moves parameters against their gradients. */
export interface Optimizer {
  /** Which one it is. */
  readonly name: OptimizerName;
  /** May be changed between steps. */
  learningRate: number;
  /** Changes `parameters` in place. Both arrays are as long as the optimizer was made for. */
  step(parameters: Float64Array, gradients: Float64Array): void;
  /** A copy of what it remembers. */
  state(): OptimizerState;
  /** Goes on from a state, which is copied. @throws RangeError when the state is another optimizer's */
  restore(state: OptimizerState): void;
}

function checkLengths(length: number, parameters: Float64Array, gradients: Float64Array): void {
  if (parameters.length !== length || gradients.length !== length) {
    throw new RangeError(
      `Cannot step ${parameters.length} parameters by ${gradients.length} gradients: ` +
        `the optimizer was made for ${length}`,
    );
  }
}

/** Copies a state's slots over an optimizer's own. */
function restoreSlots(own: OptimizerState, from: OptimizerState): void {
  const shape = (state: OptimizerState) =>
    `${state.name} with ${state.slots.map((slot) => slot.length).join("+")}`;
  if (shape(own) !== shape(from)) {
    throw new RangeError(`Cannot restore the state of ${shape(from)} numbers: it is wanted of ${shape(own)}`);
  }
  own.slots.forEach((slot, s) => slot.set(from.slots[s]!));
}

/** Stochastic gradient descent with momentum: v ← μ·v + g; p ← p − η·v. */
export class Sgd implements Optimizer {
  /** Which one it is. */
  readonly name = "sgd";
  learningRate: number;
  readonly #momentum: number;
  readonly #velocity: Float64Array;
  #steps = 0;

  /**
   * With a velocity of zero.
   *
   * @param length how many parameters
   * @param options.learningRate η; default 0.01
   * @param options.momentum μ; default 0.9
   */
  constructor(length: number, options: { readonly learningRate?: number; readonly momentum?: number } = {}) {
    this.learningRate = options.learningRate ?? 0.01;
    this.#momentum = options.momentum ?? 0.9;
    this.#velocity = new Float64Array(length);
  }

  step(parameters: Float64Array, gradients: Float64Array): void {
    const velocity = this.#velocity, momentum = this.#momentum, rate = this.learningRate;
    checkLengths(velocity.length, parameters, gradients);
    this.#steps++;
    for (let i = 0; i < velocity.length; i++) {
      const v = momentum * velocity[i]! + gradients[i]!;
      velocity[i] = v;
      parameters[i]! -= rate * v;
    }
  }

  state(): OptimizerState {
    return { name: this.name, steps: this.#steps, slots: [this.#velocity.slice()] };
  }

  restore(state: OptimizerState): void {
    restoreSlots({ name: this.name, steps: this.#steps, slots: [this.#velocity] }, state);
    this.#steps = state.steps;
  }
}

/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980): m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
 * p ← p − η·m̂ / (√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const parameters = new Float64Array([1, 1]);
 * const adam = new Adam(2, { learningRate: 0.1 });
 * adam.step(parameters, new Float64Array([5, -0.001]));
 * assert.ok(Math.abs(parameters[0]! - 0.9) < 1e-5 && Math.abs(parameters[1]! - 1.1) < 1e-5);
 * ```
 */
export class Adam implements Optimizer {
  /** Which one it is. */
  readonly name = "adam";
  learningRate: number;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #kernels: Kernels;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  /**
   * With both moments zero.
   *
   * @param length how many parameters
   * @param options.learningRate η; default 0.001
   * @param options.beta1 default 0.9
   * @param options.beta2 default 0.999
   * @param options.epsilon default 1e-8
   * @param options.kernels whose memory the parameters lie in; default: those in TypeScript, which take any
   */
  constructor(
    length: number,
    options: {
      readonly learningRate?: number;
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
      readonly kernels?: Kernels;
    } = {},
  ) {
    this.learningRate = options.learningRate ?? 0.001;
    this.#beta1 = options.beta1 ?? 0.9;
    this.#beta2 = options.beta2 ?? 0.999;
    this.#epsilon = options.epsilon ?? 1e-8;
    this.#kernels = options.kernels ?? typescriptKernels;
    this.#first = this.#kernels.allocate(length);
    this.#second = this.#kernels.allocate(length);
  }

  step(parameters: Float64Array, gradients: Float64Array): void {
    checkLengths(this.#first.length, parameters, gradients);
    const beta1 = this.#beta1, beta2 = this.#beta2;
    this.#steps++;
    // Both corrections folded into the rate and ε: one root and one division per parameter.
    const correction = Math.sqrt(1 - beta2 ** this.#steps);
    const rate = this.learningRate * correction / (1 - beta1 ** this.#steps);
    this.#kernels.adamStep({
      ...{ parameters, gradients, first: this.#first, second: this.#second },
      ...{ beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 },
      ...{ rate, epsilon: this.#epsilon * correction },
    });
  }

  state(): OptimizerState {
    return { name: this.name, steps: this.#steps, slots: [this.#first.slice(), this.#second.slice()] };
  }

  restore(state: OptimizerState): void {
    restoreSlots({ name: this.name, steps: this.#steps, slots: [this.#first, this.#second] }, state);
    this.#steps = state.steps;
  }
}

/**
 * An optimizer by its name, with that optimizer's defaults.
 *
 * @param options.length how many parameters
 * @param options.learningRate the optimizer's own default when absent
 */
export function createOptimizer(
  name: OptimizerName,
  { length, ...options }: {
    readonly length: number;
    readonly learningRate?: number;
    readonly kernels?: Kernels;
  },
): Optimizer {
  switch (name) {
    case "adam":
      return new Adam(length, options);
    case "sgd":
      return new Sgd(length, options);
    default:
      throw new RangeError(`Cannot make an optimizer "${name satisfies never}": adam or sgd is wanted`);
  }
}

/**
 * Scales the gradients in place so that their Euclidean norm is at most `normMax`.
 *
 * @returns the norm before; not finite when a gradient is not (the gradients are then left as they are)
 */
export function clipByNorm(gradients: Float64Array, normMax: number): number {
  let sum = 0;
  for (let i = 0; i < gradients.length; i++) sum += gradients[i]! * gradients[i]!;
  const norm = Math.sqrt(sum);
  if (norm > normMax && norm < Infinity) {
    const scale = normMax / norm;
    for (let i = 0; i < gradients.length; i++) gradients[i]! *= scale;
  }
  return norm;
}
