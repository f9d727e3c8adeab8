/** Bytes on `predictions` → what the monitor needs of them, every field checked; more fields do not matter. */
import type { AnsweredBy } from "../../records/predictions/schema.ts";
import { plainName } from "../../runtime/plain_text.ts";

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
export interface ClassAnswer {
  readonly predicted: string;
  /** All that the model knows, in its order. */
  readonly classes: readonly string[];
  readonly outcome: { readonly baseline: string; readonly actual: string } | null;
}

/** What the monitor needs of a prediction. */
export interface PredictionFacts {
  readonly id: string;
  readonly source: string;
  readonly by: AnsweredBy;
  /** `""` where it is not said. */
  readonly target: string;
  readonly horizon: number | null;
  /** Name and version; `""` where it is not said. */
  readonly model: string;
  /** Names of the model and of the target as the record has them: what tells two models apart, not for showing. */
  readonly raw: { readonly model: string; readonly target: string };
  /** `""` where it is not said. */
  readonly version: string;
  /** Time of the reading, Unix ms; NaN where it is none. */
  readonly readingMs: number;
  /** Unix ms. */
  readonly predictedAtMs: number;
  /** `null` where the reading's record had no time. */
  readonly latencyMs: number | null;
  /** Of a forecast that came due; a wrong class counts as an error of 1, a right one as 0. */
  readonly outcome: Outcome | null;
  /** `null` for a forecast. */
  readonly answer: ClassAnswer | null;
}

type Unchecked = { readonly [name: string]: unknown } | undefined;

const decoder = new TextDecoder("utf-8", { fatal: true });

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
function classAnswerOf(prediction: Unchecked, record: Unchecked): ClassAnswer | null | undefined {
  const predicted = prediction?.["class"];
  if (predicted === undefined) return null;
  const probabilities = objectOf(prediction?.["probabilities"]);
  if (typeof predicted !== "string" || probabilities === undefined) return undefined;
  const classes = Object.keys(probabilities).map(plainName);
  const answer = { predicted: plainName(predicted), classes, outcome: null };
  const scored = record?.["scored"];
  if (scored === null) return answer;
  const { baseline, actual } = (objectOf(scored) ?? {}) as Record<string, unknown>;
  if (typeof baseline !== "string" || typeof actual !== "string") return undefined;
  return { ...answer, outcome: { baseline: plainName(baseline), actual: plainName(actual) } };
}

/** A classification's outcome in numbers: 1 for a wrong class. */
function missesOf({ predicted, outcome }: ClassAnswer, by: AnsweredBy): Outcome | null {
  if (outcome === null) return null;
  const { baseline, actual } = outcome;
  return {
    ...{ predicted: predicted === actual ? 0 : 1, baseline: baseline === actual ? 0 : 1, actual: 0, by },
    references: null,
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** JSON bytes → value; `undefined` where they are not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

/** @returns `null` where the bytes are not a prediction. */
export function parsePrediction(bytes: Uint8Array | null): PredictionFacts | null {
  if (bytes === null) return null;
  const record = objectOf(parseJson(bytes));
  const prediction = objectOf(record?.["prediction"]);
  const [id, latencyMs, by] = [record?.["id"], record?.["latencyMs"], prediction?.["by"]];
  const input = objectOf(record?.["input"]);
  const source = input?.["source"];
  const predictedAtMs = Date.parse(String(record?.["predictedAt"]));
  const answer = classAnswerOf(prediction, record);
  const outcome = answer === null ? outcomeOf(record?.["scored"]) : null;
  const hasLatency = latencyMs === null || isFinite(latencyMs);
  if (typeof id !== "string" || !hasLatency || !isAnsweredBy(by) || typeof source !== "string") {
    return null;
  }
  if (!isFinite(predictedAtMs) || outcome === undefined || answer === undefined) return null;
  const model = objectOf(record?.["model"]);
  const raw = { model: textOf(model?.["name"]), target: textOf(prediction?.["target"]) };
  const version = plainName(textOf(model?.["version"]));
  return {
    id,
    source,
    by,
    target: plainName(raw.target),
    horizon: isFinite(prediction?.["horizon"]) ? prediction["horizon"] : null,
    model: [plainName(raw.model), version].filter((part) => part !== "").join(" "),
    raw,
    version,
    readingMs: Date.parse(textOf(input?.["timestamp"])),
    predictedAtMs,
    latencyMs,
    outcome: answer === null ? outcome : missesOf(answer, by),
    answer,
  };
}
