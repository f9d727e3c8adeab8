/** Which pipelines a model needs. */
import type { Model } from "../models/model_file.ts";
import { classificationPipelines } from "./classification_pipeline.ts";
import { forecastPipelines, type PipelineMaker } from "./pipeline.ts";

/** The pipelines in which a model answers. */
export function pipelinesOf(model: Model): PipelineMaker {
  return model.kind === "forecaster" ? forecastPipelines(model) : classificationPipelines(model.classifier);
}
