/**
 * A walk over the records of a batch without making anything of them: whether they are what the header says, and when
 * each was. Source: Kafka's `DefaultRecord.java`, `DefaultRecordBatch.java`.
 */
import { decompress } from "./compression.ts";
import { BATCH_HEADER_BYTES, type BatchHeader } from "./record_batch.ts";

/** A varint has at most 5 bytes, a varlong 10. */
const INT_BYTES_MAX = 5;
const LONG_BYTES_MAX = 10;

/** Stands before the first record; {@linkcode RecordCursor.next} goes on to the next one. */
export class RecordCursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #header: BatchHeader;
  #at: number;
  #passed = 0;
  /** What is wrong with the records: nothing could be read behind it; `null`: nothing so far. */
  problem: string | null = null;
  /** Offset of the record, counted from the batch's first. */
  offsetDelta = -1;
  /** When the record was. */
  timestampMs = -1;

  /** Uncompressed records in `bytes[start … end)`. */
  constructor(
    bytes: Uint8Array,
    { header, start, end }: { header: BatchHeader; start: number; end: number },
  ) {
    this.#bytes = bytes;
    this.#header = header;
    this.#at = start;
    this.#end = end;
  }

  /**
   * Over the batch at `start`, which is opened where it is compressed.
   * @param maxBytes the most that may come out of it
   * @throws {WireError} where the compressed bytes are broken, or hold more.
   */
  static over(
    bytes: Uint8Array,
    { header, start, maxBytes }: { header: BatchHeader; start: number; maxBytes: number },
  ): RecordCursor {
    const from = start + BATCH_HEADER_BYTES;
    const end = start + header.sizeBytes;
    if (header.compression === 0) return new RecordCursor(bytes, { header, start: from, end });
    const compressed = bytes.subarray(from, end);
    const opened = decompress(compressed, { codec: header.compression, maxBytes });
    return new RecordCursor(opened, { header, start: 0, end: opened.length });
  }

  /** Goes to the next record; `false` behind the last one, and where there is a {@linkcode RecordCursor.problem}. */
  next(): boolean {
    const { count, baseTimestampMs } = this.#header;
    if (this.problem !== null || this.#passed >= count) return false;
    const length = this.#varint(INT_BYTES_MAX);
    const end = this.#at + length;
    if (!(length > 0 && end <= this.#end)) return this.#fail("does not end within its batch");
    this.#at++; // attributes: none are used
    const timestampDelta = this.#varint(LONG_BYTES_MAX);
    this.offsetDelta = this.#varint(INT_BYTES_MAX);
    if (!(this.#pass(end) && this.#pass(end))) {
      return this.#fail("has a key or a value that is longer than it");
    }
    if (!this.#passHeaders(end)) return this.#fail("has headers that are longer than it");
    if (this.#at !== end) return this.#fail("does not have the length that it claims");
    this.#passed++;
    if (this.#passed === count && end !== this.#end) {
      this.problem = `${this.#end - end} bytes follow the last of ${count} records`;
      return false;
    }
    this.timestampMs = this.#header.isLogAppendTime
      ? this.#header.maxTimestampMs
      : baseTimestampMs + timestampDelta;
    return true;
  }

  #fail(what: string): false {
    this.problem = `record ${this.#passed} of ${this.#header.count} ${what}`;
    return false;
  }

  /** Steps over bytes with their length before them; a negative one is null, as for Kafka. */
  #pass(end: number): boolean {
    const length = this.#varint(INT_BYTES_MAX);
    if (length > 0) this.#at += length;
    return this.#at <= end && !Number.isNaN(length);
  }

  #passHeaders(end: number): boolean {
    const count = this.#varint(INT_BYTES_MAX);
    if (!(count >= 0 && count <= end - this.#at)) return false;
    for (let index = 0; index < count; index++) {
      const keyLength = this.#varint(INT_BYTES_MAX);
      if (!(keyLength >= 0)) return false;
      this.#at += keyLength;
      if (!(this.#at <= end && this.#pass(end))) return false;
    }
    return true;
  }

  /** Zig-zag LEB128; NaN where it is longer than `bytesMax`, or than what is left. */
  #varint(bytesMax: number): number {
    const bytes = this.#bytes;
    let at = this.#at;
    const first = at < this.#end ? bytes[at++]! : 0x80;
    let raw = first & 0x7f;
    let byte = first;
    let scale = 128;
    for (let read = 1; byte >= 0x80; read++) {
      if (read >= bytesMax || at >= this.#end) return NaN;
      byte = bytes[at++]!;
      raw += (byte & 0x7f) * scale;
      scale *= 128;
    }
    this.#at = at;
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }
}
