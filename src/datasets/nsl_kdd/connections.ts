/** Lines of an NSL-KDD file → connections, each field checked. */
import { createHash } from "node:crypto";
import { UserError } from "../../runtime/errors.ts";
import { readBytes, tap } from "../bytes.ts";
import { readRows, type Row } from "../rows.ts";
import { CLASS_OF_ATTACK } from "./attacks.ts";
import { NSL_KDD_COLUMNS } from "./columns.ts";

/** What is done with a connection whose attack nobody knows. */
export type UnknownLabel = "error" | "skip";

/** A connection as it was found. */
export interface Connection {
  readonly line: number;
  /** The 41 features and what stands behind them. */
  readonly fields: readonly string[];
  /** Place of its class; `null` where the line has no label. */
  readonly label: number | null;
}

/** How a file is read. */
export interface ConnectionOptions {
  readonly path: string;
  /** That names the file. */
  readonly flag: string;
  readonly unknownLabel: UnknownLabel;
  readonly signal?: AbortSignal | undefined;
}

/** A pass over a file. */
export interface ConnectionPass {
  /** How the messages call it. */
  readonly file: string;
  /** Batches of connections, in the order of the lines. */
  connections(): AsyncIterable<Connection[]>;
  /** Lines left out so far for their label. */
  skipped(): number;
  /** SHA-256 of the bytes; of all of them after the last batch. */
  sha256(): string;
}

const FEATURES = NSL_KDD_COLUMNS.length;

/**
 * Opens a file for one pass.
 *
 * @throws {UserError} from the pass, naming file and line, for whatever is no connection.
 */
export function openConnections({ path, flag, unknownLabel, signal }: ConnectionOptions): ConnectionPass {
  const file = path === "-" ? "standard input" : path;
  const hash = createHash("sha256");
  let skipped = 0;
  return {
    file,
    async *connections() {
      let found = false;
      for await (
        const { rows } of readRows(tap(readBytes(path, flag), (bytes) => hash.update(bytes)), file)
      ) {
        signal?.throwIfAborted();
        found ||= rows.length > 0;
        const connections: Connection[] = [];
        for (const row of rows) {
          const connection = check(row, { file, unknownLabel });
          if (connection === null) skipped++;
          else connections.push(connection);
        }
        yield connections;
      }
      if (!found) {
        throw new UserError(`${file} is empty`, {
          hint: `name a file of NSL-KDD, such as KDDTrain+.txt, with ${flag}`,
        });
      }
    },
    skipped: () => skipped,
    sha256: () => hash.copy().digest("hex"),
  };
}

/** @returns `null` for a line that is to be left out. */
function check(
  { fields, line }: Row,
  { file, unknownLabel }: { file: string; unknownLabel: UnknownLabel },
): Connection | null {
  if (fields.length < FEATURES || fields.length > FEATURES + 2) {
    throw new UserError(
      `${file}, line ${line}: ${fields.length} fields; a line of NSL-KDD has ${FEATURES} features, the attack's ` +
        "name and a difficulty",
      { hint: "the files are KDDTrain+.txt and KDDTest+.txt, without a header" },
    );
  }
  const attack = fields[FEATURES];
  if (attack === undefined) return { line, fields, label: null };
  const label = CLASS_OF_ATTACK.get(attack);
  if (label !== undefined) return { line, fields, label };
  if (unknownLabel === "skip") return null;
  throw new UserError(`${file}, line ${line}: no class is known for the attack ${JSON.stringify(attack)}`, {
    hint: "--unknown-label skip leaves such lines out, and counts them",
  });
}

/**
 * The number in a field.
 *
 * @throws {UserError} for what is no finite number.
 */
export function numberIn(
  { fields, line }: Connection,
  { column, file }: { readonly column: number; readonly file: string },
): number {
  const text = fields[column]!;
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UserError(
    `${file}, line ${line}: ${NSL_KDD_COLUMNS[column]!.name} is ${JSON.stringify(text.slice(0, 40))}, ` +
      "a finite number is wanted",
  );
}
