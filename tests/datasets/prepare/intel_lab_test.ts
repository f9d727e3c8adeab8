/** The Intel lab's file as it was published: every fault is found and counted, every good value is read as it stands. */
import assert from "node:assert/strict";
import { IntelLabReader, type LabFault } from "../../../src/datasets/prepare/intel_lab.ts";
import { intervalMeans } from "../../../src/datasets/prepare/interval_means.ts";
import { interrupt, runStreamflow, startStreamflow, untilSaid } from "../../support/run.ts";
import { withFolder } from "../../support/folder.ts";
import { type LabFile, writeLabFile } from "./intel_lab_file.ts";

const LINES = 100_000;

async function makeFile(lines: number, seed = 1): Promise<{ text: string; found: LabFile }> {
  let text = "";
  const found = await writeLabFile(lines, {
    seed,
    write: (piece) => {
      text += piece;
      return Promise.resolve();
    },
  });
  return { text, found };
}

function readText(text: string, chunkBytes: number): IntelLabReader {
  const reader = new IntelLabReader(), bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) reader.take(bytes.slice(at, at + chunkBytes));
  reader.end();
  return reader;
}

/** All rows in order, as texts. */
function rowsOf({ columns }: IntelLabReader): string[] {
  return Array.from(columns.inOrder().order, (row) =>
    [
      new Date(columns.timeOf(row)).toISOString(),
      columns.sources[columns.sourceOf(row)],
      ...columns.features.map((_, feature) => columns.valueOf(row, feature)),
    ].join(" "));
}

Deno.test("every fault of a file of 100,000 lines is counted by its reason, and every value is what the text says", async () => {
  const { text, found } = await makeFile(LINES);
  const reader = readText(text, 65_536);
  assert.equal(reader.lines, LINES);
  assert.deepEqual(reader.faults, found.faults);
  for (const [fault, count] of Object.entries(found.faults)) assert.ok(count > 0, fault);
  const { order, repeated } = reader.columns.inOrder();
  assert.equal(repeated, found.repeated);
  assert.equal(order.length, found.kept);
  // Beside it: the plain way, a text for each field.
  const naive = new Set<string>();
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const [temperature, humidity, light, voltage] = fields.slice(4).map((field) =>
      field === "" ? NaN : Number(field)
    );
    const mote = Number(fields[3]);
    const good = fields.length === 8 && mote >= 1 && mote <= 54 && voltage! >= 2.4 && temperature! > -10 &&
      humidity! <= 100;
    if (!good) continue;
    const time = new Date(
      `${fields[0]}T${(fields[1]!.split(".")[0])}.${
        (fields[1]!.split(".")[1] ?? "").padEnd(3, "0").slice(0, 3)
      }Z`,
    );
    naive.add([time.toISOString(), `mote-${mote}`, temperature, humidity, light, voltage].join(" "));
  }
  assert.equal(naive.size, found.kept);
  const rows = rowsOf(reader);
  assert.deepEqual(rows.filter((row) => !naive.has(row)).slice(0, 5), []);
  assert.deepEqual(
    rows.filter((row, at) => at > 0 && row.slice(0, 24) < rows[at - 1]!.slice(0, 24)).slice(0, 5),
    [],
  );
});

Deno.test("where the file is cut into pieces does not matter", async () => {
  const { text } = await makeFile(500, 2);
  const whole = readText(text, text.length);
  for (const chunkBytes of [1, 7, 61, 4_096]) {
    const reader = readText(text, chunkBytes);
    assert.deepEqual(rowsOf(reader), rowsOf(whole));
    assert.deepEqual(reader.faults, whole.faults);
    assert.equal(reader.lines, whole.lines);
  }
});

const LINE = "2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964";
const FAULTS: readonly (readonly [string, LabFault | null])[] = [
  [LINE, null],
  [`${LINE}\r`, null],
  ["2004-02-29 23:59:59 3 54 -1.5e-05 0 0 2.4", null],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 37.0933  2.69964", null],
  ["", "blank"],
  [" \t ", "blank"],
  ["2004-02-28 00:59:16.02785 3", "cut"],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08", "cut"],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 ", "cut"],
  ["2004-02-28 00:59:16.02785 3 1  37.0933 45.08 2.69964", "cut"],
  ["2004-02-28 00:59:16.02785 3  19.9884 37.0933 45.08 2.69964", "cut"],
  [`${LINE} 9`, "unreadable"],
  ["2004-02-30 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964", "unreadable"],
  ["2004-02-28 24:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964", "unreadable"],
  ["2004/02/28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.69964", "unreadable"],
  ["2004-02-28 00:59:16.02785 3 1 19.9.884 37.0933 45.08 2.69964", "unreadable"],
  ["2004-02-28 00:59:16.02785 3 1 NaN 37.0933 45.08 2.69964", "unreadable"],
  ["2004-02-28 00:59:16.02785 3 1 - 37.0933 45.08 2.69964", "unreadable"],
  [`${LINE}${"0".repeat(5_000)}`, "unreadable"],
  ["2004-02-28 00:59:16.02785 3 0 19.9884 37.0933 45.08 2.69964", "mote"],
  ["2004-02-28 00:59:16.02785 3 55 19.9884 37.0933 45.08 2.69964", "mote"],
  ["2004-02-28 00:59:16.02785 3 1.5 19.9884 37.0933 45.08 2.69964", "mote"],
  ["2004-03-31 03:38:15.757551 2 1 122.153 -3.91901 11.04 2.03397", "battery"],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 2.39999", "battery"],
  ["2004-02-28 00:59:16.02785 3 1 122.153 37.0933 45.08 2.69964", "impossible"],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 -3.91901 45.08 2.69964", "impossible"],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 -1 2.69964", "impossible"],
  ["2004-02-28 00:59:16.02785 3 1 19.9884 37.0933 45.08 18.56", "impossible"],
];

Deno.test("a line is a reading or left out for the first reason that holds", () => {
  for (const [line, fault] of FAULTS) {
    // With a line end and without, and in two pieces.
    for (const [text, chunkBytes] of [[`${line}\n`, 10_000], [line, 10_000], [`${line}\n`, 40]] as const) {
      if (text === "") continue;
      const { columns, faults, lines } = readText(text, chunkBytes);
      const found = Object.entries(faults).filter(([, count]) => count > 0);
      assert.equal(lines, 1, line.slice(0, 99));
      assert.deepEqual(found, fault === null ? [] : [[fault, 1]], line.slice(0, 99));
      assert.equal(columns.rows, fault === null ? 1 : 0, line.slice(0, 99));
    }
  }
  assert.deepEqual(rowsOf(readText(LINE, 100)), [
    "2004-02-28T00:59:16.027Z mote-1 19.9884 37.0933 45.08 2.69964",
  ]);
});

Deno.test("means are by mote and interval, from what is there", async () => {
  const { text } = await makeFile(20_000, 3);
  const { columns } = readText(text, 65_536);
  const everyMs = 30 * 60_000, { order } = columns.inOrder();
  const means = intervalMeans(columns, order, everyMs);
  const groups = new Map<string, number[][]>();
  for (const row of order) {
    const name = `${Math.floor(columns.timeOf(row) / everyMs)} ${columns.sourceOf(row)}`;
    const values = columns.features.map((_, feature) => columns.valueOf(row, feature));
    groups.set(name, [...groups.get(name) ?? [], values]);
  }
  assert.equal(means.rows, groups.size);
  for (let row = 0; row < means.rows; row++) {
    const rows = groups.get(`${means.timeOf(row) / everyMs} ${means.sourceOf(row)}`)!;
    for (let feature = 0; feature < columns.features.length; feature++) {
      const there = rows.map((values) => values[feature]!).filter((value) => !Number.isNaN(value));
      const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
      assert.ok(Math.abs(means.valueOf(row, feature) / mean - 1) < 1e-6, `${row} ${feature}`);
    }
    if (row > 0) assert.ok(means.timeOf(row) >= means.timeOf(row - 1));
  }
});

Deno.test("prepare writes a CSV that train reads, from a packed file, and says what it left out", () =>
  withFolder(async (folder) => {
    const { text, found } = await makeFile(40_000, 4);
    const packed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(`${folder}/data.txt.gz`, packed);
    const run = (...args: string[]) => runStreamflow(args, { cwd: folder });
    const { code, stdout, stderr } = await run(
      "datasets",
      "prepare",
      "intel-lab",
      "--file",
      "data.txt.gz",
      "--quiet",
    );
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^intel-lab: 40,000 lines were read, [\d,]+ readings kept; times are taken to be UTC\n/,
    );
    assert.match(stdout, /left out: [\d,]+ were measured below 2\.4 V: the battery was low/);
    const rows = (await Deno.readTextFile(`${folder}/intel-lab.csv`)).trimEnd().split("\n");
    assert.equal(rows[0], "time,mote,temperature,humidity,light,voltage");
    assert.equal(rows.length - 1, found.kept);
    assert.equal(rows.filter((row) => row.split(",")[4] === "").length, found.dark);

    const means = await run(
      ...[
        "datasets",
        "prepare",
        "intel-lab",
        "--file",
        "data.txt.gz",
        "--every",
        "10m",
        "--out",
        "means.csv",
        "--json",
      ],
    );
    const said = JSON.parse(means.stdout);
    assert.equal(said.readings, found.kept);
    assert.equal(said.leftOut["repeat a time of their source"], found.repeated);
    assert.equal(said.sources, 53);
    const trained = await run(
      ...["train", "--csv", "means.csv", "--key", "mote", "--features", "temperature", "--horizon", "1"],
      ...[
        "--lookback",
        "3",
        "--hidden",
        "4",
        "--epochs",
        "1",
        "--model",
        "m.safetensors",
        "--json",
        "--quiet",
      ],
    );
    assert.equal(trained.code, 0, trained.stderr);
  }));

Deno.test("prepare refuses what is not the file, and writes nothing", () =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/other.csv`, "time,value\n2020-01-01,1\n");
    const run = (...args: string[]) =>
      runStreamflow(["datasets", "prepare", ...args, "--quiet"], { cwd: folder });
    const other = await run("intel-lab", "--file", "other.csv");
    assert.equal(other.code, 1);
    assert.match(
      other.stderr,
      /error: other\.csv holds no reading of intel-lab: 2 lines were read; 2 lack fields\n/,
    );
    const none = await run("intel-lab");
    assert.match(none.stderr, /error: cannot read streamflow-datasets\/intel-lab: no such file\n/);
    const same = await run("intel-lab", "--file", "other.csv", "--out", "other.csv");
    assert.equal(same.code, 2);
    const asItIs = await run("nsl-kdd");
    assert.match(
      asItIs.stdout,
      /nsl-kdd needs no preparing: it is read as it is\n {2}streamflow train --dataset nsl-kdd/,
    );
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name), ["other.csv"]);
  }));

Deno.test("Ctrl-C ends prepare with 130 while its input is silent, and no file is there", () =>
  withFolder(async (folder) => {
    await using running = await startStreamflow(
      ["datasets", "prepare", "intel-lab", "--file", "-", "--verbose"],
      { cwd: folder, stdin: null, watchOutput: true },
    );
    await untilSaid(running, "datasets begins");
    const { code, stderr } = await interrupt(running);
    assert.equal(code, 130, stderr);
    assert.match(stderr, /stopped before the end: nothing was written/);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  }));
