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
  const baseTimestampMs = records[0]?.timestampMs ?? timestampMs;
  if (records.length === 0) throw new RangeError("Cannot encode a record batch: it has no record");
  const headerKeys = records.map((one) =>
    one.headers?.map((header) => encoder.encode(header.key)) ?? NO_KEYS
  );
  const deltasMs = records.map((one) => (one.timestampMs ?? timestampMs) - baseTimestampMs);
  const sizes = records.map((record, index) =>
    recordSize(record, { index, deltaMs: deltasMs[index]!, headerKeys: headerKeys[index]! })
  );
  const total = sizes.reduce((sum, size) => sum + varintSize(size) + size, BATCH_HEADER_BYTES);
  const memory = reuse !== undefined && reuse.length >= total ? reuse : newMemory(total, options);
  const batch = memory.subarray(0, total);
  let at = BATCH_HEADER_BYTES;
  records.forEach((record, index) => {
    at = writeVarint(batch, at, sizes[index]!);
    batch[at++] = 0; // attributes
    at = writeVarint(batch, at, deltasMs[index]!);
    at = writeVarint(batch, at, index);
    at = writeBytes(batch, at, record.key);
    at = writeBytes(batch, at, record.value);
    const { headers = [] } = record;
    at = writeVarint(batch, at, headers.length);
    headers.forEach((header, of) => {
      at = writeBytes(batch, at, headerKeys[index]![of]!);
      at = writeBytes(batch, at, header.value);
    });
  });
  const maxTimestampMs = baseTimestampMs + deltasMs.reduce((a, b) => Math.max(a, b));
  sealBatch(batch, { count: records.length, baseTimestampMs, maxTimestampMs, origin: options });
  return batch;
}

const NO_KEYS: readonly Uint8Array[] = [];

function newMemory(size: number, options: BatchOptions): Uint8Array<ArrayBuffer> {
  return new Uint8Array("reuse" in options ? Math.ceil(size / STEP_BYTES) * STEP_BYTES : size);
}

function recordSize(
  { key, value, headers = [] }: NewRecord,
  { index, deltaMs, headerKeys }: { index: number; deltaMs: number; headerKeys: readonly Uint8Array[] },
): number {
  let size = 1 + varintSize(deltaMs) + varintSize(index) + bytesSize(key) + bytesSize(value);
  size += varintSize(headers.length);
  headers.forEach((header, of) => size += bytesSize(headerKeys[of]!) + bytesSize(header.value));
  return size;
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
