/** A forecaster, records and a log of chance for the tests of the pipeline and its worker. */
import { Random } from "../../nn/mod.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import type { Forecaster } from "../../src/models/forecaster.ts";

/** Sums the window with weights that make every place distinct, so that any other window has another sum. */
export function fakeForecaster(parts: Partial<Forecaster> = {}): Forecaster {
  const { lookback = 3, features = [{ name: "a", unit: "" }, { name: "b", unit: "" }] } = parts;
  return {
    name: "fake",
    version: "1",
    features,
    target: "b",
    targetIndex: 1,
    horizon: 2,
    lookback,
    reach: lookback,
    predict(windows, start) {
      let sum = 0;
      for (let index = 0; index < lookback * features.length; index++) {
        sum += windows[start + index]! * (1 + index / 7);
      }
      return sum;
    },
    ...parts,
  };
}

const encoder = new TextEncoder();

/** The time of the tests' readings, one second apart. */
export function timeOf(second: number): string {
  return new Date(1_700_000_000_000 + second * 1_000).toISOString();
}

/** A record with this value; texts as they are, all else as JSON. */
export function recordOf(offset: number, value: unknown): IncomingRecord {
  const bytes = value === null
    ? null
    : value instanceof Uint8Array
    ? value
    : encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
  return { offset, timestampMs: 1_000, key: encoder.encode("key"), value: bytes, headers: [] };
}

/** A reading's record. */
export function readingRecord(
  offset: number,
  { id = `id-${offset}`, source = "s", second = offset, a = offset, b = offset * 2 }: {
    id?: string;
    source?: string;
    second?: number;
    a?: number;
    b?: number;
  } = {},
): IncomingRecord {
  return recordOf(offset, { id, timestamp: timeOf(second), source, features: { a, b } });
}

/** A log with sources that come and go, late readings, duplicates, junk, and gaps in the offsets. */
export function randomLog(seed: number, length: number): IncomingRecord[] {
  const random = new Random(seed);
  const records: IncomingRecord[] = [];
  let offset = 0;
  let second = 0;
  for (let index = 0; index < length; index++) {
    offset += random.uniform() < 0.05 ? 1 + random.integer(9) : 1;
    second += random.uniform() < 0.8 ? 1 : 0;
    const chance = random.uniform();
    const source = `s${Math.floor(random.uniform() ** 2 * 6)}`;
    if (chance < 0.03) records.push(recordOf(offset, "junk"));
    else if (chance < 0.06) records.push(recordOf(offset, null));
    else if (chance < 0.16 && records.length > 0) {
      const earlier = records[Math.max(0, records.length - 1 - random.integer(20))]!;
      records.push({ ...earlier, offset });
    } else {
      const jump = chance < 0.22 ? -random.integer(8) : chance < 0.24 ? random.integer(30) : 0;
      records.push(
        readingRecord(offset, { source, second: second + jump, a: random.uniform(), b: random.uniform() }),
      );
    }
  }
  return records;
}
