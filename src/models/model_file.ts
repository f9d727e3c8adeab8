/**
 * The model file: safetensors, so that other tools can open it. The network's parameters are its tensors, what
 * they mean is JSON in `__metadata__`, one string per key of the metadata.
 *
 * Reading is strict: whatever is not exactly a model of a known version is one error that says what was found.
 */
import { createHash } from "node:crypto";
import {
  decodeSafetensors,
  encodeSafetensors,
  type Network,
  networkFromTensors,
  SafetensorsError,
  tensorsOf,
} from "../../nn/mod.ts";
import { Classifier } from "./classifier.ts";
export {
  type ClassificationMetadata,
  type ClassificationTask,
  type ForecastMetadata,
  type ForecastTask,
  isForecast,
  ModelFileError,
  type ModelMetadata,
} from "./metadata.ts";
import {
  type ClassificationMetadata,
  type ForecastMetadata,
  formatMetadata,
  isForecast,
  ModelFileError,
  type ModelMetadata,
  parseMetadata,
} from "./metadata.ts";
import { createForecaster, type Forecaster } from "./forecaster.ts";

/** What is known of a model beside what it does. */
interface KnownOf<M extends ModelMetadata> {
  readonly metadata: M;
  readonly network: Network;
  /** Version of the format that the file has; what is known of it is in the terms of the present one. */
  readonly formatVersion: string;
  /** SHA-256 of the file, hexadecimal; `version` is its beginning. */
  readonly sha256: string;
}

/** A model that forecasts. */
export interface ForecastModel extends Forecaster, KnownOf<ForecastMetadata> {
  readonly kind: "forecaster";
}

/** A model that classifies. */
export interface ClassificationModel extends KnownOf<ClassificationMetadata> {
  readonly kind: "classifier";
  readonly name: string;
  readonly version: string;
  readonly classifier: Classifier;
}

/** A model as it was read: what answers, and what is known of it. */
export type Model = ForecastModel | ClassificationModel;

const VERSION_LENGTH = 12;

/** The bytes of a model file; the same model gives the same bytes. @throws SafetensorsError for a weight that is not finite. */
export function writeModel(network: Network, metadata: ModelMetadata): Uint8Array<ArrayBuffer> {
  return encodeSafetensors({ tensors: tensorsOf(network), metadata: formatMetadata(metadata) });
}

/** A model from its file's bytes. @throws {ModelFileError} */
export function readModel(bytes: Uint8Array): Model {
  try {
    const file = decodeSafetensors(bytes);
    const metadata = parseMetadata(file.metadata);
    const network = networkFromTensors(metadata.architecture, file.tensors);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const { name } = metadata;
    const version = sha256.slice(0, VERSION_LENGTH);
    const formatVersion = file.metadata["formatVersion"]!;
    if (isForecast(metadata)) {
      const { preparation, task: { horizon }, references } = metadata;
      const forecaster = createForecaster({
        ...{ name, version, horizon, preparation, network },
        ...(references === undefined ? {} : { references }),
      });
      return { kind: "forecaster", ...forecaster, metadata, network, formatVersion, sha256 };
    }
    const { preparation, task } = metadata;
    const classifier = new Classifier({ name, version, task, preparation, network });
    return { kind: "classifier", name, version, classifier, metadata, network, formatVersion, sha256 };
  } catch (error) {
    if (error instanceof SafetensorsError || error instanceof RangeError) {
      throw new ModelFileError(error.message, { cause: error });
    }
    throw error;
  }
}

/** A model that forecasts, from its file's bytes. @throws {ModelFileError} also for one that classifies. */
export function readForecastModel(bytes: Uint8Array): ForecastModel {
  const model = readModel(bytes);
  if (model.kind === "forecaster") return model;
  throw new ModelFileError(
    `Cannot forecast with the model: it tells the classes ${model.classifier.classes.join(", ")}`,
  );
}
