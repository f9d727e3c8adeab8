/** A small network that learns one example at a time: Adam (arXiv:1412.6980), squared error, clipped gradients. */
import { Adam } from "../../nn/optimizers/adam.ts";
import { clipByNorm } from "../../nn/optimizers/clip.ts";
import { createLoss } from "../../nn/losses/create.ts";
import { backward, createNetwork, forward, type Network } from "../../nn/network.ts";
import { Random } from "../../nn/random.ts";
import { countOutputs, type NetworkSpec } from "../../nn/spec.ts";
import { type Json, numberIn, numbersIn } from "./detector.ts";

const GRADIENT_NORM_MAX = 1;

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
