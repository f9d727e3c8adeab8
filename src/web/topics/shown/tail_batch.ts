/**
 * What a tail shows next of what was fetched. A tail that shows what comes keeps the newest where more comes than can
 * be shown, and says how much it has skipped; one that began at the beginning shows everything at its own pace, until it
 * has caught up.
 */
import type { FetchedChunk, FetchPosition } from "../../../kafka/inspection_port.ts";
import type { IncomingRecord } from "../../../kafka/port.ts";
import { TAIL_BEHIND_MAX, TAIL_RECORDS_MAX } from "../limits.ts";
import type { RecordFilter } from "./record_filter.ts";

/** Where a tail is. */
export interface TailState {
  /** Where to read next, by partition. */
  readonly offsets: ReadonlyMap<number, number>;
  /** It shows what comes; else it shows what came before, and leaves nothing out. */
  readonly isLive: boolean;
}

/** What is shown, and where the tail is then. */
export interface TailBatch {
  readonly state: TailState;
  /** Oldest first. */
  readonly records: readonly { readonly partition: number; readonly record: IncomingRecord }[];
  /** Records that were looked at. */
  readonly searched: number;
  /** Records that were passed over: too many came. */
  readonly skipped: number;
  /** Records up to the ends of the partitions. */
  readonly behind: number;
  /** Partitions whose position is no longer, or not yet, in the log. */
  readonly outOfRange: readonly number[];
}

/** Takes what was fetched. */
export function takeBatch(
  state: TailState,
  chunks: readonly FetchedChunk[],
  filter: RecordFilter | null,
): TailBatch {
  const offsets = new Map(state.offsets);
  const records: { partition: number; record: IncomingRecord }[] = [];
  const outOfRange: number[] = [];
  let [searched, skipped, behind] = [0, 0, 0];
  for (const chunk of chunks) {
    const { partition } = chunk;
    if (chunk.isOutOfRange) {
      outOfRange.push(partition);
      continue;
    }
    let next = chunk.nextOffset;
    for (const record of chunk.records) {
      if (!state.isLive && records.length >= TAIL_RECORDS_MAX) {
        next = record.offset; // the rest comes next time
        break;
      }
      searched++;
      if (filter?.(record) ?? true) records.push({ partition, record });
    }
    if (state.isLive && chunk.highWatermark - next > TAIL_BEHIND_MAX) {
      const end = chunk.highWatermark - TAIL_RECORDS_MAX;
      skipped += end - next;
      next = end;
    }
    behind += Math.max(0, chunk.highWatermark - next);
    offsets.set(partition, next);
  }
  const time = (one: { record: IncomingRecord }) => one.record.timestampMs;
  records.sort((a, b) => time(a) - time(b) || a.partition - b.partition || a.record.offset - b.record.offset);
  const tooMany = Math.max(0, records.length - TAIL_RECORDS_MAX);
  return {
    state: { offsets, isLive: state.isLive || behind === 0 },
    ...{ records: records.slice(tooMany), searched, skipped: skipped + tooMany, behind, outOfRange },
  };
}

/** Positions in the id of an event: `0:12,1:7`, behind the id of the topic. */
export function positionsText(topicId: string | null, offsets: ReadonlyMap<number, number>): string {
  return `${topicId ?? "-"} ${[...offsets].map(([partition, offset]) => `${partition}:${offset}`).join(",")}`;
}

/** The positions in an id; `null`: it is none, or one of another topic. */
export function positionsIn(text: string, topicId: string | null): FetchPosition[] | null {
  const found = /^(\S+) (\d{1,9}:\d{1,16}(?:,\d{1,9}:\d{1,16})*)$/.exec(text);
  if (found === null || found[1] !== (topicId ?? "-")) return null;
  return found[2]!.split(",").map((one) => {
    const [partition, offset] = one.split(":").map(Number) as [number, number];
    return { partition, offset };
  });
}
