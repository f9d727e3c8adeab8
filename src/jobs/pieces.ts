/** Cutting what was fetched into pieces. */
import type { IncomingRecord } from "../kafka/port.ts";
import { offsetBehind } from "../records/dead_letters/print.ts";
import { PIECE_BYTES_MAX, RECORD_GROWTH_BYTES } from "./limits.ts";

/**
 * Where a piece that begins at `start` ends: all of it rebuilds state, or all of it is new. At least one record, where
 * there is one.
 *
 * @param options.outputFrom records below this offset rebuild state
 * @param options.newMax so many new records at most
 */
export function endOfPiece(
  records: readonly IncomingRecord[],
  { start, outputFrom, recordsMax, newMax }: {
    readonly start: number;
    readonly outputFrom: number;
    readonly recordsMax: number;
    readonly newMax: number;
  },
): number {
  if (start === records.length) return start;
  const replays = offsetBehind(records[start]!) <= outputFrom;
  const last = Math.min(records.length, start + Math.min(recordsMax, replays ? Infinity : newMax));
  let bytes = 0;
  let end = start;
  for (; end < last; end++) {
    const record = records[end]!;
    if (replays && offsetBehind(record) > outputFrom) break;
    bytes += (record.value?.length ?? 0) + RECORD_GROWTH_BYTES;
    if (bytes > PIECE_BYTES_MAX && end > start) break;
  }
  return end;
}
