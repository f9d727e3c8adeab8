/** One table in many dialects of CSV: the reader gives the table's values, or refuses the file; never other values. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Random } from "../../nn/random.ts";
import { openCsv } from "../../src/datasets/mod.ts";
import { UserError } from "../../src/runtime/errors.ts";

/** A row: Unix ms and three values, `null` where one is missing. */
interface TableRow {
  readonly ms: number;
  readonly values: readonly (number | null)[];
}

/** How a table is written. */
interface Dialect {
  readonly delimiter: string;
  readonly decimal: "." | ",";
  readonly thousands: string;
  readonly time: keyof typeof TIMES;
  readonly order: "oldest first" | "newest first" | "shuffled";
  readonly missing: string;
  readonly quoted: "all" | "needed";
  readonly lineEnd: string;
  readonly encoding: "utf-8" | "utf-8 mark" | "utf-16le" | "utf-16be" | "gzip";
  readonly extra: "none" | "title" | "comments" | "units" | "trailing" | "sep=" | "blank lines";
}

const two = (n: number) => String(n).padStart(2, "0");
const parts = (ms: number) => {
  const d = new Date(ms);
  return {
    ...{ Y: d.getUTCFullYear(), M: two(d.getUTCMonth() + 1), D: two(d.getUTCDate()) },
    ...{ h: two(d.getUTCHours()), m: two(d.getUTCMinutes()), s: two(d.getUTCSeconds()) },
  };
};
const half = (ms: number) => {
  const hour = new Date(ms).getUTCHours(), { m, s } = parts(ms);
  return `${hour % 12 === 0 ? 12 : hour % 12}:${m}:${s} ${hour < 12 ? "AM" : "PM"}`;
};
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** Each writes a time to the second; two texts stand for two columns. */
const TIMES = {
  iso: (ms) => new Date(ms).toISOString(),
  blank: (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " "),
  fraction: (ms) => new Date(ms).toISOString().slice(0, 19).replace("T", " ") + ",000",
  postgres: (ms) => new Date(ms + 7_200_000).toISOString().slice(0, 19).replace("T", " ") + "+02",
  offset: (ms) => new Date(ms - 12_600_000).toISOString().slice(0, 19) + "-0330",
  slashes: (ms) => new Date(ms).toISOString().slice(0, 19).replaceAll("-", "/").replace("T", " "),
  german: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return `${D}.${M}.${Y} ${h}:${m}:${s}`;
  },
  dayFirst: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return `${D}/${M}/${Y} ${h}:${m}:${s}`;
  },
  american: (ms) => {
    const { Y, M, D } = parts(ms);
    return `${Number(M)}/${Number(D)}/${Y} ${half(ms)}`;
  },
  shortYear: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return `${D}/${M}/${String(Y).slice(2)} ${h}:${m}:${s}`;
  },
  hyphens: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return `${M}-${D}-${Y} ${h}:${m}:${s}`;
  },
  month: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return `${D}-${MONTHS[Number(M) - 1]}-${Y} ${h}:${m}:${s}`;
  },
  rfc: (ms) => new Date(ms).toUTCString(),
  compact: (ms) => Object.values(parts(ms)).join(""),
  basic: (ms) => new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "") + "Z",
  seconds: (ms) => String(ms / 1000),
  milliseconds: (ms) => String(ms),
  microseconds: (ms) => `${ms}000`,
  nanoseconds: (ms) => `${ms}000000`,
  excel: (ms) => (ms / 86_400_000 + 25_569).toFixed(6),
  twoColumns: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return [`${Y}-${M}-${D}`, `${h}:${m}:${s}`];
  },
  twoGerman: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return [`${D}.${M}.${Y}`, `${h}.${m}.${s}`];
  },
  metatrader: (ms) => {
    const { Y, M, D, h, m, s } = parts(ms);
    return [`${Y}${M}${D}`, `${h}${m}${s}`];
  },
} satisfies Record<string, (ms: number) => string | string[]>;

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[random.integer(choices.length)]!;
}

function randomDialect(random: Random): Dialect {
  const decimal = pick(random, [".", ","] as const);
  return {
    delimiter: pick(random, [",", ";", "\t", "|"]),
    decimal,
    thousands: pick(random, ["", decimal === "." ? "," : ".", " ", "'", "\u00a0", "\u202f"]),
    time: pick(random, Object.keys(TIMES) as (keyof typeof TIMES)[]),
    order: pick(random, ["oldest first", "oldest first", "newest first", "shuffled"]),
    missing: pick(random, ["", "NA", "NaN", "null", "-", "?", "n/a", "NULL", "#N/A", "\\N"]),
    quoted: pick(random, ["all", "needed", "needed"]),
    lineEnd: pick(random, ["\n", "\n", "\r\n", "\r"]),
    encoding: pick(random, ["utf-8", "utf-8", "utf-8 mark", "utf-16le", "utf-16be", "gzip"]),
    extra: pick(random, ["none", "none", "title", "comments", "units", "trailing", "sep=", "blank lines"]),
  };
}

/** Magnitudes that each dialect writes differently. */
function randomTable(random: Random): TableRow[] {
  const rows = 1 + random.integer(60);
  const start = Date.UTC(2000 + random.integer(28), random.integer(12), 1 + random.integer(28));
  const stepMs = pick(random, [1_000, 60_000, 3_600_000, 86_400_000]);
  // A file whose every value has three decimals is another test's.
  const any = () => pick(random, ["whole", "large", "mid", "one", "two", "three", "small"]);
  const kinds = [any(), pick(random, ["one", "two", "small"]), any()];
  const value = (kind: string): number | null => {
    if (random.uniform() < 0.1) return null;
    if (kind === "mid") return 1_000 + random.integer(999_000);
    if (kind === "whole") return random.integer(900) - 100;
    if (kind === "large") return random.integer(5_000_000);
    if (kind === "one") return Math.round(random.normal(0, 5_000) * 10) / 10;
    if (kind === "two") return Math.round(random.normal(0, 900) * 100) / 100;
    if (kind === "three") return Math.round(random.uniform() * 30_000) / 1_000;
    return random.normal(0, 1e-4);
  };
  return Array.from({ length: rows }, (_, i) => ({ ms: start + i * stepMs, values: kinds.map(value) }));
}

function numberText(value: number, { decimal, thousands }: Dialect, digits: number | null): string {
  const [whole, fraction] = (digits === null ? String(value) : value.toFixed(digits)).split(".") as [
    string,
    string?,
  ];
  const grouped = fraction?.includes("e") ? whole : whole.replace(/\B(?=(\d{3})+(?!\d))/g, thousands);
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

function write(rows: readonly TableRow[], dialect: Dialect, fixed: readonly (number | null)[]): Uint8Array {
  const { delimiter, time, order, missing, quoted, lineEnd, encoding, extra } = dialect;
  const cell = (text: string) =>
    quoted === "all" || text.includes(delimiter) ? `"${text.replaceAll('"', '""')}"` : text;
  const line = (cells: readonly string[]) =>
    cells.map(cell).join(delimiter) + (extra === "trailing" ? delimiter : "");
  const times = [TIMES[time](rows[0]!.ms)].flat().length === 2 ? ["Date", "Time"] : ["time"];
  const names = [...times, "temp, C", "power", "x;y"];
  const written = rows.map(({ ms, values }) =>
    line([
      ...[TIMES[time](ms)].flat(),
      ...values.map((value, i) => value === null ? missing : numberText(value, dialect, fixed[i]!)),
    ])
  );
  if (order === "newest first") written.reverse();
  if (order === "shuffled") {
    for (let i = written.length - 1; i > 0; i--) {
      const j = (i * 7_919) % (i + 1);
      [written[i], written[j]] = [written[j]!, written[i]!];
    }
  }
  const lines = [
    ...(extra === "sep=" ? [`sep=${delimiter}`] : []),
    ...(extra === "title" ? ["Station 7"] : extra === "comments" ? ["# made by a logger", "# 1,5;2"] : []),
    line(names),
    ...(extra === "units" ? [line([...times.map(() => ""), "°C", "[kW]", "%"])] : []),
    ...(extra === "comments" ? ["# begin"] : []),
    ...written.flatMap((text) => extra === "blank lines" ? [text, ""] : [text]),
  ];
  const text = lines.join(lineEnd) + lineEnd;
  if (encoding === "gzip") return gzipSync(text);
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  if (encoding === "utf-8 mark") return new TextEncoder().encode(`\ufeff${text}`);
  const marked = `\ufeff${text}`,
    bytes = new Uint8Array(2 * marked.length),
    view = new DataView(bytes.buffer);
  for (let i = 0; i < marked.length; i++) {
    view.setUint16(2 * i, marked.charCodeAt(i), encoding === "utf-16le");
  }
  return bytes;
}

/** Readings as the table has them, without negative zero; rows without any value are no readings. */
function wanted(rows: readonly TableRow[], fixed: readonly (number | null)[]): unknown[] {
  const names = ["temp, C", "power", "x;y"];
  return rows.filter(({ values }) => values.some((value) => value !== null)).map(({ ms, values }) => ({
    time: new Date(ms).toISOString(),
    features: Object.fromEntries(
      values.flatMap((value, i) =>
        value === null ? [] : [[names[i], (fixed[i] === null ? value : Number(value.toFixed(fixed[i]!))) + 0]]
      ),
    ),
  }));
}

async function readings(path: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const batch of (await openCsv(path)).batches()) {
    for (const { timestamp, features } of batch) found.push({ time: timestamp, features });
  }
  return found;
}

Deno.test("a table in any dialect is read as it is, or refused with a hint", async () => {
  const random = new Random(41);
  const folder = await Deno.makeTempDir({ prefix: "streamflow-dialects-" });
  const refusals = new Map<string, number>();
  let read = 0;
  const rounds = 1_500;
  try {
    for (let round = 0; round < rounds; round++) {
      const dialect = randomDialect(random), rows = randomTable(random);
      const fixed = rows[0]!.values.map(() => pick(random, [null, null, 1, 2]));
      const path = join(folder, `t${round}.csv`);
      await Deno.writeFile(path, write(rows, dialect, fixed));
      let found: unknown[];
      try {
        found = await readings(path);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        assert.ok(error.hint !== undefined && error.hint !== "", error.message);
        assert.ok(!error.message.includes("\n"), error.message);
        const kind = error.message.slice(path.length).replaceAll(/'[^']*'|\d+/g, "…");
        refusals.set(kind, (refusals.get(kind) ?? 0) + 1);
        continue;
      }
      assert.deepEqual(found, wanted(rows, fixed), JSON.stringify({ round, dialect, fixed }));
      read++;
      await Deno.remove(path);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assert.ok(
    read > rounds / 2,
    `${read} of ${rounds} read; refused: ${JSON.stringify([...refusals], null, 1)}`,
  );
});
