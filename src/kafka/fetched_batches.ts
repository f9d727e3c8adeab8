/**
 * What a fetch brought of one partition → the port's records. What cannot be read is a value too: a record that says
 * so stands in its place, so that reading goes on behind it. Pure.
 */
import { decodeBatch, type PlacedRecord } from "../wire/decode_batch.ts";
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  type BatchHeader,
  hasRightCrc,
  readBatchHeader,
  sizeOfBatch,
} from "../wire/record_batch.ts";
import { WireError } from "../wire/reader.ts";
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
        if (header.isControl) transactions.end(header, decodeBatch(batch, 0, { header }));
        else for (const one of decodeBatch(batch, 0, { header, fromOffset })) records.push(toIncoming(one));
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
    // Another fetch would bring the same again.
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
  const size = sizeOfBatch(bytes, start);
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

/** A header without a value has an empty one to the port. */
function toIncoming(record: PlacedRecord): IncomingRecord {
  if (hasValues(record)) return record;
  const headers = record.headers.map(({ key, value }) => ({ key, value: value ?? EMPTY }));
  return { ...record, headers };
}

function hasValues(record: PlacedRecord): record is PlacedRecord & { readonly headers: readonly Header[] } {
  return record.headers.every(({ value }) => value !== null);
}

const NO_HEADERS: readonly Header[] = [];
const EMPTY = new Uint8Array(0);

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
  end({ producerId }: BatchHeader, [record]: readonly PlacedRecord[]): void {
    const key = record?.key ?? EMPTY;
    const isAbort = key.length >= 4 && key[2] === 0 && key[3] === 0;
    if (isAbort) this.#aborted.delete(producerId);
  }
}
