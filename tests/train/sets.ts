/** Small training sets for the tests of training. */
import { SeriesBuilder, type TrainingSet } from "../../src/train/mod.ts";

/** Time of the n-th reading. */
export function at(n: number): string {
  return new Date(Date.UTC(2020, 0, 1) + n * 1000).toISOString();
}

/** One feature `x`; each source's values in turn, one reading a second, interleaved. Labelled readings by number. */
export function setOf(
  sources: Readonly<Record<string, readonly number[]>>,
  labelled: number[] = [],
): TrainingSet {
  const builder = new SeriesBuilder([{ name: "x", unit: "m" }]);
  const longest = Math.max(...Object.values(sources).map((values) => values.length));
  for (let n = 0; n < longest; n++) {
    for (const [source, values] of Object.entries(sources)) {
      const value = values[n];
      if (value === undefined) continue;
      const reading = { id: `${source}-${n}`, timestamp: at(n), source, features: { x: value } };
      builder.add(reading, labelled.includes(n));
    }
  }
  return builder.build("tiny", { sha256: null });
}

/** A noisy wave that a network can forecast far better than the last value can. */
export function wave(length: number, phase = 0): number[] {
  return Array.from({ length }, (_, n) => 10 * Math.sin((n + phase) / 4) + ((n * 7919) % 13) / 100);
}
