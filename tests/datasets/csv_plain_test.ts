/** CSV files that are read by bytes: exactly what is found by way of texts, whatever stands in the file. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Random } from "../../nn/mod.ts";
import { type BadRow, type CsvOptions, openCsv } from "../../src/datasets/csv/csv.ts";
import { plainIsoTime, plainNumber } from "../../src/datasets/csv/plain_values.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { withFolder } from "../support/folder.ts";
import { FUZZ_ROUNDS, mutate } from "../support/mutate.ts";

const HEADER = "timestamp,device,x,y\n";
const line = (i: number, x: string, y = "1.5") =>
  `2026-02-${i < 28 ? "27" : "28"} 12:00:${String(i).padStart(2, "0")},d${i % 3},${x},${y}\n`;
const rows = (values: readonly string[]) => HEADER + values.map((value, i) => line(i, value)).join("");

const FILES: Readonly<Record<string, string>> = {
  "what most programs write": rows(Array.from({ length: 40 }, (_, i) => `${i - 20}.25`)),
  "17 digits, exponents, signs, zeros": rows([
    ...[
      "21.123456789012345",
      "0.1",
      "-0",
      "-0.0",
      "007",
      "+5",
      "1e3",
      "1E-3",
      "123456789012345",
      "1234567890123456",
    ],
    ...["0.000000000000001", "999999999999.999", ".5", "-.5", "12345678.12345678"],
  ]),
  "missing values": rows(["1.5", "", "NA", "2.5", "-", " ", "null", "3.5"]) + "2026-02-28 13:00:00,d1,,\n",
  "rows that are no readings": rows(["1.5", "x", "2.5"]) +
    "# a remark\n2026-02-28 13:00:00,d1,1\n2026-02-30 13:00:00,d1,1.5,1.5\n2026-02-28 13:00:00,,1.5,1.5\n2026-02-28 13:00:01,d1,2.5,1.5,,\n",
  "quotes": rows(["1.5", '"2.5"', "3.5"]) +
    '"2026-02-28 13:00:00","d ""1""\nof two lines",1.5,1.5\n2026-02-28 13:00:01,d5"x,2.5,1.5\n',
  "blank lines, blanks, letters, CRLF": `\n${
    rows(["1.5", "2.5"])
  }\n \n2026-02-28 13:00:00, d1 ,1.5, 2.5\n2026-02-28 13:00:00,Größe,1.5,2.5\n`
    .replaceAll("\n", "\r\n"),
  "zones": HEADER + ["12:00:00Z", "12:00:01.5Z", "12:00:02+00:00", "12:00:03.123Z", "24:00:00Z", "25:00:00Z"]
    .map((time) => `2026-02-28T${time},d,1.5,2\n`).join(""),
  "decimal commas": "timestamp;device;x;y\n" +
    Array.from({ length: 30 }, (_, i) => `2026-02-28 12:00:${i + 10};d;${i},25;1\n`).join(""),
  "Unix seconds, no device": "time,x\n" +
    Array.from({ length: 30 }, (_, i) => `${1_770_000_000 + i},${i}.5\n`).join(""),
  "date and time of day": "date,time,device,x\n" +
    Array.from({ length: 30 }, (_, i) => `2026-02-28,12:00:${i + 10},d${i % 2},${i}.5\n`).join(""),
  "days first": "when,device,x\n" +
    Array.from({ length: 30 }, (_, i) => `28.02.2026 12:${i + 10},d,${i}.5\n`).join(""),
  "no time": "device,x,y\n" + Array.from({ length: 30 }, (_, i) => `d,${i}.5,${i}\n`).join(""),
  "units": "timestamp,device,x\n,,[°C]\n" +
    Array.from({ length: 30 }, (_, i) => `2026-02-28 12:00:${i + 10},d,${i}.5\n`).join(""),
};

interface Found {
  readonly readings: unknown[];
  readonly bad: readonly Omit<BadRow, "fields">[];
  readonly counts: unknown;
  readonly sha256: string | null;
  /** What ended it. */
  readonly error: string | null;
}

/** A pass by bytes or by texts; `null` where the file is not read by bytes. */
async function read(
  path: string,
  { by, ...options }: CsvOptions & { readonly by: "bytes" | "texts" },
): Promise<Found | null> {
  const bad: Omit<BadRow, "fields">[] = [];
  const readings: unknown[] = [];
  let error: string | null = null;
  const dataset = await openCsv(path, { ...options, onBadRow: ({ fields: _, ...row }) => bad.push(row) });
  if (dataset.columns === undefined) return null;
  try {
    if (by === "texts") {
      for await (const batch of dataset.batches()) {
        for (const { source, timestamp, features, row } of batch) {
          readings.push([
            source,
            Date.parse(timestamp),
            dataset.features.map(({ name }) => features[name] ?? null),
            row,
          ]);
        }
      }
    } else {
      const width = dataset.features.length;
      for await (const { count, names, sources, times, values, rows } of dataset.columns()) {
        for (let i = 0; i < count; i++) {
          const found = [...values.subarray(i * width, (i + 1) * width)].map((value) =>
            Number.isNaN(value) ? null : value
          );
          if (found.some((value) => value !== null)) {
            readings.push([names[sources[i]!], times[i], found, rows[i]]);
          }
        }
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    error = thrown.message;
  }
  return { readings, bad, counts: dataset.rows!(), sha256: dataset.sha256(), error };
}

async function compare(path: string, options: CsvOptions): Promise<boolean> {
  const byBytes = await read(path, { ...options, by: "bytes" });
  if (byBytes === null) return false;
  assert.deepEqual(byBytes, await read(path, { ...options, by: "texts" }));
  return true;
}

for (const [name, text] of Object.entries(FILES)) {
  Deno.test(`a file with ${name} is the same by bytes and by texts`, async () => {
    await withFolder(async (folder) => {
      const key = /device/.test(text) ? { key: "device" } : {};
      for (
        const [ending, bytes] of [["csv", new TextEncoder().encode(text)], [
          "csv.gz",
          gzipSync(text),
        ]] as const
      ) {
        const path = join(folder, `plant.${ending}`);
        await Deno.writeFile(path, bytes);
        assert.ok(await compare(path, key), "it is read by bytes");
      }
    });
  });
}

Deno.test("rows that lie across pieces of a large file are whole", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "large.csv");
    const random = new Random(3);
    const body = Array.from({ length: 40_000 }, (_, i) => {
      const time = new Date(1_770_000_000_000 + i * 1_000).toISOString();
      return `${time},device-${random.integer(50)},${random.normal()},${random.integer(1_000) / 8}\n`;
    });
    await Deno.writeTextFile(path, HEADER + body.join(""));
    assert.ok(await compare(path, { key: "device" }));
  });
});

Deno.test("files with anything changed in them are the same by bytes and by texts, mistakes included", async () => {
  await withFolder(async (folder) => {
    const random = new Random(9);
    const seeds = Object.values(FILES).map((text) => new TextEncoder().encode(text));
    const path = join(folder, "plant.csv");
    let compared = 0;
    const rounds = Math.ceil(FUZZ_ROUNDS / 20);
    for (let round = 0; round < rounds; round++) {
      const bytes = mutate(
        random,
        seeds[random.integer(seeds.length)]!,
        seeds[random.integer(seeds.length)]!,
      );
      await Deno.writeFile(path, bytes);
      try {
        if (await compare(path, round % 3 === 0 ? {} : { key: "device" })) compared++;
      } catch (error) {
        if (error instanceof UserError) continue; // it could not be opened at all
        throw new Error(`round ${round}: ${new TextDecoder().decode(bytes)}`, { cause: error });
      }
    }
    assert.ok(compared > rounds / 4, `${compared} of ${rounds} were read by bytes`);
  });
});

Deno.test("a file whose times go back, or one in UTF-16, is not read by bytes", async () => {
  await withFolder(async (folder) => {
    const path = join(folder, "plant.csv");
    const back = `${rows(["1.5", "2.5", "3.5"])}2026-01-01 00:00:00,d1,1.5,2.5\n`;
    const wide = new Uint8Array(
      new Uint16Array([0xfeff, ...back].map((c) => typeof c === "string" ? c.charCodeAt(0) : c)).buffer,
    );
    for (const bytes of [new TextEncoder().encode(back), wide]) {
      await Deno.writeFile(path, bytes);
      assert.equal((await openCsv(path, { key: "device" })).columns, undefined);
    }
  });
});

Deno.test("numbers and times by bytes are those of the language, to the last bit", () => {
  const random = new Random(5);
  const encode = (text: string) => new TextEncoder().encode(text);
  for (let i = 0; i < 20_000; i++) {
    const text = (random.normal() * 10 ** (random.integer(12) - 4)).toFixed(random.integer(10));
    const bytes = encode(text);
    const value = plainNumber(bytes, 0, bytes.length, 0x2e);
    if (!Number.isNaN(value)) assert.equal(value, Number(text) + 0, text);
    else assert.ok(text.replace(/[-.]/g, "").length > 15, text);
    const ms = Math.floor(random.uniform() * 4e12) - 1e12;
    const iso = encode(new Date(ms).toISOString());
    assert.equal(plainIsoTime(iso, 0, iso.length, true), ms);
  }
  for (
    const text of [
      "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z",
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:60:00Z",
      "x026-01-01T00:00:00Z",
    ]
  ) {
    const bytes = encode(text);
    assert.ok(Number.isNaN(plainIsoTime(bytes, 0, bytes.length, undefined)), text);
  }
  const leap = encode("2024-02-29 23:59");
  assert.equal(plainIsoTime(leap, 0, leap.length, false), Date.UTC(2024, 1, 29, 23, 59));
});
