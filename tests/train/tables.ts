/** Small tables for the tests of classifiers. */
import { Random } from "../../nn/mod.ts";
import type { Table } from "../../src/datasets/mod.ts";

/** Classes of {@linkcode tableOf}, common to rare. */
export const CLASSES = ["calm", "busy", "rare"] as const;

/**
 * Rows whose class depends on two numbers and a category, with some noise; the third number is constant. 80 %, 17 %
 * and 3 % of the rows are of the three classes.
 */
export function tableOf(rows: number, seed: number, name = "made-up"): Table {
  const random = new Random(seed);
  const level = new Float64Array(rows),
    bytes = new Float64Array(rows),
    constant = new Float64Array(rows).fill(7);
  const codes = new Int32Array(rows), labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const chance = random.uniform();
    const label = row < 3 ? row : chance < 0.8 ? 0 : chance < 0.97 ? 1 : 2;
    labels[row] = label;
    level[row] = random.normal(label, 0.7);
    bytes[row] = Math.exp(random.normal(label === 1 ? 9 : 4, 1));
    codes[row] = random.uniform() < 0.8 ? label : random.integer(3);
  }
  return {
    name,
    sha256: `${seed}`.padStart(64, "0"),
    rows,
    columns: [
      { name: "level", kind: "number", values: level },
      { name: "bytes", kind: "number", values: bytes },
      { name: "constant", kind: "number", values: constant },
      { name: "protocol", kind: "category", values: ["tcp", "udp", "icmp"], codes },
    ],
    classes: CLASSES,
    labels,
    skipped: 0,
  };
}

/** A table with some of its parts replaced. */
export function changed(table: Table, change: Partial<Table>): Table {
  return { ...table, ...change };
}

/** The same table with one number of a column replaced. */
export function withNumber(
  table: Table,
  { column, row, value }: { column: string; row: number; value: number },
): Table {
  return changed(table, {
    columns: table.columns.map((of) => {
      if (of.name !== column || of.kind !== "number") return of;
      const values = of.values.slice();
      values[row] = value;
      return { ...of, values };
    }),
  });
}
