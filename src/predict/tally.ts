/** What happened to the records, in numbers. */
import { cumulate } from "../metrics/histogram.ts";
import type { HistogramValue } from "../metrics/metric.ts";
import { ErrorSums } from "../records/predictions/error_sums.ts";
import type { ReadingReason } from "../records/readings/read.ts";

/** Quantiles of a latency, ms; `null` while nothing was measured. */
export interface LatencyQuantiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

const EXACT_BELOW = 32;
const BUCKETS_PER_OCTAVE = 16;
const FIRST_OCTAVE = 5; // 2^5 = EXACT_BELOW
const BUCKETS = EXACT_BELOW + (31 - FIRST_OCTAVE) * BUCKETS_PER_OCTAVE;

/** 1 ms … 65.536 s. A latency of 7.9 ms counts as 7 ms, so a bound of 8 ms counts all below 8. */
const BOUNDS_MS: readonly number[] = Array.from({ length: 17 }, (_, octave) => 2 ** octave);

/** A histogram of whole milliseconds: exact below 32 ms, 16 buckets an octave above (within 7 %). */
export class LatencyHistogram {
  readonly #counts = new Float64Array(BUCKETS);
  #total = 0;
  #sumMs = 0;

  /** Counts one; less than 0 (clocks that disagree) counts as 0, `null` (not known) not at all. */
  add(latencyMs: number | null): void {
    if (latencyMs === null) return;
    const ms = latencyMs > 0 ? Math.min(Math.floor(latencyMs), 2 ** 31 - 1) : 0;
    this.#counts[bucketOf(ms)]!++;
    this.#total++;
    this.#sumMs += ms;
  }

  /** The smallest latency that at least `share` (0 … 1) of all do not exceed; `null` when nothing was counted. */
  quantile(share: number): number | null {
    if (this.#total === 0) return null;
    let left = Math.max(1, Math.ceil(share * this.#total));
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket]!;
      if (left <= 0) return upperEdgeOf(bucket);
    }
    return upperEdgeOf(BUCKETS - 1);
  }

  /** What a metric has of it, in s: by powers of two of a millisecond, where its buckets end, too. */
  value(): HistogramValue {
    const counts = new Float64Array(BOUNDS_MS.length + 1);
    for (let bucket = 0, at = 0; bucket < BUCKETS; bucket++) {
      while (at < BOUNDS_MS.length && upperEdgeOf(bucket) >= BOUNDS_MS[at]!) at++;
      counts[at]! += this.#counts[bucket]!;
    }
    return cumulate(BOUNDS_MS.map((ms) => ms / 1_000), { counts, sum: this.#sumMs / 1_000 });
  }

  /** The usual three. */
  quantiles(): LatencyQuantiles {
    return { p50: this.quantile(0.5), p95: this.quantile(0.95), p99: this.quantile(0.99) };
  }
}

function bucketOf(ms: number): number {
  if (ms < EXACT_BELOW) return ms;
  const octave = 31 - Math.clz32(ms);
  return EXACT_BELOW + (octave - FIRST_OCTAVE) * BUCKETS_PER_OCTAVE + ((ms >> (octave - 4)) & 15);
}

/** Largest whole millisecond of a bucket. */
function upperEdgeOf(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  const octave = FIRST_OCTAVE + Math.floor((bucket - EXACT_BELOW) / BUCKETS_PER_OCTAVE);
  const step = (bucket - EXACT_BELOW) % BUCKETS_PER_OCTAVE;
  return (BUCKETS_PER_OCTAVE + step + 1) * 2 ** (octave - 4) - 1;
}

/** Counts of one run, without those that are read again to rebuild state. */
export class Tally {
  /** Records that ended as a prediction, a dead letter or a duplicate. */
  read = 0;
  predictedByNetwork = 0;
  predictedByBaseline = 0;
  /** Forecasts that came due. */
  scored = 0;
  /** Errors of those of them that were the network's: like with like. */
  readonly errors = new ErrorSums();
  duplicates = 0;
  /** Texts that the training data of the model did not have. */
  unseenValues = 0;
  /** Classified records with a true class. */
  labelled = 0;
  /** Those of them that were classified rightly. */
  right = 0;
  /** Those of them whose true class is the most frequent one of the training. */
  rightByBaseline = 0;
  /** Those of them whose true class is none of the model's. */
  unknownLabels = 0;
  /** Sources that were evicted because there were too many. */
  sourcesEvicted = 0;
  readonly deadLetters: Record<ReadingReason, number> = {
    "not-json": 0,
    "tombstone": 0,
    "undecodable": 0,
    "too-large": 0,
    "not-a-reading": 0,
    "missing-feature": 0,
    "not-a-number": 0,
    "not-a-text": 0,
    "bad-timestamp": 0,
    "late": 0,
  };
  /** From the sending of a reading to its prediction. */
  readonly latency = new LatencyHistogram();

  /** Predictions made. */
  get predicted(): number {
    return this.predictedByNetwork + this.predictedByBaseline;
  }

  /** Dead letters of all reasons. */
  get deadLettered(): number {
    return Object.values(this.deadLetters).reduce((sum, count) => sum + count, 0);
  }
}
