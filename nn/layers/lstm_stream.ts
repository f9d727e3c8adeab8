/**
 * A network with LSTM layers on a stream: one step per record instead of a whole window, the state carried on.
 *
 * A state is plain numbers, h and then c (H each) of one LSTM layer after the other: copy them to save it, set them to
 * go on from it, `fill(0)` to start over. There is one per source; all of them go through the same buffers.
 *
 * From a state of zeros T steps give the same bits as the window of these T steps at once. After that the state knows
 * more than the last T steps, which a window does not: a network that was trained on windows of T may, but need not,
 * answer better.
 */
import { LstmLayer } from "./lstm.ts";
import type { Network } from "../network.ts";

/** A network that takes a step at a time. Make it with {@linkcode createStream}. */
export class NetworkStream {
  readonly #network: Network;
  /** (F): where a step's input is copied to. */
  readonly #one: Float64Array;
  /** How many numbers a state has: Σ 2·H over the LSTM layers. */
  readonly stateLength: number;

  /** See {@linkcode createStream}. */
  constructor(network: Network) {
    const { spec, layers, kernels } = network;
    const recurrent = layers.filter((layer) => layer instanceof LstmLayer);
    if (recurrent.length === 0 && spec.steps > 1) {
      throw new RangeError(
        `Cannot take one step at a time: the network has no LSTM layer and reads all ${spec.steps} steps at once; ` +
          "use predictOne",
      );
    }
    this.#network = network;
    this.#one = kernels.allocate(spec.inputs);
    this.stateLength = recurrent.reduce((sum, layer) => sum + layer.stateLength, 0);
  }

  /** A state that has seen nothing: zeros. */
  createState(): Float64Array {
    return new Float64Array(this.stateLength);
  }

  /**
   * Takes one step; dropout does nothing. Allocates nothing, and leaves what the last forward pass kept alone.
   *
   * @param state changed in place; a NaN among the inputs stays in it until it is set again
   * @param x holds the step (F) from `start`
   * @returns (O) in a buffer of the network's: the next answer to one example overwrites it
   * @throws RangeError when the state is of another length, or fewer than F numbers stand from `start`
   */
  step(state: Float64Array, x: Float64Array, start: number): Float64Array {
    const { layers } = this.#network, one = this.#one, inputs = one.length;
    if (state.length !== this.stateLength) {
      throw new RangeError(
        `Cannot take a step: the state has ${state.length} numbers, ${this.stateLength} are wanted`,
      );
    }
    if (!(start >= 0 && start + inputs <= x.length)) {
      throw new RangeError(
        `Cannot take a step of ${inputs} numbers from place ${start}: ${x.length} numbers were given`,
      );
    }
    for (let i = 0; i < inputs; i++) one[i] = x[start + i]!;
    let values = one, at = 0;
    for (let l = 0; l < layers.length; l++) {
      const layer = layers[l]!;
      if (layer instanceof LstmLayer) {
        values = layer.advance(values, state, at);
        at += layer.stateLength;
      } else values = layer.forwardOne(values);
    }
    return values;
  }
}

/**
 * A network that takes a step at a time, on the parameters of `network`, also when they change.
 *
 * @throws RangeError when it has several steps and no LSTM layer to remember them
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { createNetwork, predictOne } from "../network.ts";
 * import { Random } from "../random.ts";
 * const network = createNetwork(
 *   {
 *     inputs: 2,
 *     steps: 3,
 *     layers: [{ kind: "lstm", units: 4 }, { kind: "dense", units: 1, activation: "identity" }],
 *   },
 *   new Random(1),
 * );
 * const window = new Float64Array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
 * const stream = createStream(network), state = stream.createState();
 * for (const start of [0, 2]) stream.step(state, window, start);
 * assert.equal(stream.step(state, window, 4)[0], predictOne(network, window, 0)[0]);
 * ```
 */
export function createStream(network: Network): NetworkStream {
  return new NetworkStream(network);
}
