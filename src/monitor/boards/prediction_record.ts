/** What a board needs of a prediction, its names made harmless. */
import {
  type Outcome,
  type ReadClassification,
  type ReadPrediction,
  readPrediction,
} from "../../records/predictions/read.ts";
import type { AnsweredBy } from "../../records/predictions/schema.ts";
import { plainName } from "../../runtime/plain_text.ts";

/** What a board needs of a prediction. */
export interface PredictionFacts extends Omit<ReadPrediction, "model"> {
  /** Name and version; `""` where it is not said. */
  readonly model: string;
  /** Names of the model and of the target as the record has them: they identify a model, and are not for showing. */
  readonly raw: { readonly model: string; readonly target: string };
  /** `""` where it is not said. */
  readonly version: string;
  /** Of a forecast that came due; a wrong class counts as an error of 1, a right one as 0. */
  readonly outcome: Outcome | null;
}

function plainClassification(
  { predicted, classes, probabilities, outcome }: ReadClassification,
): ReadClassification {
  return {
    probabilities,
    predicted: plainName(predicted),
    classes: classes.map(plainName),
    outcome: outcome && { baseline: plainName(outcome.baseline), actual: plainName(outcome.actual) },
  };
}

/** A classification's outcome in numbers: 1 for a wrong class. */
function missesOf({ predicted, outcome }: ReadClassification, by: AnsweredBy): Outcome | null {
  if (outcome === null) return null;
  const { baseline, actual } = outcome;
  return {
    ...{ predicted: predicted === actual ? 0 : 1, baseline: baseline === actual ? 0 : 1, actual: 0, by },
    references: null,
  };
}

/** @returns `null` where the bytes are not a prediction. */
export function parsePrediction(bytes: Uint8Array | null): PredictionFacts | null {
  const read = readPrediction(bytes);
  if (read === null) return null;
  const { target, model, by } = read;
  const version = plainName(model.version);
  const classification = read.classification && plainClassification(read.classification);
  return {
    ...read,
    target: plainName(target),
    model: [plainName(model.name), version].filter((part) => part !== "").join(" "),
    raw: { model: model.name, target },
    version,
    outcome: classification === null ? read.outcome : missesOf(classification, by),
    classification,
  };
}
