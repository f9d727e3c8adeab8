/**
 * The log of one partition: raw record batches in segments, `<base offset>.log`, the same bytes as Kafka's. What an
 * append answers has been written (it survives `kill -9`); `flush` says when it is forced to the disk as well.
 * One owner: every method is one synchronous turn. Disk trouble in `append` is a value, elsewhere a StorageError.
 *
 * Left out: transactions, compaction. The index is kept in memory and rebuilt at each start.
 * Retention counts from the time of appending, so that replayed old readings are not deleted at once.
 */
import { type BatchHeader, placeBatch, stampBatch } from "../../wire/record_batch.ts";
import { LEADER_EPOCH } from "../leader_epoch.ts";
import { AppendFile, removeIfThere } from "../store/append_file.ts";
import { StorageError } from "../store/storage_error.ts";
import { checkBatch, type CheckedBatch, refuse, type Refused } from "./check_batch.ts";
import { SEGMENT_MS_MIN } from "./limits.ts";
import type { LogOptions } from "./log_options.ts";
import { readLogStart, writeLogStart } from "./log_start.ts";
import type { MemoryHolder } from "./memory_budget.ts";
import { openSegments } from "./open_segments.ts";
import { ProducerStates } from "./producer_states.ts";
import type { Segment, TimedOffset } from "./segment.ts";
import { SegmentList } from "./segment_list.ts";
import { MemoryStorage } from "./storage.ts";

export type { LogOptions } from "./log_options.ts";

/** What became of a batch. */
export type AppendResult =
  | { readonly ok: true; readonly baseOffset: number; readonly isDuplicate: boolean }
  | Refused;

/** Bytes of the file that remembers the log's start, and of a new segment's name. */
const SMALL_WRITE_BYTES = 4096;

/** The log of one partition. */
export class PartitionLog implements MemoryHolder {
  readonly #directory: string | null;
  #options: LogOptions;
  readonly #producers = new ProducerStates();
  readonly #segments: SegmentList;
  #logStartOffset: number;
  /** What had to be cut or stepped over when the log was opened; `null`: nothing. */
  readonly recovery: { readonly detail: string | null };

  private constructor(directory: string | null, options: LogOptions) {
    this.#directory = directory;
    this.#options = options;
    const opened = directory === null
      ? { segments: [], notes: [] }
      : openSegments(directory, this.#producers);
    const start = directory === null ? 0 : readLogStart(directory, opened.notes);
    this.recovery = { detail: opened.notes.length === 0 ? null : opened.notes.join("; ") };
    const { memory, flush = "interval" } = options;
    this.#segments = new SegmentList(opened.segments, { directory, memory, flush });
    this.#segments.memory?.join(this);
    this.#segments.begin(start);
    this.#logStartOffset = Math.min(
      Math.max(start, this.#segments.oldest.baseOffset),
      this.highWatermark,
    );
  }

  /**
   * Opens the log in a directory, which is made where it is missing; `null`: in memory.
   * @throws {StorageError} where the directory cannot be used.
   */
  static open(directory: string | null, options: LogOptions): PartitionLog {
    return new PartitionLog(directory, options);
  }

  /** Offset that the next record gets; all before it can be read. */
  get highWatermark(): number {
    return this.#active.nextOffset;
  }

  /** First offset that can be read. */
  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The largest id of an idempotent producer in this log; −1: there was none. */
  get largestProducerId(): number {
    return this.#producers.largestId;
  }

  /** Bytes of all segments. */
  get sizeBytes(): number {
    return this.#segments.sizeBytes;
  }

  get #active(): Segment {
    return this.#segments.active;
  }

  /** Whether records get the time of appending. */
  get stampsAppendTime(): boolean {
    return this.#options.stampsAppendTime ?? false;
  }

  /** Changes the settings from now on. */
  configure(options: LogOptions): void {
    this.#options = options;
  }

  /**
   * Appends one batch: its offset, its leader epoch and its largest timestamp are set in place, the rest of its bytes
   * stays as it came. A batch that its producer sent before is not appended again and answers with its first offset.
   */
  append(batch: Uint8Array, nowMs: number = Date.now()): AppendResult {
    const { stampsAppendTime, messageBytesMax } = this.#options;
    const timestampsMs = stampsAppendTime ? null : this.#timestampsAt(nowMs);
    const checked = checkBatch(batch, { messageBytesMax, timestampsMs });
    if (!checked.ok) return checked;
    const header = this.#stamp(batch, { checked, nowMs });
    const verdict = this.#producers.check(header);
    if (!verdict.ok) return verdict;
    if (verdict.duplicateOf !== null) return { ok: true, baseOffset: verdict.duplicateOf, isDuplicate: true };
    const baseOffset = this.highWatermark;
    placeBatch(batch, { start: 0, baseOffset, leaderEpoch: LEADER_EPOCH });
    try {
      this.#write(batch, nowMs);
    } catch (error) {
      return this.#notStored(error, batch.length);
    }
    const active = this.#active;
    active.note({ ...header, baseOffset }, active.sizeBytes - batch.length);
    if (active.sizeBytes === batch.length) active.firstAppendMs = nowMs;
    active.lastAppendMs = nowMs;
    this.#producers.add(header, { baseOffset, nowMs });
    return { ok: true, baseOffset, isDuplicate: false };
  }

  /** Timestamps that are taken. */
  #timestampsAt(nowMs: number): { min: number; max: number } {
    const { timestampBeforeMsMax = Infinity, timestampAfterMsMax = Infinity } = this.#options;
    return { min: nowMs - timestampBeforeMsMax, max: nowMs + timestampAfterMsMax };
  }

  /** The kind of timestamps is the topic's, and the largest one is true. */
  #stamp(batch: Uint8Array, { checked, nowMs }: { checked: CheckedBatch; nowMs: number }): BatchHeader {
    const { header } = checked;
    const isLogAppendTime = this.stampsAppendTime;
    const maxTimestampMs = isLogAppendTime ? nowMs : checked.maxTimestampMs;
    if (header.isLogAppendTime === isLogAppendTime && header.maxTimestampMs === maxTimestampMs) return header;
    stampBatch(batch, { header, isLogAppendTime, maxTimestampMs });
    return { ...header, isLogAppendTime, maxTimestampMs };
  }

  #notStored(error: unknown, sizeBytes: number): Refused {
    if (!(error instanceof StorageError)) throw error;
    this.#options.onFailure?.(error, sizeBytes);
    return refuse("KAFKA_STORAGE_ERROR", error.message);
  }

  #write(batch: Uint8Array, nowMs: number): void {
    const isFull = this.#active.sizeBytes + batch.length > this.#segmentBytesMax;
    if (this.#active.sizeBytes > 0 && (isFull || this.#isAged(nowMs))) this.#segments.roll(nowMs);
    if (this.#active.storage instanceof MemoryStorage) {
      this.#segments.memory!.makeRoom(this.#active.storage.growthFor(batch.length));
    }
    const { storage } = this.#active;
    const before = storage.sizeBytes;
    storage.append(batch);
    if (this.#options.flush !== "always") return;
    try {
      storage.sync();
    } catch (error) {
      storage.truncate(before);
      throw error;
    }
  }

  get #segmentBytesMax(): number {
    return Math.min(this.#options.segmentBytesMax, this.#segments.memory?.segmentBytesMax ?? Infinity);
  }

  /** Whether the active segment is to be closed for its age: records are not kept much longer than they have to. */
  #isAged(nowMs: number): boolean {
    const { segmentMs = Infinity, retentionMs } = this.#options;
    const ageMs = nowMs - this.#active.firstAppendMs;
    return ageMs >= Math.min(segmentMs, retentionMs < 0 ? Infinity : Math.max(retentionMs, SEGMENT_MS_MIN));
  }

  /** Bytes of memory that the log holds. */
  get heldBytes(): number {
    return this.#segments.heldBytes;
  }

  /** Lets go of the oldest segment, be it the only one. */
  dropOldest(): void {
    if (this.#segments.closed.length === 0) this.#segments.roll(this.#active.lastAppendMs);
    this.#drop(1);
  }

  #drop(count: number): void {
    try {
      this.#segments.drop(count);
    } finally {
      this.#logStartOffset = Math.max(this.#logStartOffset, this.#segments.oldest.baseOffset);
    }
  }

  /**
   * Whole batches from the one that contains `offset`, no more than `bytesMax`; with `isFirst` one at least where there
   * is one, however large: a client must get on. Empty outside the log. The bytes must not be changed: in memory mode
   * they are the log's own.
   * @throws {StorageError} where the disk fails.
   */
  read(offset: number, bytesMax: number, { isFirst = true } = {}): Uint8Array[] {
    return offset < this.#logStartOffset ? [] : this.#segments.read(offset, { bytesMax, isFirst });
  }

  /**
   * Bytes from the batch that contains `offset` to the end, found without reading what lies there; damaged bytes in
   * between count. 0 outside the log.
   * @throws {StorageError} where the disk fails.
   */
  bytesFrom(offset: number): number {
    if (offset < this.#logStartOffset || offset >= this.highWatermark) return 0;
    return this.#segments.bytesFrom(offset);
  }

  /**
   * The first record with this timestamp or a later one; `null` where there is none. In a compressed batch, which is
   * not opened, its first record stands for all.
   */
  offsetForTimestamp(timestampMs: number): TimedOffset | null {
    return this.#segments.firstAtOrAfter(timestampMs, this.#logStartOffset);
  }

  /** The record with the largest timestamp; `null` in an empty log. */
  maxTimestamp(): TimedOffset | null {
    return this.#segments.latestRecord();
  }

  /**
   * Moves the start of the log, which is remembered, and deletes segments that lie before it; −1: to the end.
   * Where the disk does not remember it, nothing is deleted.
   */
  deleteRecordsBefore(
    offset: number,
    nowMs: number = Date.now(),
  ): { ok: true; logStartOffset: number } | Refused {
    const target = offset === -1 ? this.highWatermark : offset;
    if (target < 0 || target > this.highWatermark) {
      return refuse("OFFSET_OUT_OF_RANGE", `offset ${offset}: the log ends at ${this.highWatermark}`);
    }
    try {
      if (target > this.#logStartOffset) this.#moveStart(target, nowMs);
    } catch (error) {
      return this.#notStored(error, SMALL_WRITE_BYTES);
    }
    return { ok: true, logStartOffset: this.#logStartOffset };
  }

  /**
   * Goes on at an offset behind the end: those in between are not given to other records.
   * @throws {StorageError} and the log goes on where it ended.
   */
  skipTo(offset: number, nowMs: number = Date.now()): void {
    if (offset > this.highWatermark) this.#segments.roll(nowMs, offset);
  }

  #moveStart(offset: number, nowMs: number): void {
    if (this.#directory !== null) writeLogStart(this.#directory, offset);
    this.#logStartOffset = offset;
    if (offset === this.highWatermark && this.#active.sizeBytes > 0) this.#segments.roll(nowMs);
    this.#drop(this.#segments.countBefore(offset));
  }

  /**
   * Deletes what is too old or too much, a closed segment at a time, and forgets silent producers.
   * @throws {StorageError} where a file cannot be deleted.
   */
  retain(nowMs: number): void {
    this.#producers.expire(nowMs);
    // First what is closed: a full disk may have no room for a new segment before.
    this.#dropOutdated(nowMs);
    if (this.#active.sizeBytes === 0 || !(this.#isOutdated(this.#active, nowMs) || this.#isAged(nowMs))) {
      return;
    }
    this.#segments.roll(nowMs);
    this.#dropOutdated(nowMs);
  }

  #isOutdated(segment: Segment, nowMs: number): boolean {
    const { retentionMs } = this.#options;
    return retentionMs >= 0 && segment.lastAppendMs + retentionMs < nowMs;
  }

  #dropOutdated(nowMs: number): void {
    const { retentionBytes } = this.#options;
    let size = this.sizeBytes;
    let drop = 0;
    for (const segment of this.#segments.closed) {
      const isTooMuch = retentionBytes >= 0 && size - segment.sizeBytes >= retentionBytes;
      if (!this.#isOutdated(segment, nowMs) && !isTooMuch) break;
      size -= segment.sizeBytes;
      drop++;
    }
    this.#drop(drop);
  }

  /**
   * Forces what was appended to the disk; nothing to do with `flush: "never"`.
   * @throws {StorageError} where that fails: what was appended since the last call may be lost with the power.
   */
  flush(): void {
    if (this.#options.flush !== "never") this.#active.storage.sync();
  }

  /**
   * As {@linkcode PartitionLog.flush}, while appends go on: a slow disk holds nobody up.
   * @throws {StorageError} as there.
   */
  async flushLater(): Promise<void> {
    const { storage } = this.#active;
    if (this.#options.flush !== "never" && storage instanceof AppendFile) await storage.syncLater();
  }

  /** Forces everything to the disk and closes the files. */
  close(): void {
    try {
      this.flush();
    } finally {
      this.release();
    }
  }

  /** Gives the handles of its files back; they are opened again where they are needed. */
  release(): void {
    this.#segments.release();
  }

  /** Closes the log and deletes its directory. */
  delete(): void {
    this.#segments.memory?.leave(this);
    this.#segments.remove();
    if (this.#directory !== null) removeIfThere(this.#directory);
  }
}
