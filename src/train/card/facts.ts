/** The facts of a model card, from a training's results. */
import { formatCount } from "../../runtime/progress.ts";
import { describeContext } from "../../models/context.ts";
import { countTabularInputs, type TabularPreparation } from "../../models/tabular.ts";
import type { ForecastModel } from "../../models/model_file.ts";
import type { ClassifierResult, ClassifierTables } from "../classifier/mod.ts";
import type { ClassifierReport } from "../classifier/report.ts";
import { DEFAULT_SHARES } from "../forecaster/examples.ts";
import { unmeasured } from "../evaluation/doubts.ts";
import { SOURCES_SHOWN } from "../limits.ts";
import { type CardFacts, type CardMetric, codeSpan } from "./model_card.ts";
import { formatReport, reportDoubts, type TrainingReport } from "../forecaster/report.ts";
import type { ForecastScore } from "../evaluation/forecast.ts";

/** What only the caller knows. */
export interface CardPlace {
  /** The model file. */
  readonly file: string;
  readonly bytes: number;
  /** Command that makes the same model. */
  readonly commandLine: string;
}

/** The facts of a forecaster. */
export function forecasterCard(
  model: ForecastModel,
  report: TrainingReport,
  place: CardPlace,
): CardFacts {
  const { name, version, sha256, metadata, network } = model;
  const { task, training } = report;
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const { training: first, validation: second } = DEFAULT_SHARES;
  return {
    ...place,
    ...{ name, version, sha256 },
    task: { kind: "forecast", ...task },
    dataset: training.name,
    data: [{
      role: "training, validation and test",
      name: training.name,
      sha256: training.sha256,
      rows: training.readings,
    }],
    split:
      `Each of ${training.sources} sources by time: ${percent(first)} to learn from, ${percent(second)} to ` +
      `choose the epoch by, the last ${percent(1 - first - second)} for the test.`,
    preparation: describePreparation(metadata.preparation),
    architecture: network.spec,
    parameters: network.parameters.length,
    recipe: metadata.recipe,
    metrics: [
      ...errorsOf("test part", report.test.all),
      ...(report.test.withoutEvents?.count === report.test.all?.count
        ? []
        : errorsOf("test part, no events", report.test.withoutEvents)),
      ...errorsOf("every reading", report.stream.all),
    ],
    baseline: "the last value, that is no change",
    weaknesses: report.test.sources.filter(({ all }) => all !== null && all.ratio.mae >= 1)
      .slice(0, SOURCES_SHOWN)
      .map(({ source }) => `The last value is as good or better on ${codeSpan(source)} (MAE, test part).`),
    doubts: reportDoubts(report),
    report: formatReport(report),
    interrupted: report.interrupted,
  };
}

/** What is known of a classifier beside what its training brought. */
export interface ClassifierCardParts extends CardPlace {
  readonly name: string;
  readonly version: string;
  /** Of the model file. */
  readonly sha256: string;
  readonly dataset: string;
  /** `undefined` where training was stopped before it was measured. */
  readonly report: ClassifierReport | undefined;
  /** The report for people, a line each. */
  readonly lines: readonly string[];
}

/** The facts of a classifier. */
export function classifierCard(
  { training, held }: ClassifierTables,
  result: ClassifierResult,
  { report, lines, ...parts }: ClassifierCardParts,
): CardFacts {
  const { network, preparation, recipe, classes, offsets, baseline, interrupted, halves } = result;
  return {
    ...parts,
    interrupted,
    task: { kind: "classification", classes, offsets, baseline },
    data: [
      { role: "training", name: training.name, sha256: training.sha256, rows: training.rows },
      { role: "validation and test", name: held.name, sha256: held.sha256, rows: held.rows },
    ],
    split:
      `The second file is split at random, seed ${recipe.splitSeed}: ${
        formatCount(halves.validation.length)
      } rows for ` +
      `validation, by which choices are made, and ${
        formatCount(halves.test.length)
      } for the test, by which none is made.`,
    preparation: describeColumns(preparation),
    architecture: network.spec,
    parameters: network.parameters.length,
    recipe,
    metrics: report === undefined
      ? []
      : [...scoresOf("test half", report.test), ...scoresOf("validation half", report.validation)],
    baseline: `always ${baseline}, the majority class of the training part`,
    weaknesses: report === undefined ? [] : weaknessesOf(report.test),
    doubts: report === undefined ? [unmeasured("streamflow evaluate")] : [],
    report: lines,
  };
}

/** F1 below which a class counts as hardly learned. */
const F1_WEAK = 0.5;
/** Rows of a class below which its scores are rough. */
const SUPPORT_FEW = 100;

function weaknessesOf({ report }: ClassifierReport["test"]): string[] {
  return report.classes.flatMap(({ name, precision, recall, f1, support }) => [
    ...(f1 < F1_WEAK && support > 0
      ? [
        `It is weak at ${codeSpan(name)}: precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)} ` +
        "on the test half.",
      ]
      : []),
    ...(support < SUPPORT_FEW
      ? [`The test half has ${support} rows of ${codeSpan(name)}: its scores for that class are rough.`]
      : []),
  ]);
}

function scoresOf(part: string, { report, logLoss, baseline }: ClassifierReport["test"]): CardMetric[] {
  const { accuracy, macro, weighted } = report;
  return [
    { name: "accuracy", type: "accuracy", part, network: accuracy, baseline: baseline.accuracy },
    { name: "macro-F1", type: "f1", part, network: macro.f1, baseline: baseline.macroF1 },
    { name: "weighted F1", type: "f1", part, network: weighted.f1, baseline: baseline.weightedF1 },
    { name: "log-loss", type: "log_loss", part, network: logLoss, baseline: null },
  ];
}

function describeColumns(preparation: TabularPreparation): string[] {
  const { columns, clip } = preparation;
  const numbers = columns.filter((column) => column.kind === "number");
  const logs = numbers.filter((column) => column.log).map(({ name }) => name);
  const categories = columns.filter((column) => column.kind === "category");
  return [
    `${columns.length} columns become ${countTabularInputs(preparation)} inputs.`,
    `${numbers.length} numbers are centred by mean and scaled by standard deviation of the training part` +
    `${clip === null ? "" : `, and stay within ±${clip}`}: ${numbers.map(({ name }) => name).join(", ")}.`,
    ...(logs.length === 0 ? [] : [`By their logarithm before that: ${logs.join(", ")}.`]),
    ...(categories.length === 0 ? [] : [
      `${categories.length} categories have an input for each value that training has seen: ${
        categories.map(({ name, values }) => `${name} (${values.length})`).join(", ")
      }.`,
    ]),
  ];
}

function errorsOf(
  part: string,
  score: Pick<ForecastScore, "network" | "lastValue"> | null,
): CardMetric[] {
  if (score === null) return [];
  return (["mse", "mae"] as const).map((type) => ({
    name: type.toUpperCase(),
    type,
    part,
    network: score.network[type],
    baseline: score.lastValue[type],
  }));
}

function describePreparation(
  preparation: ForecastModel["metadata"]["preparation"],
): string[] {
  const { kind, lookback, features, clip, targetClip, targetScale } = preparation;
  const names = features.map(({ name, unit }) => unit === "" ? name : `${name} (${unit})`).join(", ");
  return [
    `Features: ${names}.`,
    kind === "differences"
      ? `The ${lookback - 1} earlier readings go in as differences from the last one.`
      : `The last ${lookback} readings go in.`,
    ...describeContext(preparation).map((phrase) => `Beside them: ${phrase}.`),
    `Inputs are centred and scaled by the training part, and stay within ±${clip}.`,
    `The answer is the change of the target in units of ${
      Number(targetScale.toPrecision(4))
    }, within ±${targetClip}.`,
  ];
}
