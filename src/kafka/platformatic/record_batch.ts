/** Record batches (format 2): records to bytes. */
import { Buffer } from "node:buffer";
import { crc32c } from "@platformatic/kafka";
import type { EncodedRecord } from "../sender.ts";

const HEADER_BYTES = 61;

/** Which producer a batch is of, and its place among that producer's batches to the partition. */
export interface ProducerState {
  readonly id: bigint;
  readonly epoch: number;
  readonly sequence: number;
}

const NO_BUFFER = Buffer.alloc(0);
/** Buffers grow in steps of so much. */
const BUFFER_STEP_BYTES = 64 * 1024;

/** One batch, uncompressed, with its checksum; in `reuse` (which it overwrites) where that is large enough. */
export function encodeBatch(
  records: readonly EncodedRecord[],
  options: { timestampMs: number; producer: ProducerState; reuse?: Buffer },
): Buffer {
  const headerKeys = records.map((one) => one.headers?.map((header) => Buffer.from(header.key)) ?? []);
  const sizes = records.map((record, i) => recordSize(record, { index: i, headerKeys: headerKeys[i]! }));
  const total = sizes.reduce((sum, size) => sum + varintSize(size) + size, HEADER_BYTES);
  const { reuse = NO_BUFFER } = options;
  const buffer = reuse.length >= total
    ? reuse
    : Buffer.allocUnsafeSlow(Math.ceil(total / BUFFER_STEP_BYTES) * BUFFER_STEP_BYTES);
  const batch = buffer.subarray(0, total);
  const { producer } = options;
  const timestamp = BigInt(options.timestampMs);
  batch.writeBigInt64BE(0n, 0);
  batch.writeInt32BE(total - 12, 8);
  batch.writeInt32BE(-1, 12);
  batch.writeInt8(2, 16);
  batch.writeInt16BE(0, 21);
  batch.writeInt32BE(records.length - 1, 23);
  batch.writeBigInt64BE(timestamp, 27);
  batch.writeBigInt64BE(timestamp, 35);
  batch.writeBigInt64BE(producer.id, 43);
  batch.writeInt16BE(producer.epoch, 51);
  batch.writeInt32BE(producer.sequence, 53);
  batch.writeInt32BE(records.length, 57);
  let at = HEADER_BYTES;
  records.forEach((record, i) => {
    at = writeVarint(batch, at, sizes[i]!);
    batch[at++] = 0; // attributes
    batch[at++] = 0; // timestamp delta
    at = writeVarint(batch, at, i);
    at = writeBytes(batch, at, record.key);
    at = writeBytes(batch, at, record.value);
    const headers = record.headers ?? [];
    at = writeVarint(batch, at, headers.length);
    headers.forEach((header, j) => {
      at = writeBytes(batch, at, headerKeys[i]![j]!);
      at = writeBytes(batch, at, header.value);
    });
  });
  batch.writeUInt32BE(crc32c(batch.subarray(21)) >>> 0, 17);
  return batch;
}

function recordSize(record: EncodedRecord, at: { index: number; headerKeys: readonly Buffer[] }): number {
  const headers = record.headers ?? [];
  let size = 2 + varintSize(at.index) + bytesSize(record.key) + bytesSize(record.value);
  size += varintSize(headers.length);
  headers.forEach((header, j) => size += bytesSize(at.headerKeys[j]!) + bytesSize(header.value));
  return size;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.length) + bytes.length;
}

/** Bytes of a non-negative number as a zigzag varint. */
function varintSize(value: number): number {
  const zigzag = value * 2;
  return zigzag < 0x80 ? 1 : zigzag < 0x4000 ? 2 : zigzag < 0x200000 ? 3 : zigzag < 0x10000000 ? 4 : 5;
}

function writeVarint(target: Buffer, at: number, value: number): number {
  let rest = value * 2;
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[at++] = rest;
  return at;
}

function writeBytes(target: Buffer, at: number, bytes: Uint8Array | null): number {
  if (bytes === null) {
    target[at] = 1; // zigzag of -1
    return at + 1;
  }
  const start = writeVarint(target, at, bytes.length);
  target.set(bytes, start);
  return start + bytes.length;
}
