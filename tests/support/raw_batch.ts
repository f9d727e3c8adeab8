/** Record batches as nobody writes them: any body behind a header with a right CRC. */
import { crc32c } from "../../src/wire/crc32c.ts";
import { WireWriter } from "../../src/wire/writer.ts";

/** What a header says, and what is behind it. */
export interface RawBatch {
  readonly records: Uint8Array;
  readonly count: number;
  /** @default count − 1 */
  readonly lastOffsetDelta?: number;
  /** @default 0 */
  readonly attributes?: number;
  /** @default 1000 */
  readonly baseTimestampMs?: number;
  /** @default that of the base */
  readonly maxTimestampMs?: number;
  /** @default 0 */
  readonly baseOffset?: number;
  /** @default 2 */
  readonly magic?: number;
  readonly producer?: readonly [id: number, epoch: number, sequence: number];
  /** Added to the right one. @default 0 */
  readonly crcOff?: number;
  /** Added to the right one. @default 0 */
  readonly lengthOff?: number;
}

/** A batch. */
export function rawBatch(given: RawBatch): Uint8Array<ArrayBuffer> {
  const { records, count, baseTimestampMs = 1000 } = given;
  const [producerId, epoch, sequence] = given.producer ?? [-1, -1, -1];
  const batch = new Uint8Array(61 + records.length);
  batch.set(records, 61);
  const view = new DataView(batch.buffer);
  view.setBigInt64(0, BigInt(given.baseOffset ?? 0));
  view.setInt32(8, batch.length - 12 + (given.lengthOff ?? 0));
  view.setInt32(12, -1);
  view.setInt8(16, given.magic ?? 2);
  view.setInt16(21, given.attributes ?? 0);
  view.setInt32(23, given.lastOffsetDelta ?? count - 1);
  view.setBigInt64(27, BigInt(baseTimestampMs));
  view.setBigInt64(35, BigInt(given.maxTimestampMs ?? baseTimestampMs));
  view.setBigInt64(43, BigInt(producerId));
  view.setInt16(51, epoch);
  view.setInt32(53, sequence);
  view.setInt32(57, count);
  view.setUint32(17, (crc32c(batch, 21) + (given.crcOff ?? 0)) >>> 0);
  return batch;
}

/** What a record says of itself. */
export interface RawRecord {
  /** @default 0 */
  readonly offsetDelta?: number;
  /** @default 0 */
  readonly timestampDeltaMs?: number;
  /** @default null */
  readonly key?: Uint8Array | null;
  /** @default "value" */
  readonly value?: Uint8Array | null;
  readonly keyLength?: number;
  readonly valueLength?: number;
  /** @default that of `headers` */
  readonly headerCount?: number;
  /** Bytes of the headers, as they stand. @default none */
  readonly headers?: Uint8Array;
  /** Bytes behind the headers that the length counts. @default none */
  readonly tail?: Uint8Array;
  /** Added to the right one. @default 0 */
  readonly lengthOff?: number;
  /** @default 0 */
  readonly attributes?: number;
}

/** A record with its length before it. */
export function rawRecord(given: RawRecord = {}): Uint8Array {
  const { key = null, value = new TextEncoder().encode("value") } = given;
  const body = concatBytes(
    Uint8Array.of(given.attributes ?? 0),
    varint(given.timestampDeltaMs ?? 0),
    varint(given.offsetDelta ?? 0),
    varint(given.keyLength ?? key?.length ?? -1),
    key ?? new Uint8Array(0),
    varint(given.valueLength ?? value?.length ?? -1),
    value ?? new Uint8Array(0),
    varint(given.headerCount ?? 0),
    given.headers ?? new Uint8Array(0),
    given.tail ?? new Uint8Array(0),
  );
  return concatBytes(varint(body.length + (given.lengthOff ?? 0)), body);
}

/** A header: lengths and bytes. */
export function rawHeader(
  key: string,
  { value = null, keyLength }: { value?: Uint8Array | null; keyLength?: number } = {},
): Uint8Array {
  const text = new TextEncoder().encode(key);
  return concatBytes(
    varint(keyLength ?? text.length),
    text,
    varint(value?.length ?? -1),
    value ?? new Uint8Array(0),
  );
}

/** Zig-zag LEB128. */
export function varint(value: number): Uint8Array {
  const writer = new WireWriter();
  writer.uvarint(value < 0 ? -2 * value - 1 : 2 * value);
  return writer.bytes();
}

/** One after the other. */
export function concatBytes(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
