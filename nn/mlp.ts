/**
 * A multi-layer perceptron: forward beside backward, all parameters in one flat array.
 *
 * Shapes: B rows of a mini-batch, I inputs, O outputs; layer l maps (B, K) to (B, N) by X·W + b with W (K, N)
 * row-major and b (N). Hidden layers end in the activation, the last one in nothing (identity).
 * Matrices are row-major in flat arrays.
 *
 * The parameters of layer l lie at W (K·N), then b (N), layer after layer. So an optimizer, a checkpoint or an
 * average over several networks is one loop over `parameters`.
 *
 * The loops are those of wasm/ where the runtime has SIMD, otherwise those of kernels.ts: the same bits.
 *
 * Left out: gradients of the inputs (nothing stands before the first layer), dropout and batch normalisation (a
 * network of this size is regularised by stopping early).
 */
import { type Kernels, tanhBackward, tanhForward, typescriptKernels } from "./kernels.ts";
import { bring, type Layer, makeLayer, type MlpCache, reserve } from "./layer.ts";
import type { Random } from "./random.ts";
import { type MlpSpec, type TensorView, tensorViews } from "./spec.ts";
import { offerAdamHome } from "./wasm/adam_home.ts";
import { WasmKernels } from "./wasm/memory.ts";

/** A network. Make it with {@linkcode createMlp} or {@linkcode allocateMlp}. */
export interface Mlp {
  /** Its architecture. */
  readonly spec: MlpSpec;
  /** All weights and biases. */
  readonly parameters: Float64Array;
  /** The loss by each parameter, as the last {@linkcode backward} wrote it. */
  readonly gradients: Float64Array;
  /** What lies where in both. */
  readonly tensors: readonly TensorView[];
  /** Buffers; not for callers. */
  readonly cache: MlpCache;
}

/** How a network is made; nothing in it changes a number. */
export interface MlpOptions {
  /** Which loops: "wasm" and "typescript" are for tests and benchmarks. Default "fastest", what the runtime has. */
  readonly kernels?: "fastest" | "wasm" | "typescript";
}

/**
 * A network with all parameters zero, to be filled from a checkpoint.
 *
 * @throws RangeError when a width is no positive integer, the network is over the limits, or the kernels asked for
 * are not to be had
 */
export function allocateMlp(spec: MlpSpec, options: MlpOptions = {}): Mlp {
  const tensors = tensorViews(spec);
  const last = tensors.at(-1)!;
  const count = last.offset + last.length;
  const kernels = chooseKernels(spec, { count, wanted: options.kernels ?? "fastest" });
  const parameters = kernels.allocate(count), gradients = kernels.allocate(count);
  if (kernels.name === "wasm") {
    const slots = [kernels.allocate(count), kernels.allocate(count)] as const;
    offerAdamHome(parameters, { kernels, gradients, slots, evict: null });
  }
  const layers: Layer[] = [];
  const inputOne = kernels.allocate(spec.inputs);
  let before = inputOne;
  for (let t = 0; t < tensors.length; t += 2) {
    const weight = tensors[t]!;
    const hidden = t + 2 < tensors.length;
    const layer = makeLayer(
      { kernels, parameters, gradients, weight, activation: hidden ? spec.activation : null },
      before,
    );
    layers.push(layer);
    before = layer.forwardOne.c;
  }
  kernels.keep();
  const empty = new Float64Array(0);
  const cache = { kernels, layers, inputOne, inputs: empty, rowsReserved: 0, rowsForward: 0, outputs: empty };
  return {
    spec: { ...spec, hidden: [...spec.hidden] },
    parameters,
    gradients,
    tensors,
    cache,
  };
}

function chooseKernels(
  { inputs, hidden, outputs }: MlpSpec,
  { count, wanted }: { readonly count: number; readonly wanted: NonNullable<MlpOptions["kernels"]> },
): Kernels {
  if (wanted === "typescript") return typescriptKernels;
  const widths = [inputs, ...hidden, outputs];
  // Parameters, gradients, two moments; the transposed weights are fewer than the parameters.
  const lengths = [count, count, count, count, count, ...widths];
  const wasm = WasmKernels.create({ lengths, widthMax: Math.max(...widths) });
  if (wasm === null && wanted === "wasm") {
    throw new RangeError(
      `Cannot make a network of ${count} parameters in WebAssembly: the runtime has no SIMD, or no such memory`,
    );
  }
  return wasm ?? typescriptKernels;
}

/**
 * A network with fresh parameters: biases 0; weights uniform in ±√(6/K) before a ReLU (He et al. 2015,
 * arXiv:1502.01852), in ±√(6/(K+N)) otherwise (Glorot and Bengio 2010).
 *
 * @throws RangeError when a width is no positive integer, or the network is over the limits
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "./random.ts";
 * const mlp = createMlp({ inputs: 22, hidden: [16], outputs: 1, activation: "tanh" }, new Random(1));
 * assert.equal(mlp.parameters.length, 22 * 16 + 16 + 16 + 1);
 * assert.deepEqual(mlp.tensors[0], { name: "layers.0.weight", shape: [22, 16], offset: 0, length: 352 });
 * ```
 */
export function createMlp(spec: MlpSpec, random: Random, options: MlpOptions = {}): Mlp {
  const mlp = allocateMlp(spec, options);
  mlp.cache.layers.forEach((layer, l) => {
    const weight = mlp.tensors[2 * l]!;
    const fan = layer.activation === "relu" ? layer.inputs : layer.inputs + layer.outputs;
    const limit = Math.sqrt(6 / fan);
    for (let i = 0; i < weight.length; i++) {
      mlp.parameters[weight.offset + i] = random.uniform(-limit, limit);
    }
  });
  return mlp;
}

/**
 * The network's answers to `rows` examples, and what {@linkcode backward} needs of the way there.
 *
 * A row's answer is the same, bit for bit, whatever the other rows are and however many.
 *
 * @param x (B, I); read again by {@linkcode backward}, so leave it as it is until then
 * @param rows B
 * @returns (B, O) in a buffer of the network's: the next call overwrites it
 * @throws RangeError when `x` is shorter than B×I, or B is no positive integer
 */
export function forward(mlp: Mlp, x: Float64Array, rows: number): Float64Array {
  const { cache, spec } = mlp;
  if (!Number.isSafeInteger(rows) || rows < 1 || x.length < rows * spec.inputs) {
    throw new RangeError(
      `Cannot run ${rows} rows of ${spec.inputs} inputs forward: ${x.length} numbers were given`,
    );
  }
  if (rows > cache.rowsReserved) reserve(cache, rows);
  const { layers } = cache;
  const { kernels } = cache;
  const brought = bring(cache, x, { into: cache.inputs, length: rows * spec.inputs });
  layers[0]!.forward.a = brought;
  layers[0]!.weightGradient.a = brought;
  for (let l = 0; l < layers.length; l++) {
    const layer = layers[l]!;
    layer.forward.rows = rows;
    kernels.multiply(layer.forward);
    if (layer.activation === "tanh") tanhForward(layer.activations, rows * layer.outputs);
  }
  if (rows !== cache.rowsForward) {
    cache.rowsForward = rows;
    cache.outputs = layers.at(-1)!.activations.subarray(0, rows * spec.outputs);
  }
  return cache.outputs;
}

/**
 * Writes `mlp.gradients`: the loss by each parameter, for the rows of the last {@linkcode forward}.
 *
 * @param dOutput (B, O): the loss by each output; left untouched
 * @param rows B, the same as in the forward pass
 * @throws RangeError when B is not that of the last forward pass, or `dOutput` is shorter than B×O
 */
export function backward(mlp: Mlp, dOutput: Float64Array, rows: number): void {
  const { cache, spec, gradients } = mlp;
  const { layers, rowsForward, kernels } = cache;
  if (rows !== rowsForward || dOutput.length < rows * spec.outputs) {
    throw new RangeError(
      `Cannot run ${rows} rows of ${spec.outputs} outputs backward: the forward pass had ${rowsForward} rows, ` +
        `and ${dOutput.length} numbers were given`,
    );
  }
  const last = layers[layers.length - 1]!;
  const brought = bring(cache, dOutput, { into: last.deltas, length: rows * spec.outputs });
  last.weightGradient.b = brought;
  last.inputGradient.a = brought;
  for (let l = layers.length - 1; l >= 0; l--) {
    const { weightGradient, inputGradient, transposed, inputs, outputs, biasStart, forward } = layers[l]!;
    weightGradient.depth = rows;
    kernels.multiply(weightGradient);
    kernels.sumColumns({ from: weightGradient.b, rows, columns: outputs, into: gradients, start: biasStart });
    if (l === 0) return;
    kernels.transpose({ b: forward.b, bStart: forward.bStart, rows: inputs, columns: outputs }, transposed);
    inputGradient.rows = rows;
    kernels.multiply(inputGradient);
    const before = layers[l - 1]!;
    if (before.activation === "relu") kernels.reluBackward(before.deltas, before.activations, rows * inputs);
    else tanhBackward(before.deltas, before.activations, rows * inputs);
  }
}

/**
 * The network's answer to one example: the same bits as {@linkcode forward} gives. It leaves what the last forward
 * pass cached alone, and allocates nothing.
 *
 * @param x holds the example (I) from `start`
 * @returns (O) in a buffer of the network's: the next call overwrites it
 * @throws RangeError when fewer than I numbers stand from `start`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "./random.ts";
 * const mlp = createMlp({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" }, new Random(7));
 * const x = new Float64Array([0.1, 0.2, 0.3, 0.4]);
 * assert.equal(predictOne(mlp, x, 2)[0], forward(mlp, x, 2)[1]);
 * ```
 */
export function predictOne(mlp: Mlp, x: Float64Array, start: number): Float64Array {
  const { cache: { layers, kernels, inputOne }, spec } = mlp;
  if (!(start >= 0 && start + spec.inputs <= x.length)) {
    throw new RangeError(
      `Cannot predict from ${spec.inputs} numbers from place ${start}: ${x.length} numbers were given`,
    );
  }
  const first = layers[0]!.forwardOne;
  if (kernels.name === "wasm") {
    for (let i = 0; i < spec.inputs; i++) inputOne[i] = x[start + i]!;
  } else {
    first.a = x;
    first.aStart = start;
  }
  let answer = first.c;
  for (let l = 0; l < layers.length; l++) {
    const { forwardOne, activation, outputs } = layers[l]!;
    kernels.multiply(forwardOne);
    answer = forwardOne.c;
    if (activation === "tanh") tanhForward(answer, outputs);
  }
  return answer;
}
