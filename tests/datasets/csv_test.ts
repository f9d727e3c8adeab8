import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { openCsv } from "../../src/datasets/csv/csv.ts";
import type { CsvOptions } from "../../src/datasets/csv/csv.ts";
import type { LabelledReading } from "../../src/datasets/mod.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { namedTimeFormat, TIME_FORMAT_NAMES } from "../../src/datasets/csv/times.ts";
import { withFile } from "../support/folder.ts";

function withPlant(content: string | Uint8Array, use: (path: string) => Promise<void>, name = "plant.csv") {
  return withFile(content, use, name);
}

async function readAll(path: string, options: CsvOptions = {}): Promise<LabelledReading[]> {
  const readings: LabelledReading[] = [];
  for await (const batch of (await openCsv(path, options)).batches()) readings.push(...batch);
  return readings;
}

/** Without the part of the ids that stands for the file's path and content. */
function bare(readings: readonly LabelledReading[]): unknown[] {
  return readings.map(({ id, row: _, ...rest }) => ({ id: id.replace(/-[0-9a-z]{8}$/, ""), ...rest }));
}

const EXPECTED = [
  { id: "plant-1", timestamp: "2026-01-31T12:00:00.000Z", source: "a", features: { x: 1.5, y: -2 } },
  { id: "plant-2", timestamp: "2026-01-31T12:00:01.000Z", source: "b", features: { x: 3, y: 0.5 } },
];
const ALL = { key: "who", timestamp: "when", features: ["x", "y"] };

const SPELLINGS: Record<string, string | Uint8Array> = {
  "commas": "who,when,x,y\na,2026-01-31T12:00:00Z,1.5,-2\nb,2026-01-31T12:00:01Z,3,.5\n",
  "CRLF and no newline at the end":
    "who,when,x,y\r\na,2026-01-31 12:00:00,1.5,-2\r\nb,2026-01-31 12:00:01,3,0.5",
  "a byte order mark":
    "\uFEFFwho,when,x,y\na,2026-01-31T13:00:00+01:00,1.5,-2\nb,2026-01-31T12:00:01Z,3,5e-1\n",
  "semicolons and decimal commas": "who;when;x;y\na;1769860800;1,5;-2\nb;1769860801;3;0,5\n",
  "tabs": "who\twhen\tx\ty\na\t1769860800000\t1.5\t-2\nb\t1769860801000\t3\t0.5\n",
  "blank lines and more columns":
    'note,who,when,x,y\n\n"1,\n2",a,1769860800,1.5,-2\n\n,b,1769860801,3,0.5\n\n',
  "quotes": 'who,"when",x,y\n"a","2026-01-31T12:00:00Z","1.5",-2\n"b",2026-01-31T12:00:01Z, 3 ,0.5\n',
};

for (const [name, content] of Object.entries(SPELLINGS)) {
  Deno.test(`openCsv() reads ${name}`, async () => {
    await withPlant(content, async (path) => assert.deepEqual(bare(await readAll(path, ALL)), EXPECTED));
  });
}

Deno.test("openCsv() reads gzip by the name's ending", async () => {
  const bytes = gzipSync(SPELLINGS["commas"]!);
  await withPlant(
    bytes,
    async (path) => assert.deepEqual(bare(await readAll(path, ALL)), EXPECTED),
    "plant.csv.gz",
  );
});

Deno.test("openCsv() chooses columns and states what it took for granted", async () => {
  await withPlant("time,name,x\n5,one,1\n6,two,2\n", async (path) => {
    const dataset = await openCsv(path);
    assert.deepEqual(dataset.features, [{ name: "x", unit: "" }]);
    assert.deepEqual(dataset.assumptions, [
      "fields between commas (by all 2 rows)",
      "time from 'time' as seconds from 1970 on",
      "all rows are one source, 'plant' (--key COLUMN)",
      "features: x (--features A,B)",
      "left out: 'name'",
    ]);
    const [first] = bare(await readAll(path));
    assert.deepEqual(first, {
      id: "plant-1",
      timestamp: "1970-01-01T00:00:05.000Z",
      source: "plant",
      features: { x: 1 },
    });
  });
  await withPlant("x\n1\n2\n", async (path) => {
    assert.equal((await readAll(path))[1]!.timestamp, "1970-01-01T00:00:01.000Z");
  });
});

Deno.test("openCsv() is the same at every pass and in pieces of any size", async () => {
  const rows = Array.from({ length: 40_000 }, (_, i) => `s${i % 7},${1769860800 + i},${i / 8},"${i}\n€"`);
  await withPlant(`who,when,x,note\n${rows.join("\n")}\n`, async (path) => {
    const dataset = await openCsv(path, { key: "who", timestamp: "when", features: ["x"] });
    assert.equal(dataset.sha256(), null);
    const passes: LabelledReading[][] = [[], []];
    for (const pass of passes) for await (const batch of dataset.batches()) pass.push(...batch);
    assert.equal(passes[0]!.length, rows.length);
    assert.deepEqual(passes[0], passes[1]);
    assert.equal(new Set(passes[0]!.map(({ id }) => id)).size, rows.length);
    assert.equal(passes[0]!.at(-1)!.features["x"], 39_999 / 8);
    const bytes = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
    assert.equal(dataset.sha256(), new Uint8Array(bytes).toHex());
  });
});

const MISTAKES: [
  name: string,
  content: string | Uint8Array,
  options: CsvOptions,
  message: RegExp,
  hint?: RegExp,
][] = [
  ["an empty file", "", {}, /plant\.csv is empty$/],
  ["a file of blank lines", "\n\n\r\n", {}, /is empty$/],
  ["a header alone", "a,b\n", {}, /no rows below it$/],
  ["a missing feature", "who,x\na,1\n", { features: ["xx"] }, /has no column 'xx'$/, /did you mean 'x'/],
  ["a missing key", "mote,x\na,1\n", { key: "sensor" }, /has no column 'sensor'$/, /there is: mote, x/],
  ["a missing timestamp", "when,x\n1,1\n", { timestamp: "whne" }, /no column 'whne'$/, /did you mean 'when'/],
  [
    "a word for a number",
    "t,x\n1,1\n1,2\n1,abc\n",
    { features: ["x"] },
    /line 4: 'abc' in column 'x' is not a/,
  ],
  ["NaN", "t,x\n1,NaN\n", { features: ["x"] }, /the column 'x' has no value in any row/],
  ["Infinity", "t,x\n1,1e999\n", { features: ["x"] }, /line 2: '1e999' in column 'x' is not a number/],
  ["nothing for a number", "t,x\n1,\n", { features: ["x"] }, /the column 'x' has no value in any row/],
  ["a short row", "t,x\n1,1\n2\n", { features: ["x"] }, /line 3: found 1 fields, the first line has 2/],
  ["a long row", 't,x\n"1\n1",1\n2,3,4\n', { features: ["x"] }, /line 4: found 3 fields/],
  [
    "a time that is none",
    "t,x\nyesterday,1\n",
    { timestamp: "t" },
    /line 2: 'yesterday' in column 't' is no time/,
  ],
  ["30 February", "t,x\n2026-02-30,1\n", { timestamp: "t" }, /'2026-02-30' in column 't' is no time/],
  ["an empty source", "k,x\n,1\n", { key: "k" }, /line 2: the column 'k' is empty/],
  ["a column twice", "x,x\n1,1\n", {}, /line 1: the column 'x' is there twice/],
  ["no numbers", "a,b\nc,d\n", {}, /line 2: found no column with numbers among a, b/],
  ["an open quote", 'a,b\n1,2\n"3,4\n5,6\n', { features: ["b"] }, /line 3: quoted field unterminated/],
  ["Latin-1", new Uint8Array([0x74, 0xb0, 0x0a, 0x31, 0x0a]), {}, /is not UTF-8 text$/, /UTF-8/],
];

for (const [name, content, options, message, hint] of MISTAKES) {
  Deno.test(`openCsv() refuses ${name} with file and line`, async () => {
    await withPlant(content, async (path) => {
      await assert.rejects(readAll(path, options), (error) => {
        assert.ok(error instanceof UserError, String(error));
        assert.match(error.message, message);
        assert.ok(!error.message.includes("\n"));
        if (hint !== undefined) assert.match(error.hint ?? "", hint);
        return true;
      });
    });
  });
}

Deno.test("openCsv() refuses a file that is not there", async () => {
  await assert.rejects(openCsv("/nowhere/at/all.csv"), /cannot read \/nowhere\/at\/all\.csv: no such file/);
});

Deno.test("openCsv() refuses a quote that would swallow a large file", async () => {
  await withPlant(`a,b\n1,"${"x".repeat(3_000_000)}`, async (path) => {
    await assert.rejects(readAll(path), /line 2: a row longer than 1000000 characters/);
  });
});

Deno.test("numbers that no calendar has a day for are no times, in whatever unit", () => {
  for (const name of TIME_FORMAT_NAMES) {
    const { parse } = namedTimeFormat(name)!;
    for (const text of ["9".repeat(25), `-${"9".repeat(25)}`, "9".repeat(400), "9e99", "NaN", ""]) {
      assert.equal(parse(text), undefined, `${name}: ${text}`);
    }
  }
});

Deno.test("openCsv() refuses dates without separators and a fraction: they may be Unix times", () =>
  withPlant("time,v\n2024013112.5,1\n2024013113.5,2\n", async (path) => {
    await assert.rejects(openCsv(path), (error: UserError) => {
      assert.match(
        error.message,
        /'2024013112\.5' is a date without separators and a fraction, or a Unix time/,
      );
      assert.match(error.hint!, /--timestamp-format s, ms/);
      return true;
    });
  }));
