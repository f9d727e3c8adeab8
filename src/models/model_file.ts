/** Model files of readings and tables: forecasters and classifiers, from their bytes and back. */
import type { Network } from "../../nn/mod.ts";
import { Classifier } from "./classifier.ts";
import { type ModelFile, readContainer, writeContainer } from "./container.ts";
import { ModelFileError } from "./fields.ts";
import { createForecaster, type Forecaster } from "./forecaster.ts";
import {
  type ClassificationMetadata,
  type ForecastMetadata,
  formatMetadata,
  isForecast,
  type ModelMetadata,
  parseMetadata,
} from "./metadata.ts";

export { ModelFileError } from "./fields.ts";
export {
  type ClassificationMetadata,
  type ClassificationTask,
  type ForecastMetadata,
  type ForecastTask,
  isForecast,
  type ModelMetadata,
} from "./metadata.ts";

/** A model that forecasts. */
export interface ForecastModel extends Forecaster, ModelFile<ForecastMetadata> {
  readonly kind: "forecaster";
}

/** A model that classifies. */
export interface ClassificationModel extends ModelFile<ClassificationMetadata> {
  readonly kind: "classifier";
  readonly classifier: Classifier;
}

/** A model as it was read: what answers, and what is known of it. */
export type Model = ForecastModel | ClassificationModel;

/** The bytes of a model file; the same model gives the same bytes. @throws SafetensorsError for a weight that is not finite. */
export function writeModel(network: Network, metadata: ModelMetadata): Uint8Array<ArrayBuffer> {
  return writeContainer(network, formatMetadata(metadata));
}

/** A model from its file's bytes. @throws {ModelFileError} */
export function readModel(bytes: Uint8Array): Model {
  return readContainer(bytes, { parse: parseMetadata, make: modelOf });
}

function modelOf(file: ModelFile<ModelMetadata>): Model {
  const { name, version, metadata, network } = file;
  if (isForecast(metadata)) {
    const { preparation, task: { horizon }, references } = metadata;
    const forecaster = createForecaster({
      ...{ name, version, horizon, preparation, network },
      ...(references === undefined ? {} : { references }),
    });
    return { ...file, kind: "forecaster", ...forecaster, metadata };
  }
  const { preparation, task } = metadata;
  const classifier = new Classifier({ name, version, task, preparation, network });
  return { ...file, kind: "classifier", classifier, metadata };
}

/** A model that forecasts, from its file's bytes. @throws {ModelFileError} also for one that classifies. */
export function readForecastModel(bytes: Uint8Array): ForecastModel {
  const model = readModel(bytes);
  if (model.kind === "forecaster") return model;
  throw new ModelFileError(
    `Cannot forecast with the model: it answers with the classes ${model.classifier.classes.join(", ")}`,
  );
}
