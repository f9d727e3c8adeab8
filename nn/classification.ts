/**
 * How good class predictions are: confusion matrix, scikit-learn's `classification_report`, log-loss.
 *
 * Classes are known beforehand, so memory is constant: C×C counts and one sum. Every number is that of
 * scikit-learn 1.9 (`precision_recall_fscore_support`, `classification_report`).
 */

/** Counts of predictions by actual and predicted class, in constant memory. */
export class ConfusionMatrix {
  /** Their names, in the order of the indices. */
  readonly classes: readonly string[];
  /** (C, C) row-major: rows are actual, columns predicted. */
  readonly #counts: Float64Array;

  /**
   * With nothing counted, or with the counts of another matrix's {@linkcode ConfusionMatrix.counts}.
   *
   * @param classes C names, all different
   * @param counts (C, C), rows actual
   * @throws RangeError when there is no class, a name stands twice, or the counts are not C×C whole numbers
   */
  constructor(classes: readonly string[], counts?: readonly (readonly number[])[]) {
    if (classes.length === 0 || new Set(classes).size < classes.length) {
      throw new RangeError(
        `Cannot count classes [${classes.join(", ")}]: at least one name, and each once, is wanted`,
      );
    }
    this.classes = [...classes];
    this.#counts = new Float64Array(classes.length ** 2);
    if (counts === undefined) return;
    const flat = counts.flat();
    const square = counts.length === classes.length && counts.every((row) => row.length === classes.length);
    if (!square || !flat.every((count) => Number.isSafeInteger(count) && count >= 0)) {
      throw new RangeError(
        `Cannot take over ${counts.length} rows of [${counts.map((row) => row.length).join(", ")}] counts: ` +
          `${classes.length} rows of ${classes.length} whole numbers are wanted`,
      );
    }
    this.#counts.set(flat);
  }

  /**
   * Counts one prediction.
   *
   * @param actual index of the true class
   * @param predicted index of the class that was predicted
   * @throws RangeError when one is no index of a class
   */
  add(actual: number, predicted: number): void {
    const width = this.classes.length;
    const index = (place: number) => Number.isInteger(place) && place >= 0 && place < width;
    if (!index(actual) || !index(predicted)) {
      throw new RangeError(
        `Cannot count class ${predicted} predicted for ${actual}: indices from 0 to ${width - 1} are wanted`,
      );
    }
    this.#counts[actual * width + predicted]!++;
  }

  /** How often the first class was the true one and the second predicted. */
  count(actual: number, predicted: number): number {
    return this.#counts[actual * this.classes.length + predicted] ?? 0;
  }

  /** A copy of all counts (C, C), rows actual; for reports and checkpoints. */
  counts(): number[][] {
    const width = this.classes.length;
    return this.classes.map((_, actual) => [...this.#counts.subarray(actual * width, (actual + 1) * width)]);
  }

  /** How many predictions. */
  get total(): number {
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  /** How many of them were right. */
  get correct(): number {
    return this.classes.reduce((sum, _, c) => sum + this.count(c, c), 0);
  }

  /** How often this class was the true one. */
  support(index: number): number {
    return this.classes.reduce((sum, _, other) => sum + this.count(index, other), 0);
  }

  /** How often this class was predicted. */
  predictions(index: number): number {
    return this.classes.reduce((sum, _, other) => sum + this.count(other, index), 0);
  }
}

/** Precision, recall and F1, from 0 to 1, and on how many examples they stand. */
export interface ClassScores {
  /** Of those predicted as the class, the share that are of it. */
  readonly precision: number;
  /** Of those of the class, the share predicted as it. */
  readonly recall: number;
  /** 2·right / (predicted + actual). */
  readonly f1: number;
  /** How many are of the class. */
  readonly support: number;
}

/** What {@linkcode classificationReport} says. */
export interface ClassificationReport {
  /** By class, in the order of the matrix. */
  readonly classes: readonly (ClassScores & { readonly name: string })[];
  /** Share of right predictions. */
  readonly accuracy: number;
  /** The plain mean over the classes. */
  readonly macro: ClassScores;
  /** The mean over the classes weighted by their support. */
  readonly weighted: ClassScores;
}

/**
 * The scores of all classes and their averages, as scikit-learn's `classification_report`.
 *
 * A class that was never predicted has no precision, one that never came no recall, one with neither no F1; nor has
 * an empty matrix an accuracy. Such a number is `zeroDivision`, and goes into the averages as that.
 *
 * @param options.zeroDivision default 0
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const matrix = new ConfusionMatrix(["normal", "attack"], [[3, 1], [0, 4]]);
 * const report = classificationReport(matrix);
 * assert.equal(report.accuracy, 0.875);
 * assert.deepEqual(report.classes[1], { name: "attack", precision: 0.8, recall: 1, f1: 8 / 9, support: 4 });
 * ```
 */
export function classificationReport(
  matrix: ConfusionMatrix,
  options: { readonly zeroDivision?: 0 | 1 } = {},
): ClassificationReport {
  const zeroDivision = options.zeroDivision ?? 0;
  const divide = (part: number, whole: number) => whole > 0 ? part / whole : zeroDivision;
  const classes = matrix.classes.map((name, c) => {
    const right = matrix.count(c, c), support = matrix.support(c), predicted = matrix.predictions(c);
    return {
      name,
      precision: divide(right, predicted),
      recall: divide(right, support),
      f1: divide(2 * right, support + predicted),
      support,
    };
  });
  const support = matrix.total;
  const weigh = (key: "precision" | "recall" | "f1") =>
    divide(classes.reduce((sum, scores) => sum + scores[key] * scores.support, 0), support);
  const mean = (key: "precision" | "recall" | "f1") =>
    classes.reduce((sum, scores) => sum + scores[key], 0) / classes.length;
  return {
    classes,
    accuracy: divide(matrix.correct, support),
    macro: { precision: mean("precision"), recall: mean("recall"), f1: mean("f1"), support },
    weighted: { precision: weigh("precision"), recall: weigh("recall"), f1: weigh("f1"), support },
  };
}

/**
 * A report as a table, letter by letter as scikit-learn prints it; ends in a line feed. (Where not one prediction is
 * right, scikit-learn writes the support as 4.0; it is 4 here.)
 *
 * @param options.digits behind the point, from 0 to 15; default 2
 * @throws RangeError when digits is no whole number from 0 to 15
 */
export function formatClassificationReport(
  report: ClassificationReport,
  options: { readonly digits?: number } = {},
): string {
  const digits = options.digits ?? 2;
  if (!Number.isInteger(digits) || digits < 0 || digits > 15) {
    throw new RangeError(`Cannot print ${digits} digits: a whole number from 0 to 15 is wanted`);
  }
  const width = Math.max(
    "weighted avg".length,
    digits,
    ...report.classes.map(({ name }) => [...name].length),
  );
  const head = (name: string) => " ".repeat(Math.max(0, width - [...name].length)) + name + " ";
  const cells = (...texts: readonly string[]) => texts.map((text) => ` ${text.padStart(9)}`).join("");
  const line = (name: string, { precision, recall, f1, support }: ClassScores) =>
    head(name) +
    cells(...[precision, recall, f1].map((score) => formatScore(score, digits)), String(support));
  return [
    head("") + cells("precision", "recall", "f1-score", "support"),
    "",
    ...report.classes.map((scores) => line(scores.name, scores)),
    "",
    head("accuracy") + cells("", "", formatScore(report.accuracy, digits), String(report.macro.support)),
    line("macro avg", report.macro),
    line("weighted avg", report.weighted),
    "",
  ].join("\n");
}

/** As Python's `format`: an exact tie goes to the even digit, where `toFixed` takes the larger number. */
function formatScore(score: number, digits: number): string {
  const text = score.toFixed(digits);
  // score = m/2^(digits+1) with m odd is what lies exactly between two numbers of so many digits.
  const tie = Math.abs((score * 2 ** (digits + 1)) % 2) === 1;
  const last = Number(text.at(-1));
  return tie && last % 2 === 1 ? text.slice(0, -1) + (last - 1) : text;
}

/** Scores under scikit-learn's names, for JSON. */
export interface ScoresDictionary {
  /** See {@linkcode ClassScores}. */
  readonly precision: number;
  /** See {@linkcode ClassScores}. */
  readonly recall: number;
  /** See {@linkcode ClassScores}. */
  readonly "f1-score": number;
  /** See {@linkcode ClassScores}. */
  readonly support: number;
}

/**
 * A report in the shape of scikit-learn's `output_dict=True`: each class by its name, then `accuracy`, `macro avg`
 * and `weighted avg`.
 *
 * @throws RangeError when a class has the name of one of the last three
 */
export function classificationDictionary(
  report: ClassificationReport,
): Record<string, number | ScoresDictionary> {
  const scores = ({ precision, recall, f1, support }: ClassScores): ScoresDictionary => ({
    precision,
    recall,
    "f1-score": f1,
    support,
  });
  const entries: [string, number | ScoresDictionary][] = [
    ...report.classes.map((of): [string, ScoresDictionary] => [of.name, scores(of)]),
    ["accuracy", report.accuracy],
    ["macro avg", scores(report.macro)],
    ["weighted avg", scores(report.weighted)],
  ];
  const dictionary = Object.fromEntries(entries);
  if (Object.keys(dictionary).length < entries.length) {
    throw new RangeError(
      `Cannot write a report on [${report.classes.map(({ name }) => name).join(", ")}] as a dictionary: ` +
        "no class may be called accuracy, macro avg or weighted avg",
    );
  }
  return dictionary;
}

/**
 * The mean of −ln p, p being the probability that was given to the class that came; in constant memory.
 *
 * A p of 0 counts as the smallest positive number, 2^−1074, hence as 744.44; scikit-learn clips at 2.2e-16 (36.04).
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const logLoss = new LogLoss();
 * logLoss.add(1);
 * logLoss.add(Math.exp(-1));
 * assert.deepEqual([logLoss.count, logLoss.mean], [2, 0.5]);
 * ```
 */
export class LogLoss {
  #count = 0;
  #sum = 0;

  /**
   * Counts one prediction.
   *
   * @param probability of the class that came
   * @throws RangeError when it is no number from 0 to 1
   */
  add(probability: number): void {
    if (!(probability >= 0 && probability <= 1)) {
      throw new RangeError(`Cannot score a probability of ${probability}: a number from 0 to 1 is wanted`);
    }
    this.#count++;
    this.#sum -= Math.log(Math.max(probability, Number.MIN_VALUE));
  }

  /** How many predictions. */
  get count(): number {
    return this.#count;
  }

  /** In nats; NaN before the first prediction. */
  get mean(): number {
    return this.#sum / this.#count;
  }
}
