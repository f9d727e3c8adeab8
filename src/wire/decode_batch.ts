/** One record batch (format 2, see `record_batch.ts`) → its records. */
import { WireError } from "./reader.ts";
import { type BatchHeader, readBatchHeader } from "./record_batch.ts";
import { RecordCursor, type RecordHeader } from "./record_cursor.ts";

/** What a record batch may hold once decompressed: no request of Kafka's (`socket.request.max.bytes`) is larger. */
const OPENED_BYTES_MAX = 100 * 1024 * 1024;
/** Records of a batch, and headers of all of them. */
const ELEMENTS_MAX = 1_000_000;

/** A record with its place in the log. */
export interface PlacedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

/** What is known of the batch, and what is wanted of it. */
export interface DecodeOptions {
  /** @default what stands there */
  readonly header?: BatchHeader;
  /** Records before it are left out. @default 0 */
  readonly fromOffset?: number;
}

/**
 * The records of the batch at `start`, which is opened where it is compressed; keys and values are not copied.
 * @throws {WireError} where it does not hold what its header says, or more than any broker takes.
 */
export function decodeBatch(bytes: Uint8Array, start = 0, options: DecodeOptions = {}): PlacedRecord[] {
  const { header = readBatchHeader(bytes, start), fromOffset = 0 } = options;
  const { count, baseOffset, lastOffsetDelta } = header;
  if (count > ELEMENTS_MAX) throw new WireError(`it claims ${count} records`);
  const cursor = RecordCursor.over(bytes, { header, start, maxBytes: OPENED_BYTES_MAX });
  const records: PlacedRecord[] = [];
  let before = -1;
  let headers = 0;
  for (let index = 0; cursor.next(); index++) {
    const { offsetDelta } = cursor;
    if (offsetDelta <= before || offsetDelta > lastOffsetDelta) {
      throw new WireError(`record ${index} has the offset delta ${offsetDelta} of 0 to ${lastOffsetDelta}`);
    }
    before = offsetDelta;
    headers += cursor.headerCount;
    if (headers > ELEMENTS_MAX) throw new WireError(`more than ${ELEMENTS_MAX} headers in all`);
    const offset = baseOffset + offsetDelta;
    if (offset < fromOffset) continue;
    const { timestampMs, key, value } = cursor;
    records.push({ offset, timestampMs, key, value, headers: cursor.headers() });
  }
  if (cursor.problem !== null) throw new WireError(cursor.problem);
  return records;
}
