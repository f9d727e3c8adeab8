/** LZ4 frames made by hand, blocks stored as they are: what Kafka's reader takes and refuses of the frame itself. */
import { xxh32 } from "../../src/wire/xxh32.ts";
import { concatBytes } from "../support/raw_batch.ts";

interface Frame {
  /** @default version 1, independent blocks */
  readonly flags?: number;
  /** The block's largest size. @default 64 KiB */
  readonly descriptor?: number;
  /** Added to the header's checksum. @default 0 */
  readonly headerChecksumOff?: number;
  /** Bytes behind the descriptor: the content's size, a dictionary's id. @default none */
  readonly more?: Uint8Array;
  /** A checksum behind the block, and what is added to it; `null`: none. @default null */
  readonly blockChecksumOff?: number | null;
  /** What stands behind the end mark. @default nothing */
  readonly tail?: Uint8Array;
}

/** A frame with one block. */
export function lz4Frame(content: Uint8Array, frame: Frame = {}): Uint8Array {
  const { flags = 0x60, descriptor = 0x40, more = new Uint8Array(0), blockChecksumOff = null } = frame;
  const header = concatBytes(Uint8Array.of(flags, descriptor), more);
  return concatBytes(
    littleEndian(0x184d2204),
    header,
    Uint8Array.of((xxh32(header) >> 8 & 0xff) + (frame.headerChecksumOff ?? 0)),
    littleEndian(content.length + 0x80000000),
    content,
    blockChecksumOff === null ? new Uint8Array(0) : littleEndian(xxh32(content) + blockChecksumOff),
    littleEndian(0),
    frame.tail ?? new Uint8Array(0),
  );
}

function littleEndian(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
