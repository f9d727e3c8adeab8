/** `streamflow datasets prepare NAME`: published files → cleaned readings in a CSV file. */
import { join } from "node:path";
import type { Settings } from "../../config/settings.ts";
import type { CatalogEntry } from "../../datasets/catalog/entry.ts";
import { csvPieces } from "../../datasets/prepare/csv_rows.ts";
import { intervalMeans } from "../../datasets/prepare/interval_means.ts";
import { type Cleaned, describeLeftOut, isPrepared, readPublished } from "../../datasets/prepare/prepare.ts";
import { formatCount, startProgress } from "../../runtime/progress.ts";
import { saveFile } from "../../runtime/save_file.ts";
import { describeTime } from "../../runtime/time_text.ts";
import { type CommandContext, defineCommand } from "../command.ts";
import { refuseOverwriting, requireWritable } from "../files.ts";
import { entryOf, useLines } from "./entries.ts";

const KEYS = ["file", "folder", "out", "every", "json", "quiet"] as const;
type PrepareSettings = Pick<Settings, typeof KEYS[number]>;

/** What a run has made. */
interface Written {
  readonly file: string;
  readonly rows: number;
  readonly sources: number;
  readonly repeated: number;
}

/** Cleans a data set. */
export const datasetsPrepareCommand = defineCommand({
  name: "prepare",
  summary: "Clean a data set's files: readings in the order of time as a CSV file, what is left out counted",
  args: "<name>",
  examples: [
    "datasets prepare intel-lab --every 30m",
    "datasets prepare intel-lab --file data.txt.gz --out readings.csv",
  ],
  settings: KEYS,
  wording: {
    file: {
      description: "The published file, or the folder with the files [default: where fetch puts them]",
      placeholder: "FILE",
    },
    out: { description: "CSV file to write [default: NAME.csv]", placeholder: "FILE" },
    every: {
      description: "Means over so long of each source, instead of the readings themselves: 30m",
      placeholder: "TIME",
    },
  },
  async run(settings, context) {
    const entry = entryOf(context.args[0]!);
    const { out, log } = context;
    const input = settings.file ?? join(settings.folder, entry.name);
    if (!isPrepared(entry.name)) {
      const use = useLines(entry, input);
      if (settings.json) out(JSON.stringify({ name: entry.name, readAsItIs: true, use }));
      else {
        out(`${entry.name} needs no preparing: it is read as it is`);
        use.forEach((line) => out(`  ${line}`));
      }
      return 0;
    }
    const file = settings.out ?? `${entry.name}.csv`;
    refuseOverwriting(["--out", file], { "--file": settings.file });
    await requireWritable({ "--out": file });
    try {
      const cleaned = await read(entry, { input, settings, context });
      const written = await write(cleaned, { file, settings, context });
      if (settings.json) out(JSON.stringify(toObject(entry, { cleaned, written, settings })));
      else describe(entry, { cleaned, written, settings }).forEach(out);
      return 0;
    } catch (error) {
      if (!context.signal.aborted) throw error;
      log.info("stopped before the end: nothing was written");
      return 130;
    }
  },
});

async function read(
  entry: CatalogEntry,
  { input, settings, context: { log, signal } }: {
    readonly input: string;
    readonly settings: PrepareSettings;
    readonly context: CommandContext;
  },
): Promise<Cleaned> {
  using progress = startProgress({ unit: "lines", log, quiet: settings.quiet });
  return await readPublished(entry, input, { signal, onProgress: (lines) => progress.update(lines) });
}

async function write(
  { columns, key }: Cleaned,
  { file, settings, context: { signal } }: {
    readonly file: string;
    readonly settings: PrepareSettings;
    readonly context: CommandContext;
  },
): Promise<Written> {
  const { order, repeated } = columns.inOrder();
  const means = settings.every === undefined ? null : intervalMeans(columns, order, settings.every * 1000);
  const shown = means ?? columns;
  const rows = means === null ? order : Uint32Array.from({ length: means.rows }, (_, row) => row);
  const seen = new Set<number>();
  for (const row of rows) seen.add(shown.sourceOf(row));
  const pieces = function* () {
    for (const piece of csvPieces(shown, { order: rows, key })) {
      signal.throwIfAborted();
      yield piece;
    }
  };
  await saveFile(file, pieces(), { what: "readings", flag: "--out" });
  return { file, rows: rows.length, sources: seen.size, repeated };
}

interface Result {
  readonly cleaned: Cleaned;
  readonly written: Written;
  readonly settings: PrepareSettings;
}

const REPEATED = "repeat a time of their source";

function leftOutOf({ cleaned: { leftOut }, written: { repeated } }: Result): Record<string, number> {
  return { ...leftOut, [REPEATED]: repeated };
}

function toObject({ name }: CatalogEntry, result: Result) {
  const { cleaned: { lines, columns, key, assumptions }, written, settings } = result;
  return {
    ...{ name, lines, readings: columns.rows - written.repeated, leftOut: leftOutOf(result), assumptions },
    ...{ file: written.file, key, features: columns.features, rows: written.rows, sources: written.sources },
    everySeconds: settings.every ?? null,
  };
}

function describe(entry: CatalogEntry, result: Result): string[] {
  const { cleaned, written, settings } = result;
  const [read, ...leftOut] = describeLeftOut({ lines: cleaned.lines, leftOut: leftOutOf(result) });
  const { every } = settings;
  return [
    `${entry.name}: ${read}, ${formatCount(cleaned.columns.rows - written.repeated)} readings kept; ${
      cleaned.assumptions.join("; ")
    }`,
    ...leftOut.map((line) => `  left out: ${line}`),
    `${written.file}: ${formatCount(written.rows)} ${
      every === undefined ? "readings" : `means over ${describeTime(every * 1e6)}`
    } of ${formatCount(written.sources)} sources, by time; --key ${cleaned.key}, features ${
      cleaned.columns.features.join(", ")
    }`,
    ...useLines(entry, "").filter((line) => !line.includes("datasets prepare"))
      .map((line) => `then: ${line.replaceAll(`${entry.name}.csv`, written.file)}`),
  ];
}
