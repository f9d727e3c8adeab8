/**
 * A dense layer: Y = activation(X·W + b).
 *
 * Shapes: X (B, K), W (K, N), b (N), Y (B, N). Backward, with dZ = dY times the activation's derivative:
 * dW = Xᵀ·dZ, db = the column sums of dZ, dX = dZ·Wᵀ.
 */
import { fillGlorotUniform, fillHeUniform } from "./initializer.ts";
import type { Kernels, Product } from "../kernels/kernels.ts";
import { softmaxBackward } from "../kernels/activation.ts";
import type { LayerPlace, Pass, SparseLayer } from "./layer.ts";
import type { Random } from "../random.ts";
import type { SparseRows } from "../sparse.ts";
import type { Activation, TensorView } from "../spec.ts";

/** One dense layer; made by `createNetwork`. */
export class DenseLayer implements SparseLayer {
  readonly #activation: Activation;
  readonly #kernels: Kernels;
  readonly #parameters: Float64Array;
  readonly #gradients: Float64Array;
  readonly #weight: TensorView;
  readonly #biasStart: number;
  readonly #inputs: number;
  readonly #outputs: number;
  readonly #propagates: boolean;
  /** (B, K)·(K, N) → (B, N). */
  readonly #forward: Product;
  /** (1, K)·(K, N) → (1, N), into a buffer of its own. */
  readonly #forwardOne: Product;
  /** (K, B)·(B, N) → (K, N). */
  readonly #weightGradient: Product;
  /** (B, N)·(N, K) → (B, K). */
  readonly #inputGradient: Product;
  /** Wᵀ (N, K), rebuilt in every backward pass. */
  readonly #transposed: Float64Array;
  /** What the last forward pass was given, where that was sparse. */
  #sparse: SparseRows | null = null;
  /** Whether the last forward pass applied the activation. */
  #activated = true;

  /** A layer at its place in a network. */
  constructor(
    { kernels, parameters, gradients, tensors, shape, propagates }: LayerPlace,
    activation: Activation,
  ) {
    const [weight, bias] = tensors as [TensorView, TensorView];
    const inputs = shape.inputs, outputs = shape.outputs;
    const empty = new Float64Array(0);
    const forward: Product = {
      ...{ a: empty, aStart: 0, aRowStride: inputs, aStep: 1 },
      ...{ b: parameters, bStart: weight.offset, bias: parameters, biasStart: bias.offset },
      ...{ c: empty, cStart: 0, rows: 0, depth: inputs, columns: outputs },
      ...{ relu: activation === "relu", accumulate: false },
    };
    const backward = { ...forward, bias: null, biasStart: 0, relu: false };
    this.#activation = activation;
    this.#kernels = kernels;
    this.#parameters = parameters;
    this.#gradients = gradients;
    this.#weight = weight;
    this.#biasStart = bias.offset;
    this.#inputs = inputs;
    this.#outputs = outputs;
    this.#propagates = propagates;
    this.#transposed = kernels.allocate(propagates ? inputs * outputs : 0);
    this.#forward = forward;
    this.#forwardOne = { ...forward, c: kernels.allocate(outputs), rows: 1 };
    this.#weightGradient = {
      ...backward,
      ...{ aRowStride: 1, aStep: inputs, b: empty, bStart: 0 },
      ...{ c: gradients, cStart: weight.offset, rows: inputs },
    };
    this.#inputGradient = {
      ...backward,
      ...{ aRowStride: outputs, b: this.#transposed, bStart: 0, depth: outputs, columns: inputs },
    };
  }

  /** Biases 0; weights as He et al. before a ReLU, as Glorot and Bengio otherwise, see initializer.ts. */
  initialize(random: Random): void {
    const { offset, length } = this.#weight, inputs = this.#inputs, outputs = this.#outputs;
    const fill = this.#activation === "relu" ? fillHeUniform : fillGlorotUniform;
    fill(this.#parameters.subarray(offset, offset + length), random, { inputs, outputs });
    this.#parameters.fill(0, this.#biasStart, this.#biasStart + outputs);
  }

  reserve(rows: number): void {
    this.#forward.c = this.#kernels.allocate(rows * this.#outputs);
    this.#inputGradient.c = this.#kernels.allocate(this.#propagates ? rows * this.#inputs : 0);
  }

  forward(x: Float64Array, { rows, activated }: Pass): Float64Array {
    const product = this.#forward;
    this.#sparse = null;
    this.#weightGradient.a = x;
    product.a = x;
    product.rows = rows;
    product.relu = activated && this.#activation === "relu";
    this.#kernels.multiply(product);
    return this.#activate(product, activated);
  }

  forwardSparse(x: SparseRows, { rows, activated }: Pass): Float64Array {
    const product = this.#forward;
    this.#sparse = x;
    product.rows = rows;
    product.relu = activated && this.#activation === "relu";
    this.#kernels.multiplySparse(x, product);
    return this.#activate(product, activated);
  }

  #activate({ c, rows }: Product, activated: boolean): Float64Array {
    this.#activated = activated;
    if (activated) this.#applyTo(c, rows);
    return c;
  }

  /** In place; the products do the ReLU themselves. */
  #applyTo(values: Float64Array, rows: number): void {
    switch (this.#activation) {
      case "tanh":
      case "sigmoid":
        this.#kernels.activate(this.#activation, values, rows * this.#outputs);
        break;
      case "softmax":
        this.#kernels.softmaxRows(values, rows, this.#outputs);
        break;
    }
  }

  backward(dOutputs: Float64Array, rows: number): Float64Array {
    const kernels = this.#kernels, inputs = this.#inputs, outputs = this.#outputs;
    if (this.#activated) this.#differentiate(dOutputs, rows);
    const product = this.#weightGradient;
    product.b = dOutputs;
    product.depth = rows;
    if (this.#sparse === null) kernels.multiply(product);
    else kernels.multiplySparseTransposed(this.#sparse, product);
    kernels.sumColumns({
      ...{ from: dOutputs, rows, columns: outputs },
      ...{ into: this.#gradients, start: this.#biasStart },
    });
    const onward = this.#inputGradient;
    if (!this.#propagates) return onward.c;
    kernels.transpose(
      { b: this.#parameters, bStart: this.#weight.offset, rows: inputs, columns: outputs },
      this.#transposed,
    );
    onward.a = dOutputs;
    onward.rows = rows;
    kernels.multiply(onward);
    return onward.c;
  }

  /** In place: from the loss by each output to the loss by each sum. */
  #differentiate(dOutputs: Float64Array, rows: number): void {
    const y = this.#forward.c;
    switch (this.#activation) {
      case "relu":
      case "tanh":
      case "sigmoid":
        this.#kernels.activationBackward(this.#activation, {
          gradients: dOutputs,
          activations: y,
          count: rows * this.#outputs,
        });
        break;
      case "softmax":
        softmaxBackward(dOutputs, { probabilities: y, rows, columns: this.#outputs });
        break;
    }
  }

  forwardOne(x: Float64Array): Float64Array {
    const product = this.#forwardOne;
    product.a = x;
    this.#kernels.multiply(product);
    this.#applyTo(product.c, 1);
    return product.c;
  }

  forwardOneSparse(x: SparseRows): Float64Array {
    const product = this.#forwardOne;
    this.#kernels.multiplySparse(x, product);
    this.#applyTo(product.c, 1);
    return product.c;
  }
}
