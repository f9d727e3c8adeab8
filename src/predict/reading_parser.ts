/** A record's value → a reading and its values: the way that every job on readings begins with. */
import type { IncomingRecord } from "../kafka/port.ts";
import { undecodableBurial } from "../records/dead_letters/print.ts";
import { parseReading, type ReadingRejection } from "../records/readings/read.ts";
import { ReadingScanner, type ScannedReading } from "../records/readings/scan.ts";

/** Parses the readings of one partition for these features. */
export class ReadingParser {
  /** (F) Of the reading that was parsed last, in the order of the features' names. */
  readonly values: Float64Array;
  readonly #names: readonly string[];
  readonly #scanner: ReadingScanner;

  /** @param names of F features */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.values = new Float64Array(names.length);
    this.#scanner = new ReadingScanner(names.map((name) => ({ name, texts: null })));
  }

  /** The reading, its values in {@linkcode ReadingParser.values}; or why it is none. */
  parse(record: IncomingRecord): ScannedReading | ReadingRejection {
    const undecodable = undecodableBurial(record);
    if (undecodable !== null) return undecodable;
    const { value } = record;
    const scanned = value === null ? null : this.#scanner.scan(value, this.values);
    if (scanned !== null) return scanned;
    const parsed = parseReading(value, this.#names, this.values);
    if (parsed.reason !== null) return parsed;
    const { reading: { id, source, label = null }, timestampMs } = parsed;
    return { id, source, timestampMs, label };
  }
}

/** Why a reading that is older than the newest of its source is none to go on with. */
export function rejectLate(
  { source, timestampMs }: Pick<ScannedReading, "source" | "timestampMs">,
): ReadingRejection {
  const timestamp = new Date(timestampMs).toISOString();
  return { reason: "late", detail: `${timestamp} is before the newest reading of ${JSON.stringify(source)}` };
}
