/**
 * A record of `predictions` → what of it is of use beside its text. Checked by hand: there are very many of them. More
 * fields do not matter, and names that are missing are empty.
 */
import { readJson } from "../formats/json.ts";
import type { AnsweredBy } from "./schema.ts";

/** An outcome: what was forecast, and what came. */
export interface Outcome {
  readonly predicted: number;
  readonly baseline: number;
  readonly actual: number;
  readonly by: AnsweredBy;
  /** What else the network has to beat; `null` where nothing is said of it. */
  readonly references: { readonly seasonal: number | null; readonly ridge: number | null } | null;
}

/** A classification, and the true class where the reading has it. */
export interface ReadClassification {
  readonly predicted: string;
  /** All that the model knows, in its order. */
  readonly classes: readonly string[];
  /** By class; NaN where it is no number. */
  readonly probabilities: readonly number[];
  readonly outcome: { readonly baseline: string; readonly actual: string } | null;
}

/** A prediction as it was read. */
export interface ReadPrediction {
  readonly id: string;
  readonly source: string;
  readonly by: AnsweredBy;
  /** `""` where it is not said. */
  readonly target: string;
  /** What is forecast; `null` where it is not said, and of a class. */
  readonly value: number | null;
  readonly horizon: number | null;
  /** `""` where it is not said. */
  readonly model: { readonly name: string; readonly version: string };
  /** Time of the reading, Unix ms; NaN where it is none. */
  readonly readingMs: number;
  /** Unix ms. */
  readonly predictedAtMs: number;
  /** `null` where the reading's record had no time. */
  readonly latencyMs: number | null;
  /** Of a forecast that came due. */
  readonly outcome: Outcome | null;
  /** `null` for a forecast. */
  readonly classification: ReadClassification | null;
}

type Unchecked = { readonly [name: string]: unknown } | undefined;

function objectOf(value: unknown): Unchecked {
  return typeof value === "object" && value !== null ? value as Unchecked : undefined;
}

function isFinite(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

function isAnsweredBy(value: unknown): value is AnsweredBy {
  return value === "network" || value === "baseline";
}

/** `undefined` where `scored` is neither `null` nor an outcome. */
function outcomeOf(scored: unknown): Outcome | null | undefined {
  if (scored === null) return null;
  const found = objectOf(scored);
  const [predicted, baseline, actual, by] = [
    found?.["predicted"],
    found?.["baseline"],
    found?.["actual"],
    found?.["by"],
  ];
  if (!isFinite(predicted) || !isFinite(baseline) || !isFinite(actual) || !isAnsweredBy(by)) return undefined;
  const references = objectOf(found?.["references"]);
  const reference = (name: string) => isFinite(references?.[name]) ? references[name] : null;
  return {
    ...{ predicted, baseline, actual, by },
    references: references === undefined
      ? null
      : { seasonal: reference("seasonal"), ridge: reference("ridge") },
  };
}

/** `null` where this is no classification, `undefined` where it is a wrong one. */
function classificationOf(prediction: Unchecked, record: Unchecked): ReadClassification | null | undefined {
  const predicted = prediction?.["class"];
  if (predicted === undefined) return null;
  const probabilities = objectOf(prediction?.["probabilities"]);
  if (typeof predicted !== "string" || probabilities === undefined) return undefined;
  const classes = Object.keys(probabilities);
  const shares = Object.values(probabilities).map((share) => isFinite(share) ? share : NaN);
  const answer = { predicted, classes, probabilities: shares, outcome: null };
  const scored = record?.["scored"];
  if (scored === null) return answer;
  const { baseline, actual } = (objectOf(scored) ?? {}) as Record<string, unknown>;
  if (typeof baseline !== "string" || typeof actual !== "string") return undefined;
  return { ...answer, outcome: { baseline, actual } };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Reads a record; `null` where it is no prediction. */
export function readPrediction(value: Uint8Array | null): ReadPrediction | null {
  const found = readJson(value);
  if (!("json" in found)) return null;
  const record = objectOf(found.json);
  const prediction = objectOf(record?.["prediction"]);
  const [id, latencyMs, by] = [record?.["id"], record?.["latencyMs"], prediction?.["by"]];
  const input = objectOf(record?.["input"]);
  const source = input?.["source"];
  const predictedAtMs = Date.parse(String(record?.["predictedAt"]));
  const classification = classificationOf(prediction, record);
  const outcome = classification === null ? outcomeOf(record?.["scored"]) : null;
  const hasLatency = latencyMs === null || isFinite(latencyMs);
  if (typeof id !== "string" || !hasLatency || !isAnsweredBy(by) || typeof source !== "string") return null;
  if (!isFinite(predictedAtMs) || outcome === undefined || classification === undefined) return null;
  const model = objectOf(record?.["model"]);
  return {
    ...{ id, source, by, predictedAtMs, latencyMs, outcome, classification },
    target: textOf(prediction?.["target"]),
    value: isFinite(prediction?.["value"]) ? prediction["value"] : null,
    horizon: isFinite(prediction?.["horizon"]) ? prediction["horizon"] : null,
    model: { name: textOf(model?.["name"]), version: textOf(model?.["version"]) },
    readingMs: Date.parse(textOf(input?.["timestamp"])),
  };
}
