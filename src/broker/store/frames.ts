/** Frames of a file that grows: length u32 | CRC-32C u32 | JSON text. A torn end is recognised and left out. */
import { crc32c } from "../../wire/crc32c.ts";
import { METADATA_FRAME_BYTES_MAX } from "../storage_limits.ts";

const HEAD_BYTES = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** One frame with a value in it. */
export function encodeFrame(value: unknown): Uint8Array {
  const body = encoder.encode(JSON.stringify(value));
  const frame = new Uint8Array(HEAD_BYTES + body.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, body.length);
  view.setUint32(4, crc32c(body));
  frame.set(body, HEAD_BYTES);
  return frame;
}

/** Calls back with each good frame's value; how many bytes they fill. What follows them is damaged. */
export function decodeFrames(bytes: Uint8Array, onValue: (value: unknown) => void): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let position = 0;
  while (bytes.length - position >= HEAD_BYTES) {
    const length = view.getUint32(position);
    const start = position + HEAD_BYTES;
    if (length < 1 || length > METADATA_FRAME_BYTES_MAX || length > bytes.length - start) break;
    if (crc32c(bytes, start, start + length) !== view.getUint32(position + 4)) break;
    onValue(JSON.parse(decoder.decode(bytes.subarray(start, start + length))));
    position = start + length;
  }
  return position;
}
