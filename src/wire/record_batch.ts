/**
 * Record batches, format version 2: the bytes that producers send, logs hold and consumers fetch.
 * Source: Kafka documentation, "Record Batch"; `DefaultRecordBatch.java`.
 *
 * Header of 61 bytes: baseOffset i64 | length i32 | partitionLeaderEpoch i32 | magic i8 | crc u32 |
 * attributes i16 | lastOffsetDelta i32 | baseTimestamp i64 | maxTimestamp i64 | producerId i64 |
 * producerEpoch i16 | baseSequence i32 | count i32. The CRC covers attributes to the end, so a log can set
 * baseOffset and partitionLeaderEpoch without recomputing it.
 */
import { crc32c } from "./crc32c.ts";
import { WireError } from "./reader.ts";

/** Bytes before the first record of a batch. */
export const BATCH_HEADER_BYTES = 61;
/** Bytes before what `length` counts. */
export const BATCH_PREFIX_BYTES = 12;

const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
/** First byte of a batch that its CRC covers; it covers all from there. */
export const BATCH_CRC_FROM: number = ATTRIBUTES_AT;
const MAX_TIMESTAMP_AT = 35;
const COMPRESSION = 0x07;
const CONTROL = 0x20;
const TRANSACTIONAL = 0x10;
const LOG_APPEND_TIME = 0x08;

/** What the header of a batch says. */
export interface BatchHeader {
  readonly baseOffset: number;
  /** Bytes of the whole batch, prefix included. */
  readonly sizeBytes: number;
  readonly partitionLeaderEpoch: number;
  readonly magic: number;
  readonly crc: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly compression: number;
  /** All records have the largest timestamp: when the log took them. */
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestampMs: number;
  readonly maxTimestampMs: number;
  /** −1: not idempotent. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly count: number;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Bytes of the batch at `start` as it says itself: its prefix alone must be there. */
export function sizeOfBatch(bytes: Uint8Array, start: number): number {
  return viewOf(bytes).getInt32(start + 8) + BATCH_PREFIX_BYTES;
}

/**
 * Reads the header of the batch at `start`.
 * @throws {WireError} where the bytes end before the batch does, or its length cannot be.
 */
export function readBatchHeader(bytes: Uint8Array, start = 0): BatchHeader {
  if (bytes.length - start < BATCH_HEADER_BYTES) {
    throw new WireError(`reading a record batch at ${start}: only ${bytes.length - start} bytes are left`);
  }
  const view = viewOf(bytes);
  const sizeBytes = sizeOfBatch(bytes, start);
  if (sizeBytes < BATCH_HEADER_BYTES || sizeBytes > bytes.length - start) {
    throw new WireError(
      `reading a record batch at ${start}: ${sizeBytes} bytes, ${bytes.length - start} are left`,
    );
  }
  const attributes = view.getInt16(start + ATTRIBUTES_AT);
  return {
    baseOffset: Number(view.getBigInt64(start)),
    sizeBytes,
    partitionLeaderEpoch: view.getInt32(start + 12),
    magic: view.getInt8(start + MAGIC_AT),
    crc: view.getUint32(start + CRC_AT),
    compression: attributes & COMPRESSION,
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    lastOffsetDelta: view.getInt32(start + 23),
    baseTimestampMs: Number(view.getBigInt64(start + 27)),
    maxTimestampMs: Number(view.getBigInt64(start + MAX_TIMESTAMP_AT)),
    producerId: Number(view.getBigInt64(start + 43)),
    producerEpoch: view.getInt16(start + 51),
    baseSequence: view.getInt32(start + 53),
    count: view.getInt32(start + 57),
  };
}

/**
 * Where the batch at `start` ends, in offsets and in bytes: by its header, which alone must be there.
 * @throws {WireError} where its length cannot be.
 */
export function readBatchEnd(bytes: Uint8Array, start: number): { nextOffset: number; sizeBytes: number } {
  const view = viewOf(bytes);
  const sizeBytes = sizeOfBatch(bytes, start);
  if (sizeBytes < BATCH_HEADER_BYTES) {
    throw new WireError(`reading a record batch at ${start}: ${sizeBytes} bytes`);
  }
  return { nextOffset: Number(view.getBigInt64(start)) + view.getInt32(start + 23) + 1, sizeBytes };
}

/** How a batch that may be broken says that it is compressed; `null` where it is too short to say. */
export function compressionOf(bytes: Uint8Array): number | null {
  const low = bytes[ATTRIBUTES_AT + 1];
  return low === undefined ? null : low & COMPRESSION;
}

/** Whether the bytes of a batch are those that were sent. */
export function hasRightCrc(
  bytes: Uint8Array,
  { start, header }: { start: number; header: BatchHeader },
): boolean {
  return crc32c(bytes, start + ATTRIBUTES_AT, start + header.sizeBytes) === header.crc;
}

/** Headers of concatenated batches with where each begins; a cut-off last one ends the list. */
export function* iterateBatches(bytes: Uint8Array): Generator<{ start: number; header: BatchHeader }> {
  let start = 0;
  while (bytes.length - start >= BATCH_HEADER_BYTES) {
    if (sizeOfBatch(bytes, start) > bytes.length - start) return;
    const header = readBatchHeader(bytes, start);
    yield { start, header };
    start += header.sizeBytes;
  }
}

/** Sets what the log decides: the batch's place. The CRC does not cover it. */
export function placeBatch(
  bytes: Uint8Array,
  { start, baseOffset, leaderEpoch }: { start: number; baseOffset: number; leaderEpoch: number },
): void {
  const view = viewOf(bytes);
  view.setBigInt64(start, BigInt(baseOffset));
  view.setInt32(start + 12, leaderEpoch);
}

/** Sets the other thing that a log decides: the kind of timestamps and the largest one. The CRC is recomputed. */
export function stampBatch(
  bytes: Uint8Array,
  { header, isLogAppendTime, maxTimestampMs }: {
    header: BatchHeader;
    isLogAppendTime: boolean;
    maxTimestampMs: number;
  },
): void {
  const view = viewOf(bytes);
  const attributes = view.getInt16(ATTRIBUTES_AT) & ~LOG_APPEND_TIME;
  view.setInt16(ATTRIBUTES_AT, attributes | (isLogAppendTime ? LOG_APPEND_TIME : 0));
  view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(maxTimestampMs));
  view.setUint32(CRC_AT, crc32c(bytes, ATTRIBUTES_AT, header.sizeBytes));
}

/** Which producer a batch is of, and its place among that producer's batches to the partition. */
export interface BatchOrigin {
  /** @default −1: not idempotent */
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
}

/** Writes the header before the records of a new batch, which fill the rest of `bytes`, with the CRC over all. */
export function sealBatch(
  bytes: Uint8Array,
  { count, baseTimestampMs, maxTimestampMs, origin }: {
    count: number;
    baseTimestampMs: number;
    maxTimestampMs: number;
    origin: BatchOrigin;
  },
): void {
  const view = viewOf(bytes);
  placeBatch(bytes, { start: 0, baseOffset: 0, leaderEpoch: 0 });
  view.setInt32(8, bytes.length - BATCH_PREFIX_BYTES);
  view.setInt8(MAGIC_AT, 2);
  view.setInt16(ATTRIBUTES_AT, 0);
  view.setInt32(23, count - 1);
  view.setBigInt64(27, BigInt(baseTimestampMs));
  view.setBigInt64(MAX_TIMESTAMP_AT, BigInt(maxTimestampMs));
  view.setBigInt64(43, BigInt(origin.producerId ?? -1));
  view.setInt16(51, origin.producerEpoch ?? -1);
  view.setInt32(53, origin.baseSequence ?? -1);
  view.setInt32(57, count);
  view.setUint32(CRC_AT, crc32c(bytes, ATTRIBUTES_AT));
}
