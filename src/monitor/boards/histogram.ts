/** Latencies in bins of equal ratio: any number of them in fixed memory, percentiles right within 2 %. */
import { LATENCY_BIN_RATIO, LATENCY_MS_MAX, LATENCY_MS_MIN } from "./limits.ts";

const LOG_RATIO = Math.log(LATENCY_BIN_RATIO);

/** Number of bins: the first holds everything below the least latency that is resolved. */
export const BINS = Math.ceil(Math.log(LATENCY_MS_MAX / LATENCY_MS_MIN) / LOG_RATIO) + 2;

/** p50, p95 and p99 in ms; `null` where there is nothing yet. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The bin of a latency in ms. Negative ones (clocks that disagree) count as 0. */
export function binOf(latencyMs: number): number {
  if (!(latencyMs >= LATENCY_MS_MIN)) return 0;
  return 1 + Math.min(BINS - 2, Math.floor(Math.log(latencyMs / LATENCY_MS_MIN) / LOG_RATIO));
}

/**
 * What each bin stands for: the mean of all that ever fell into it, so that whole milliseconds stay whole.
 */
export class BinMeans {
  readonly #sums = new Float64Array(BINS);
  readonly #counts = new Float64Array(BINS);

  /** Adds a latency in ms to its bin. */
  add(bin: number, latencyMs: number): void {
    this.#sums[bin]! += bin === 0 ? 0 : Math.min(latencyMs, LATENCY_MS_MAX);
    this.#counts[bin]! += 1;
  }

  /** Everything that was added, by bin. */
  get counts(): Float64Array {
    return this.#counts;
  }

  /** Mean of a bin in ms. */
  mean(bin: number): number {
    return this.#counts[bin] === 0 ? 0 : this.#sums[bin]! / this.#counts[bin]!;
  }
}

/**
 * Percentiles by nearest rank of the counts in `counts`, `BINS` long.
 *
 * @returns Milliseconds, each at most 2 % off.
 */
export function percentiles(counts: Float64Array, means: BinMeans): Percentiles {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return { p50: null, p95: null, p99: null };
  const wanted = [0.5, 0.95, 0.99].map((share) => Math.max(1, Math.ceil(share * total - 1e-9)));
  const found: number[] = [];
  let seen = 0;
  for (let bin = 0; bin < BINS && found.length < wanted.length; bin++) {
    seen += counts[bin]!;
    while (found.length < wanted.length && seen >= wanted[found.length]!) found.push(means.mean(bin));
  }
  return { p50: found[0]!, p95: found[1]!, p99: found[2]! };
}
