/**
 * Finding the next batch behind damaged bytes, in time that grows with their number, whatever they look like: the CRC
 * of any stretch follows from those of two beginnings, which are computed once.
 */
import { crc32c, crc32cOfTail } from "../../wire/crc32c.ts";
import { BATCH_CRC_FROM, BATCH_HEADER_BYTES, sizeOfBatch } from "../../wire/record_batch.ts";
import { BATCH_BYTES_MAX, CRC_STEP_BYTES, SCAN_WINDOW_BYTES } from "./limits.ts";
import type { SegmentStorage } from "./storage.ts";

const MAGIC_AT = 16;
/** Bytes that are read at a time around a place. */
const WINDOW_BYTES = 4096;
/** What one batch can hold: how far offsets can jump over a damaged one. */
const RECORDS_PER_BATCH_MAX = 2 ** 31;

/** Offsets between which the next batch begins. */
export interface OffsetBounds {
  readonly offsetMin: number;
  readonly offsetMax: number;
}

interface Candidate {
  readonly baseOffset: number;
  readonly nextOffset: number;
  readonly end: number;
}

/** Where a batch begins. */
export interface FoundPlace {
  readonly position: number;
  readonly baseOffset: number;
}

/** Looks for batches in one segment. */
export class BatchFinder {
  readonly #storage: SegmentStorage;
  readonly #crcs: BeginningCrcs;
  readonly #heads: Window;

  constructor(storage: SegmentStorage) {
    this.#storage = storage;
    this.#crcs = new BeginningCrcs(storage);
    this.#heads = new Window(storage);
  }

  /**
   * The first batch from `from` on with the right CRC and a possible offset; `null` where there is none. Base offsets
   * are not under the CRC: one that jumps far is believed where the batch behind it goes on from there, or there is
   * none; one that the batch behind it contradicts is not.
   */
  find(from: number, bounds: OffsetBounds): FoundPlace | null {
    const end = this.#storage.sizeBytes;
    for (let at = this.#likely(from); at + BATCH_HEADER_BYTES <= end; at = this.#likely(at + 1)) {
      const found = this.#batchAt(at, bounds);
      if (found === null) continue;
      const { baseOffset, nextOffset } = found;
      const behind = this.#batchAt(found.end, { offsetMin: 0, offsetMax: Infinity });
      const jump = baseOffset - bounds.offsetMin;
      // A record that is not compressed has 7 bytes at least.
      const isPossible = jump <= at - from || (jump <= RECORDS_PER_BATCH_MAX && found.end === end);
      const goesOn = behind?.baseOffset === nextOffset;
      const overshoots = behind !== null && behind.baseOffset >= bounds.offsetMin &&
        behind.baseOffset < nextOffset;
      if (goesOn || (isPossible && !overshoots)) return { position: at, baseOffset };
    }
    return null;
  }

  /** Whether a batch with the right CRC begins there, whatever its offset. */
  isBatchAt(position: number): boolean {
    return this.#batchAt(position, { offsetMin: 0, offsetMax: Infinity }) !== null;
  }

  /** First place from `from` on where the format's number and the first byte of an offset could stand; or the end. */
  #likely(from: number): number {
    const end = this.#storage.sizeBytes;
    for (let at = from; at + BATCH_HEADER_BYTES <= end;) {
      const { bytes, start } = this.#heads.at(at, BATCH_HEADER_BYTES);
      const last = bytes.length - BATCH_HEADER_BYTES;
      for (let index = start; index <= last; index++) {
        if (bytes[index + MAGIC_AT] === 2 && bytes[index] === 0) return at + index - start;
      }
      at += last - start + 1;
    }
    return end;
  }

  #batchAt(at: number, { offsetMin, offsetMax }: OffsetBounds): Candidate | null {
    if (at + BATCH_HEADER_BYTES > this.#storage.sizeBytes) return null;
    const { bytes, start } = this.#heads.at(at, BATCH_HEADER_BYTES);
    const size = sizeOfBatch(bytes, start);
    if (size < BATCH_HEADER_BYTES || size > Math.min(BATCH_BYTES_MAX, this.#storage.sizeBytes - at)) {
      return null;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    const baseOffset = Number(view.getBigInt64(0));
    const lastOffsetDelta = view.getInt32(23);
    if (
      bytes[start + MAGIC_AT] !== 2 || baseOffset < offsetMin || baseOffset >= offsetMax ||
      lastOffsetDelta < 0
    ) return null;
    if (this.#crcs.between(at + BATCH_CRC_FROM, at + size) !== view.getUint32(17)) return null;
    return { baseOffset, nextOffset: baseOffset + lastOffsetDelta + 1, end: at + size };
  }
}

/** CRCs of the segment's beginnings, one every so many bytes, as far as they were needed. */
class BeginningCrcs {
  readonly #storage: SegmentStorage;
  readonly #crcs: number[] = [0];
  readonly #starts: Window;
  readonly #ends: Window;

  constructor(storage: SegmentStorage) {
    this.#storage = storage;
    this.#starts = new Window(storage);
    this.#ends = new Window(storage);
  }

  /** CRC of the bytes from `start` to before `end`. */
  between(start: number, end: number): number {
    const head = this.#upTo(start, this.#starts);
    return crc32cOfTail(this.#upTo(end, this.#ends), { head, size: end - start });
  }

  #upTo(position: number, window: Window): number {
    const step = Math.floor(position / CRC_STEP_BYTES);
    while (this.#crcs.length <= step) this.#computeMore();
    const known = step * CRC_STEP_BYTES;
    const { bytes, start } = window.at(known, position - known);
    return crc32c(bytes, start, start + position - known, this.#crcs[step]);
  }

  #computeMore(): void {
    const bytes = this.#storage.read((this.#crcs.length - 1) * CRC_STEP_BYTES, SCAN_WINDOW_BYTES);
    let crc = this.#crcs.at(-1)!;
    for (let at = 0; at + CRC_STEP_BYTES <= bytes.length; at += CRC_STEP_BYTES) {
      crc = crc32c(bytes, at, at + CRC_STEP_BYTES, crc);
      this.#crcs.push(crc);
    }
  }
}

/** Reads small pieces that mostly lie close to each other. */
class Window {
  readonly #storage: SegmentStorage;
  #position = 0;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(storage: SegmentStorage) {
    this.#storage = storage;
  }

  /** The window around `size` bytes at `position`, which begin at its `start`; fewer at the end of the segment. */
  at(position: number, size: number): { bytes: Uint8Array; start: number } {
    const start = position - this.#position;
    if (start >= 0 && start + size <= this.#bytes.length) return { bytes: this.#bytes, start };
    this.#bytes = this.#storage.read(position, WINDOW_BYTES);
    this.#position = position;
    return { bytes: this.#bytes, start: 0 };
  }
}
