/** CSV files of tests, and what the reader makes of them. */
import { join } from "node:path";
import { type LabelledReading, openCsv } from "../../src/datasets/mod.ts";
import type { CsvOptions } from "../../src/datasets/csv/csv.ts";

/** What became of a file. */
export interface Read {
  readonly readings: LabelledReading[];
  /** How it was read, in one line. */
  readonly line: string;
  readonly counts: ReturnType<NonNullable<Awaited<ReturnType<typeof openCsv>>["rows"]>>;
}

/** Writes a file of that name and reads it. */
export async function readText(
  content: string | Uint8Array,
  options: CsvOptions = {},
  name = "f.csv",
): Promise<Read> {
  const folder = await Deno.makeTempDir({ prefix: "streamflow-csv-" });
  try {
    const path = join(folder, name);
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    const dataset = await openCsv(path, options);
    const readings: LabelledReading[] = [];
    for await (const batch of dataset.batches()) readings.push(...batch);
    return { readings, line: dataset.assumptions.join("; "), counts: dataset.rows!() };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Times and values alone, as `[time, {name: value}]`. */
export function valuesOf({ readings }: Read): [string, Record<string, unknown>][] {
  return readings.map(({ timestamp, features }) => [timestamp.replace(".000Z", "Z"), features]);
}
