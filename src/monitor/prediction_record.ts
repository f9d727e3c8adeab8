/** Bytes on `predictions` → what the monitor needs of them, every field checked; more fields do not matter. */
import type { AnsweredBy } from "../stream/records.ts";
import { plainName } from "./text.ts";

/** An outcome: what was forecast, and what came. */
export interface Outcome {
  readonly predicted: number;
  readonly baseline: number;
  readonly actual: number;
  readonly by: AnsweredBy;
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
  /** Unix ms. */
  readonly predictedAtMs: number;
  readonly latencyMs: number;
  readonly outcome: Outcome | null;
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
  return { predicted, baseline, actual, by };
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? plainName(value) : "";
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
  const source = objectOf(record?.["input"])?.["source"];
  const predictedAtMs = Date.parse(String(record?.["predictedAt"]));
  const outcome = outcomeOf(record?.["scored"]);
  if (typeof id !== "string" || !isFinite(latencyMs) || !isAnsweredBy(by) || typeof source !== "string") {
    return null;
  }
  if (!isFinite(predictedAtMs) || outcome === undefined) return null;
  const model = objectOf(record?.["model"]);
  return {
    id,
    source,
    by,
    target: nameOf(prediction?.["target"]),
    horizon: isFinite(prediction?.["horizon"]) ? prediction["horizon"] : null,
    model: [nameOf(model?.["name"]), nameOf(model?.["version"])].filter((part) => part !== "").join(" "),
    predictedAtMs,
    latencyMs,
    outcome,
  };
}
