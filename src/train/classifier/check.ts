/** Whether tables can be learned from: what is found wrong is one line, before any time is spent. */
import type { Table } from "../../datasets/mod.ts";
import { UserError } from "../../runtime/errors.ts";

/**
 * Checks rows, labels and numbers of both tables.
 *
 * @throws {UserError} naming the table, the row (from 1) and the column
 */
export function checkTables({ training, held }: { readonly training: Table; readonly held: Table }): void {
  if (training.rows === 0) {
    throw new UserError(`Cannot learn from ${training.name}: it has no rows`, { hint: "name another file" });
  }
  if (held.rows < 2) {
    throw new UserError(
      `Cannot evaluate on ${held.name}: it has ${held.rows} rows, and a validation and a test half are expected`,
      { hint: "name a file of 2 rows or more with --test" },
    );
  }
  for (const table of [training, held]) {
    checkLabels(table, training.classes.length);
    for (const column of table.columns) if (column.kind === "number") checkNumbers(table, column);
  }
  const names = (table: Table) => table.columns.map(({ name, kind }) => `${name} (${kind})`).join(", ");
  if (names(training) !== names(held) || training.classes.join() !== held.classes.join()) {
    throw new UserError(
      `Cannot evaluate on ${held.name}: its columns or classes are not those of ${training.name}`,
      {
        hint: "give two files of the same data set",
      },
    );
  }
}

function checkLabels({ name, rows, labels }: Table, classes: number): void {
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    if (label >= 0 && label < classes) continue;
    throw new UserError(`Cannot use ${name}: row ${row + 1} has class number ${label} of ${classes} classes`);
  }
}

function checkNumbers(table: Table, column: { readonly name: string; readonly values: Float64Array }): void {
  for (let row = 0; row < table.rows; row++) {
    if (Number.isFinite(column.values[row]!)) continue;
    throw new UserError(
      `Cannot use ${table.name}: ${column.name} of row ${row + 1} is ${
        column.values[row]
      }; a finite number is expected`,
      { hint: "remove or repair that row" },
    );
  }
}
