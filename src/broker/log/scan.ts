/** Reading a segment batch by batch: to find a place in it, and to find out what is left of it after a crash. */
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  type BatchHeader,
  hasRightCrc,
  readBatchHeader,
  sizeOfBatch,
} from "../../wire/record_batch.ts";
import { BATCH_BYTES_MAX, SCAN_WINDOW_BYTES } from "./limits.ts";
import type { SegmentStorage } from "./storage.ts";

/** A batch and where it stands in its segment. */
export interface FoundBatch {
  readonly position: number;
  readonly header: BatchHeader;
  /** The whole batch begins here in `bytes`. */
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** What a scan expects. */
export interface ScanOptions {
  readonly position: number;
  /** Stop here at the latest. */
  readonly endPosition: number;
  /** The first batch may not begin before this offset. */
  readonly offsetMin: number;
  /** Whether every batch must begin where the one before it ended: base offsets are not under the CRC. */
  readonly isGapless: boolean;
  /** Whether CRCs are checked too. */
  readonly checkCrc: boolean;
  /** Bytes to read at a time. */
  readonly windowBytes?: number;
  /** Asked before more than a window is read for one batch, which may be damaged and claim to be that large. */
  readonly isWhole?: (position: number) => boolean;
}

/** What ended a scan: `null` at the end, otherwise the first bytes that cannot be right. */
export interface ScanEnd {
  readonly position: number;
  readonly problem: string | null;
}

/** Batches in order; returns where and why it ended. */
export function* scanBatches(storage: SegmentStorage, options: ScanOptions): Generator<FoundBatch, ScanEnd> {
  const { endPosition, checkCrc, isGapless, windowBytes = SCAN_WINDOW_BYTES, isWhole } = options;
  let { position, offsetMin } = options;
  let window: Uint8Array = new Uint8Array(0);
  let windowAt = position;
  while (position < endPosition) {
    const left = endPosition - position;
    const stop = (problem: string) => ({ position, problem });
    if (left < BATCH_HEADER_BYTES) return stop(`${left} bytes are no batch`);
    let start = position - windowAt;
    const loaded = window.length - start;
    const known = loaded < BATCH_PREFIX_BYTES ? 0 : sizeOfBatch(window, start);
    if (known > BATCH_BYTES_MAX) return stop(`a batch of ${known} bytes`);
    if (known > left) return stop(`a batch of ${known} bytes ends behind the last of ${left} bytes`);
    if (known > windowBytes && isWhole?.(position) === false) return stop("the CRC-32C is wrong");
    if (loaded < BATCH_HEADER_BYTES || loaded < known) {
      const wanted = Math.min(left, Math.max(known, windowBytes));
      window = storage.read(position, wanted);
      windowAt = position;
      start = 0;
      if (window.length < Math.min(wanted, BATCH_HEADER_BYTES) || window.length < known) {
        return stop(`only ${window.length} bytes could be read`);
      }
    }
    const size = sizeOfBatch(window, start);
    if (size < BATCH_HEADER_BYTES || size > BATCH_BYTES_MAX) return stop(`a batch of ${size} bytes`);
    if (size > left) return stop(`a batch of ${size} bytes ends behind the last of ${left} bytes`);
    if (size > window.length - start) continue;
    const header = readBatchHeader(window, start);
    const problem = findProblem(header, { offsetMin, isGapless }) ??
      (!checkCrc || hasRightCrc(window, { start, header }) ? null : "the CRC-32C is wrong");
    if (problem !== null) return stop(problem);
    yield { position, header, start, bytes: window };
    offsetMin = header.baseOffset + header.lastOffsetDelta + 1;
    position += size;
  }
  return { position, problem: null };
}

function findProblem(
  header: BatchHeader,
  { offsetMin, isGapless }: { offsetMin: number; isGapless: boolean },
): string | null {
  if (header.magic !== 2) return `record format ${header.magic} instead of 2`;
  const { baseOffset } = header;
  if (
    baseOffset < offsetMin || !Number.isSafeInteger(baseOffset) || (isGapless && baseOffset !== offsetMin)
  ) {
    return `base offset ${baseOffset} instead of ${offsetMin}`;
  }
  return header.lastOffsetDelta < 0 ? `last offset delta ${header.lastOffsetDelta}` : null;
}
