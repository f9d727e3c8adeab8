/** Training: readings or tables in; a model file and an honest report out. */
export { type CardPlace, classifierCard, forecasterCard } from "./card/facts.ts";
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type TrainingIdentity,
} from "./loop/checkpoint.ts";
export {
  type ClassifierOptions,
  type ClassifierResult,
  type ClassifierTables,
  prepareClassifier,
  type PreparedClassifier,
  trainClassifier,
  trainPrepared,
} from "./classifier/mod.ts";
export {
  CLASSIFIER_RECIPES,
  type ClassifierRecipe,
  DEFAULT_CLASSIFIER_RECIPE,
  PLAIN_RECIPE,
  type RecipeName,
} from "./classifier/recipe.ts";
export { type ClassifierReport, formatTraining, judgeClassifier } from "./classifier/report.ts";
export { writeClassifier } from "./classifier/write.ts";
export { classifyTable } from "./classifier/classify_table.ts";
export { type Halves, splitHalves } from "./classifier/split.ts";
export {
  evaluateAnswers,
  type EvaluatedSplit,
  type EvaluationFacts,
  evaluationJson,
  formatEvaluation,
} from "./evaluation/classification.ts";
export { evaluationHtml } from "./evaluation/html.ts";
export { evaluateForecaster, type ForecastFacts, formatForecastEvaluation } from "./evaluation/forecast.ts";
export {
  type ForecasterTask,
  trainForecaster,
  type TrainingOptions,
  type TrainingResult,
} from "./forecaster/mod.ts";
export { unmeasured } from "./evaluation/doubts.ts";
export { finishAtOnce, finishWork, type Work } from "./loop/work.ts";
export { type HiddenLayer } from "./layers.ts";
export {
  type BatchResult,
  DivergenceError,
  type EpochResult,
  type TrainingState,
} from "./loop/training_run.ts";
export { type CardFacts, isModelCard, modelCard } from "./card/model_card.ts";
export { doubtReach } from "./forecaster/context.ts";
export { readDataset, readTopic } from "./forecaster/read.ts";
export {
  completeRecipe,
  DEFAULT_RECIPE,
  METERS_RECIPE,
  METERS_TASK,
  type Recipe,
} from "./forecaster/recipe.ts";
export { formatReport, reportDoubts, type TrainingReport } from "./forecaster/report.ts";
export { SeriesBuilder, type TrainingSet } from "./forecaster/series.ts";
export { hyperparametersOf, openTensorBoard } from "./tensorboard/mod.ts";
