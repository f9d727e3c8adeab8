/** NSL-KDD files as tables and as readings: on lines that are made up, and on the real files where they are. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { Random } from "../../nn/mod.ts";
import {
  NSL_KDD_ATTACKS,
  NSL_KDD_CLASSES,
  openDataset,
  openNslKdd,
  readNslKddTable,
  type Table,
} from "../../src/datasets/mod.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { NSL_KDD_COLUMNS } from "../../src/datasets/nsl_kdd/columns.ts";
import { ConnectionScanner } from "../../src/datasets/nsl_kdd/scanner.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { type Reading, readingSchema } from "../../src/records/readings/schema.ts";
import { findNslKdd } from "../support/nsl_kdd.ts";
import { nslKddLines } from "../train/nsl_kdd.ts";
import { withFile } from "../support/folder.ts";

const real = findNslKdd();
const withoutReal = "missing" in real;
if (withoutReal) console.log(`tests on the files of NSL-KDD are left out: ${real.missing}`);

/** Path of a real file; for tests that are left out without it. */
function realPath(file: "train" | "test"): string {
  if ("missing" in real) throw new assert.AssertionError({ message: real.missing });
  return real[file];
}

/** A line with these fields in place of a valid line's. */
function lineWith(changes: Readonly<Record<string, string>>, { attack = "neptune,21" } = {}): string {
  const names = new Set(NSL_KDD_COLUMNS.map(({ name }) => name));
  for (const name of Object.keys(changes)) assert.ok(names.has(name), name);
  const texts: Record<string, string> = { protocol_type: "tcp", service: "http", flag: "SF", ...changes };
  const fields = NSL_KDD_COLUMNS.map(({ name }) => texts[name] ?? "0");
  return [...fields, ...(attack === "" ? [] : [attack])].join(",");
}

function withSome<T>(content: string | Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  return withFile(content, use, "some+.txt");
}

function tableOf(content: string | Uint8Array, unknownLabel: "error" | "skip" = "error"): Promise<Table> {
  return withSome(content, (path) => readNslKddTable(path, { unknownLabel }));
}

async function readingsAt(path: string, unknownLabel: "error" | "skip" = "error"): Promise<Reading[]> {
  const readings: Reading[] = [];
  for await (const batch of (await openNslKdd(path, { unknownLabel })).batches()) readings.push(...batch);
  return readings;
}

function columnOf(table: Table, name: string): (number | string)[] {
  const column = table.columns.find((column) => column.name === name)!;
  return column.kind === "number"
    ? [...column.values]
    : [...column.codes].map((code) => column.values[code]!);
}

function countClasses({ classes, labels }: Table): Record<string, number> {
  return Object.fromEntries(
    classes.map((name, place) => [name, labels.filter((label) => label === place).length]),
  );
}

/** What a reader refuses with, its file left out. */
async function refusalOf(content: string | Uint8Array): Promise<{ message: string; hint: string }> {
  return await withSome(content, async (path) => {
    try {
      await readNslKddTable(path, { unknownLabel: "error" });
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.exitCode, 1);
      assert.ok(error.message.includes(path), error.message);
      return { message: error.message.replace(path, "FILE"), hint: error.hint ?? "" };
    }
    throw new assert.AssertionError({ message: "nothing was refused" });
  });
}

Deno.test("NSL_KDD_ATTACKS has 40 names, each in one class and once", () => {
  const names = NSL_KDD_CLASSES.flatMap((name) => [
    ...NSL_KDD_ATTACKS[name].trained,
    ...NSL_KDD_ATTACKS[name].testOnly,
  ]);
  assert.equal(names.length, 40);
  assert.equal(new Set(names).size, 40);
  assert.deepEqual([...NSL_KDD_CLASSES], ["normal", "dos", "probe", "r2l", "u2r"]);
});

for (
  const [file, rows, [normal, dos, probe, r2l, u2r], services, digest] of [
    [
      "train",
      125_973,
      [67_343, 45_927, 11_656, 995, 52],
      70,
      "1b86d2f957b33082081bba410fe129b475efebcc13c9014c3f447c8271aadf95",
    ],
    [
      "test",
      22_544,
      [9_711, 7_460, 2_421, 2_885, 67],
      64,
      "fa46b0935342616aa83b7c2578db355b6a7aaabbc492248172c7a1e8b7ab8f84",
    ],
  ] as const
) {
  Deno.test({
    name: `readNslKddTable() reads the ${file} file: its rows by class, its bytes' digest, its dictionaries`,
    ignore: withoutReal,
    fn: async () => {
      const path = realPath(file);
      const table = await readNslKddTable(path, { unknownLabel: "error" });
      assert.equal(table.rows, rows);
      assert.equal(table.skipped, 0);
      assert.equal(table.sha256, digest);
      assert.deepEqual(countClasses(table), { normal, dos, probe, r2l, u2r });
      const categories = table.columns.filter((column) => column.kind === "category");
      assert.deepEqual(categories.map(({ values }) => values.length), [3, services, 11]);
      assert.ok(columnOf(table, "num_outbound_cmds").every((value) => value === 0));
    },
  });

  Deno.test({
    name: `openNslKdd() gives the ${file} file as readings that say what its lines say`,
    ignore: withoutReal,
    fn: async () => {
      const path = realPath(file);
      const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
      const classOf = new Map(
        NSL_KDD_CLASSES.flatMap((name) =>
          [...NSL_KDD_ATTACKS[name].trained, ...NSL_KDD_ATTACKS[name].testOnly].map((
            attack,
          ) => [attack, name])
        ),
      );
      let place = 0;
      for await (const batch of (await openNslKdd(path, { unknownLabel: "error" })).batches()) {
        for (const reading of batch) {
          const fields = lines[place++]!.split(",");
          const values = Object.values(reading.features);
          for (let column = 0; column < 41; column++) {
            const field = fields[column]!;
            const wanted = typeof values[column] === "string" ? field : Number(field);
            if (values[column] !== wanted) assert.fail(`line ${place}, ${column}: ${values[column]}`);
          }
          if (reading.label !== classOf.get(fields[41]!)) assert.fail(`line ${place}: ${reading.label}`);
        }
      }
      assert.equal(place, rows);
    },
  });
}

Deno.test({
  name: "the attacks that only the test file has are not in the training file, and the others are",
  ignore: withoutReal,
  fn: async () => {
    const attacksIn = async (file: "train" | "test") =>
      new Set(
        (await Deno.readTextFile(realPath(file))).trimEnd().split("\n").map((line) => line.split(",")[41]!),
      );
    const [trained, tested] = [await attacksIn("train"), await attacksIn("test")];
    const listed = Object.values(NSL_KDD_ATTACKS);
    assert.deepEqual(trained, new Set(listed.flatMap(({ trained }) => trained)));
    assert.deepEqual(tested.difference(trained), new Set(listed.flatMap(({ testOnly }) => testOnly)));
  },
});

Deno.test("readNslKddTable() gives columns by name, dictionaries in the order of the rows, and the file's digest", async () => {
  const content = [
    lineWith({ service: "smtp", src_bytes: "1032", serror_rate: "0.25" }, { attack: "normal,20" }),
    lineWith({ service: "http", duration: "58329" }, { attack: "apache2" }),
    lineWith({ service: "smtp", flag: "S0" }, { attack: "xterm,1" }),
  ].join("\n");
  const table = await tableOf(content);
  assert.equal(table.rows, 3);
  assert.deepEqual(table.columns.map(({ name, kind }) => ({ name, kind })), [
    ...NSL_KDD_COLUMNS.map(({ name, kind }) => ({ name, kind })),
  ]);
  assert.deepEqual([...table.labels], [0, 1, 4]);
  assert.deepEqual(columnOf(table, "service"), ["smtp", "http", "smtp"]);
  const service = table.columns[2]!;
  assert.deepEqual(service.kind === "category" ? service.values : [], ["smtp", "http"]);
  assert.deepEqual(columnOf(table, "flag"), ["SF", "SF", "S0"]);
  assert.deepEqual(columnOf(table, "src_bytes"), [1032, 0, 0]);
  assert.deepEqual(columnOf(table, "duration"), [0, 58_329, 0]);
  assert.deepEqual(columnOf(table, "serror_rate"), [0.25, 0, 0]);
  assert.equal(table.sha256, createHash("sha256").update(content).digest("hex"));
});

Deno.test("readNslKddTable() reads the same from LF and CRLF, with and without a last line end, blank lines, a mark, gzip", async () => {
  const lines = nslKddLines(300, 5);
  const { sha256: _, name: __, ...wanted } = await tableOf(`${lines.join("\n")}\n`);
  const bytes = new TextEncoder().encode(lines.join("\n"));
  for (
    const content of [lines.join("\n"), `${lines.join("\r\n")}\r\n`, `\ufeff${lines.join("\n\n")}\n\r\n\n`]
  ) {
    const { sha256: _, name: __, ...table } = await tableOf(content);
    assert.deepEqual(table, wanted);
  }
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "some.txt.gz");
    const zipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    await Deno.writeFile(path, new Uint8Array(await new Response(zipped).arrayBuffer()));
    const { sha256: _, name: __, ...table } = await readNslKddTable(path, { unknownLabel: "error" });
    assert.deepEqual(table, wanted);
    assert.match((await readingsAt(path))[0]!.id, /^some-1-[0-9a-z]{8}$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ConnectionScanner reads the same however the bytes are cut", () => {
  const bytes = new TextEncoder().encode(
    `${nslKddLines(40, 6).join("\r\n")}\n\n${lineWith({ flag: "Ä€𝄞" })}`,
  );
  const rowsOf = (cuts: readonly number[]) => {
    const scanner = new ConnectionScanner({ file: "f", unknownLabel: "error" });
    const found: unknown[] = [];
    cuts.forEach((cut, place) => {
      const last = place + 1 === cuts.length;
      const { rows, lines, values, texts, labels } = scanner.take(
        bytes.subarray(cuts[place - 1] ?? 0, cut),
        last,
      );
      for (let row = 0; row < rows; row++) {
        const numbers = [...values.subarray(41 * row, 41 * row + 41)];
        found.push([lines[row], labels[row], numbers, [1, 2, 3].map((column) => texts[numbers[column]!])]);
      }
    });
    return found;
  };
  const whole = rowsOf([bytes.length]);
  assert.equal(whole.length, 41);
  assert.deepEqual(rowsOf(Array.from(bytes, (_, at) => at + 1)), whole);
  const random = new Random(7);
  for (let round = 0; round < 20; round++) {
    const cuts = Array.from({ length: 9 }, () => random.integer(bytes.length + 1)).sort((a, b) => a - b);
    assert.deepEqual(rowsOf([...cuts, bytes.length]), whole);
  }
});

Deno.test("numbers are the doubles that their texts say, however they are written", async () => {
  const texts = [
    "0.1",
    "0.07",
    "123456789012345",
    "0.123456789012345",
    "1234567890123456789",
    "9007199254740993",
    "1e3",
    "1.5E-7",
    "-4",
    "+4",
    ".5",
    "5.",
    "007",
    " 3 ",
    "0.30000000000000004",
    "4.9e-324",
    "1.7976931348623157e308",
  ];
  const table = await tableOf(texts.map((text) => lineWith({ src_bytes: text })).join("\n"));
  assert.deepEqual(columnOf(table, "src_bytes"), texts.map(Number));
});

/** An id without the part that stands for the file's path and content. */
function bare(id: string): string {
  return id.replace(/-[0-9a-z]{8}$/, "");
}

const REFUSALS: [what: string, line: string, message: RegExp, hint: RegExp][] = [
  [
    "NaN",
    lineWith({ src_bytes: "NaN" }),
    /line 2: src_bytes \(column 5\) is "NaN", a finite number is wanted/,
    /^$/,
  ],
  ["Infinity", lineWith({ hot: "Infinity" }), /line 2: hot \(column 10\) is "Infinity"/, /^$/],
  ["a number beyond all doubles", lineWith({ hot: "1e999" }), /line 2: hot \(column 10\) is "1e999"/, /^$/],
  ["a hexadecimal number", lineWith({ hot: "0x1f" }), /line 2: hot \(column 10\) is "0x1f"/, /^$/],
  ["two points", lineWith({ hot: "1.2.3" }), /line 2: hot \(column 10\) is "1.2.3"/, /^$/],
  ["a point alone", lineWith({ hot: "." }), /line 2: hot \(column 10\) is "\."/, /^$/],
  ["an empty number", lineWith({ duration: "" }), /line 2: duration \(column 1\) is ""/, /^$/],
  ["an empty text", lineWith({ service: "" }), /line 2: service \(column 3\) is "", a text is wanted/, /^$/],
  [
    "a missing column",
    lineWith({}).replace("tcp,", ""),
    /dst_host_srv_rerror_rate \(column 41\) is "neptune"/,
    /^$/,
  ],
  [
    "40 fields",
    lineWith({}, { attack: "" }).slice(2),
    /line 2: 40 fields; a line of NSL-KDD has 41 features/,
    /commas/,
  ],
  ["44 fields", `${lineWith({})},0`, /line 2: 44 fields; a line/, /commas/],
  ["other delimiters", lineWith({}).replaceAll(",", ";"), /line 2: 1 field; a line/, /commas/],
  [
    "no attack",
    lineWith({}, { attack: "" }),
    /line 2: there is no attack name behind the features/,
    /'neptune'/,
  ],
  [
    "an unknown attack",
    lineWith({}, { attack: "wyrm,3" }),
    /line 2: no class .* attack "wyrm"/,
    /--unknown-label skip/,
  ],
  ["a protocol as an attack", lineWith({}, { attack: "tcp" }), /attack "tcp"/, /--unknown-label skip/],
  ["an endless field", lineWith({ hot: "9".repeat(70_000) }), /line 2: hot \(column 10\) is "9{40}…"/, /^$/],
];

for (const [what, line, message, hint] of REFUSALS) {
  Deno.test(`readNslKddTable() refuses ${what} and names file, line and what was found`, async () => {
    const refusal = await refusalOf(`${lineWith({})}\n${line}\n${lineWith({})}\n`);
    assert.match(refusal.message, message);
    assert.match(refusal.message, /^FILE, line 2: /);
    assert.match(refusal.hint, hint);
  });
}

Deno.test("readNslKddTable() refuses files without rows, other bytes, and lines without end", async () => {
  for (const empty of ["", "\n\r\n\n"]) assert.match((await refusalOf(empty)).message, /^FILE is empty$/);
  const bytes = new TextEncoder().encode(lineWith({ service: "???" }));
  bytes[bytes.indexOf(63)] = 0xff;
  assert.match((await refusalOf(bytes)).message, /^FILE, line 1: it is not UTF-8 text$/);
  assert.match((await refusalOf("1".repeat(200_000))).message, /line 1: the line is longer than 65536 bytes/);
  await assert.rejects(
    readNslKddTable("nowhere.txt", { unknownLabel: "error", flag: "--test" }),
    (error) => error instanceof UserError && /no such file/.test(error.message) && /--test/.test(error.hint!),
  );
});

Deno.test("--unknown-label skip leaves unknown attacks out and counts them; lines keep their numbers", async () => {
  const content = [
    lineWith({ service: "finger" }, { attack: "wyrm" }),
    lineWith({ service: "http" }),
    lineWith({ service: "finger" }, { attack: "worm2,3" }),
    lineWith({ service: "smtp" }, { attack: "normal" }),
  ].join("\n");
  const table = await tableOf(content, "skip");
  assert.deepEqual([table.rows, table.skipped], [2, 2]);
  const service = table.columns[2]!;
  assert.deepEqual(service.kind === "category" ? service.values : [], ["http", "smtp"]);
  const readings = await withSome(content, (path) => readingsAt(path, "skip"));
  assert.deepEqual(readings.map(({ id, source, label }) => [bare(id), source, label]), [
    ["some+-2", "http", "dos"],
    ["some+-4", "smtp", "normal"],
  ]);
  await assert.rejects(
    tableOf(lineWith({}, { attack: "wyrm" }), "skip"),
    /no class is known .* any of its 1 line/,
  );
});

Deno.test("readNslKddTable() stops where the signal says", async () => {
  await withSome(lineWith({}), async (path) => {
    const signal = AbortSignal.abort(new Error("asked to"));
    await assert.rejects(readNslKddTable(path, { unknownLabel: "error", signal }), /asked to/);
  });
});

Deno.test("openNslKdd() gives a reading for each line: id, time, source, features by name, label", async () => {
  const content = `${lineWith({ service: "ftp_data", src_bytes: "491", same_srv_rate: "1.00" })}\n\n${
    lineWith({}, { attack: "" })
  }\n`;
  await withSome(content, async (path) => {
    const dataset = await openNslKdd(path, { unknownLabel: "error" });
    assert.equal(dataset.sha256(), null);
    const readings: Reading[] = [];
    for await (const batch of dataset.batches()) readings.push(...batch);
    assert.equal(dataset.sha256(), createHash("sha256").update(content).digest("hex"));
    const [first, second] = readings;
    assert.deepEqual({ ...first, id: bare(first!.id), features: null }, {
      id: "some+-1",
      timestamp: "2009-07-08T00:00:00.000Z",
      source: "ftp_data",
      features: null,
      label: "dos",
    });
    assert.deepEqual(Object.keys(first!.features), NSL_KDD_COLUMNS.map(({ name }) => name));
    assert.deepEqual(
      [first!.features["src_bytes"], first!.features["same_srv_rate"], first!.features["service"]],
      [491, 1, "ftp_data"],
    );
    assert.deepEqual([bare(second!.id), second!.timestamp, "label" in second!], [
      "some+-3",
      "2009-07-08T00:00:00.002Z",
      false,
    ]);
    assert.deepEqual(dataset.features.map(({ name }) => name), Object.keys(first!.features));
  });
});

Deno.test("openNslKdd() gives the same readings in every pass", async () => {
  await withSome(nslKddLines(2_000, 8).join("\n"), async (path) => {
    const dataset = await openNslKdd(path, { unknownLabel: "error" });
    const pass = async () => {
      const texts: string[] = [];
      for await (const batch of dataset.batches()) texts.push(...batch.map(readingToJson));
      return texts;
    };
    const first = await pass();
    assert.equal(first.length, 2_000);
    assert.equal(new Set(first.map((text) => JSON.parse(text).id)).size, 2_000);
    assert.deepEqual(await pass(), first);
  });
});

Deno.test("any valid row comes back from its reading's JSON", async () => {
  const random = new Random(11);
  const attacks = Object.values(NSL_KDD_ATTACKS).flatMap((
    { trained, testOnly },
  ) => [...trained, ...testOnly]);
  const letters = [..."abcXYZ_-.0189 \"\\/{}:äß€𝄞'\t"];
  const text = () =>
    `x${Array.from({ length: random.integer(12) }, () => letters[random.integer(letters.length)]).join("")}x`;
  const number = () => {
    const value = [
      random.integer(10),
      random.integer(2 ** 32),
      random.uniform(),
      random.normal(0, 1e12),
    ][random.integer(4)]!;
    return random.uniform() < 0.3 ? value.toFixed(2) : String(value);
  };
  const rows = Array.from({ length: 500 }, () => ({
    fields: NSL_KDD_COLUMNS.map(({ kind }) => kind === "number" ? number() : text()),
    attack: attacks[random.integer(attacks.length)]!,
  }));
  const content = rows.map(({ fields, attack }) => [...fields, attack, random.integer(22)].join(",")).join(
    "\n",
  );
  const table = await tableOf(content);
  const readings = await withSome(content, (path) => readingsAt(path));
  assert.equal(readings.length, rows.length);
  readings.forEach((reading, row) => {
    const parsed = readingSchema.strict().parse(JSON.parse(readingToJson(reading)));
    const { fields } = rows[row]!;
    assert.deepEqual(
      parsed.features,
      Object.fromEntries(
        // JSON has no negative zero.
        NSL_KDD_COLUMNS.map((
          { name, kind },
          column,
        ) => [name, kind === "number" ? Number(fields[column]) + 0 : fields[column]]),
      ),
    );
    assert.equal(parsed.source, fields[2]);
    assert.equal(parsed.label, table.classes[table.labels[row]!]);
  });
});

Deno.test("a reading without a label is printed as ever", () => {
  const reading = { id: "a-1", timestamp: "2026-01-01T00:00:00.000Z", source: "a", features: { x: 1.5 } };
  assert.equal(readingToJson({ ...reading, event: true, indoor: false } as Reading), JSON.stringify(reading));
});

Deno.test("openDataset() says what nsl-kdd lacks", async () => {
  await assert.rejects(
    openDataset({
      dataset: "nsl-kdd",
      csv: undefined,
      key: undefined,
      features: undefined,
      timestamp: undefined,
    }),
    (error) => error instanceof UserError && error.exitCode === 2 && /--file/.test(error.hint!),
  );
});
