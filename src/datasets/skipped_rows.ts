/** Rows of a CSV file that are no readings, and are left out: which was the first, and how many there were. */
import { UserError } from "../runtime/errors.ts";
import type { RowCounts } from "./dataset.ts";
import type { BadRow } from "./csv/csv.ts";
import { describeRows } from "./csv/describe.ts";

/** Remembers the first row that was left out. */
export class SkippedRows {
  #first: BadRow | undefined;

  /** Takes one. */
  readonly take = (row: BadRow): void => {
    this.#first ??= row;
  };

  /** What a pass left out, as one line; `undefined` where it was nothing. */
  describe(name: string, counts: RowCounts | undefined, whole = false): string | undefined {
    const found = counts && describeRows(counts, { whole });
    if (found === undefined) return undefined;
    return `${name}: ${found}${
      this.#first === undefined ? "" : ` (the first is line ${this.#first.line}: ${this.#first.detail})`
    }`;
  }
}

/** `--on-error` where nothing is sent. @throws {UserError} (exit code 2) for `dlq` */
export function rowPolicy(
  { onError }: { readonly onError?: "fail" | "skip" | "dlq" },
  skipped: SkippedRows,
): { readonly onBadRow: ((row: BadRow) => void) | undefined } {
  if (onError !== "dlq") return { onBadRow: onError === "skip" ? skipped.take : undefined };
  throw new UserError("--on-error dlq is for rows on their way to a topic, and nothing is sent here", {
    hint: "use --on-error skip: rows that are no readings are left out and counted",
    exitCode: 2,
  });
}
