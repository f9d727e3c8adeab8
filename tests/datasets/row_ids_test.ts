/** Ids of rows: unique in all files, the same when the same file is read again. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openCsv, openNslKdd } from "../../src/datasets/mod.ts";
import { RowIds } from "../../src/datasets/row_ids.ts";
import { nslKddLines } from "../train/nsl_kdd.ts";
import { withFolder } from "../support/folder.ts";

async function write(folder: string, name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await Deno.writeTextFile(path, text);
  return path;
}

async function idsOf(path: string, options = {}): Promise<string[]> {
  const ids: string[] = [];
  for await (const batch of (await openCsv(path, options)).batches()) ids.push(...batch.map(({ id }) => id));
  return ids;
}

const ROWS = "time,v\n2024-01-01 00:00,1\n2024-01-01 00:01,2\n2024-01-01 00:01,2\n";

Deno.test("ids of two files of one name have nothing in common, whether their rows are the same or not", () =>
  withFolder(async (folder) => {
    const ids = [
      ...await idsOf(await write(folder, "mon/readings.csv", ROWS)),
      ...await idsOf(await write(folder, "tue/readings.csv", ROWS.replaceAll("-01 ", "-02 "))),
      ...await idsOf(await write(folder, "wed/readings.csv", ROWS)),
    ];
    assert.equal(new Set(ids).size, 9);
    assert.ok(ids.every((id) => /^readings-[123]-[0-9a-z]{8}$/.test(id)), ids.join());
  }));

Deno.test("ids are the same when a file is read again, is longer by then, or other columns and rows are chosen", () =>
  withFolder(async (folder) => {
    const path = await write(folder, "f.csv", ROWS);
    const ids = await idsOf(path);
    assert.equal(new Set(ids).size, 3, "rows of one content are distinct");
    assert.deepEqual(await idsOf(path), ids);
    await write(folder, "f.csv", `${ROWS}2024-01-01 00:02,3\nTotal,6\n`);
    const skip = { features: ["v"], onBadRow: () => {} };
    assert.deepEqual((await idsOf(path, skip)).slice(0, 3), ids);
    // The file has another content by now, under the same name.
    await write(folder, "f.csv", ROWS.replace("00:00,1", "00:00,7"));
    assert.equal(new Set([...await idsOf(path), ...ids]).size, 6);
  }));

Deno.test("ids of a file with the newest first are those of its rows, however they are sorted", () =>
  withFolder(async (folder) => {
    const path = await write(folder, "f.csv", "time,v\n2024-01-02,2\n2024-01-01,1\n");
    assert.deepEqual((await idsOf(path)).map((id) => id.split("-")[1]), ["2", "1"]);
  }));

Deno.test("ids of standard input are of its content", () => {
  const ids = (rows: readonly string[]) => {
    const ids = new RowIds("-");
    return rows.map((row, i) => ids.next(i + 1, row));
  };
  assert.deepEqual(ids(["a", "b", "c"]), ids(["a", "b", "c"]));
  assert.deepEqual(ids(["a", "b"])[0], ids(["a", "c"])[0]);
  const all = [...ids(["a", "b", "b"]), ...ids(["x", "b", "b"]), ...ids(["ab", "", "b"])];
  assert.equal(new Set(all).size, all.length);
});

Deno.test("ids of 200,000 rows of two files are all different, and short", () => {
  const seen = new Set<string>();
  for (const path of ["/a/long-name.csv", "/b/long-name.csv"]) {
    const ids = new RowIds(path);
    for (let number = 1; number <= 100_000; number++) seen.add(ids.next(number, "20.5"));
  }
  assert.equal(seen.size, 200_000);
  assert.ok(new RowIds(`/${"x".repeat(300)}.csv`).next(1, "").length < 60);
});

Deno.test("ids of connections differ between files of one name, and are the same in every pass", () =>
  withFolder(async (folder) => {
    const text = `${nslKddLines(20, 3).join("\n")}\n`;
    const ids = async (name: string, content: string) => {
      const dataset = await openNslKdd(await write(folder, name, content), { unknownLabel: "error" });
      const passes: string[][] = [[], []];
      for (const pass of passes) {
        for await (const batch of dataset.batches()) pass.push(...batch.map(({ id }) => id));
      }
      assert.deepEqual(passes[0], passes[1]);
      return passes[0]!;
    };
    const all = [...await ids("a/KDDTest+.txt", text), ...await ids("b/KDDTest+.txt", text)];
    assert.equal(new Set(all).size, 40);
  }));
