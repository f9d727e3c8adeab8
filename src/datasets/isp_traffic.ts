/**
 * The hourly traffic of an internet provider's transatlantic link (P. Cortez et al., Time Series Data Library), or
 * any file like it: a CSV with a header, then a time and the bits of the span that begins there, evenly spaced.
 */
import { formatCount } from "../runtime/progress.ts";
import { UserError } from "../runtime/errors.ts";
import { openCsv } from "./csv/csv.ts";
import type { Dataset } from "./dataset.ts";

/** A link's volume, span by span. */
export interface Volume {
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string;
  /** Start of the first span, Unix time in ms. */
  readonly startMs: number;
  /** Length of each span. */
  readonly stepMs: number;
  /** (n) */
  readonly bits: Float64Array;
  /** What was taken for granted about the file, a phrase each. */
  readonly assumptions: readonly string[];
}

/** Rows of a file. */
const ROWS_MAX = 1_000_000;

/**
 * Reads the whole file, whatever its order; `.gz` is unpacked, `-` is standard input.
 *
 * @throws {UserError} naming the row that has no time, no number of bits, or stands at another distance.
 */
export async function readIspTraffic(file: string): Promise<Volume> {
  try {
    return await readVolume(await openCsv(file, { flag: "--file" }));
  } catch (error) {
    // The hints of CSV files name flags that are not there for traffic.
    throw error instanceof UserError && error.hint?.includes("--") && !error.hint.includes("--file")
      ? wrong(error.message)
      : error;
  }
}

async function readVolume(dataset: Dataset): Promise<Volume> {
  const [{ name } = { name: "" }] = dataset.features;
  const times: number[] = [], bits: number[] = [];
  for await (const batch of dataset.batches()) {
    for (const { timestamp, features, row } of batch) {
      const place = `${dataset.name}, row ${row} below the header`, value = Number(features[name]);
      if (!(value >= 0)) throw wrong(`${place}: ${features[name] ?? "nothing"} is no number of bits`);
      times.push(Date.parse(timestamp));
      bits.push(value);
      const count = times.length, step = times[1]! - times[0]!;
      if (count > 1 && (step <= 0 || times[count - 1]! - times[count - 2]! !== step)) {
        throw wrong(`${place}: the times are not evenly spaced`);
      }
      if (count > ROWS_MAX) throw wrong(`${dataset.name} has more than ${formatCount(ROWS_MAX)} rows`);
    }
  }
  if (dataset.rows!().empty > 0) throw wrong(`${dataset.name} has rows without a number of bits`);
  if (bits.length < 2) throw wrong(`${dataset.name} has ${bits.length} rows below its header`);
  return {
    sha256: dataset.sha256()!,
    startMs: times[0]!,
    stepMs: times[1]! - times[0]!,
    bits: Float64Array.from(bits),
    assumptions: dataset.assumptions.filter((phrase) => !/one source|--features/.test(phrase)),
  };
}

function wrong(found: string): UserError {
  return new UserError(found, {
    hint: "a header, then lines such as 2005-06-07 07:00:00,56718587433 are expected",
  });
}
