/** The usual time between two readings of a device, and where readings are absent. */
import { GAP_STEPS, STEP_INTERVALS } from "./limits.ts";

/** Takes the intervals one by one; equal times have none between them. */
export class Steps {
  /** The first ones, until they have said what is usual. */
  #first: number[] = [];
  #stepMs: number | null = null;
  #gaps = 0;
  #absent = 0;

  /** @param intervalMs above 0 */
  take(intervalMs: number): void {
    if (this.#stepMs !== null) return this.#judge(intervalMs, this.#stepMs);
    this.#first.push(intervalMs);
    if (this.#first.length === STEP_INTERVALS) this.#settle();
  }

  /** Lower median of the first {@linkcode STEP_INTERVALS} intervals, ms; `null` where there are none. */
  get stepMs(): number | null {
    return this.#stepMs ?? medianOf(this.#first);
  }

  /** Intervals longer than {@linkcode GAP_STEPS} usual steps, and the readings that would fill them. */
  result(): { readonly gaps: number; readonly absent: number } {
    if (this.#stepMs === null) {
      const rest = new Steps();
      rest.#first = this.#first;
      if (this.#first.length > 0) rest.#settle();
      return { gaps: rest.#gaps, absent: rest.#absent };
    }
    return { gaps: this.#gaps, absent: this.#absent };
  }

  #settle(): void {
    const stepMs = this.#stepMs = medianOf(this.#first)!;
    for (const intervalMs of this.#first) this.#judge(intervalMs, stepMs);
    this.#first = [];
  }

  #judge(intervalMs: number, stepMs: number): void {
    if (intervalMs <= GAP_STEPS * stepMs) return;
    this.#gaps++;
    this.#absent += Math.round(intervalMs / stepMs) - 1;
  }
}

function medianOf(intervals: readonly number[]): number | null {
  if (intervals.length === 0) return null;
  return [...intervals].sort((a, b) => a - b)[(intervals.length - 1) >> 1]!;
}
