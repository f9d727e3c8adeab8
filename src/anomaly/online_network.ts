/**
 * A small network that learns one example at a time: Adam (arXiv:1412.6980), squared error, clipped gradients; and what
 * detectors around one have in common.
 */
import { Adam } from "../../nn/optimizers/adam.ts";
import { clipByNorm } from "../../nn/optimizers/clip.ts";
import { createLoss } from "../../nn/losses/create.ts";
import { backward, createNetwork, forward, type Network } from "../../nn/network.ts";
import { Random } from "../../nn/random.ts";
import { countOutputs, type NetworkSpec } from "../../nn/spec.ts";
import { checkOption, type Json, numberIn, numbersIn, signedDeviation } from "./detector.ts";
import { Moments } from "./moments.ts";
import { Tail } from "./tail.ts";

const GRADIENT_NORM_MAX = 1;

const SCALE = { weight: 0.005, bound: 4, trustedRows: 50 } as const;
/** What a network sees of a row, and a change that it learns, in standard deviations. */
const INPUT_MAX = 4;
/** Errors that an error is compared with. */
const ERRORS = { rows: 2_000, warmUp: 100 } as const;

/** Options of a detector whose network learns online. */
export interface OnlineOptions {
  /** Of Adam. @default 0.003 */
  readonly learningRate?: number;
  /** Of the first parameters. @default 1 */
  readonly seed?: number;
  /** Rarity (−log₁₀ of a share of rows) from which on it is an alarm. @default 2.5, one row in 300 */
  readonly limit?: number;
}

/**
 * The options with their defaults.
 *
 * @throws RangeError when one is out of range
 */
export function checkOnlineOptions(options: OnlineOptions): Required<OnlineOptions> {
  return {
    learningRate: checkOption("learningRate", options.learningRate ?? 0.003, { from: 0, to: 1 }),
    seed: options.seed ?? 1,
    limit: checkOption("limit", options.limit ?? 2.5, { from: 1e-6, to: 1e6 }),
  };
}

/** A value as the network sees it: in standard deviations, cut at ±4. */
export function networkInput(value: number, scale: { center: number; spread: number }): number {
  return Math.min(Math.max(signedDeviation(value, scale), -INPUT_MAX), INPUT_MAX);
}

/** The seed's network; the same examples make the same network. */
export class OnlineNetwork {
  readonly #network: Network;
  readonly #adam: Adam;
  readonly #loss = createLoss("mse");
  readonly #dOutputs: Float64Array;

  /**
   * With fresh parameters, or going on from a state.
   *
   * @throws RangeError when the architecture is not possible, or the state is that of another
   */
  constructor(
    spec: NetworkSpec,
    { seed, learningRate }: { readonly seed: number; readonly learningRate: number },
    state?: { readonly [key: string]: Json },
  ) {
    // Many links may have a network each: those in TypeScript take no memory beyond their numbers.
    this.#network = createNetwork(spec, new Random(seed), { kernels: "typescript" });
    const { parameters } = this.#network;
    this.#adam = new Adam(parameters.length, { learningRate });
    this.#dOutputs = new Float64Array(countOutputs(spec));
    if (state === undefined) return;
    const all = numbersIn(state, "parameters", 3 * parameters.length);
    if (all.length !== 3 * parameters.length) {
      throw new RangeError(
        `Cannot restore a network of ${parameters.length} parameters from ${all.length} numbers: ` +
          "three for each are wanted",
      );
    }
    const part = (index: number) =>
      Float64Array.from(all.slice(index * parameters.length, (index + 1) * parameters.length));
    parameters.set(part(0));
    this.#adam.restore({ name: "adam", steps: numberIn(state, "steps"), slots: [part(1), part(2)] });
  }

  /** The answer to an example, in a buffer of the network's own; {@linkcode OnlineNetwork.learn} may follow. */
  answer(example: Float64Array): Float64Array {
    return forward(this.#network, example, 1);
  }

  /** Learns what the answer to the example just given should have been. */
  learn(answer: Float64Array, wanted: Float64Array): void {
    const { parameters, gradients } = this.#network;
    this.#loss.gradient(answer, wanted, this.#dOutputs);
    backward(this.#network, this.#dOutputs, 1);
    if (Number.isFinite(clipByNorm(gradients, GRADIENT_NORM_MAX))) this.#adam.step(parameters, gradients);
  }

  /** The state: parameters and Adam's two moments of each, one behind the other. */
  toJson(): { parameters: number[]; steps: number } {
    const { steps, slots } = this.#adam.state();
    return { parameters: [...this.#network.parameters, ...slots[0]!, ...slots[1]!], steps };
  }
}

/** What a detector around such a network keeps: the last rows, what they are scaled by, the errors before. */
export class OnlineState {
  /** The network. */
  readonly network: OnlineNetwork;
  /** What rows are scaled by. */
  readonly scale: Moments;
  /** The errors before. */
  readonly errors: Tail;
  /** The last rows, oldest first. */
  readonly window: number[];
  readonly #errorsName: string;
  readonly #inputs: Float64Array;

  /**
   * At the beginning of a series, or going on from a state.
   *
   * @param options the network's; `rows`: the window's length; `errors`: their name in the state
   * @throws RangeError when the architecture is not possible, or the state is that of another
   */
  constructor(
    spec: NetworkSpec,
    { rows, errors, seed, learningRate }: {
      readonly rows: number;
      readonly errors: string;
      readonly seed: number;
      readonly learningRate: number;
    },
    state?: { readonly [key: string]: Json },
  ) {
    this.network = new OnlineNetwork(spec, { seed, learningRate }, state);
    this.scale = new Moments(SCALE, state);
    const numbers = state === undefined ? [] : numbersIn(state, errors, ERRORS.rows);
    this.errors = new Tail({ ...ERRORS, numbers });
    this.window = state === undefined ? [] : numbersIn(state, "window", rows);
    this.#errorsName = errors;
    this.#inputs = new Float64Array(rows);
  }

  /** The window as the network sees it, in a buffer of its own. */
  inputs(): Float64Array {
    for (let row = 0; row < this.window.length; row++) {
      this.#inputs[row] = networkInput(this.window[row]!, this.scale);
    }
    return this.#inputs;
  }

  /** All of it. */
  toJson(): { [key: string]: Json } {
    return {
      ...{ ...this.scale.toJson(), ...this.network.toJson() },
      ...{ [this.#errorsName]: this.errors.toArray(), window: [...this.window] },
    };
  }
}
