/** Training: readings or tables in; a model file and an honest report out. */
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type TrainingIdentity,
} from "./checkpoint.ts";
export {
  CLASSIFIER_RECIPES,
  type ClassifierRecipe,
  DEFAULT_CLASSIFIER_RECIPE,
  PLAIN_RECIPE,
  type RecipeName,
} from "./classifier/recipe.ts";
export { type Halves, splitHalves } from "./classifier/split.ts";
export { evaluationJson, formatEvaluation } from "./evaluation.ts";
export { evaluateForecaster, type ForecastFacts, formatForecastEvaluation } from "./evaluation_forecast.ts";
export { trainForecaster, type TrainingOptions, type TrainingResult } from "./forecaster.ts";
export { type HiddenLayer } from "./layers.ts";
export { type BatchResult, type EpochResult, type TrainingState } from "./loop.ts";
export { readDataset, readTopic } from "./read.ts";
export { completeRecipe, DEFAULT_RECIPE, type Recipe } from "./recipe.ts";
export { formatReport, type TrainingReport } from "./report.ts";
export { SeriesBuilder, type TrainingSet } from "./series.ts";
export { hyperparametersOf, openTensorBoard } from "./tensorboard/mod.ts";
export {
  choose,
  type Combination,
  formatTried,
  nameOf,
  parseGrid,
  type Trial,
  TRIALS_MAX,
  type Tried,
} from "./tune.ts";
