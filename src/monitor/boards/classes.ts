/** Classifications that go by: how often each class was predicted, and how often rightly. Pure. */
import { classificationReport, ConfusionMatrix } from "../../../nn/mod.ts";
import { type ClassScoring, ScoreCounts } from "./class_scores.ts";
import { CLASSES_MAX } from "./limits.ts";
import type { ReadClassification } from "../../records/predictions/read.ts";
import type { ClassFigures } from "./snapshot.ts";

/** Classes that are not among the first ones. */
const OTHER_CLASSES = "other";

/** Counts of classes, in the order in which the model names them. */
export class ClassCounts {
  readonly #names: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #predicted: number[] = [];
  /** Rows are what was true, columns what was predicted. */
  readonly #matrix: number[][] = [];
  readonly #scores = new ScoreCounts();
  #rightByBaseline = 0;

  /** Counts an answer, and what became of it where the true class is known. */
  add({ predicted, classes, probabilities, outcome }: ReadClassification): void {
    const places = classes.map((name) => this.#place(name));
    const column = this.#place(predicted);
    this.#predicted[column]! += 1;
    if (outcome === null) return;
    const row = this.#place(outcome.actual);
    this.#matrix[row]![column]! += 1;
    if (outcome.baseline === outcome.actual) this.#rightByBaseline += 1;
    // Of classes that are counted together no probability is one class's own.
    if (new Set(places).size < places.length) return;
    this.#scores.add(places, probabilities, { actual: row, predicted: column });
  }

  /** All figures; `null` before the first answer. */
  figures(): ClassFigures | null {
    if (this.#names.length === 0) return null;
    const matrix = new ConfusionMatrix(this.#names, this.#matrix);
    const labelled = matrix.total;
    const report = classificationReport(matrix);
    const known = (score: number) => labelled === 0 ? null : score;
    return {
      labelled,
      accuracy: known(report.accuracy),
      baselineAccuracy: known(this.#rightByBaseline / labelled),
      macroF1: known(report.macro.f1),
      weightedF1: known(report.weighted.f1),
      classes: report.classes.map((scores, c) => ({ ...scores, predicted: this.#predicted[c]! })),
      matrix: matrix.counts(),
    };
  }

  /** What the probabilities are worth; `null` before the first answer. */
  scoring(): ClassScoring | null {
    return this.#names.length === 0 ? null : this.#scores.figures(this.#names);
  }

  #place(name: string): number {
    const known = this.#places.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= CLASSES_MAX && name !== OTHER_CLASSES) return this.#place(OTHER_CLASSES);
    const place = this.#names.push(name) - 1;
    this.#places.set(name, place);
    this.#predicted.push(0);
    for (const row of this.#matrix) row.push(0);
    this.#matrix.push(new Array<number>(place + 1).fill(0));
    return place;
  }
}
