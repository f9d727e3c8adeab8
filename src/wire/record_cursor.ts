/**
 * A walk over the records of a batch: whether they are what the header says, and what each of them is. Nothing is made
 * of a record but what is asked for. Source: Kafka's `DefaultRecord.java`, `DefaultRecordBatch.java`.
 */
import { decompress } from "./compression.ts";
import { BATCH_HEADER_BYTES, type BatchHeader } from "./record_batch.ts";

/** A record's header. */
export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** A varint has at most 5 bytes, a varlong 10. */
const INT_BYTES_MAX = 5;
const LONG_BYTES_MAX = 10;
/** A header has its two lengths at least. */
const HEADER_BYTES_MIN = 2;

const NO_HEADERS: readonly RecordHeader[] = [];
const decoder = new TextDecoder();

/** Stands before the first record; {@linkcode RecordCursor.next} goes on to the next one. */
export class RecordCursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  readonly #header: BatchHeader;
  #at: number;
  /** Nothing is read from here on: the end of the record, or of all of them. */
  #limit: number;
  #isInside = false;
  #passed = 0;
  #keyAt = 0;
  #keyLength = -1;
  #valueAt = 0;
  #valueLength = -1;
  #headersAt = 0;
  /** What is wrong with the records: nothing could be read behind it; `null`: nothing so far. */
  problem: string | null = null;
  /** Offset of the record, counted from the batch's first. */
  offsetDelta = -1;
  /** When the record was. */
  timestampMs = -1;
  /** How many headers the record has. */
  headerCount = 0;
  /** A header so far has no key, which no broker takes. */
  hasNullHeaderKey = false;

  /** Uncompressed records in `bytes[start … end)`. */
  constructor(
    bytes: Uint8Array,
    { header, start, end }: { header: BatchHeader; start: number; end: number },
  ) {
    this.#bytes = bytes;
    this.#header = header;
    this.#at = start;
    this.#end = this.#limit = end;
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
    if (this.problem !== null) return false;
    const { count, baseTimestampMs, isLogAppendTime, maxTimestampMs } = this.#header;
    this.#limit = this.#end;
    this.#isInside = false;
    if (this.#passed >= count) {
      const left = this.#end - this.#at;
      if (left !== 0) this.#fail(`${left} bytes are left after its ${count} records`);
      return false;
    }
    const length = this.#varint(INT_BYTES_MAX);
    const end = this.#at + length;
    if (!(length > 0 && end <= this.#end)) {
      this.#fail(`record ${this.#passed} claims ${length} bytes, ${this.#end - this.#at} are left`);
      return false;
    }
    this.#limit = end;
    this.#isInside = true;
    this.#at++; // attributes: none are used
    const timestampDelta = this.#varint(LONG_BYTES_MAX);
    this.offsetDelta = this.#varint(INT_BYTES_MAX);
    this.#keyLength = this.#pass();
    this.#keyAt = this.#at - this.#keyLength;
    this.#valueLength = this.#pass();
    this.#valueAt = this.#at - this.#valueLength;
    this.#passHeaders();
    if (this.#at !== end) this.#fail(`${end - this.#at} bytes too many`);
    if (this.problem !== null) return false;
    this.#passed++;
    this.timestampMs = isLogAppendTime ? maxTimestampMs : baseTimestampMs + timestampDelta;
    return true;
  }

  /** The record's key, not copied. */
  get key(): Uint8Array | null {
    return this.#view(this.#keyAt, this.#keyLength);
  }

  /** The record's value, not copied. */
  get value(): Uint8Array | null {
    return this.#view(this.#valueAt, this.#valueLength);
  }

  /** The record's headers; values are not copied. A header without a key has the empty one. */
  headers(): readonly RecordHeader[] {
    if (this.headerCount === 0) return NO_HEADERS;
    this.#at = this.#headersAt;
    const headers: RecordHeader[] = [];
    while (headers.length < this.headerCount) {
      const keyLength = this.#pass();
      const key = this.#view(this.#at - keyLength, keyLength);
      const length = this.#pass();
      const value = this.#view(this.#at - length, length);
      headers.push({ key: key === null ? "" : decoder.decode(key), value });
    }
    return headers;
  }

  #view(start: number, length: number): Uint8Array | null {
    if (length < 0) return null;
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** Only what was found first counts: what is read behind it has no meaning. */
  #fail(what: string): void {
    this.problem ??= this.#isInside ? `record ${this.#passed}: ${what}` : what;
  }

  /** Steps over bytes with their length before them, which it returns; a negative one is null, as for Kafka. */
  #pass(): number {
    const length = this.#varint(INT_BYTES_MAX);
    const left = this.#limit - this.#at;
    if (length > left) this.#fail(`it claims ${length} bytes where ${left} are left`);
    else if (length > 0) this.#at += length;
    return length;
  }

  #passHeaders(): void {
    const count = this.#varint(INT_BYTES_MAX);
    this.#headersAt = this.#at;
    this.headerCount = count;
    if (!(count >= 0 && count <= (this.#limit - this.#at) / HEADER_BYTES_MIN)) {
      this.#fail(`it claims ${count} headers`);
      return;
    }
    for (let index = 0; index < count && this.problem === null; index++) {
      if (this.#pass() < 0) this.hasNullHeaderKey = true;
      this.#pass();
    }
  }

  /** Zig-zag LEB128, of 10 bytes exact up to 2^53 alone; NaN where it is longer than `bytesMax`, or than what is left. */
  #varint(bytesMax: number): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let at = this.#at;
    let raw = 0;
    for (let scale = 1, read = 0; read < bytesMax; scale *= 128, read++) {
      if (at >= limit) {
        this.#fail("it ends in the middle of a number");
        return NaN;
      }
      const byte = bytes[at++]!;
      raw += (byte & 0x7f) * scale;
      if (byte >= 0x80) continue;
      this.#at = at;
      return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
    this.#fail(`a number is longer than ${bytesMax} bytes`);
    return NaN;
  }
}
