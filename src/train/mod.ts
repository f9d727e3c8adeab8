/** Training: readings or tables in; a model file and an honest report out. */
export { type CardPlace, classifierCard, forecasterCard } from "./card_facts.ts";
export {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  loadCheckpoint,
  saveCheckpoint,
  type TrainingIdentity,
} from "./checkpoint.ts";
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
export { classifyTable } from "./classify_table.ts";
export { type Halves, splitHalves } from "./classifier/split.ts";
export {
  evaluateAnswers,
  type EvaluatedSplit,
  type EvaluationFacts,
  evaluationJson,
  formatEvaluation,
} from "./evaluation.ts";
export { evaluationHtml } from "./evaluation_html.ts";
export { evaluateForecaster, type ForecastFacts, formatForecastEvaluation } from "./evaluation_forecast.ts";
export {
  type ForecastTask,
  trainForecaster,
  type TrainingOptions,
  type TrainingResult,
} from "./forecaster.ts";
export { type HiddenLayer } from "./layers.ts";
export { type BatchResult, DivergenceError, type EpochResult, type TrainingState } from "./loop.ts";
export { type CardFacts, isModelCard, modelCard } from "./model_card.ts";
export { readDataset, readTopic } from "./read.ts";
export { doubtReach } from "./context.ts";
export { completeRecipe, DEFAULT_RECIPE, METERS_RECIPE, METERS_TASK, type Recipe } from "./recipe.ts";
export { formatReport, reportDoubts, type TrainingReport } from "./report.ts";
export { SeriesBuilder, type TrainingSet } from "./series.ts";
export { hyperparametersOf, openTensorBoard } from "./tensorboard/mod.ts";
export {
  choose,
  type Combination,
  formatTried,
  nameOf,
  parseGrid,
  type Spread,
  spreadOf,
  type Trial,
  TRIALS_MAX,
  type Tried,
} from "./tune.ts";
