/** A classifier's answers to the rows of a table, as it would give them to a stream of the same records. */
import type { Table, TableColumn } from "../../datasets/mod.ts";
import type { Classifier } from "../../models/classifier.ts";
import { UserError } from "../../runtime/errors.ts";
import { finishAtOnce, type Work } from "../loop/work.ts";
import type { Answers } from "../evaluation/classification.ts";

/** Answers, and how many values of categories were never seen in training. */
export interface TableAnswers extends Answers {
  readonly unseenValues: number;
}

/**
 * Classifies these rows of the table, one after the other.
 *
 * @param rows (R) numbers of rows; `null` = all
 * @throws {UserError} where the table lacks a column of the classifier, or has a class that it does not know
 */
export function classifyTable(classifier: Classifier, table: Table, rows: Int32Array | null): TableAnswers {
  return finishAtOnce(classifyRows(classifier, table, rows));
}

/** The same in slices. */
export function* classifyRows(
  classifier: Classifier,
  table: Table,
  rows: Int32Array | null,
): Work<TableAnswers> {
  const { classes, baseline } = classifier;
  const numbers = rows ?? Int32Array.from({ length: table.rows }, (_, row) => row);
  const read = classifier.columns.map((column) => readerOf(column, table));
  const labelOf = classesOf(classifier, table);
  const values = new Float64Array(read.length);
  const labels = new Int32Array(numbers.length);
  const probabilities = new Float64Array(numbers.length * classes.length);
  let unseenValues = 0;
  for (const [r, row] of numbers.entries()) {
    for (let c = 0; c < values.length; c++) values[c] = read[c]!(row);
    classifier.classify(values);
    probabilities.set(classifier.probabilities, r * classes.length);
    unseenValues += classifier.unseen;
    labels[r] = labelOf[table.labels[row]!]!;
    yield null;
  }
  return { classes, baseline, labels, probabilities, unseenValues };
}

/** What gives a row's value as the classifier takes it: a number, or the place of a text, −1 for an unknown one. */
function readerOf(wanted: Classifier["columns"][number], table: Table): (row: number) => number {
  const found = table.columns.find((column) => column.name === wanted.name);
  if (found === undefined || found.kind !== wanted.kind) {
    const has = found === undefined ? "no such column" : `a column of ${kindOf(found)}`;
    throw new UserError(
      `Cannot evaluate on ${table.name}: the model wants a column ${wanted.name} of ${
        kindOf(wanted)
      }, there is ${has}`,
      { hint: "name the model's own kind of data set with --dataset", exitCode: 2 },
    );
  }
  if (found.kind === "number") return (row) => found.values[row]!;
  const known = wanted.kind === "category" ? wanted.values : [];
  const places = Int32Array.from(found.values, (text) => known.indexOf(text));
  return (row) => places[found.codes[row]!]!;
}

function kindOf({ kind }: Pick<TableColumn, "kind">): string {
  return kind === "number" ? "numbers" : "texts";
}

/** Place among the classifier's classes, by place among the table's. */
function classesOf({ classes }: Classifier, table: Table): Int32Array {
  const unknown = table.classes.filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    throw new UserError(
      `Cannot evaluate on ${table.name}: its classes ${unknown.join(", ")} are none of the model's: ` +
        classes.join(", "),
      { hint: "name the model's own kind of data set with --dataset", exitCode: 2 },
    );
  }
  return Int32Array.from(table.classes, (name) => classes.indexOf(name));
}
