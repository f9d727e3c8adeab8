/**
 * What a fetch brought of one partition → the port's records. What cannot be read is a value too: a record that says
 * so stands in its place, so that reading goes on behind it. Pure.
 */
import { decompress } from "../wire/compression.ts";
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  type BatchHeader,
  hasRightCrc,
  readBatchHeader,
} from "../wire/record_batch.ts";
import { WireError } from "../wire/reader.ts";
import { BATCH_BYTES_MAX, BATCH_ELEMENTS_MAX } from "./limits.ts";
import type { Header, IncomingRecord } from "./port.ts";

/** A partition in the answer to a fetch. */
export interface FetchedPartition {
  /** Batches as the log holds them; the last may be cut off. */
  readonly bytes: Uint8Array;
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
  /** What was asked for; the first batch may begin earlier. */
  readonly fromOffset: number;
  readonly highWatermark: number;
}

/** What a batch claims, and where it ends at the latest. */
interface FoundBatch {
  readonly header: BatchHeader;
  /** Where what stands behind it in the log begins; else where the log ends, which may be some records further on. */
  readonly endMax: number;
  readonly isLast: boolean;
}

const MAGIC = 2;

/** The records from `fromOffset` on without control records and aborted transactions, and where to go on. */
export function decodeFetched(fetched: FetchedPartition): { records: IncomingRecord[]; nextOffset: number } {
  const { bytes, fromOffset } = fetched;
  const records: IncomingRecord[] = [];
  const transactions = new Transactions(fetched.aborted);
  let nextOffset = fromOffset;
  const setAside = (
    broken: Uint8Array,
    { lastOffset, why, offset = nextOffset, timestampMs = -1 }: Broken,
  ) => {
    const range = offset === lastOffset ? `offset ${offset}` : `offsets ${offset}-${lastOffset}`;
    const reason = `batch at ${range} could not be decoded: ${why}`;
    records.push({
      ...{ offset, timestampMs, key: null, value: null, headers: NO_HEADERS },
      undecodable: { lastOffset, reason, bytes: broken },
    });
    nextOffset = lastOffset + 1;
  };
  const logEnd = Math.max(fetched.highWatermark, fromOffset + 1);
  let behind = -1; // the batch before in this answer
  for (let start = 0; start < bytes.length;) {
    const found = batchAt(fetched, { start, nextOffset });
    if (found === null || (typeof found === "string" && nextOffset >= logEnd)) break;
    if (typeof found === "string") { // nothing of the rest can be found
      setAside(bytes.subarray(start), { lastOffset: nextOffset, why: found });
      return { records, nextOffset };
    }
    const { header } = found;
    const batch = bytes.subarray(start, start + header.sizeBytes);
    // A base offset that cannot be is not gone by.
    const isPlaced = header.baseOffset >= behind && header.baseOffset < found.endMax;
    const base = isPlaced ? header.baseOffset : nextOffset;
    const claimed = base + Math.max(header.lastOffsetDelta, 0) + 1;
    let end = Math.min(claimed, found.endMax);
    if (end > nextOffset && !transactions.isAborted(header, end - 1)) {
      try {
        checkBatch(batch, { ...found, behind });
        if (header.isControl) transactions.end(header, decodeRecords(batch, { header, fromOffset: 0 }));
        else for (const one of decodeRecords(batch, { header, fromOffset })) records.push(one);
        end = claimed;
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        if (nextOffset >= logEnd) break; // what was set aside before took all that the log has
        const offset = Math.max(base, nextOffset);
        const { maxTimestampMs } = header;
        const timestampMs = Number.isSafeInteger(maxTimestampMs) ? maxTimestampMs : -1;
        setAside(batch, { offset, lastOffset: Math.max(end - 1, offset), why: error.message, timestampMs });
      }
    }
    behind = Math.max(behind, end);
    nextOffset = Math.max(nextOffset, end);
    start += header.sizeBytes;
  }
  if (nextOffset === fromOffset && bytes.length > 0) {
    // To ask again would bring the same once more.
    const why = behind < 0 ? `only ${bytes.length} bytes of it came` : `the log's batches end at ${behind}`;
    setAside(bytes, { lastOffset: fromOffset, why });
  }
  return { records, nextOffset };
}

/** What is wrong with a batch, and which offsets it takes. */
interface Broken {
  /** @default where reading has come to */
  readonly offset?: number;
  readonly lastOffset: number;
  readonly why: string;
  readonly timestampMs?: number;
}

/** The batch at `start`; `null` where it was cut off, a text where its length cannot be. */
function batchAt(
  { bytes, highWatermark }: FetchedPartition,
  { start, nextOffset }: { readonly start: number; readonly nextOffset: number },
): FoundBatch | string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const left = bytes.length - start;
  if (left < BATCH_PREFIX_BYTES) return null;
  const size = view.getInt32(start + 8) + BATCH_PREFIX_BYTES;
  if (size < BATCH_HEADER_BYTES) return `its length is ${size - BATCH_PREFIX_BYTES}`;
  if (size > left) return null;
  const header = readBatchHeader(bytes, start);
  const logEnd = Math.max(highWatermark, nextOffset + 1);
  const next = left - size >= 8 ? Number(view.getBigInt64(start + size)) : -1;
  const isLast = !(next > nextOffset && next < logEnd);
  const endMax = isLast ? logEnd : next;
  return { header, endMax, isLast };
}

/** @throws {WireError} where the batch cannot be what it says. */
function checkBatch(
  batch: Uint8Array,
  { header, behind, endMax, isLast }: FoundBatch & { readonly behind: number },
): void {
  const { baseOffset, lastOffsetDelta, magic, count } = header;
  if (magic !== MAGIC) throw new WireError(`its format is ${magic}, of Kafka before 0.11: only 2 is read`);
  if (!hasRightCrc(batch, { start: 0, header })) throw new WireError("its checksum is wrong");
  if (baseOffset < behind || baseOffset >= endMax) {
    throw new WireError(`it says that it begins at offset ${baseOffset}`);
  }
  if (lastOffsetDelta < 0) throw new WireError(`its last offset delta is ${lastOffsetDelta}`);
  const end = baseOffset + lastOffsetDelta + 1;
  // Records may have come after the broker looked where the log ends; gaps of compaction do not.
  const isFull = count === lastOffsetDelta + 1;
  if (end > endMax && !(isLast && isFull)) {
    throw new WireError(`it claims offsets ${baseOffset}-${end - 1}, but offset ${endMax} is not its own`);
  }
  if (count < 0 || count > lastOffsetDelta + 1) {
    throw new WireError(`it claims ${count} records at ${lastOffsetDelta + 1} offsets`);
  }
}

/** The records of a batch from an offset on. @throws {WireError} where it does not hold what its header says. */
function decodeRecords(
  batch: Uint8Array,
  { header, fromOffset }: { readonly header: BatchHeader; readonly fromOffset: number },
): IncomingRecord[] {
  const { compression: codec, count, baseOffset, lastOffsetDelta, baseTimestampMs, maxTimestampMs } = header;
  if (count > BATCH_ELEMENTS_MAX) throw new WireError(`it claims ${count} records`);
  const packed = batch.subarray(BATCH_HEADER_BYTES);
  const reader = new RecordReader(decompress(packed, { codec, maxBytes: BATCH_BYTES_MAX }));
  const records: IncomingRecord[] = [];
  let before = -1;
  for (let i = 0; i < count; i++) {
    const { offsetDelta, timestampDelta, key, value, headers } = reader.record(i);
    if (offsetDelta <= before || offsetDelta > lastOffsetDelta) {
      throw new WireError(`record ${i} has the offset delta ${offsetDelta} of 0 to ${lastOffsetDelta}`);
    }
    before = offsetDelta;
    const offset = baseOffset + offsetDelta;
    if (offset < fromOffset) continue;
    const timestampMs = header.isLogAppendTime ? maxTimestampMs : baseTimestampMs + timestampDelta;
    records.push({ offset, timestampMs, key, value, headers });
  }
  if (reader.left !== 0) throw new WireError(`${reader.left} bytes are left after its ${count} records`);
  return records;
}

const NO_HEADERS: readonly Header[] = [];
const EMPTY = new Uint8Array(0);
const text = new TextDecoder();

/** Reads the records of one batch; nothing is taken for a count before so much can be there. */
class RecordReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end: number;
  #elements = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#end = bytes.length;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  record(index: number): {
    offsetDelta: number;
    timestampDelta: number;
    key: Uint8Array | null;
    value: Uint8Array | null;
    headers: readonly Header[];
  } {
    this.#end = this.#bytes.length;
    const size = this.#varint();
    const end = this.#at + size;
    if (size < 0 || end > this.#end) {
      throw new WireError(`record ${index} claims ${size} bytes, ${this.left} are left`);
    }
    this.#end = end;
    try {
      this.#at++; // attributes: none are used
      const timestampDelta = this.#varint(10);
      const offsetDelta = this.#varint();
      const key = this.#value();
      const value = this.#value();
      const headers = this.#headers();
      if (this.#at !== end) throw new WireError(`${end - this.#at} bytes too many`);
      return { offsetDelta, timestampDelta, key, value, headers };
    } catch (error) {
      throw new WireError(`record ${index}: ${(error as Error).message}`);
    }
  }

  #headers(): readonly Header[] {
    const count = this.#varint();
    if (count === 0) return NO_HEADERS;
    // A header has two bytes at least.
    if (count < 0 || count > (this.#end - this.#at) / 2) throw new WireError(`it claims ${count} headers`);
    this.#elements += count;
    if (this.#elements > BATCH_ELEMENTS_MAX) {
      throw new WireError(`more than ${BATCH_ELEMENTS_MAX} headers in all`);
    }
    const headers: Header[] = [];
    for (let i = 0; i < count; i++) {
      const key = this.#value();
      headers.push({ key: key === null ? "" : text.decode(key), value: this.#value() ?? EMPTY });
    }
    return headers;
  }

  #value(): Uint8Array | null {
    const length = this.#varint();
    if (length < 0) return null;
    const start = this.#at;
    if (length > this.#end - start) {
      throw new WireError(`it claims ${length} bytes where ${this.#end - start} are left`);
    }
    this.#at = start + length;
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** Zigzag LEB128; of 10 bytes exact up to 2^53 alone. */
  #varint(bytesMax = 5): number {
    let raw = 0;
    for (let scale = 1, read = 0; read < bytesMax; scale *= 128, read++) {
      if (this.#at >= this.#end) throw new WireError("it ends in the middle of a number");
      const byte = this.#bytes[this.#at++]!;
      raw += (byte & 0x7f) * scale;
      if (byte < 0x80) return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
    }
    throw new WireError(`a number is longer than ${bytesMax} bytes`);
  }
}

/** Which transactions were aborted, as far as the offsets that were passed. */
class Transactions {
  readonly #waiting: { readonly producerId: number; readonly firstOffset: number }[];
  readonly #aborted = new Set<number>();

  constructor(aborted: FetchedPartition["aborted"]) {
    this.#waiting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Whether the batch is of a transaction that was aborted. */
  isAborted({ isTransactional, isControl, producerId }: BatchHeader, lastOffset: number): boolean {
    while (this.#waiting[0] !== undefined && this.#waiting[0].firstOffset <= lastOffset) {
      this.#aborted.add(this.#waiting.shift()!.producerId);
    }
    return !isControl && isTransactional && this.#aborted.has(producerId);
  }

  /** A control record ends the producer's transaction. */
  end({ producerId }: BatchHeader, [record]: readonly IncomingRecord[]): void {
    const key = record?.key ?? EMPTY;
    const isAbort = key.length >= 4 && key[2] === 0 && key[3] === 0;
    if (isAbort) this.#aborted.delete(producerId);
  }
}
