/**
 * TFRecord framing, of which TensorBoard's event files are made: `length (u64) · masked CRC of the length (u32) ·
 * bytes · masked CRC of the bytes (u32)`, little-endian. What is cut off at the end of a file is ignored by readers,
 * so a killed writer leaves a file that can be read.
 *
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h
 */
import { crc32c } from "../../wire/crc32c.ts";

const LENGTH_BYTES = 8;
const CRC_BYTES = 4;

/** One record: `bytes` with 16 bytes around. */
export function frameRecord(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const record = new Uint8Array(LENGTH_BYTES + CRC_BYTES + bytes.length + CRC_BYTES);
  const view = new DataView(record.buffer);
  const start = LENGTH_BYTES + CRC_BYTES;
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(LENGTH_BYTES, mask(crc32c(record, 0, LENGTH_BYTES)), true);
  record.set(bytes, start);
  view.setUint32(start + bytes.length, mask(crc32c(bytes)), true);
  return record;
}

/** A CRC of bytes that hold a CRC themselves is weak: stored ones are rotated and shifted. */
function mask(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
