/**
 * A network: layers one behind the other, all parameters in one flat array.
 *
 * Shapes: B rows of a mini-batch, each an example (T, F) as spec.ts says, O outputs. Matrices are row-major in flat
 * arrays. The parameters lie layer after layer, see {@linkcode tensorViews}; so an optimizer, a checkpoint or an
 * average over several networks is one loop over `parameters`.
 *
 * The loops are those of wasm/ where the runtime has SIMD, otherwise those in TypeScript: the same bits.
 *
 * Left out: gradients of the inputs (nothing stands before the first layer), batch normalisation (a record's answer
 * must not depend on its neighbours), graphs other than a chain.
 */
import { DenseLayer } from "./layers/dense.ts";
import { DropoutLayer } from "./layers/dropout.ts";
import type { Kernels } from "./kernels/kernels.ts";
import { createKernels, type KernelsWanted } from "./kernels/create.ts";
import type { Layer, LayerPlace, SparseLayer } from "./layers/layer.ts";
import { LstmLayer } from "./layers/lstm.ts";
import type { Random } from "./random.ts";
import { SparseInput } from "./sparse_input.ts";
import type { SparseRows } from "./sparse.ts";
import {
  countOutputs,
  layerShapes,
  type LayerSpec,
  type NetworkSpec,
  type TensorView,
  tensorViews,
} from "./spec.ts";

/** A network. Make it with {@linkcode createNetwork} or {@linkcode allocateNetwork}. */
export interface Network {
  /** Its architecture. */
  readonly spec: NetworkSpec;
  /** The loops that run over it, and the memory that it lies in. */
  readonly kernels: Kernels;
  /** Whether its products are fused, see {@linkcode NetworkOptions}. */
  readonly fma: boolean;
  /** All weights and biases. */
  readonly parameters: Float64Array;
  /** The loss by each parameter, as the last {@linkcode backward} wrote it. */
  readonly gradients: Float64Array;
  /** What lies where in both. */
  readonly tensors: readonly TensorView[];
  /** From inputs to outputs. */
  readonly layers: readonly Layer[];
  /** Buffers; not for callers. */
  readonly cache: NetworkCache;
}

/** The buffers of a network: they grow to the largest mini-batch seen and stay. */
export interface NetworkCache {
  /** T·F. */
  readonly inputs: number;
  /** O. */
  readonly outputs: number;
  /** (T·F): where the input of one forecast is copied to. */
  readonly one: Float64Array;
  /** Where sparse inputs are copied to. */
  readonly sparse: SparseInput;
  /** Where the sparse input of one forecast is copied to. */
  readonly sparseOne: SparseInput;
  /** Rows that the buffers hold. */
  rowsReserved: number;
  /** B of the last forward pass; 0 before the first. */
  rowsForward: number;
  /** (rows reserved, T·F): where inputs are copied to that lie in somebody else's memory. */
  batch: Float64Array;
  /** (rows reserved, O): where the loss by each output is copied to. */
  dOutputs: Float64Array;
  /** Exactly (B, O) of the last layer's buffer. */
  answers: Float64Array;
}

/** How a network is made; nothing in it but `fma` changes a number. */
export interface NetworkOptions {
  /** Which loops: "wasm" and "typescript" are for tests and benchmarks. Default "fastest", what the runtime has. */
  readonly kernels?: KernelsWanted;
  /**
   * Products with one rounding instead of two, where the runtime has them: some 20 % faster, and numbers that depend on
   * the machine. Default false.
   */
  readonly fma?: boolean;
}

/**
 * A network with all parameters zero, to be filled from a checkpoint.
 *
 * @throws RangeError when the architecture is not possible, or over the limits
 */
export function allocateNetwork(spec: NetworkSpec, options: NetworkOptions = {}): Network {
  const tensors = tensorViews(spec);
  const shapes = layerShapes(spec);
  const last = tensors.at(-1)!;
  const count = last.offset + last.length;
  const fma = options.fma ?? false;
  const kernels = createKernels(options.kernels ?? "fastest", { fma });
  const parameters = kernels.allocate(count), gradients = kernels.allocate(count);
  let propagates = false;
  const layers = spec.layers.map((layer, l) => {
    const own = tensors.filter(({ name }) => name.startsWith(`layers.${l}.`));
    const shape = shapes[l]!;
    const made = makeLayer(layer, { kernels, parameters, gradients, tensors: own, shape, propagates });
    propagates ||= own.length > 0;
    return made;
  });
  const inputs = spec.steps * spec.inputs;
  const empty = new Float64Array(0);
  const cache: NetworkCache = {
    ...{ inputs, outputs: countOutputs(spec), one: kernels.allocate(inputs) },
    ...{ sparse: new SparseInput(kernels, inputs), sparseOne: new SparseInput(kernels, inputs) },
    ...{ rowsReserved: 0, rowsForward: 0 },
    ...{ batch: empty, dOutputs: empty, answers: empty },
  };
  return { spec: structuredClone(spec), kernels, fma, parameters, gradients, tensors, layers, cache };
}

function makeLayer(layer: LayerSpec, place: LayerPlace): Layer {
  switch (layer.kind) {
    case "dense":
      return new DenseLayer(place, layer.activation);
    case "lstm":
      return new LstmLayer(place);
    case "dropout":
      return new DropoutLayer(place, layer.rate);
  }
}

/**
 * A network with fresh parameters, see each layer's `initialize`.
 *
 * @throws RangeError when the architecture is not possible, or over the limits
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "./random.ts";
 * import { denseSpec } from "./spec.ts";
 * const network = createNetwork(
 *   denseSpec({ inputs: 22, hidden: [16], outputs: 1, activation: "tanh" }),
 *   new Random(1),
 * );
 * assert.equal(network.parameters.length, 22 * 16 + 16 + 16 + 1);
 * assert.deepEqual(network.tensors[0], { name: "layers.0.weight", shape: [22, 16], offset: 0, length: 352 });
 * ```
 */
export function createNetwork(spec: NetworkSpec, random: Random, options: NetworkOptions = {}): Network {
  const network = allocateNetwork(spec, options);
  for (const layer of network.layers) layer.initialize(random);
  return network;
}

/** How a forward pass goes. */
export interface ForwardOptions {
  /** Given in training: decides what dropout drops. */
  readonly random?: Random;
  /** Stop before the last layer's activation, for the losses that take logits. */
  readonly logits?: boolean;
}

/**
 * The network's answers to `rows` examples, and what {@linkcode backward} needs of the way there.
 *
 * Without dropout a row's answer is the same, bit for bit, whatever the other rows are and however many. Sparse rows
 * give the same bits as dense ones.
 *
 * @param x (B, T·F), or sparse rows of T·F columns for a network that begins with a dense layer; read again by
 * {@linkcode backward}, so leave it as it is until then
 * @param rows B
 * @returns (B, O) in a buffer of the network's: the next call overwrites it
 * @throws RangeError when `x` holds fewer rows, or B is no positive integer
 */
export function forward(
  network: Network,
  x: Float64Array | SparseRows,
  rows: number,
  { random, logits = false }: ForwardOptions = {},
): Float64Array {
  const { cache, layers } = network;
  checkRows(network, x, rows);
  if (rows > cache.rowsReserved) reserve(network, rows);
  const last = layers.length - 1;
  let values: Float64Array;
  let next = 0;
  if (x instanceof Float64Array) {
    values = bring(network, x, { into: cache.batch, count: rows * cache.inputs });
  } else {
    const pass = { rows, random: random ?? null, activated: !(logits && last === 0) };
    values = sparseLayer(network).forwardSparse(bringSparse(network, x, rows), pass);
    next = 1;
  }
  for (let l = next; l <= last; l++) {
    values = layers[l]!.forward(values, { rows, random: random ?? null, activated: !(logits && l === last) });
  }
  if (rows !== cache.rowsForward || cache.answers.byteOffset !== values.byteOffset) {
    cache.rowsForward = rows;
    cache.answers = values.subarray(0, rows * cache.outputs);
  }
  return cache.answers;
}

function checkRows({ cache }: Network, x: Float64Array | SparseRows, rows: number): void {
  const dense = x instanceof Float64Array;
  const enough = dense ? x.length >= rows * cache.inputs : x.rows >= rows && x.columns === cache.inputs;
  if (Number.isSafeInteger(rows) && rows >= 1 && enough) return;
  const given = dense ? `${x.length} numbers` : `${x.rows} sparse rows of ${x.columns} columns`;
  throw new RangeError(`Cannot run ${rows} rows of ${cache.inputs} inputs forward: ${given} were given`);
}

/** Grows all buffers: at least to twice what they were, so that nothing is left over but as much again. */
function reserve({ cache, kernels, layers }: Network, rows: number): void {
  const room = Math.max(rows, 2 * cache.rowsReserved);
  cache.batch = kernels.name === "typescript" ? cache.batch : kernels.allocate(room * cache.inputs);
  cache.dOutputs = kernels.allocate(room * cache.outputs);
  for (const layer of layers) layer.reserve(room);
  cache.rowsReserved = room;
}

/** The first numbers where the kernels read them: copied into `into`, or as they are. */
function bring(
  { kernels }: Network,
  numbers: Float64Array,
  { into, count }: { readonly into: Float64Array; readonly count: number },
): Float64Array {
  if (kernels.owns(numbers)) return numbers;
  into.set(numbers.length > count ? numbers.subarray(0, count) : numbers);
  return into;
}

function bringSparse({ kernels, cache }: Network, x: SparseRows, rows: number): SparseRows {
  return kernels.owns(x.value) && kernels.owns(x.column) && kernels.owns(x.rowStart)
    ? x
    : cache.sparse.copy(x, rows);
}

function sparseLayer({ layers: [first] }: Network): SparseLayer {
  if (first instanceof DenseLayer) return first;
  throw new RangeError("Cannot run sparse rows forward: the network does not begin with a dense layer");
}

/**
 * Writes `network.gradients`: the loss by each parameter, for the rows of the last {@linkcode forward}.
 *
 * @param dOutputs (B, O): the loss by what forward returned, the logits where it was asked for them; left untouched
 * @param rows B, the same as in the forward pass
 * @throws RangeError when B is not that of the last forward pass, or `dOutputs` is shorter than B×O
 */
export function backward(network: Network, dOutputs: Float64Array, rows: number): void {
  const { cache, layers } = network;
  const count = rows * cache.outputs;
  if (rows !== cache.rowsForward || dOutputs.length < count) {
    throw new RangeError(
      `Cannot run ${rows} rows of ${cache.outputs} outputs backward: the forward pass had ` +
        `${cache.rowsForward} rows, and ${dOutputs.length} numbers were given`,
    );
  }
  let gradients = cache.dOutputs;
  gradients.set(dOutputs.length > count ? dOutputs.subarray(0, count) : dOutputs);
  for (let l = layers.length - 1; l >= 0; l--) gradients = layers[l]!.backward(gradients, rows);
}

/**
 * The network's answer to one example: the same bits as {@linkcode forward} gives. It leaves what the last forward
 * pass kept alone, and allocates nothing.
 *
 * @param x holds the example (T·F) from `start`
 * @returns (O) in a buffer of the network's: the next call overwrites it
 * @throws RangeError when fewer than T·F numbers stand from `start`
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Random } from "./random.ts";
 * import { denseSpec } from "./spec.ts";
 * const spec = denseSpec({ inputs: 2, hidden: [3], outputs: 1, activation: "relu" });
 * const network = createNetwork(spec, new Random(7));
 * const x = new Float64Array([0.1, 0.2, 0.3, 0.4]);
 * assert.equal(predictOne(network, x, 2)[0], forward(network, x, 2)[1]);
 * ```
 */
export function predictOne({ cache, layers }: Network, x: Float64Array, start: number): Float64Array {
  const { one, inputs } = cache;
  if (!(start >= 0 && start + inputs <= x.length)) {
    throw new RangeError(
      `Cannot predict from ${inputs} numbers from place ${start}: ${x.length} numbers were given`,
    );
  }
  for (let i = 0; i < inputs; i++) one[i] = x[start + i]!;
  let values = one;
  for (let l = 0; l < layers.length; l++) values = layers[l]!.forwardOne(values);
  return values;
}

/**
 * The network's answer to the first of the sparse rows: the same bits as {@linkcode forward} gives. It leaves what
 * the last forward pass kept alone, and allocates nothing.
 *
 * @param x of T·F columns
 * @returns (O) in a buffer of the network's: the next call overwrites it
 * @throws RangeError when the network does not begin with a dense layer, or x has no row of its columns
 */
export function predictOneSparse(network: Network, x: SparseRows): Float64Array {
  const { cache, layers } = network;
  checkRows(network, x, 1);
  let values = sparseLayer(network).forwardOneSparse(cache.sparseOne.copy(x, 1));
  for (let l = 1; l < layers.length; l++) values = layers[l]!.forwardOne(values);
  return values;
}
