/**
 * Frames of a file that grows: length u32 | CRC-32C u32 | JSON text that begins with its kind. Damage
 * anywhere is recognised, and the frames behind it are found again.
 *
 * The text begins with `{"kind":"`, which stands nowhere else in it (quotes inside a string are escaped), and holds no
 * control characters, of which the next frame's length begins with one: so a frame is found without its length.
 */
import { crc32c } from "../../wire/crc32c.ts";
import { METADATA_FRAME_BYTES_MAX } from "../storage_limits.ts";
import { StorageError } from "./storage_error.ts";

const HEAD_BYTES = 8;
const CRC_BYTES = 4;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const BODY_START = encoder.encode('{"kind":"');
const FIRST_TEXT_BYTE = 0x20;

/** What a frame holds; `kind` is its first property. */
export interface Framed {
  readonly kind: string;
  readonly [property: string]: unknown;
}

/** Bytes from `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * One frame with an entry in it.
 * @throws {StorageError} `too-large`, where a reader would refuse it.
 */
export function encodeFrame(entry: Framed): Uint8Array<ArrayBuffer> {
  const body = encoder.encode(JSON.stringify(entry));
  if (body.length > METADATA_FRAME_BYTES_MAX) {
    throw new StorageError(
      "too-large",
      `Cannot store ${body.length} bytes in one entry (${entry.kind}): at most ${METADATA_FRAME_BYTES_MAX}`,
    );
  }
  const frame = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, body.length);
  view.setUint32(4, crc32c(body));
  frame.set(body, HEAD_BYTES);
  return frame;
}

/** Calls back with each good frame's entry, in order; the bytes between them, which belong to none. */
export function decodeFrames(bytes: Uint8Array, onEntry: (entry: Framed) => void): ByteRange[] {
  const damaged: ByteRange[] = [];
  for (let position = 0; position < bytes.length;) {
    let frame = frameAt(bytes, position);
    if (frame === null) {
      frame = findFrame(bytes, position);
      damaged.push({ start: position, end: frame?.start ?? bytes.length });
      if (frame === null) break;
    }
    onEntry(JSON.parse(decoder.decode(bytes.subarray(frame.bodyStart, frame.end))));
    position = frame.end;
  }
  return damaged;
}

interface Frame extends ByteRange {
  readonly bodyStart: number;
}

function uint32At(bytes: Uint8Array, position: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(position);
}

/** The frame whose head stands at `start`; `null` where it is not whole or not right. */
function frameAt(bytes: Uint8Array, start: number): Frame | null {
  const bodyStart = start + HEAD_BYTES;
  if (bodyStart > bytes.length) return null;
  const length = uint32At(bytes, start);
  const end = bodyStart + length;
  if (length < 1 || length > METADATA_FRAME_BYTES_MAX || end > bytes.length) return null;
  return crc32c(bytes, bodyStart, end) === uint32At(bytes, start + CRC_BYTES)
    ? { start, bodyStart, end }
    : null;
}

/** The first whole frame that begins behind `from`, be its length right or not; each byte is looked at a few times. */
function findFrame(bytes: Uint8Array, from: number): Frame | null {
  for (let bodyStart = findBody(bytes, from + CRC_BYTES); bodyStart >= 0;) {
    let end = bodyStart;
    while (end < bytes.length && bytes[end]! >= FIRST_TEXT_BYTE) end++;
    const head = bodyStart - HEAD_BYTES;
    const length = head < from ? -1 : uint32At(bytes, head);
    const start = length === end - bodyStart ? head : bodyStart - CRC_BYTES;
    if (crc32c(bytes, bodyStart, end) === uint32At(bytes, bodyStart - CRC_BYTES)) {
      return { start, bodyStart, end };
    }
    // The head behind the text may be damaged, so that it looks like text: then the length says where it ends.
    const whole = length >= 0 && bodyStart + length < end ? frameAt(bytes, head) : null;
    if (whole !== null) return whole;
    bodyStart = findBody(bytes, bodyStart + 1);
  }
  return null;
}

/** Where the next text begins; −1: nowhere. */
function findBody(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(BODY_START[0]!, from); at >= 0; at = bytes.indexOf(BODY_START[0]!, at + 1)) {
    if (BODY_START.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
