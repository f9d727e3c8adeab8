/** The model file of a trained classifier. */
import { basename } from "node:path";
import { type ModelMetadata, writeModel } from "../../models/model_file.ts";
import { historyOf } from "../../models/training_history.ts";
import type { ClassifierResult, ClassifierTables } from "./mod.ts";

/** The bytes of the model file. `metrics`: name → value, for the file. */
export function writeClassifier(
  tables: ClassifierTables,
  result: ClassifierResult,
  metrics: Readonly<Record<string, number>>,
): Uint8Array<ArrayBuffer> {
  const { training, held } = tables;
  const { network, preparation, recipe, classes, offsets, baseline, epochs, keptEpoch } = result;
  const metadata: ModelMetadata = {
    name: `${basename(training.name).replace(/\.[^.]+$/, "")}-class`,
    architecture: network.spec,
    preparation,
    task: { kind: "classification", target: "class", classes, offsets, baseline },
    recipe: { ...recipe, heldSha256: held.sha256 },
    training: { name: training.name, sha256: training.sha256, readings: training.rows, sources: 1 },
    metrics,
    history: historyOf(epochs, keptEpoch),
  };
  return writeModel(network, metadata);
}
