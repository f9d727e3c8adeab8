/**
 * The network and all its numbers: pure, on flat `Float64Array`s, the same bits from the same seed.
 *
 * The room in ten minutes, in the order in which to read it:
 *
 * 1. `spec.ts`: an architecture as plain data, and where its parameters lie in one flat array.
 * 2. `network.ts`: layers one behind the other; forward, backward, one record. `layers/layer.ts` says what a layer is.
 * 3. `layers/`: `dense.ts`, `dropout.ts`, `lstm.ts` (a whole window) and `lstm_stream.ts` (a step at a time): each
 *    layer, forward beside backward. `initializer.ts`: what their parameters begin with.
 * 4. `kernels/kernels.ts`: the loops that all time goes into, as an interface. `kernels/` has them in plain TypeScript,
 *    which explains them; `wasm/` has each of them again as SIMD code, assembled at run time, with the same bits.
 *    `kernels/activation.ts` is the one exp, tanh and sigmoid of both.
 * 5. `losses/`, `optimizers/` (with schedules, clipping and early stopping): what training is made of. In each folder a
 *    contract (`loss.ts`, `optimizer.ts`, `kernels.ts`) stands apart from `create.ts`, which knows its implementations.
 * 6. `scaler.ts`, `metrics.ts`, `classification.ts`, `ridge.ts`: statistics around the network.
 * 7. `files/` (safetensors, checkpoints, protobuf) and `onnx/`: files.
 *
 * @example Fit y = 2·x₀ − x₁
 * ```ts
 * import assert from "node:assert/strict";
 * import { Adam, backward, createLoss, createNetwork, denseSpec, forward, predictOne, Random } from "./mod.ts";
 *
 * const random = new Random(1);
 * const spec = denseSpec({ inputs: 2, hidden: [8], outputs: 1, activation: "tanh" });
 * const network = createNetwork(spec, random);
 * const adam = new Adam(network.parameters.length, { learningRate: 0.02 });
 * const loss = createLoss("mse");
 * const rows = 32;
 * const x = new Float64Array(rows * 2), y = new Float64Array(rows), dOutputs = new Float64Array(rows);
 * for (let step = 0; step < 1_000; step++) {
 *   for (let row = 0; row < rows; row++) {
 *     x[2 * row] = random.uniform(-1, 1);
 *     x[2 * row + 1] = random.uniform(-1, 1);
 *     y[row] = 2 * x[2 * row]! - x[2 * row + 1]!;
 *   }
 *   loss.gradient(forward(network, x, rows), y, dOutputs);
 *   backward(network, dOutputs, rows);
 *   adam.step(network.parameters, network.gradients);
 * }
 * assert.ok(Math.abs(predictOne(network, new Float64Array([0.5, 0.5]), 0)[0]! - 0.5) < 0.05);
 * ```
 *
 * @module
 */
export { Adam, type AdamOptions } from "./optimizers/adam.ts";
export { networkFromTensors, tensorsOf } from "./files/checkpoint.ts";
export { firstNotFinite } from "./finite.ts";
export {
  classificationDictionary,
  type ClassificationReport,
  classificationReport,
  type ClassScores,
  ConfusionMatrix,
  formatClassificationReport,
  LogLoss,
  type ScoresDictionary,
} from "./classification.ts";
export { clipByNorm, clipByValue } from "./optimizers/clip.ts";
export {
  EarlyStopping,
  type EarlyStoppingOptions,
  type EarlyStoppingState,
} from "./optimizers/early_stopping.ts";
export { type Fan, fillGlorotUniform, fillHeUniform, fillOrthogonal } from "./layers/initializer.ts";
export type {
  ActivationGradient,
  AdamStep,
  ColumnSum,
  ElementActivation,
  Kernels,
  LstmStep,
  LstmStepGradient,
  Product,
  Transposition,
} from "./kernels/kernels.ts";
export type { KernelsWanted } from "./kernels/create.ts";
export type { Layer, LayerPlace, Pass } from "./layers/layer.ts";
export { HEADER_BYTES_MAX, LAYERS_MAX, PARAMETERS_MAX } from "./limits.ts";
export { type Loss, type LossName, type LossOptions } from "./losses/loss.ts";
export { createLoss } from "./losses/create.ts";
export { createStream, type NetworkStream } from "./layers/lstm_stream.ts";
export { moments, quantile, quantileOfSorted, RegressionMetrics } from "./metrics.ts";
export {
  allocateNetwork,
  backward,
  createNetwork,
  forward,
  type ForwardOptions,
  type Network,
  type NetworkCache,
  type NetworkOptions,
  predictOne,
  predictOneSparse,
} from "./network.ts";
export {
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  type OptimizerState,
} from "./optimizers/optimizer.ts";
export { createOptimizer } from "./optimizers/create.ts";
export { Random, type RandomState } from "./random.ts";
export { type LinearModel, predictLinear, RidgeRegression } from "./ridge.ts";
export { RmsProp, type RmsPropOptions } from "./optimizers/rms_prop.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  type Tensor,
} from "./files/safetensors.ts";
export { Scaler, type ScalerFitOptions, type ScalerKind, type ScalerParameters } from "./scaler.ts";
export {
  type ConstantSpec,
  type CosineSpec,
  createSchedule,
  type PlateauSpec,
  type PlateauState,
  type Schedule,
  type ScheduleSpec,
  type ScheduleState,
  type StepSpec,
} from "./optimizers/schedule.ts";
export { Sgd, type SgdOptions } from "./optimizers/sgd.ts";
export { denseRows, type SparseRows, sparseRows } from "./sparse.ts";
export { SparseInput } from "./sparse_input.ts";
export {
  type Activation,
  ACTIVATIONS,
  activationsOf,
  countOutputs,
  type DenseNetwork,
  type DenseSpec,
  denseSpec,
  type DropoutSpec,
  type LayerShape,
  layerShapes,
  type LayerSpec,
  type LstmSpec,
  type NetworkSpec,
  type TensorView,
  tensorViews,
  widthsOf,
} from "./spec.ts";
