/** One segment of a partition's log: whole batches one after the other, and a sparse index of them in memory. */
import { WireError } from "../../wire/reader.ts";
import {
  BATCH_HEADER_BYTES,
  type BatchHeader,
  iterateBatches,
  readBatchEnd,
} from "../../wire/record_batch.ts";
import { RecordCursor } from "../../wire/record_cursor.ts";
import { DECOMPRESSED_BYTES_MAX, INDEX_INTERVAL_BYTES } from "./limits.ts";
import { type FoundBatch, scanBatches } from "./scan.ts";
import type { SegmentStorage } from "./storage.ts";

/** A record's place and time. */
export interface TimedOffset {
  readonly offset: number;
  readonly timestampMs: number;
}

interface IndexEntry {
  readonly offset: number;
  readonly position: number;
  /** Largest timestamp of all batches before this one. */
  readonly timestampMsBefore: number;
}

/** Damaged bytes between good batches, which readers step over. */
export interface Hole {
  readonly start: number;
  readonly end: number;
}

/** Offsets from `baseOffset` to before `nextOffset`; offsets may be missing between batches. */
export class Segment {
  readonly baseOffset: number;
  readonly storage: SegmentStorage;
  /** When something was added last; retention counts from here. */
  lastAppendMs: number;
  /** When something was added first; the age of the segment counts from here. */
  firstAppendMs: number;
  #nextOffset: number;
  #maxTimestampMs = -1;
  #maxTimestampPosition = 0;
  readonly #index: IndexEntry[] = [];
  readonly #holes: Hole[] = [];
  /** Where the last read ended: readers mostly go on there. */
  #lastRead = { offset: -1, position: 0 };

  constructor(baseOffset: number, { storage, nowMs }: { storage: SegmentStorage; nowMs: number }) {
    this.baseOffset = baseOffset;
    this.#nextOffset = baseOffset;
    this.storage = storage;
    this.lastAppendMs = nowMs;
    this.firstAppendMs = nowMs;
  }

  /** Offset behind the last record. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get sizeBytes(): number {
    return this.storage.sizeBytes;
  }

  /** Largest timestamp of a batch; −1 where there is none. */
  get maxTimestampMs(): number {
    return this.#maxTimestampMs;
  }

  /** Notes a batch that stands at `position` already. */
  note(header: BatchHeader, position: number): void {
    const indexed = this.#index.at(-1);
    if (indexed === undefined || position - indexed.position >= INDEX_INTERVAL_BYTES) {
      this.#index.push({ offset: header.baseOffset, position, timestampMsBefore: this.#maxTimestampMs });
    }
    if (header.maxTimestampMs > this.#maxTimestampMs) {
      this.#maxTimestampMs = header.maxTimestampMs;
      this.#maxTimestampPosition = position;
    }
    this.#nextOffset = nextOffsetOf(header);
  }

  /** Notes damaged bytes. */
  noteHole(hole: Hole): void {
    this.#holes.push(hole);
  }

  /** The good bytes at `position`, or the next ones if a hole is there: they end at a hole or with the segment. */
  #goodBytesAt(position: number): { position: number; end: number } {
    let low = 0;
    let high = this.#holes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#holes[middle]!.end <= position) low = middle + 1;
      else high = middle;
    }
    let at = position;
    let next = this.#holes[low];
    // Holes may lie side by side.
    for (; next !== undefined && next.start <= at; next = this.#holes[++low]) at = next.end;
    return { position: at, end: next?.start ?? this.sizeBytes };
  }

  /** Batches from `start` on, where one must begin. */
  *#batchesFrom(start: number, windowBytes: number): Generator<FoundBatch> {
    for (let at = start;;) {
      const { position, end } = this.#goodBytesAt(at);
      if (position >= end) return;
      yield* scanBatches(this.storage, {
        position,
        endPosition: end,
        offsetMin: 0,
        isGapless: false,
        checkCrc: false,
        windowBytes,
      });
      at = end;
    }
  }

  /**
   * Whole batches, the first being that which contains `offset` (or the next one there is): one at least, and no more
   * than `bytesMax` otherwise; with the offset behind them. Memory gives what lies in one piece. `null` where there is none.
   */
  read(offset: number, bytesMax: number): { bytes: Uint8Array; nextOffset: number } | null {
    const windowBytes = Math.max(bytesMax, 1) + INDEX_INTERVAL_BYTES;
    for (
      const { header, position, start, bytes } of this.#batchesFrom(this.#positionFor(offset), windowBytes)
    ) {
      if (nextOffsetOf(header) <= offset) continue;
      let size = header.sizeBytes;
      let last = header;
      for (const next of iterateBatches(bytes.subarray(start + size))) {
        if (size + next.header.sizeBytes > bytesMax) break;
        size += next.header.sizeBytes;
        last = next.header;
      }
      const nextOffset = nextOffsetOf(last);
      this.#lastRead = { offset: nextOffset, position: position + size };
      return { bytes: bytes.subarray(start, start + size), nextOffset };
    }
    return null;
  }

  /** Where the batch that contains `offset` begins, or the next one there is: found by batch headers alone. */
  positionOf(offset: number): number {
    let at = this.#positionFor(offset);
    if (offset === this.#lastRead.offset) return at;
    for (;;) {
      const { position, end } = this.#goodBytesAt(at);
      const window = this.storage.read(
        position,
        Math.min(end - position, INDEX_INTERVAL_BYTES + BATCH_HEADER_BYTES),
      );
      if (window.length < BATCH_HEADER_BYTES) return this.sizeBytes;
      for (at = position; at - position <= window.length - BATCH_HEADER_BYTES;) {
        const batch = readBatchEnd(window, at - position);
        if (batch.nextOffset > offset) return at;
        at += batch.sizeBytes;
      }
    }
  }

  /** Where to look for an offset: behind what was read last, or at the index entry before it. */
  #positionFor(offset: number): number {
    if (offset === this.#lastRead.offset) return this.#lastRead.position;
    return this.#lastEntry((entry) => entry.offset <= offset)?.position ?? 0;
  }

  /** The last index entry for which `isBefore` holds; it must hold for the first entries up to some place. */
  #lastEntry(isBefore: (entry: IndexEntry) => boolean): IndexEntry | undefined {
    let low = 0;
    let high = this.#index.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#index[middle]!)) low = middle + 1;
      else high = middle;
    }
    return this.#index[low - 1];
  }

  /** First record at or behind `offsetMin` with this timestamp or a later one. */
  firstAtOrAfter(timestampMs: number, offsetMin: number): TimedOffset | null {
    if (this.#maxTimestampMs < timestampMs) return null;
    const entry = this.#lastEntry(({ timestampMsBefore }) => timestampMsBefore < timestampMs);
    for (const found of this.#batchesFrom(entry?.position ?? 0, 16 * INDEX_INTERVAL_BYTES)) {
      if (found.header.maxTimestampMs < timestampMs || nextOffsetOf(found.header) <= offsetMin) continue;
      const record = findRecord(found, { timestampMs, offsetMin });
      if (record !== null) return record;
    }
    return null;
  }

  /** The first record that has the largest timestamp; `null` in an empty segment. */
  latestRecord(): TimedOffset | null {
    if (this.#maxTimestampMs < 0) return null;
    const [found] = this.#batchesFrom(this.#maxTimestampPosition, 16 * INDEX_INTERVAL_BYTES);
    return found === undefined
      ? null
      : findRecord(found, { timestampMs: this.#maxTimestampMs, offsetMin: this.baseOffset });
  }
}

function nextOffsetOf({ baseOffset, lastOffsetDelta }: BatchHeader): number {
  return baseOffset + lastOffsetDelta + 1;
}

/**
 * A batch's first record at or behind an offset with this timestamp or a later one; `null` where there is none. A batch
 * that cannot be read here (it opens to too much, or is nonsense inside a right CRC) answers with its first offset and
 * latest time.
 */
function findRecord(
  { header, bytes, start }: FoundBatch,
  { timestampMs, offsetMin }: { timestampMs: number; offsetMin: number },
): TimedOffset | null {
  let cursor: RecordCursor;
  try {
    cursor = RecordCursor.over(bytes, { header, start, maxBytes: DECOMPRESSED_BYTES_MAX });
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return { offset: header.baseOffset, timestampMs: header.maxTimestampMs };
  }
  while (cursor.next()) {
    const offset = header.baseOffset + cursor.offsetDelta;
    if (cursor.timestampMs >= timestampMs && offset >= offsetMin) {
      return { offset, timestampMs: cursor.timestampMs };
    }
  }
  return cursor.problem === null ? null : { offset: header.baseOffset, timestampMs: header.maxTimestampMs };
}
