/**
 * The network and all its numbers: pure, on flat `Float64Array`s, the same bits from the same seed.
 *
 * @example Fit y = 2·x₀ − x₁
 * ```ts
 * import assert from "node:assert/strict";
 * import { Adam, backward, createLoss, createMlp, forward, predictOne, Random } from "./mod.ts";
 *
 * const random = new Random(1);
 * const mlp = createMlp({ inputs: 2, hidden: [8], outputs: 1, activation: "tanh" }, random);
 * const adam = new Adam(mlp.parameters.length, { learningRate: 0.02 });
 * const loss = createLoss("mse");
 * const rows = 32;
 * const x = new Float64Array(rows * 2), y = new Float64Array(rows), dOutputs = new Float64Array(rows);
 * for (let step = 0; step < 1_000; step++) {
 *   for (let row = 0; row < rows; row++) {
 *     x[2 * row] = random.uniform(-1, 1);
 *     x[2 * row + 1] = random.uniform(-1, 1);
 *     y[row] = 2 * x[2 * row]! - x[2 * row + 1]!;
 *   }
 *   loss.gradient(forward(mlp, x, rows), y, dOutputs);
 *   backward(mlp, dOutputs, rows);
 *   adam.step(mlp.parameters, mlp.gradients);
 * }
 * assert.ok(Math.abs(predictOne(mlp, new Float64Array([0.5, 0.5]), 0)[0]! - 0.5) < 0.05);
 * ```
 *
 * @module
 */
export { mlpFromTensors, tensorsOf } from "./checkpoint.ts";
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
export type { AdamStep, ColumnSum, Kernels, Product } from "./kernels.ts";
export type { Layer, MlpCache } from "./layer.ts";
export { HEADER_BYTES_MAX, HIDDEN_LAYERS_MAX, PARAMETERS_MAX } from "./limits.ts";
export { createLoss, type Loss, type LossName } from "./loss.ts";
export { quantile, RegressionMetrics } from "./metrics.ts";
export { allocateMlp, backward, createMlp, forward, type Mlp, type MlpOptions, predictOne } from "./mlp.ts";
export {
  Adam,
  clipByNorm,
  createOptimizer,
  type Optimizer,
  type OptimizerName,
  type OptimizerState,
  Sgd,
} from "./optimizer.ts";
export { Random, type RandomState } from "./random.ts";
export { type LinearModel, predictLinear, RidgeRegression } from "./ridge.ts";
export {
  decodeSafetensors,
  encodeSafetensors,
  SafetensorsError,
  type SafetensorsFile,
  type Tensor,
} from "./safetensors.ts";
export { Scaler, type ScalerFitOptions, type ScalerKind, type ScalerParameters } from "./scaler.ts";
export { type Activation, type MlpSpec, type TensorView, tensorViews } from "./spec.ts";
