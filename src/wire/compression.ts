/**
 * The compression of record batches, one way: compressed bytes of a batch → its records. What comes out is bounded
 * before memory for it is taken, since a batch of a megabyte may claim to hold gigabytes.
 * Formats: RFC 1952 (gzip), RFC 8878 (zstd), google/snappy `format_description.txt` with xerial's framing,
 * lz4/lz4 `lz4_Frame_format.md`.
 */
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { WireError } from "./reader.ts";
import { xxh32 } from "./xxh32.ts";
import { areZstdFrames } from "./zstd_frames.ts";

/**
 * What a batch's compressed bytes hold.
 * @param maxBytes the most that may come out
 * @throws {TooLargeError} where they hold more than `maxBytes`.
 * @throws {WireError} where they are broken, or the codec is unknown.
 */
export function decompress(
  bytes: Uint8Array,
  { codec, maxBytes }: { readonly codec: number; readonly maxBytes: number },
): Uint8Array {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return byZlib(() => gunzipSync(bytes, { maxOutputLength: maxBytes }), { name: "gzip", maxBytes });
    case 2:
      return snappy(bytes, maxBytes);
    case 3:
      return lz4(bytes, maxBytes);
    case 4:
      if (!areZstdFrames(bytes)) {
        throw new WireError("its zstd data is broken, cut off, or something follows it");
      }
      return byZlib(() => zstdDecompressSync(bytes, { maxOutputLength: maxBytes }), {
        name: "zstd",
        maxBytes,
      });
    default:
      throw new WireError(`compression ${codec} is unknown`);
  }
}

/** Compressed bytes that hold more than was asked for. */
export class TooLargeError extends WireError {}

function tooLarge(name: string, maxBytes: number): WireError {
  return new TooLargeError(`its ${name} data holds more than ${maxBytes.toLocaleString("en-US")} bytes`);
}

function byZlib(
  inflate: () => Uint8Array,
  { name, maxBytes }: { name: string; maxBytes: number },
): Uint8Array {
  let whole: Uint8Array;
  try {
    whole = inflate();
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(name, maxBytes);
    throw new WireError(`its ${name} data is broken (${message ?? code})`);
  }
  if (whole.length > maxBytes) throw tooLarge(name, maxBytes);
  return whole;
}

const XERIAL = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
/** Magic, version and oldest compatible version. */
const XERIAL_HEADER_BYTES = 16;

/** Snappy, bare or in the frames of Java's `SnappyOutputStream`. */
function snappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (!XERIAL.every((byte, at) => bytes[at] === byte)) return rawSnappy(bytes, maxBytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let size = 0;
  for (let at = XERIAL_HEADER_BYTES; at < bytes.length;) {
    const length = at + 4 > bytes.length ? -1 : view.getInt32(at);
    if (length < 0 || at + 4 + length > bytes.length) throw broken("snappy");
    const part = rawSnappy(bytes.subarray(at + 4, at + 4 + length), maxBytes - size);
    parts.push(part);
    size += part.length;
    at += 4 + length;
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function broken(name: string): WireError {
  return new WireError(`its ${name} data is broken`);
}

/** An element of three bytes gives at most 64. */
const SNAPPY_RATIO_MAX = 32;

function rawSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  let at = 0;
  let length = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) throw broken("snappy");
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  if (length > maxBytes) throw tooLarge("snappy", maxBytes);
  if (length > bytes.length * SNAPPY_RATIO_MAX) throw broken("snappy");
  const whole = new Uint8Array(length);
  let filled = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const wide = size - 60;
        size = littleEndian(bytes, at, wide) + 1;
        at += wide;
      }
      // Also false where a number was read past the end: NaN.
      if (!(at + size <= bytes.length && filled + size <= length)) throw broken("snappy");
      copy(bytes, at, { target: whole, to: filled, size });
      at += size;
      filled += size;
      continue;
    }
    const size = kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const wide = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const distance = littleEndian(bytes, at, wide) + (kind === 1 ? (tag >> 5) * 256 : 0);
    at += wide;
    if (!(distance > 0 && distance <= filled && filled + size <= length)) throw broken("snappy");
    filled = repeat(whole, filled, { distance, size });
  }
  if (filled !== length) throw broken("snappy");
  return whole;
}

/** An unsigned number of 1 to 4 bytes; NaN past the end. */
function littleEndian(bytes: Uint8Array, at: number, wide: number): number {
  let value = 0;
  for (let i = wide - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? NaN);
  return value;
}

/** Shorter stretches are copied byte by byte: a view of them costs more. */
const SHORT_BYTES = 32;

function copy(
  from: Uint8Array,
  at: number,
  { target, to, size }: { readonly target: Uint8Array; readonly to: number; readonly size: number },
): void {
  if (size > SHORT_BYTES) target.set(from.subarray(at, at + size), to);
  else for (let i = 0; i < size; i++) target[to + i] = from[at + i]!;
}

/** Appends what stands `distance` before, which may run into what it appends. @returns where it ends */
function repeat(
  target: Uint8Array,
  from: number,
  { distance, size }: { readonly distance: number; readonly size: number },
): number {
  if (distance >= size && size > SHORT_BYTES) {
    target.copyWithin(from, from - distance, from - distance + size);
  } else for (let i = from; i < from + size; i++) target[i] = target[i - distance]!;
  return from + size;
}

const LZ4_MAGIC = 0x184d2204;
const LZ4_STORED = 0x80000000;

/** Grows as it is filled, up to a bound. */
class Output {
  bytes: Uint8Array;
  filled = 0;
  readonly #maxBytes: number;

  constructor(firstBytes: number, maxBytes: number) {
    this.bytes = new Uint8Array(Math.min(firstBytes, maxBytes));
    this.#maxBytes = maxBytes;
  }

  /** Makes room for so many bytes more. */
  room(size: number): void {
    const needed = this.filled + size;
    if (needed > this.#maxBytes) throw tooLarge("lz4", this.#maxBytes);
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(needed, 2 * this.bytes.length)));
    grown.set(this.bytes.subarray(0, this.filled));
    this.bytes = grown;
  }

  append(from: Uint8Array, at: number, size: number): void {
    this.room(size);
    copy(from, at, { target: this.bytes, to: this.filled, size });
    this.filled += size;
  }
}

/** One LZ4 frame: blocks that do not depend on each other, as Kafka's own reader wants them. */
function lz4(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const { hasBlockChecksum, hasContentChecksum, blockBytesMax, start } = readLz4Header(bytes);
  const output = new Output(4 * bytes.length, maxBytes);
  for (let at = start;;) {
    const word = littleEndian(bytes, at, 4);
    at += 4;
    if (word === 0) {
      if (hasContentChecksum && at + 4 > bytes.length) throw broken("lz4");
      return output.bytes.subarray(0, output.filled);
    }
    const size = word % LZ4_STORED;
    if (!(size <= blockBytesMax && at + size <= bytes.length)) throw broken("lz4");
    const block = bytes.subarray(at, at + size);
    at += size;
    if (hasBlockChecksum) {
      if (littleEndian(bytes, at, 4) !== xxh32(block)) throw broken("lz4");
      at += 4;
    }
    if (word >= LZ4_STORED) output.append(block, 0, size);
    else lz4Block(block, output);
  }
}

/** The frame's descriptor; its checksum is checked. */
function readLz4Header(bytes: Uint8Array) {
  const flags = bytes[4] ?? 0;
  const size = bytes[5] ?? 0;
  const isKnown = (flags & 0xe3) === 0x60 && (size & 0x8f) === 0 && size >> 4 >= 4;
  if (littleEndian(bytes, 0, 4) !== LZ4_MAGIC || !isKnown) throw broken("lz4");
  const end = 6 + ((flags & 0x08) !== 0 ? 8 : 0);
  if (bytes[end] !== (xxh32(bytes.subarray(4, end)) >> 8 & 0xff)) throw broken("lz4");
  return {
    hasBlockChecksum: (flags & 0x10) !== 0,
    hasContentChecksum: (flags & 0x04) !== 0,
    blockBytesMax: 2 ** (8 + 2 * (size >> 4)),
    start: end + 1,
  };
}

function lz4Block(block: Uint8Array, output: Output): void {
  let at = 0;
  // A length of 15 goes on in bytes that are added up to the first below 255.
  const more = (length: number): number => {
    if (length < 15) return length;
    for (;;) {
      const byte = block[at++];
      if (byte === undefined) throw broken("lz4");
      length += byte;
      if (byte < 255) return length;
    }
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = more(token >> 4);
    if (at + literals > block.length) throw broken("lz4");
    output.append(block, at, literals);
    at += literals;
    if (at === block.length) return; // the last sequence has no match
    const distance = littleEndian(block, at, 2);
    at += 2;
    const size = more(token & 15) + 4;
    if (!(distance > 0 && distance <= output.filled)) throw broken("lz4");
    output.room(size);
    output.filled = repeat(output.bytes, output.filled, { distance, size });
  }
}
