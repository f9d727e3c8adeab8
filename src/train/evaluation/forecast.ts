/** What a forecaster is worth on a set of readings, beside the last value. */
import { formatCount } from "../../runtime/progress.ts";
import { countReach, type Preparation } from "../../models/preparation.ts";
import { doubtsOf } from "./doubts.ts";
import type { Forecaster } from "../../models/forecaster.ts";
import type { References } from "../../models/references.ts";
import { describeTime } from "../../runtime/time_text.ts";
import { keepAnswered } from "../forecaster/context.ts";
import {
  DEFAULT_SHARES,
  type Examples,
  type ExampleShape,
  splitExamples,
  streamExamples,
} from "../forecaster/examples.ts";
import type { ForecastFunction } from "../forecaster/ridge.ts";
import { compare, type Comparison, type Errors, type PartComparison } from "../forecaster/score.ts";
import type { TrainingSet } from "../forecaster/series.ts";
import { compareBySource, formatSourceMeans, type SourceMeans } from "../forecaster/source_means.ts";
import { SOURCES_SHOWN } from "../limits.ts";
import { finishAtOnce } from "../loop/work.ts";
import { tableLines } from "../../runtime/text_table.ts";

/** What forecasts, as far as it is evaluated. */
export interface EvaluatedForecaster {
  readonly horizon: number;
  readonly preparation: Preparation;
  readonly predict: ForecastFunction;
  /** What the model file has to compare the network with; files of before have nothing. */
  readonly refer?: Forecaster["refer"];
  readonly references?: References | undefined;
}

/** Which forecasts: all, or those of the training's split in time. */
export type ForecastPart = "all" | "validation" | "test";

/** The network's errors and the last value's; the ratio is below 1 where the network is better. */
export interface ForecastScore {
  readonly count: number;
  readonly network: Errors;
  readonly lastValue: Errors;
  readonly ratio: { readonly mse: number; readonly mae: number };
}

/** How good the forecasts are. `null` where there is none to judge. */
export interface ForecastEvaluation {
  readonly part: ForecastPart;
  /** Why the figures say little, a sentence each. */
  readonly doubts: readonly string[];
  readonly all: ForecastScore;
  /** Without the forecasts that touch a labelled event. */
  readonly withoutEvents: ForecastScore | null;
  /** Without the jumps on which the last value errs most. */
  readonly withoutLargest: ForecastScore | null;
  /** Every source alike, the model's own references beside the network; `null` where nothing can be judged. */
  readonly bySource: SourceMeans | null;
  /** The season among them, in words. */
  readonly season: string | null;
  readonly sources: readonly {
    readonly source: string;
    readonly all: ForecastScore;
    readonly withoutEvents: ForecastScore | null;
  }[];
}

/** What was evaluated on what. */
export interface ForecastFacts {
  readonly model: {
    readonly file: string;
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
  };
  readonly task: {
    readonly target: string;
    readonly unit: string;
    readonly horizon: number;
    readonly lookback: number;
  };
  readonly readings: {
    readonly name: string;
    readonly sha256: string | null;
    readonly count: number;
    readonly sources: number;
    /** Whether the model was trained on these. */
    readonly trainedOn: boolean;
  };
}

/** Judges every forecast of the part; `undefined` where the readings are too few for a single one. */
export function evaluateForecaster(
  { horizon, preparation, predict, refer, references }: EvaluatedForecaster,
  set: TrainingSet,
  part: ForecastPart,
): ForecastEvaluation | undefined {
  const { lookback, targetIndex } = preparation;
  const shape: ExampleShape = { lookback, horizon, targetIndex, reach: countReach(preparation) };
  const all = part === "all" ? streamExamples(set, shape) : splitExamples(set, shape)[part];
  const examples = keepAnswered(preparation, all);
  if (examples.count === 0) return undefined;
  const compared = finishAtOnce(compare(examples, { network: predict, ridge: lastValueOf(examples) }));
  const referred = (who: "seasonal" | "ridge"): ForecastFunction => (...at) => refer!(...at)[who] ?? NaN;
  const seasonMs = references?.seasonMs;
  return {
    part,
    bySource: finishAtOnce(compareBySource(examples, {
      network: predict,
      ...(refer === undefined || seasonMs === undefined ? {} : { seasonal: referred("seasonal") }),
      ...(refer === undefined ? {} : { ridge: referred("ridge") }),
    })),
    season: seasonMs === undefined ? null : describeTime(seasonMs * 1e3),
    doubts: doubtsOf({ count: examples.count, unit: "forecasts" }),
    all: score(compared.all)!,
    withoutEvents: score(compared.withoutEvents),
    withoutLargest: score(compared.withoutLargest),
    sources: compared.sources.map((own: PartComparison["sources"][number]) => ({
      source: own.source,
      all: score(own.all)!,
      withoutEvents: score(own.withoutEvents),
    })),
  };
}

/** Stands where training compares ridge regression; here it is one of the references, source by source. */
function lastValueOf({ shape, features }: Examples): ForecastFunction {
  const offset = (shape.lookback - 1) * features + shape.targetIndex;
  return (windows, start) => windows[start + offset]!;
}

function score(comparison: Comparison | null): ForecastScore | null {
  if (comparison === null) return null;
  const { count, network, lastValue, ratio } = comparison;
  return { count, network, lastValue, ratio };
}

/** The evaluation for people, a line each. */
export function formatForecastEvaluation(
  evaluation: ForecastEvaluation,
  { model, task, readings }: ForecastFacts,
): string[] {
  const unit = task.unit === "" ? "" : ` (${task.unit})`;
  return [
    ...evaluation.doubts,
    describeForecastVerdict(evaluation),
    "",
    `Model     ${model.file}: ${model.name}, version ${model.version}`,
    `Task      ${task.target}${unit}, ${task.horizon} readings ahead, from the last ${task.lookback}`,
    `Data      ${readings.name}: ${formatCount(readings.count)} readings of ${readings.sources} ` +
    `${readings.sources === 1 ? "source" : "sources"}; ${describePart(evaluation.part)}`,
    ...(readings.trainedOn && evaluation.part === "all"
      ? ["          The model was trained on most of these readings; --split test leaves them out."]
      : []),
    "",
    ...formatScores(evaluation),
    ...(evaluation.bySource === null
      ? []
      : ["", ...formatSourceMeans(evaluation.bySource, evaluation.season)]),
    "",
    "ratio: network ÷ last value, below 1 is better than the last value",
  ];
}

function describeForecastVerdict({ all }: ForecastEvaluation): string {
  const figures = `MAE ${difference(all.ratio.mae)}, MSE ${difference(all.ratio.mse)} against the last value`;
  const wins = [all.ratio.mae < 1, all.ratio.mse < 1];
  if (wins.every((win) => win)) return `The network beats the last value: ${figures}.`;
  if (wins.some((win) => win)) {
    return `The network beats the last value by one measure and loses by the other: ${figures}.`;
  }
  return `THE BASELINE WINS: ${figures}.`;
}

function describePart(part: ForecastPart): string {
  const { training, validation } = DEFAULT_SHARES;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  if (part === "all") return "every forecast, in stream order";
  if (part === "test") return `the last ${percent(1 - training - validation)} of each source`;
  return `${percent(training)} to ${percent(training + validation)} of each source`;
}

function formatScores({ all, withoutEvents, withoutLargest, sources }: ForecastEvaluation): string[] {
  const rows: string[][] = [
    ["", "", "MSE", "last", "", "MAE", "last", ""],
    ["", "n", "network", "value", "ratio", "network", "value", "ratio"],
  ];
  const add = (label: string, own: ForecastScore | null) => {
    if (own === null) return;
    const { network, lastValue, ratio } = own;
    rows.push([
      ...[label, formatCount(own.count)],
      ...[figure(network.mse), figure(lastValue.mse), ratio.mse.toFixed(3)],
      ...[figure(network.mae), figure(lastValue.mae), ratio.mae.toFixed(3)],
    ]);
  };
  const addBoth = (label: string, own: Pick<ForecastEvaluation, "all" | "withoutEvents">) => {
    add(label, own.all);
    if (own.withoutEvents?.count !== own.all.count) add(`${label}, no events`, own.withoutEvents);
  };
  addBoth("all", { all, withoutEvents });
  add("all but jumps", withoutLargest);
  if (sources.length > 1) { for (const own of sources.slice(0, SOURCES_SHOWN)) addBoth(own.source, own); }
  const lines = tableLines(rows).map((line) => `  ${line}`);
  const hidden = sources.length - SOURCES_SHOWN;
  return hidden > 0
    ? [...lines, `  … and ${formatCount(hidden)} more sources; all of them with --json`]
    : lines;
}

function difference(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(1)} %`;
}

function figure(value: number): string {
  return value === 0 || (Math.abs(value) >= 1e-6 && Math.abs(value) < 1e7)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(3);
}
