/** An NSL-KDD file as columns, for training and evaluation. */
import { UserError } from "../../runtime/errors.ts";
import type { Table, TableColumn } from "../table.ts";
import { NSL_KDD_CLASSES } from "./attacks.ts";
import { NSL_KDD_COLUMNS } from "./columns.ts";
import { type Connection, numberIn, openConnections, type UnknownLabel } from "./connections.ts";

/** A column while it grows. */
interface Growing {
  add(connection: Connection): void;
  finish(): TableColumn;
}

/** Rows for which there is room at first. */
const ROWS_MIN = 4_096;

/** Numbers, with as much room again as is in use at most. */
function grow<T extends Float64Array | Int32Array>(values: T, make: (length: number) => T): T {
  const larger = make(2 * values.length);
  larger.set(values);
  return larger;
}

function numberColumn(name: string, place: { readonly column: number; readonly file: string }): Growing {
  let values = new Float64Array(ROWS_MIN), rows = 0;
  return {
    add(connection) {
      if (rows === values.length) values = grow(values, (length) => new Float64Array(length));
      values[rows++] = numberIn(connection, place);
    },
    finish: () => ({ name, kind: "number", values: values.slice(0, rows) }),
  };
}

function categoryColumn(name: string, column: number): Growing {
  let codes = new Int32Array(ROWS_MIN), rows = 0;
  const places = new Map<string, number>();
  return {
    add({ fields }) {
      if (rows === codes.length) codes = grow(codes, (length) => new Int32Array(length));
      const text = fields[column]!;
      let code = places.get(text);
      if (code === undefined) places.set(text, code = places.size);
      codes[rows++] = code;
    },
    finish: () => ({ name, kind: "category", values: [...places.keys()], codes: codes.slice(0, rows) }),
  };
}

/**
 * Reads a file whole.
 *
 * @param options.flag that names the file, for hints
 * @throws {UserError} naming file and line for whatever is no labelled connection.
 */
export async function readNslKddTable(
  path: string,
  { unknownLabel, flag = "--train", signal }: {
    readonly unknownLabel: UnknownLabel;
    readonly flag?: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Table> {
  const pass = openConnections({ path, flag, unknownLabel, signal });
  const { file } = pass;
  const columns = NSL_KDD_COLUMNS.map(({ name, kind }, column) =>
    kind === "number" ? numberColumn(name, { column, file }) : categoryColumn(name, column)
  );
  let labels = new Int32Array(ROWS_MIN), rows = 0;
  for await (const connections of pass.connections()) {
    for (const connection of connections) {
      if (connection.label === null) {
        throw new UserError(`${file}, line ${connection.line}: there is no attack name behind the features`, {
          hint: "a line needs it for training and evaluation: 'normal', 'neptune', …",
        });
      }
      if (rows === labels.length) labels = grow(labels, (length) => new Int32Array(length));
      labels[rows++] = connection.label;
      for (const column of columns) column.add(connection);
    }
  }
  return {
    name: file,
    sha256: pass.sha256(),
    rows,
    columns: columns.map((column) => column.finish()),
    classes: [...NSL_KDD_CLASSES],
    labels: labels.slice(0, rows),
    skipped: pass.skipped(),
  };
}
