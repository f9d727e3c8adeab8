/** The segments of one log, oldest first: where an offset or a time is, and the files that come and go. */
import { AppendFile, syncDirectory } from "../store/append_file.ts";
import { MemoryBudget } from "./memory_budget.ts";
import { segmentPath } from "./open_segments.ts";
import { Segment, type TimedOffset } from "./segment.ts";
import { MemoryStorage } from "./storage.ts";

/** Where segments are. */
export interface SegmentPlace {
  /** `null`: in memory. */
  readonly directory: string | null;
  /** In memory: what all logs may hold together. @default a budget of its own */
  readonly memory?: MemoryBudget | undefined;
  readonly flush: "interval" | "always" | "never";
}

/** Never empty once {@linkcode SegmentList.begin} was called; the last segment is written to. Files throw StorageError. */
export class SegmentList {
  readonly #directory: string | null;
  /** `null`: in files. */
  readonly memory: MemoryBudget | null;
  readonly #flush: SegmentPlace["flush"];
  readonly #segments: Segment[];

  constructor(segments: readonly Segment[], { directory, memory, flush }: SegmentPlace) {
    this.#segments = [...segments];
    this.#directory = directory;
    this.memory = directory === null ? memory ?? new MemoryBudget() : null;
    this.#flush = flush;
  }

  /** Makes the first segment where there is none. */
  begin(baseOffset: number): void {
    if (this.#segments.length > 0) return;
    const first = this.#newSegment(baseOffset, 0);
    if (this.#flush === "always") this.#syncNames();
    first.storage.close();
    this.#segments.push(first);
  }

  get oldest(): Segment {
    return this.#segments[0]!;
  }

  get active(): Segment {
    return this.#segments.at(-1)!;
  }

  /** Those that are not written to any more. */
  get closed(): readonly Segment[] {
    return this.#segments.slice(0, -1);
  }

  /** Bytes of all segments. */
  get sizeBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);
  }

  /** Bytes of memory that they hold. */
  get heldBytes(): number {
    let sum = 0;
    for (const { storage } of this.#segments) if (storage instanceof MemoryStorage) sum += storage.heldBytes;
    return sum;
  }

  #newSegment(baseOffset: number, nowMs: number): Segment {
    const storage = this.#directory === null
      ? new MemoryStorage(this.memory!, this.#segments.at(-1)?.sizeBytes)
      : new AppendFile(segmentPath(this.#directory, baseOffset));
    return new Segment(baseOffset, { storage, nowMs });
  }

  #syncNames(): void {
    if (this.#directory !== null) syncDirectory(this.#directory);
  }

  /** Closes the active segment and begins the next, with the next offset or a later one. */
  roll(nowMs: number, baseOffset = this.active.nextOffset): void {
    const closed = this.active;
    if (this.#flush !== "never") closed.storage.sync();
    const next = this.#newSegment(baseOffset, nowMs);
    if (this.#flush !== "never") this.#syncNames();
    closed.storage.close();
    this.#segments.push(next);
  }

  /** Deletes the oldest `count` closed segments; one that cannot be deleted stays, and those behind it. */
  drop(count: number): void {
    for (let left = count; left > 0; left--) {
      this.oldest.storage.remove();
      this.#segments.shift();
    }
    if (count > 0 && this.#flush === "always") this.#syncNames();
  }

  /** How many closed segments end before `offset`, or with it. */
  countBefore(offset: number): number {
    return Math.min(this.#indexOf(offset), this.#segments.length - 1);
  }

  /** The segment with `offset`, or with the next offset there is. */
  #indexOf(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#segments[middle]!.nextOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whole batches from the one that contains `offset`, as `PartitionLog.read`. */
  read(offset: number, { bytesMax, isFirst }: { bytesMax: number; isFirst: boolean }): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    let bytesLeft = bytesMax;
    let next = offset;
    for (let index = this.#indexOf(offset); index < this.#segments.length;) {
      const piece = this.#segments[index]!.read(next, bytesLeft);
      if (piece === null) {
        index++;
        continue;
      }
      const mayExceed = isFirst && pieces.length === 0;
      if (piece.bytes.length > bytesLeft && !mayExceed) break;
      pieces.push(piece.bytes);
      bytesLeft -= piece.bytes.length;
      next = piece.nextOffset;
      // A file gives all that fits at once.
      if (bytesLeft <= 0 || this.#directory !== null) break;
    }
    return pieces;
  }

  /** Bytes from the batch that contains `offset`, which must be there, to the end. */
  bytesFrom(offset: number): number {
    const first = this.#indexOf(offset);
    let sizeBytes = -this.#segments[first]!.positionOf(offset);
    for (const segment of this.#segments.slice(first)) sizeBytes += segment.sizeBytes;
    return sizeBytes;
  }

  /** The first record from `offsetMin` on with this timestamp or a later one. */
  firstAtOrAfter(timestampMs: number, offsetMin: number): TimedOffset | null {
    for (const segment of this.#segments) {
      const found = segment.firstAtOrAfter(timestampMs, offsetMin);
      if (found !== null) return found;
    }
    return null;
  }

  /** The first record that has the largest timestamp. */
  latestRecord(): TimedOffset | null {
    let latest: Segment | null = null;
    for (const segment of this.#segments) {
      if (segment.maxTimestampMs > (latest?.maxTimestampMs ?? -1)) latest = segment;
    }
    return latest === null ? null : latest.latestRecord();
  }

  /** Gives the handles of the files back; they are opened again where they are needed. */
  release(): void {
    for (const segment of this.#segments) segment.storage.close();
  }

  /** Deletes all of them. */
  remove(): void {
    for (const segment of this.#segments) segment.storage.remove();
  }
}
