/** A file of NSL-KDD, gone through once: its connections, its digest, and what was left out. */
import { createHash } from "node:crypto";
import { UserError } from "../../runtime/errors.ts";
import { readBytes } from "../bytes.ts";
import { type ConnectionBlock, ConnectionScanner, type UnknownLabel } from "./scanner.ts";

/** How a file is read. */
export interface ConnectionOptions {
  readonly path: string;
  /** That names the file. */
  readonly flag: string;
  readonly unknownLabel: UnknownLabel;
}

/** A pass over a file. */
export interface ConnectionPass {
  /** How the messages call it. */
  readonly file: string;
  /** The connections in the order of their lines; a block holds until the next. */
  blocks(): AsyncIterable<ConnectionBlock>;
  /** Lines left out so far for their label. */
  skipped(): number;
  /** SHA-256 of the bytes, hexadecimal; of all of them after the last block. */
  sha256(): string;
}

/**
 * Opens a file for one pass.
 *
 * @throws {UserError} from the pass, naming file and line, for whatever is no connection, and for a file without any.
 */
export function openConnections({ path, flag, unknownLabel }: ConnectionOptions): ConnectionPass {
  const file = path === "-" ? "standard input" : path;
  const hash = createHash("sha256");
  const scanner = new ConnectionScanner({ file, unknownLabel });
  return {
    file,
    async *blocks() {
      let rows = 0;
      const count = (block: ConnectionBlock) => {
        rows += block.rows;
        return block;
      };
      for await (const bytes of readBytes(path, flag)) {
        hash.update(bytes);
        yield count(scanner.take(bytes));
      }
      yield count(scanner.take(new Uint8Array(0), true));
      if (rows === 0) throw nothingIn(file, { flag, skipped: scanner.skipped });
    },
    skipped: () => scanner.skipped,
    sha256: () => hash.copy().digest("hex"),
  };
}

function nothingIn(file: string, { flag, skipped }: { flag: string; skipped: number }): UserError {
  const hint = `name a file of NSL-KDD, such as KDDTrain+.txt, with ${flag}`;
  if (skipped === 0) return new UserError(`${file} is empty`, { hint });
  return new UserError(`${file}: no class is known for the attack of any of its ${skipped} lines`, { hint });
}
