/** Dropout: in training Y = X∘M with M 0 by chance, else 1 / (1 − rate); otherwise Y = X. */
import type { Kernels } from "../kernels/kernels.ts";
import type { Layer, LayerPlace, Pass } from "./layer.ts";

/** One dropout layer; made by `createNetwork`. */
export class DropoutLayer implements Layer {
  readonly #kernels: Kernels;
  readonly #width: number;
  /** Numbers of a 32-bit draw that drop. */
  readonly #threshold: number;
  readonly #scale: number;
  /** (B, T·F): 0 or the scale. */
  #mask: Float64Array = new Float64Array(0);
  #outputs: Float64Array = new Float64Array(0);
  #drops = false;

  /** A layer at its place in a network, that drops this share. */
  constructor({ kernels, shape }: LayerPlace, rate: number) {
    this.#kernels = kernels;
    this.#width = shape.steps * shape.inputs;
    this.#threshold = rate * 2 ** 32;
    this.#scale = 1 / (1 - rate);
  }

  /** It has no parameters. */
  initialize(): void {}

  reserve(rows: number): void {
    this.#mask = this.#kernels.allocate(rows * this.#width);
    this.#outputs = this.#kernels.allocate(rows * this.#width);
  }

  forward(x: Float64Array, { rows, random }: Pass): Float64Array {
    this.#drops = random !== null && this.#threshold > 0;
    if (random === null || !this.#drops) return x;
    const mask = this.#mask, outputs = this.#outputs, threshold = this.#threshold, scale = this.#scale;
    for (let i = 0; i < rows * this.#width; i++) {
      const factor = random.uint32() < threshold ? 0 : scale;
      mask[i] = factor;
      outputs[i] = x[i]! * factor;
    }
    return outputs;
  }

  backward(dOutputs: Float64Array, rows: number): Float64Array {
    if (this.#drops) {
      const mask = this.#mask;
      for (let i = 0; i < rows * this.#width; i++) dOutputs[i]! *= mask[i]!;
    }
    return dOutputs;
  }

  forwardOne(x: Float64Array): Float64Array {
    return x;
  }
}
