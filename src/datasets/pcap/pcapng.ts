/**
 * pcapng captures, https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html: sections of either byte order,
 * interfaces, enhanced, simple and (obsolete) packet blocks. All other blocks are passed over.
 */
import { DEFAULT_TIME_UNIT, type TimeUnit, toMicroseconds } from "./capture_time.ts";
import { createFrame, type Frame, type FrameSource } from "./frame.ts";
import { BLOCK_BYTES_MAX, FRAME_BYTES_MAX, INTERFACES_MAX } from "./limits.ts";

const BLOCK = { SECTION: 0x0a0d0d0a, INTERFACE: 1, PACKET: 2, SIMPLE: 3, ENHANCED: 6 } as const;
const READ: ReadonlySet<number> = new Set(Object.values(BLOCK));
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and length before a block's body, the length again after it. */
const BLOCK_HEADER_BYTES = 8;
const BLOCK_BYTES_MIN = 12;
const OPTION = { END: 0, TIME_RESOLUTION: 9, TIME_OFFSET: 14 } as const;

interface Interface {
  readonly linkType: number;
  /** Bytes that are captured of a packet at most; 0 = all. */
  readonly snapLength: number;
  readonly unit: TimeUnit;
}

/** Whether a capture that begins so (4 bytes) is a pcapng one. */
export function isPcapng(bytes: Uint8Array): boolean {
  return viewOf(bytes).getUint32(0) === BLOCK.SECTION;
}

/** A block's body, from `start` to `end`. */
interface Body {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  start: number;
  end: number;
}

/** The blocks of a capture. */
export class PcapngBlocks implements FrameSource {
  readonly format = "pcapng";
  readonly #frame = createFrame();
  #littleEndian = true;
  #interfaces: Interface[] = [];
  #damage: string | null = null;
  #unreadable = 0;
  #untimed = 0;

  get damage(): string | null {
    return this.#damage;
  }

  get unreadable(): number {
    return this.#unreadable;
  }

  get untimed(): number {
    return this.#untimed;
  }

  take(bytes: Uint8Array, onFrame: (frame: Frame) => void): number {
    const view = viewOf(bytes);
    const body: Body = { bytes, view, start: 0, end: 0 };
    this.#frame.bytes = bytes;
    let at = 0;
    while (bytes.length - at >= BLOCK_BYTES_MIN) {
      const type = view.getUint32(at, this.#littleEndian);
      if (type === BLOCK.SECTION && !this.#turn(view.getUint32(at + BLOCK_HEADER_BYTES))) return at;
      const blockBytes = view.getUint32(at + 4, this.#littleEndian);
      if (blockBytes < BLOCK_BYTES_MIN || blockBytes % 4 !== 0) {
        return this.#stop(`a block says that it has ${blockBytes} bytes`, at);
      }
      if (!READ.has(type)) {
        at += blockBytes;
        continue;
      }
      if (blockBytes > BLOCK_BYTES_MAX) {
        return this.#stop(`a block says that it has ${blockBytes} bytes, ${BLOCK_BYTES_MAX} are allowed`, at);
      }
      if (bytes.length - at < blockBytes) break;
      if (view.getUint32(at + blockBytes - 4, this.#littleEndian) !== blockBytes) {
        return this.#stop("a block's length is another one at its end", at);
      }
      body.start = at + BLOCK_HEADER_BYTES;
      body.end = at + blockBytes - 4;
      this.#takeBlock(type, { body, onFrame });
      if (this.#damage !== null) return at;
      at += blockBytes;
    }
    return at;
  }

  #stop(damage: string, at: number): number {
    this.#damage = damage;
    return at;
  }

  /** A section has a byte order of its own. */
  #turn(magic: number): boolean {
    const turned = (magic >>> 24 | magic >>> 8 & 0xff00 | magic << 8 & 0xff0000 | magic << 24) >>> 0;
    if (magic !== BYTE_ORDER_MAGIC && turned !== BYTE_ORDER_MAGIC) {
      this.#damage = "a section begins with neither byte order";
      return false;
    }
    this.#littleEndian = turned === BYTE_ORDER_MAGIC;
    return true;
  }

  #takeBlock(
    type: number,
    { body, onFrame }: { readonly body: Body; readonly onFrame: (frame: Frame) => void },
  ): void {
    if (type === BLOCK.SECTION) this.#interfaces = [];
    else if (type === BLOCK.INTERFACE) this.#takeInterface(body);
    else {
      const isWhole = type === BLOCK.SIMPLE ? this.#fillSimple(body) : this.#fillPacket(body, type);
      if (isWhole) onFrame(this.#frame);
      else this.#unreadable++;
    }
  }

  #takeInterface({ view, start, end }: Body): void {
    if (end - start < 8) {
      this.#damage = "the description of an interface is too short";
    } else if (this.#interfaces.length === INTERFACES_MAX) {
      this.#damage = `a section has more than ${INTERFACES_MAX} interfaces`;
    } else {
      this.#interfaces.push({
        linkType: view.getUint16(start, this.#littleEndian),
        snapLength: view.getUint32(start + 4, this.#littleEndian),
        unit: this.#readTimeUnit(view, { start: start + 8, end }),
      });
    }
  }

  #readTimeUnit(view: DataView, { start, end }: { readonly start: number; readonly end: number }): TimeUnit {
    let { resolution, offsetSeconds } = DEFAULT_TIME_UNIT;
    for (let at = start; end - at >= 4;) {
      const code = view.getUint16(at, this.#littleEndian),
        length = view.getUint16(at + 2, this.#littleEndian);
      if (code === OPTION.END || length > end - at - 4) break;
      if (code === OPTION.TIME_RESOLUTION && length === 1) resolution = view.getUint8(at + 4);
      if (code === OPTION.TIME_OFFSET && length === 8) {
        offsetSeconds = Number(view.getBigInt64(at + 4, this.#littleEndian));
      }
      at += 4 + length + (-length & 3);
    }
    return { resolution, offsetSeconds };
  }

  /** @returns whether it is a frame */
  #fillPacket({ view, start, end }: Body, type: number): boolean {
    if (end - start < 20) return false;
    const littleEndian = this.#littleEndian;
    const place = type === BLOCK.ENHANCED
      ? view.getUint32(start, littleEndian)
      : view.getUint16(start, littleEndian);
    const at = this.#interfaces[place];
    const captured = view.getUint32(start + 12, littleEndian);
    if (at === undefined || captured > Math.min(end - start - 20, FRAME_BYTES_MAX)) return false;
    const low = view.getUint32(start + 8, littleEndian);
    const timestamp = toMicroseconds(view.getUint32(start + 4, littleEndian), { low, unit: at.unit });
    if (Number.isNaN(timestamp)) return false;
    this.#frame.timestamp = timestamp;
    this.#frame.linkType = at.linkType;
    this.#frame.start = start + 20;
    this.#frame.end = start + 20 + captured;
    this.#frame.length = view.getUint32(start + 16, littleEndian);
    return true;
  }

  /** A simple packet is of the first interface and has no time. */
  #fillSimple({ view, start, end }: Body): boolean {
    const at = this.#interfaces[0];
    if (at === undefined || end - start < 4) return false;
    const length = view.getUint32(start, this.#littleEndian);
    const captured = Math.min(length, end - start - 4, at.snapLength || FRAME_BYTES_MAX);
    this.#untimed++;
    this.#frame.linkType = at.linkType;
    this.#frame.start = start + 4;
    this.#frame.end = start + 4 + captured;
    this.#frame.length = length;
    return true;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
