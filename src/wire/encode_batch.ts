/** Records → one record batch (format 2, see `record_batch.ts`), uncompressed, with its checksum. */
import { BATCH_HEADER_BYTES, type BatchOrigin, sealBatch } from "./record_batch.ts";

/** A record to be put into a batch. */
export interface NewRecord {
  /** @default that of the batch */
  readonly timestampMs?: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[] | undefined;
}

/** What a new batch carries beside its records. */
export interface BatchOptions extends BatchOrigin {
  /** When the records are that do not say so. @default 0 */
  readonly timestampMs?: number;
  /** Memory that the batch may have, and what stands in it is lost. */
  readonly reuse?: Uint8Array<ArrayBuffer> | undefined;
}

const encoder = new TextEncoder();
/** Memory is taken in steps of so much where it may be used again. */
const STEP_BYTES = 64 * 1024;

/**
 * One batch of at least one record, base offset 0; in `reuse` where that is large enough.
 *
 * @example
 * ```ts
 * import { decodeBatch } from "./decode_batch.ts";
 * import { encodeBatch } from "./encode_batch.ts";
 * const batch = encodeBatch([{ timestampMs: 1, key: null, value: new Uint8Array(3) }]);
 * if (decodeBatch(batch)[0]?.value?.length !== 3) throw new Error("another record");
 * ```
 */
export function encodeBatch(
  records: readonly NewRecord[],
  options: BatchOptions = {},
): Uint8Array<ArrayBuffer> {
  const { timestampMs = 0, reuse } = options;
  if (records.length === 0) throw new RangeError("Cannot encode a record batch: it has no record");
  const baseTimestampMs = records[0]!.timestampMs ?? timestampMs;
  let maxTimestampMs = baseTimestampMs;
  let total = BATCH_HEADER_BYTES;
  const known = new Map<string, Uint8Array>();
  const plans = records.map((record, index): RecordPlan => {
    const timeMs = record.timestampMs ?? timestampMs;
    maxTimestampMs = Math.max(maxTimestampMs, timeMs);
    const headerKeys = record.headers?.map(({ key }) => encodeKey(key, known)) ?? NO_KEYS;
    const plan = { index, deltaMs: timeMs - baseTimestampMs, headerKeys, sizeBytes: 0 };
    plan.sizeBytes = recordSize(record, plan);
    total += varintSize(plan.sizeBytes) + plan.sizeBytes;
    return plan;
  });
  const memory = reuse !== undefined && reuse.length >= total ? reuse : newMemory(total, options);
  const batch = memory.subarray(0, total);
  let at = BATCH_HEADER_BYTES;
  for (const plan of plans) at = writeRecord(batch, { at, record: records[plan.index]!, plan });
  sealBatch(batch, { count: records.length, baseTimestampMs, maxTimestampMs, origin: options });
  return batch;
}

/** What is known of a record before it is written. */
interface RecordPlan {
  readonly index: number;
  readonly deltaMs: number;
  readonly headerKeys: readonly Uint8Array[];
  readonly sizeBytes: number;
}

/** Records of a batch have mostly the same keys in their headers. */
function encodeKey(key: string, known: Map<string, Uint8Array>): Uint8Array {
  const bytes = known.get(key) ?? encoder.encode(key);
  known.set(key, bytes);
  return bytes;
}

const NO_KEYS: readonly Uint8Array[] = [];

function newMemory(size: number, options: BatchOptions): Uint8Array<ArrayBuffer> {
  return new Uint8Array("reuse" in options ? Math.ceil(size / STEP_BYTES) * STEP_BYTES : size);
}

function recordSize({ key, value, headers }: NewRecord, { index, deltaMs, headerKeys }: RecordPlan): number {
  const size = 1 + varintSize(deltaMs) + varintSize(index) + bytesSize(key) + bytesSize(value);
  if (headers === undefined) return size + 1;
  return headers.reduce(
    (sum, header, of) => sum + bytesSize(headerKeys[of]!) + bytesSize(header.value),
    size + varintSize(headers.length),
  );
}

function writeRecord(
  batch: Uint8Array,
  { at, record, plan }: { at: number; record: NewRecord; plan: RecordPlan },
): number {
  let end = writeVarint(batch, at, plan.sizeBytes);
  batch[end++] = 0; // attributes
  end = writeVarint(batch, end, plan.deltaMs);
  end = writeVarint(batch, end, plan.index);
  end = writeBytes(batch, end, record.key);
  end = writeBytes(batch, end, record.value);
  end = writeVarint(batch, end, plan.headerKeys.length);
  record.headers?.forEach((header, of) => {
    end = writeBytes(batch, end, plan.headerKeys[of]!);
    end = writeBytes(batch, end, header.value);
  });
  return end;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

/** Safe integers as Kafka writes them: zigzag, then LEB128. */
function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintSize(value: number): number {
  const raw = zigzag(value);
  if (raw < 0x80) return 1;
  if (raw < 0x4000) return 2;
  let size = 3;
  for (let rest = raw / 0x200000; rest >= 1; rest /= 0x80) size++;
  return size;
}

function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = zigzag(value);
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  target[at++] = rest;
  return at;
}

function writeBytes(target: Uint8Array, at: number, bytes: Uint8Array | null): number {
  const start = writeVarint(target, at, bytes?.length ?? -1);
  if (bytes === null) return start;
  target.set(bytes, start);
  return start + bytes.length;
}
