/** What a trained classifier is worth: on the half that has chosen, and on the half that has chosen nothing. */
import { describeVerdict, evaluateAnswers, type Evaluation } from "../evaluation/classification.ts";
import { formatCount } from "../../runtime/progress.ts";
import type { Work } from "../loop/work.ts";
import { classifyRows } from "./classify_table.ts";
import { Classifier } from "../../models/classifier.ts";
import type { ClassifierResult, ClassifierTables } from "./mod.ts";

/** Both halves, and the main figures for the model file. */
export interface ClassifierReport {
  readonly validation: Evaluation;
  readonly test: Evaluation;
  /** Values of categories in the test half that the training part has not. */
  readonly unseenValues: number;
  readonly metrics: Readonly<Record<string, number>>;
}

/** Judges the classifier on both halves, by the answers that it would give to a stream of the same records. */
export function* judgeClassifier(
  { held }: ClassifierTables,
  result: ClassifierResult,
): Work<ClassifierReport> {
  const { classes, baseline, offsets, preparation, network, halves, keptEpoch } = result;
  const task = { kind: "classification", target: "class", classes, offsets, baseline } as const;
  const classifier = new Classifier({ name: "trained", version: "", task, preparation, network });
  const validation = evaluateAnswers(yield* classifyRows(classifier, held, halves.validation));
  const answers = yield* classifyRows(classifier, held, halves.test);
  const test = evaluateAnswers(answers);
  const metrics = metricsOf(keptEpoch, { validation, test });
  return { validation, test, unseenValues: answers.unseenValues, metrics };
}

function metricsOf(keptEpoch: number, halves: Readonly<Record<string, Evaluation>>): Record<string, number> {
  const metrics: Record<string, number> = { keptEpoch };
  for (const [half, { rows, report, logLoss, baseline }] of Object.entries(halves)) {
    metrics[`${half}.rows`] = rows;
    metrics[`${half}.accuracy`] = report.accuracy;
    metrics[`${half}.macroF1`] = report.macro.f1;
    metrics[`${half}.weightedF1`] = report.weighted.f1;
    metrics[`${half}.logLoss`] = logLoss;
    metrics[`${half}.baseline.accuracy`] = baseline.accuracy;
    metrics[`${half}.baseline.macroF1`] = baseline.macroF1;
  }
  return metrics;
}

/** How the training went, a line each. */
export function formatTraining(
  { training, held }: ClassifierTables,
  { result, report }: { readonly result: ClassifierResult; readonly report: ClassifierReport | undefined },
): string[] {
  const { recipe, classes, offsets, epochs, keptEpoch, interrupted, halves } = result;
  const chose = [
    ...(recipe.keep === "best" ? ["the epoch"] : []),
    ...(recipe.offsets ? ["the offsets"] : []),
  ];
  return [
    `Learned   from ${training.name}: ${formatCount(training.rows)} rows`,
    `Split     ${held.name} at random (seed ${recipe.splitSeed}): ${
      formatCount(halves.validation.length)
    } rows for validation, ` +
    `${formatCount(halves.test.length)} for the test`,
    `Epochs    ${epochs.length}, kept is ${keptEpoch}: ` +
    (recipe.keep === "best" ? `the best ${recipe.criterion} on validation` : "the last") +
    (interrupted ? " (stopped early on request)" : ""),
    ...(recipe.offsets
      ? [`Offsets   ${classes.map((name, c) => `${name} ${offsets[c]!.toFixed(1)}`).join(", ")}`]
      : []),
    ...(report === undefined ? [] : [
      `On validation, which chose ${chose.join(" and ") || "nothing"}: ${describeVerdict(report.validation)}`,
    ]),
  ];
}
