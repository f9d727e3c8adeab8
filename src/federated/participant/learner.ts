/**
 * One network and its buffers, in which the devices of a process predict and learn one after the other: a device itself
 * is no more than its weights and its window.
 */
import {
  backward,
  createLoss,
  createNetwork,
  createOptimizer,
  forward,
  type Loss,
  type Network,
  type NetworkSpec,
  type Optimizer,
  type OptimizerName,
  type OptimizerState,
  Random,
} from "../../../nn/mod.ts";
import type { ExampleWindow } from "./window.ts";

/** How a device learns. */
export interface LocalRecipe {
  /** Passes over the window in a round. */
  readonly epochs: number;
  /** Examples per step. */
  readonly batchSize: number;
  readonly learningRate: number;
  readonly optimizer: OptimizerName;
  /** Where the loss turns from square to straight, in the preparation's unit. */
  readonly huberDelta: number;
}

/** From where, and how, a round of learning goes. */
export interface LearnOptions {
  /** Weights to begin with. */
  readonly from: Float64Array;
  /** Order of the examples, and what dropout drops. */
  readonly random: Random;
  /** η of this round. @default the recipe's */
  readonly learningRate?: number | undefined;
  /** The optimizer's memory. @default a fresh one */
  readonly optimizer?: OptimizerState | undefined;
  /** μ of FedProx's term μ/2·‖w − proximalTo‖². @default 0 */
  readonly proximal?: number | undefined;
  /** @default from */
  readonly proximalTo?: Float64Array | undefined;
  /** Examples to learn from. @default all of the window, in their order */
  readonly places?: Int32Array | undefined;
  /** Passes over them. @default the recipe's */
  readonly epochs?: number | undefined;
  /** What targets are multiplied by; −1 is a poisoned device of a simulation. @default 1 */
  readonly targetFactor?: number | undefined;
}

/** What a round of learning brought. */
export interface Learned {
  readonly weights: Float64Array;
  /** Mean loss over the last pass, as it went. */
  readonly loss: number;
  readonly optimizer: OptimizerState;
}

const PREDICTED_ROWS = 512;

/** Predicts and learns with whatever weights it is given. */
export class Learner {
  readonly network: Network;
  /** I */
  readonly width: number;
  readonly #recipe: LocalRecipe;
  readonly #loss: Loss;
  readonly #optimizer: Optimizer;
  readonly #fresh: OptimizerState;
  readonly #inputs: Float64Array;
  readonly #targets: Float64Array;
  readonly #dOutputs: Float64Array;

  /** @throws RangeError for a network that is not possible */
  constructor(spec: NetworkSpec, recipe: LocalRecipe) {
    this.network = createNetwork(spec, new Random(0));
    const { kernels, parameters, cache } = this.network;
    this.width = cache.inputs;
    this.#recipe = recipe;
    const { learningRate, huberDelta, batchSize } = recipe;
    this.#loss = createLoss("huber", { delta: huberDelta });
    this.#optimizer = createOptimizer(recipe.optimizer, { length: parameters.length, kernels, learningRate });
    this.#fresh = this.#optimizer.state();
    this.#inputs = kernels.allocate(Math.max(batchSize, PREDICTED_ROWS) * this.width);
    this.#targets = new Float64Array(batchSize);
    this.#dOutputs = kernels.allocate(batchSize);
  }

  /** The network's answers (rows) to inputs (rows, I), in the preparation's unit. */
  predict(weights: Float64Array, inputs: Float64Array): Float64Array {
    this.network.parameters.set(weights);
    const rows = inputs.length / this.width;
    const answers = new Float64Array(rows);
    for (let at = 0; at < rows; at += PREDICTED_ROWS) {
      const some = Math.min(PREDICTED_ROWS, rows - at);
      this.#inputs.set(inputs.subarray(at * this.width, (at + some) * this.width));
      answers.set(forward(this.network, this.#inputs, some), at);
    }
    return answers;
  }

  /** What the last layer sees (rows, its inputs) of inputs (rows, I). */
  features(
    weights: Float64Array,
    inputs: Float64Array,
  ): { readonly values: Float64Array; readonly width: number } {
    const { layers, tensors, parameters } = this.network;
    parameters.set(weights);
    const rows = inputs.length / this.width, width = tensors.at(-2)!.shape[0]!;
    const values = new Float64Array(rows * width);
    for (let at = 0; at < rows; at += PREDICTED_ROWS) {
      const some = Math.min(PREDICTED_ROWS, rows - at);
      this.#inputs.set(inputs.subarray(at * this.width, (at + some) * this.width));
      forward(this.network, this.#inputs, some); // makes room for the rows
      let seen = this.#inputs;
      for (const layer of layers.slice(0, -1)) {
        seen = layer.forward(seen, { rows: some, random: null, activated: true });
      }
      values.set(seen.subarray(0, some * width), at * width);
    }
    return { values, width };
  }

  /** Passes over the window in mini-batches. There is an example at least. */
  learn(
    window: ExampleWindow,
    { from, random, optimizer, learningRate, proximal = 0, targetFactor = 1, ...options }: LearnOptions,
  ): Learned {
    const { places: order = window.inOrder(), epochs = this.#recipe.epochs, proximalTo = from } = options;
    const { parameters, gradients } = this.network;
    parameters.set(from);
    this.#optimizer.restore(optimizer ?? this.#fresh);
    this.#optimizer.learningRate = learningRate ?? this.#recipe.learningRate;
    let loss = 0;
    for (let epoch = 0; epoch < epochs; epoch++) {
      random.shuffle(order);
      loss = 0;
      for (let at = 0; at < order.length; at += this.#recipe.batchSize) {
        const batch = order.subarray(at, at + this.#recipe.batchSize);
        loss += this.#gradient(window, { batch, random, targetFactor }) * batch.length / order.length;
        if (proximal > 0) {
          for (let i = 0; i < gradients.length; i++) {
            gradients[i]! += proximal * (parameters[i]! - proximalTo[i]!);
          }
        }
        this.#optimizer.step(parameters, gradients);
      }
    }
    return { weights: parameters.slice(), loss, optimizer: this.#optimizer.state() };
  }

  #gradient(
    window: ExampleWindow,
    { batch, random, targetFactor }: {
      readonly batch: Int32Array;
      readonly random: Random;
      readonly targetFactor: number;
    },
  ): number {
    const rows = batch.length, width = this.width;
    for (let row = 0; row < rows; row++) {
      const start = batch[row]! * width, to = row * width;
      for (let i = 0; i < width; i++) this.#inputs[to + i] = window.inputs[start + i]!;
      this.#targets[row] = targetFactor * window.targets[batch[row]!]!;
    }
    const outputs = forward(this.network, this.#inputs, rows, { random });
    const loss = this.#loss.gradient(outputs, this.#targets, this.#dOutputs);
    backward(this.network, this.#dOutputs, rows);
    return loss;
  }
}
