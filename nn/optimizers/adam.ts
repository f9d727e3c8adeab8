/** Adam and AdamW. */
import type { Kernels } from "../kernels/kernels.ts";
import { typescriptKernels } from "../kernels/typescript.ts";
import type { Optimizer, OptimizerState } from "./optimizer.ts";
import { checkShare, checkSize, checkStep, restoreSlots } from "./slots.ts";

/** See {@linkcode Adam}. */
export interface AdamOptions {
  /** η; default 0.001. */
  readonly learningRate?: number;
  /** β₁, from 0 to below 1; default 0.9. */
  readonly beta1?: number;
  /** β₂, from 0 to below 1; default 0.999. */
  readonly beta2?: number;
  /** ε; default 1e-8. */
  readonly epsilon?: number;
  /** λ, which makes it AdamW; default absent. */
  readonly weightDecay?: number;
  /** The network's, in whose memory the moments then lie for good; default those in TypeScript. */
  readonly kernels?: Kernels;
}

/**
 * Adam (Kingma and Ba 2015, arXiv:1412.6980): m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²;
 * p ← p − η·m̂ / (√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).
 *
 * AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) first takes η·λ·p off p, biases included.
 * As PyTorch's `torch.optim.Adam` and `AdamW`; Keras has another ε, of √v instead of √v̂. State: m, then v.
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
  /** Which one it is: `adamw` with a weight decay, be it 0. */
  readonly name: "adam" | "adamw";
  learningRate: number;
  readonly #beta1: number;
  readonly #beta2: number;
  readonly #epsilon: number;
  readonly #weightDecay: number;
  readonly #kernels: Kernels;
  readonly #first: Float64Array;
  readonly #second: Float64Array;
  #steps = 0;

  /**
   * With both moments zero.
   *
   * @param length how many parameters
   * @throws RangeError when an option is out of range, or the kernels' memory is full
   */
  constructor(length: number, options: AdamOptions = {}) {
    this.name = options.weightDecay === undefined ? "adam" : "adamw";
    this.learningRate = checkSize("learning rate", options.learningRate ?? 0.001);
    this.#beta1 = checkShare("beta1", options.beta1 ?? 0.9);
    this.#beta2 = checkShare("beta2", options.beta2 ?? 0.999);
    this.#epsilon = checkSize("epsilon", options.epsilon ?? 1e-8);
    this.#weightDecay = checkSize("weight decay", options.weightDecay ?? 0);
    this.#kernels = options.kernels ?? typescriptKernels;
    this.#first = this.#kernels.allocate(length);
    this.#second = this.#kernels.allocate(length);
  }

  step(parameters: Float64Array, gradients: Float64Array): void {
    checkStep(this.#first.length, parameters, gradients);
    const beta1 = this.#beta1, beta2 = this.#beta2;
    this.#steps++;
    // Both corrections folded into the rate and ε: one root and one division per parameter.
    const correction = Math.sqrt(1 - beta2 ** this.#steps);
    const rate = this.learningRate * correction / (1 - beta1 ** this.#steps);
    const within = this.#kernels.owns(parameters) && this.#kernels.owns(gradients);
    (within ? this.#kernels : typescriptKernels).adamStep({
      ...{ parameters, gradients, first: this.#first, second: this.#second },
      ...{ beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 },
      ...{ rate, epsilon: this.#epsilon * correction, decay: this.learningRate * this.#weightDecay },
    });
  }

  state(): OptimizerState {
    return { name: this.name, steps: this.#steps, slots: [this.#first.slice(), this.#second.slice()] };
  }

  restore(state: OptimizerState): void {
    const slots = [this.#first, this.#second];
    this.#steps = restoreSlots({ name: this.name, steps: this.#steps, slots }, state);
  }
}
