/** What a classifier is worth on rows whose class is known, beside answering the majority class every time. */
import { formatCount } from "../../runtime/progress.ts";
import {
  classificationDictionary,
  type ClassificationReport,
  classificationReport,
  ConfusionMatrix,
  formatClassificationReport,
  LogLoss,
} from "../../../nn/mod.ts";
import { rocAuc } from "./roc_auc.ts";

/** Answers to rows whose class is known. */
export interface Answers {
  /** C names. */
  readonly classes: readonly string[];
  /** Majority class of the training part. */
  readonly baseline: string;
  /** (R) */
  readonly labels: Int32Array;
  /** (R, C), as they are published. */
  readonly probabilities: Float64Array;
}

/** How good the answers are. */
export interface Evaluation {
  readonly classes: readonly string[];
  readonly rows: number;
  /** Undefined scores count as 0. */
  readonly report: ClassificationReport;
  /** (C, C) rows are true classes, columns the chosen ones. */
  readonly confusion: readonly (readonly number[])[];
  /** Mean −ln of the probability that the true class was given. */
  readonly logLoss: number;
  /** Area under the ROC curve of each class against the rest; `null` where all rows are of it, or none. */
  readonly rocAuc: readonly (number | null)[];
  /** Their mean; `null` where one of them is. */
  readonly rocAucMacro: number | null;
  /** What answering the majority class of the training part reaches. */
  readonly baseline: {
    readonly class: string;
    readonly accuracy: number;
    readonly macroF1: number;
    readonly weightedF1: number;
  };
}

/** What was evaluated on what. */
export interface EvaluationFacts {
  readonly model: {
    readonly file: string;
    readonly name: string;
    readonly version: string;
    readonly sha256: string;
  };
  readonly rows: EvaluatedRows;
}

/** Which rows. */
export interface EvaluatedRows {
  readonly file: string;
  /** SHA-256 of the file. */
  readonly sha256: string;
  /** All rows of it that are usable. */
  readonly inFile: number;
  readonly split: EvaluatedSplit;
  /** Rows of an unknown class, left out. */
  readonly skipped: number;
  /** Values of categories that training has not seen: all zeros. */
  readonly unseenValues: number;
  /** Whether the model was trained on this very file. */
  readonly trainedOn: boolean;
  /** Whether training chose epoch or offsets by the validation half of this very file. @default false */
  readonly heldOut?: boolean;
}

/** All rows of the file, or one seeded half. */
export type EvaluatedSplit =
  | { readonly part: "all" }
  | { readonly part: "validation" | "test"; readonly seed: number };

/** Judges the answers; the class chosen is the one with the largest probability, the first of equals. */
export function evaluateAnswers({ classes, baseline, labels, probabilities }: Answers): Evaluation {
  const width = classes.length;
  const matrix = new ConfusionMatrix(classes);
  const majority = new ConfusionMatrix(classes);
  const logLoss = new LogLoss();
  const common = classes.indexOf(baseline);
  labels.forEach((label, row) => {
    const start = row * width;
    let chosen = 0;
    for (let c = 1; c < width; c++) {
      if (probabilities[start + c]! > probabilities[start + chosen]!) chosen = c;
    }
    matrix.add(label, chosen);
    majority.add(label, common);
    logLoss.add(probabilities[start + label]!);
  });
  const { accuracy, macro, weighted } = classificationReport(majority);
  const areas = classes.map((_, c) => rocAuc(labels, { of: c, probabilities, classes: width }));
  return {
    classes,
    rows: labels.length,
    report: classificationReport(matrix),
    confusion: matrix.counts(),
    logLoss: logLoss.mean,
    rocAuc: areas,
    rocAucMacro: areas.includes(null) ? null : areas.reduce<number>((sum, area) => sum + area!, 0) / width,
    baseline: { class: baseline, accuracy, macroF1: macro.f1, weightedF1: weighted.f1 },
  };
}

/** Whether the network is better than the majority class by accuracy and by macro-F1. */
export function beatsBaseline({ report, baseline }: Evaluation): boolean {
  return report.accuracy > baseline.accuracy && report.macro.f1 > baseline.macroF1;
}

/** The verdict in one sentence. */
export function describeVerdict(evaluation: Evaluation): string {
  const { report, baseline } = evaluation;
  const figures =
    `accuracy ${report.accuracy.toFixed(4)} (always ${baseline.class}: ${baseline.accuracy.toFixed(4)}), ` +
    `macro-F1 ${report.macro.f1.toFixed(4)} (${baseline.macroF1.toFixed(4)})`;
  if (beatsBaseline(evaluation)) return `The network beats the majority class: ${figures}.`;
  return `THE BASELINE WINS by one measure at least: ${figures}.`;
}

/** Which rows, in words. */
export function describeRows({ file, inFile, split }: EvaluatedRows, rows: number): string {
  if (split.part === "all") return `${file}: all ${formatCount(rows)} ${rows === 1 ? "row" : "rows"}`;
  return `${file}: ${formatCount(rows)} of ${
    formatCount(inFile)
  } rows, the ${split.part} half of the split with seed ${split.seed}`;
}

/** What has to be known to judge the figures rightly. */
export function remarksOn(
  { skipped, unseenValues, trainedOn, heldOut = false, split }: EvaluatedRows,
): string[] {
  const chose = heldOut && split.part !== "test";
  return [
    ...(chose
      ? [
        `Training chose the model by ${split.part === "all" ? "half of these rows" : "these rows"}; ` +
        "--split test judges by the others alone.",
      ]
      : []),
    ...(trainedOn
      ? ["The model was trained on these very rows: the figures say little about rows it has not seen."]
      : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} rows of an unknown class were left out.`] : []),
    ...(unseenValues > 0
      ? [`${formatCount(unseenValues)} values of categories were never seen in training and count as none.`]
      : []),
  ];
}

/** The evaluation for people, a line each. */
export function formatEvaluation(evaluation: Evaluation, { model, rows }: EvaluationFacts): string[] {
  const { classes, report, confusion, logLoss, baseline } = evaluation;
  return [
    describeVerdict(evaluation),
    "",
    `Model     ${model.file}: ${model.name}, version ${model.version}`,
    `Data      ${describeRows(rows, evaluation.rows)}`,
    ...remarksOn(rows).map((remark) => `          ${remark}`),
    "",
    ...formatClassificationReport(report, { digits: 4 }).trimEnd().split("\n"),
    "(a score that is not defined counts as 0)",
    "",
    "Confusion (rows: true class, columns: chosen class)",
    ...formatConfusion(classes, confusion),
    "",
    `Log-loss  ${logLoss.toFixed(4)}`,
    `ROC-AUC   ${describeAreas(evaluation)}`,
    `Baseline  always ${baseline.class}: accuracy ${baseline.accuracy.toFixed(4)}, ` +
    `macro-F1 ${baseline.macroF1.toFixed(4)}, weighted F1 ${baseline.weightedF1.toFixed(4)}`,
  ];
}

/** A confusion matrix as lines, names before rows and above columns. */
export function formatConfusion(
  classes: readonly string[],
  confusion: readonly (readonly number[])[],
): string[] {
  const rows = [["", ...classes], ...confusion.map((row, c) => [classes[c]!, ...row.map(String)])];
  const width = Math.max(...rows.flat().map((cell) => [...cell].length));
  const pad = (cell: string) => " ".repeat(width - [...cell].length) + cell;
  return rows.map((row) => `  ${row.map(pad).join("  ")}`);
}

/**
 * The evaluation for programs: `report` has the shape of scikit-learn's `output_dict`.
 *
 * @throws {RangeError} where a class has the name of one of that report's averages
 */
export function evaluationJson(
  evaluation: Evaluation,
  { model, rows }: EvaluationFacts,
): Record<string, unknown> {
  const { classes, report, confusion, logLoss, rocAuc, rocAucMacro, baseline } = evaluation;
  const area = Object.fromEntries(classes.map((name, c) => [name, rocAuc[c]!]));
  return {
    model,
    rows: { ...rows, evaluated: evaluation.rows },
    report: classificationDictionary(report),
    confusionMatrix: { classes, rows: "true", columns: "chosen", counts: confusion },
    logLoss,
    rocAuc: { macro: rocAucMacro, ...area },
    baseline,
  };
}

function describeAreas({ classes, rocAuc, rocAucMacro }: Evaluation): string {
  const one = (area: number | null) => area === null ? "undefined" : area.toFixed(4);
  const each = classes.map((name, c) => `${name} ${one(rocAuc[c]!)}`).join(", ");
  return `one against the rest, macro ${one(rocAucMacro)}: ${each}`;
}
