/** Follows the lag of each partition: where is it going? Pure. */
import { LAG_EVERY_MS, LAG_POINTS_MAX, PARTITIONS_MAX } from "./limits.ts";
import type { FollowedLag, PartitionLag, Trend } from "./snapshot.ts";

/** How far a trend looks back, in points. */
const TREND_POINTS = 10;
/** A change of fewer records is none. */
const CHANGE_RECORDS_MIN = 10;
/** A change of a smaller share is none. */
const CHANGE_SHARE_MIN = 0.05;

/** The trend of a row of lags, oldest first. */
export function trendOf(past: readonly number[]): Trend {
  const last = past.at(-1);
  const before = past.at(-Math.min(past.length, TREND_POINTS));
  if (last === undefined || before === undefined) return "steady";
  const least = Math.max(CHANGE_RECORDS_MIN, before * CHANGE_SHARE_MIN);
  if (last - before >= least) return "growing";
  return before - last >= least ? "draining" : "steady";
}

/** Lags of the last minute. */
export class LagFollower {
  #past = new Map<number, number[]>();
  #total: number[] = [];
  #pointMs = -Infinity;

  /** Takes the lags of all partitions at one moment. */
  add(lags: readonly PartitionLag[], nowMs: number): void {
    const isNewPoint = nowMs - this.#pointMs >= LAG_EVERY_MS * 0.9;
    if (isNewPoint) this.#pointMs = nowMs;
    const followed = new Map<number, number[]>();
    let total = 0;
    for (const { partition, lag } of lags.slice(0, PARTITIONS_MAX)) {
      followed.set(partition, extended(this.#past.get(partition) ?? [], { lag, isNewPoint }));
      total += lag;
    }
    this.#past = followed;
    if (lags.length > 0) this.#total = extended(this.#total, { lag: total, isNewPoint });
  }

  /** Lags now, by partition. */
  get lags(): FollowedLag[] {
    return [...this.#past].sort(([a], [b]) => a - b).map(([partition, past]) => ({
      partition,
      lag: past.at(-1) ?? 0,
      trend: trendOf(past),
      past: [...past],
    }));
  }

  /** The trend of all partitions together. */
  get trend(): Trend {
    return trendOf(this.#total);
  }
}

function extended(
  past: readonly number[],
  { lag, isNewPoint }: { lag: number; isNewPoint: boolean },
): number[] {
  const kept = isNewPoint ? past.slice(-(LAG_POINTS_MAX - 1)) : past.slice(0, -1);
  return [...kept, lag];
}
