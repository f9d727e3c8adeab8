/** Whether readings stand in the order of their times, each source for itself. */
import type { LabelledReading } from "../dataset.ts";

/** Sources whose last time is kept; beyond that the oldest are evicted. */
const SOURCES_MAX = 100_000;

/** Compares each reading with the one before it of the same source. */
export class OrderCheck {
  readonly #last = new Map<string, string>();

  /** @returns the later time that the source already had; `undefined` where the reading is in order */
  take({ source, timestamp }: Pick<LabelledReading, "source" | "timestamp">): string | undefined {
    const last = this.#last.get(source);
    if (last !== undefined && timestamp < last) return last;
    if (last === undefined && this.#last.size >= SOURCES_MAX) {
      this.#last.delete(this.#last.keys().next().value!);
    }
    this.#last.set(source, timestamp);
    return undefined;
  }
}

/** Sorts readings by time; those of one time stay as they were, or are turned round in a file with the newest first. */
export function sortByTime(readings: LabelledReading[]): LabelledReading[] {
  const first = readings[0], last = readings.at(-1);
  if (first !== undefined && first.timestamp > last!.timestamp) readings.reverse();
  return readings.sort((a, b) => a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0);
}
