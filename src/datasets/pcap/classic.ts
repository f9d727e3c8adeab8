/** Classic pcap captures, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html. */
import { createFrame, type Frame, type FrameSource } from "./frame.ts";
import { FRAME_BYTES_MAX } from "./limits.ts";

/** Bytes of the header that a capture begins with. */
export const PCAP_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;

/** Whether a capture that begins so (4 bytes) is a classic one. */
export function isPcap(bytes: Uint8Array): boolean {
  return [true, false].some((littleEndian) => isMagic(viewOf(bytes).getUint32(0, littleEndian)));
}

function isMagic(magic: number): boolean {
  return magic === MAGIC_MICROSECONDS || magic === MAGIC_NANOSECONDS;
}

/** The records after the header. */
export class PcapRecords implements FrameSource {
  readonly format = "pcap";
  readonly unreadable = 0;
  readonly untimed = 0;
  readonly #littleEndian: boolean;
  readonly #fractionsPerMicrosecond: number;
  readonly #frame = createFrame();
  #damage: string | null = null;

  /** @param header The first {@linkcode PCAP_HEADER_BYTES}, for which {@linkcode isPcap} holds. */
  constructor(header: Uint8Array) {
    const view = viewOf(header);
    this.#littleEndian = isMagic(view.getUint32(0, true));
    const isNanoseconds = view.getUint32(0, this.#littleEndian) === MAGIC_NANOSECONDS;
    this.#fractionsPerMicrosecond = isNanoseconds ? 1_000 : 1;
    // The upper half has flags and the length of the frame check sequence.
    this.#frame.linkType = view.getUint32(20, this.#littleEndian) & 0xffff;
  }

  get damage(): string | null {
    return this.#damage;
  }

  take(bytes: Uint8Array, onFrame: (frame: Frame) => void): number {
    const view = viewOf(bytes), littleEndian = this.#littleEndian, frame = this.#frame;
    frame.bytes = bytes;
    let at = 0;
    while (bytes.length - at >= RECORD_HEADER_BYTES) {
      const captured = view.getUint32(at + 8, littleEndian);
      if (captured > FRAME_BYTES_MAX) {
        this.#damage = `a packet says that it has ${captured} bytes, ${FRAME_BYTES_MAX} are allowed`;
        return at;
      }
      frame.start = at + RECORD_HEADER_BYTES;
      frame.end = frame.start + captured;
      if (frame.end > bytes.length) break;
      const fraction = Math.floor(view.getUint32(at + 4, littleEndian) / this.#fractionsPerMicrosecond);
      frame.timestamp = view.getUint32(at, littleEndian) * 1e6 + fraction;
      frame.length = view.getUint32(at + 12, littleEndian);
      onFrame(frame);
      at = frame.end;
    }
    return at;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
