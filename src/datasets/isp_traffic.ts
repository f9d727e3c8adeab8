/**
 * The hourly traffic of an internet provider's transatlantic link (P. Cortez et al., Time Series Data Library), or
 * any file like it: a CSV with a header, then a time and the bits of the span that begins there, evenly spaced.
 */
import { createHash } from "node:crypto";
import { UserError } from "../runtime/errors.ts";
import { readBytes, tap } from "./bytes.ts";
import { readRows } from "./rows.ts";
import { parseTimestamp } from "./timestamp.ts";

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
}

/** Rows of a file. */
const ROWS_MAX = 1_000_000;

/**
 * Reads the whole file; `.gz` is unpacked, `-` is standard input.
 *
 * @throws {UserError} naming the line of a row that has no time, no number of bits, or stands at another distance.
 */
export async function readIspTraffic(file: string): Promise<Volume> {
  const hash = createHash("sha256");
  const times: number[] = [], bits: number[] = [];
  let header = true;
  for await (
    const { rows } of readRows(tap(readBytes(file, "--file"), (bytes) => hash.update(bytes)), file)
  ) {
    for (const { fields, line } of rows) {
      if (header || (fields.length === 1 && fields[0] === "")) {
        header = false;
        continue;
      }
      const place = `${file}, line ${line}`;
      const time = parseTimestamp(fields[0] ?? "");
      const value = fields[1] === undefined || fields[1].trim() === "" ? NaN : Number(fields[1]);
      if (time === undefined) throw wrong(`${place}: ${JSON.stringify(fields[0])} is no time`);
      if (!(value >= 0 && Number.isFinite(value))) {
        throw wrong(`${place}: ${JSON.stringify(fields[1] ?? "")} is no number of bits`);
      }
      times.push(Date.parse(time));
      bits.push(value);
      const count = times.length, step = times[1]! - times[0]!;
      if (count > 1 && (step <= 0 || times[count - 1]! - times[count - 2]! !== step)) {
        throw wrong(`${place}: the times are not evenly spaced`);
      }
      if (count > ROWS_MAX) throw wrong(`${file} has more than ${ROWS_MAX} rows`);
    }
  }
  if (bits.length < 2) throw wrong(`${file} has ${bits.length} rows below its header`);
  return {
    sha256: hash.digest("hex"),
    startMs: times[0]!,
    stepMs: times[1]! - times[0]!,
    bits: Float64Array.from(bits),
  };
}

function wrong(found: string): UserError {
  return new UserError(found, {
    hint: "a header, then lines such as 2005-06-07 07:00:00,56718587433 are wanted",
  });
}
