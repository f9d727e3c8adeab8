/** Files like those of NSL-KDD: KDD Cup 1999 itself, and copies with other spellings or a line with names. */
import assert from "node:assert/strict";
import { readNslKddTable } from "../../src/datasets/mod.ts";
import { NSL_KDD_COLUMNS } from "../../src/datasets/nsl_kdd/columns.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { nslKddLines } from "../train/nsl_kdd.ts";

const NAMES = NSL_KDD_COLUMNS.map(({ name }) => name).join(",");

async function tableOf(lines: readonly string[]) {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, lines.join("\n"));
    return await readNslKddTable(file, { unknownLabel: "error" });
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("labels with a dot, capitals and blanks are the same names, with and without a line of names", async () => {
  const spellings = [
    "normal.",
    "Normal",
    " normal",
    "NORMAL. ",
    "normal,21",
    "smurf.",
    "Smurf.,21",
    "\tsmurf",
  ];
  const lines = nslKddLines(spellings.length, 4).map((line, i) => {
    const [duration, protocol, ...rest] = line.split(",").slice(0, 41);
    return [duration, ` ${protocol}`, ...rest, spellings[i]].join(",");
  });
  const plain = nslKddLines(spellings.length, 4).map((line) => line.split(",")[1]);
  for (const head of [[], [`${NAMES},class,difficulty`], [`\ufeff${NAMES.toUpperCase()},labels`]]) {
    const { labels, classes, columns } = await tableOf([...head, ...lines]);
    assert.deepEqual(
      [...labels].map((label) => classes[label]),
      spellings.map((attack) => /smurf/i.test(attack) ? "dos" : "normal"),
    );
    const protocol = columns[1]!;
    assert.ok(protocol.kind === "category");
    assert.deepEqual([...protocol.codes].map((code) => protocol.values[code]), plain);
  }
});

Deno.test("names in another line than the first, and other names, are refused by line", async () => {
  const [line] = nslKddLines(1, 4) as [string];
  const wrong = async (lines: readonly string[], message: RegExp) =>
    await assert.rejects(
      tableOf(lines),
      (error) => error instanceof UserError && message.test(error.message),
    );
  await wrong([line, `${NAMES},class`], /line 2: duration \(column 1\) is "duration"/);
  await wrong([NAMES.replace("duration", "seconds"), line], /line 1: duration \(column 1\) is "seconds"/);
});
