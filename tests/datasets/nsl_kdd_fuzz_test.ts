/** Changed files of NSL-KDD: read as a slow, plain reader reads them, or refused by name; nothing else. */
import assert from "node:assert/strict";
import { NSL_KDD_ATTACKS } from "../../src/datasets/mod.ts";
import { NSL_KDD_COLUMNS } from "../../src/datasets/nsl_kdd/columns.ts";
import { ConnectionScanner } from "../../src/datasets/nsl_kdd/scanner.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { readMutated } from "../support/mutate.ts";
import { nslKddLines } from "../train/nsl_kdd.ts";

const encoder = new TextEncoder();
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i;

const attacks = new Set(
  Object.values(NSL_KDD_ATTACKS).flatMap(({ trained, testOnly }) => [...trained, ...testOnly]),
);

/** Line and features of each connection, as strings are cut; `null` where a line is none. */
function readPlainly(bytes: Uint8Array): unknown[] | null {
  const rows: unknown[] = [];
  const lines = new TextDecoder().decode(bytes).split("\n");
  for (const [place, line] of lines.entries()) {
    if (/^\r?$/.test(line)) continue;
    const fields = line.replace(/\r$/, "").split(",");
    const values = NSL_KDD_COLUMNS.map(({ kind }, column) => {
      const field = fields[column] ?? "";
      return kind === "category" ? trimmed(field) : NUMBER.test(field) ? Number(field) : NaN;
    });
    const wrong = fields.length < 41 || fields.length > 43 || /\ufffd/.test(fields.slice(0, 42).join()) ||
      values.some((value) => value === "" || typeof value === "number" && !Number.isFinite(value)) ||
      !attacks.has(trimmed(fields[41] ?? "normal").toLowerCase().replace(/\.$/, ""));
    if (wrong) return null;
    rows.push([place + 1, ...values]);
  }
  return rows;
}

function trimmed(field: string): string {
  return field.replace(/^[ \t]+|[ \t]+$/g, "");
}

function scan(bytes: Uint8Array): unknown[] {
  const scanner = new ConnectionScanner({ file: "f.txt", unknownLabel: "error" });
  const { rows, lines, values, texts } = scanner.take(bytes, true);
  return Array.from({ length: rows }, (_, row) => [
    lines[row],
    ...NSL_KDD_COLUMNS.map(({ kind }, column) => {
      const value = values[row * 41 + column]!;
      return kind === "number" ? value : texts[value];
    }),
  ]);
}

Deno.test("a changed file is read as it says, or refused with a line", () => {
  const seeds = [1, 2, 3].map((seed) =>
    encoder.encode(`${nslKddLines(3, seed).join(seed === 2 ? "\r\n" : "\n")}\n`)
  );
  const rounds = 4_000;
  const reads = readMutated(seeds, {
    rounds,
    read: (bytes) => {
      const plain = readPlainly(bytes);
      try {
        assert.deepEqual(scan(bytes), plain);
      } catch (error) {
        if (plain !== null) throw new Error("a plain reader accepts it", { cause: error });
        throw error;
      }
    },
    expected: (error) => error instanceof UserError && /^f\.txt, line \d+: /.test(error.message),
  });
  assert.ok(reads > rounds / 50 && reads < rounds, `${reads} of ${rounds} read`);
});
