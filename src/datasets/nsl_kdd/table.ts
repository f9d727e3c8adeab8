/** An NSL-KDD file as columns, for training and evaluation. */
import { formatCount } from "../../runtime/progress.ts";
import { untilAborted } from "../../runtime/clock.ts";
import { UserError } from "../../runtime/errors.ts";
import type { Table, TableColumn } from "../table.ts";
import { NSL_KDD_CLASSES } from "./attacks.ts";
import { NSL_KDD_COLUMNS } from "./columns.ts";
import { openConnections } from "./connections.ts";
import { type ConnectionBlock, NO_LABEL, type UnknownLabel } from "./scanner.ts";

const FEATURES = NSL_KDD_COLUMNS.length;
/** Rows for which there is room at first. */
const ROWS_MIN = 4_096;
/** Rows that are held: some 2 GB. The whole of KDD Cup 1999 has 4.9 million. */
const ROWS_MAX = 5_000_000;

/** Columns while they grow. */
class GrowingTable {
  readonly #file: string;
  #room = 0;
  #rows = 0;
  #labels = new Int32Array(0);
  /** By column; of a text its place in #places. */
  #numbers: Float64Array[] = [];
  #codes: Int32Array[] = [];
  readonly #places = NSL_KDD_COLUMNS.map(() => new Map<string, number>());

  constructor(file: string) {
    this.#file = file;
  }

  get rows(): number {
    return this.#rows;
  }

  get labels(): Int32Array {
    return this.#labels.slice(0, this.#rows);
  }

  add(block: ConnectionBlock): void {
    if (block.rows === 0) return;
    this.#checkBlock(block);
    this.#makeRoom(this.#rows + block.rows);
    this.#labels.set(block.labels.subarray(0, block.rows), this.#rows);
    for (let column = 0; column < FEATURES; column++) {
      if (NSL_KDD_COLUMNS[column]!.kind === "number") this.#addNumbers(block, column);
      else this.#addTexts(block, column);
    }
    this.#rows += block.rows;
  }

  columns(): TableColumn[] {
    return NSL_KDD_COLUMNS.map(({ name, kind }, column) =>
      kind === "number" ? { name, kind, values: this.#numbers[column]!.slice(0, this.#rows) } : {
        name,
        kind,
        values: [...this.#places[column]!.keys()],
        codes: this.#codes[column]!.slice(0, this.#rows),
      }
    );
  }

  #checkBlock({ rows, lines, labels }: ConnectionBlock): void {
    const unlabelled = labels.subarray(0, rows).indexOf(NO_LABEL);
    if (unlabelled >= 0) {
      throw new UserError(
        `${this.#file}, line ${lines[unlabelled]}: there is no attack name behind the features`,
        { hint: "a line needs it for training and evaluation: 'normal', 'neptune', …" },
      );
    }
    if (this.#rows + rows > ROWS_MAX) {
      throw new UserError(`${this.#file} has more than ${formatCount(ROWS_MAX)} rows`, {
        hint: "name a part of it",
      });
    }
  }

  #makeRoom(rows: number): void {
    if (rows <= this.#room) return;
    const room = this.#room = Math.max(ROWS_MIN, rows, 2 * this.#room);
    const larger = (codes: Int32Array | undefined) => {
      const grown = new Int32Array(room);
      if (codes !== undefined) grown.set(codes.subarray(0, this.#rows));
      return grown;
    };
    this.#labels = larger(this.#labels);
    for (const [column, { kind }] of NSL_KDD_COLUMNS.entries()) {
      if (kind === "category") {
        this.#codes[column] = larger(this.#codes[column]);
        continue;
      }
      const grown = new Float64Array(room);
      const numbers = this.#numbers[column];
      if (numbers !== undefined) grown.set(numbers.subarray(0, this.#rows));
      this.#numbers[column] = grown;
    }
  }

  #addNumbers({ rows, values }: ConnectionBlock, column: number): void {
    const numbers = this.#numbers[column]!;
    for (let row = 0, from = column, to = this.#rows; row < rows; row++, from += FEATURES, to++) {
      numbers[to] = values[from]!;
    }
  }

  #addTexts({ rows, values, texts }: ConnectionBlock, column: number): void {
    const codes = this.#codes[column]!, places = this.#places[column]!;
    for (let row = 0; row < rows; row++) {
      const text = texts[values[row * FEATURES + column]!]!;
      let code = places.get(text);
      if (code === undefined) places.set(text, code = places.size);
      codes[this.#rows + row] = code;
    }
  }
}

/**
 * Reads a file whole.
 *
 * @param options.flag that names the file, for hints
 * @throws {UserError} naming file and line for whatever is no labelled connection.
 * @throws The signal's reason, as soon as it aborts.
 */
export async function readNslKddTable(
  path: string,
  { unknownLabel, flag = "--train", signal }: {
    readonly unknownLabel: UnknownLabel;
    readonly flag?: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<Table> {
  const pass = openConnections({ path, flag, unknownLabel });
  const table = new GrowingTable(pass.file);
  const blocks = pass.blocks();
  // Standard input may be silent when the signal comes.
  for await (const block of signal === undefined ? blocks : untilAborted(blocks, signal)) table.add(block);
  signal?.throwIfAborted();
  return {
    name: pass.file,
    sha256: pass.sha256(),
    rows: table.rows,
    columns: table.columns(),
    classes: [...NSL_KDD_CLASSES],
    labels: table.labels,
    skipped: pass.skipped(),
  };
}
