/** Frames on a connection: a 4-byte length, then a request or response. Bytes in, frames out, no socket. */
import { WireError } from "./reader.ts";

/** A frame that is larger than allowed: nothing has been allocated for it. */
export class FrameTooLargeError extends WireError {}

/** Pieces of a frame that is arriving: the first, and the largest. */
const PART_BYTES_MIN = 65_536;
const PART_BYTES_MAX = 4_194_304;

/** Cuts a byte stream into frames, however the network cut it into pieces. */
export class FrameSplitter {
  readonly #sizeBytesMax: number;
  /** Bytes of the length that is being collected. */
  readonly #length = new Uint8Array(4);
  #lengthFilled = 0;
  /** Size of the frame that is being collected; −1 while its length is not known. */
  #wanted = -1;
  /** What has arrived of it; the last part is filled as far as `#filled` says of all. */
  #parts: Uint8Array[] = [];
  #filled = 0;
  #heldBytes = 0;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Whether a frame has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#lengthFilled > 0 || this.#wanted >= 0;
  }

  /** Memory that the frame which has begun takes. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Bytes that are missing from the frame which has begun. */
  get missingBytes(): number {
    return this.#wanted < 0 ? 0 : this.#wanted - this.#filled;
  }

  /**
   * Takes a piece; yields the frames that it completes. A frame lives on after the next piece was pushed.
   * @throws {FrameTooLargeError} before memory is taken for it.
   */
  *push(piece: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < piece.length;) {
      if (this.#wanted < 0) {
        this.#length[this.#lengthFilled++] = piece[at++]!;
        if (this.#lengthFilled < 4) continue;
        this.#lengthFilled = 0;
        this.#wanted = this.#check(new DataView(this.#length.buffer).getInt32(0));
      }
      const isWhole = this.#filled === 0 && piece.length - at >= this.#wanted;
      if (isWhole) {
        const frame = piece.slice(at, at + this.#wanted);
        at += this.#wanted;
        this.#wanted = -1;
        yield frame;
        continue;
      }
      at += this.#fill(piece, at);
      if (this.#filled === this.#wanted) yield this.#join();
    }
  }

  #check(size: number): number {
    if (size < 0 || size > this.#sizeBytesMax) {
      throw new FrameTooLargeError(`reading a frame: ${size} bytes, at most ${this.#sizeBytesMax} are taken`);
    }
    return size;
  }

  /** Memory grows with what has arrived, not with what was announced. */
  #fill(piece: Uint8Array, at: number): number {
    const room = this.#heldBytes - this.#filled;
    if (room === 0) {
      const grown = Math.min(Math.max(this.#heldBytes, PART_BYTES_MIN), PART_BYTES_MAX);
      const part = new Uint8Array(Math.min(this.#wanted - this.#filled, grown));
      this.#parts.push(part);
      this.#heldBytes += part.length;
      return this.#fill(piece, at);
    }
    const part = this.#parts.at(-1)!;
    const size = Math.min(room, piece.length - at);
    part.set(piece.subarray(at, at + size), part.length - room);
    this.#filled += size;
    return size;
  }

  #join(): Uint8Array {
    const [first] = this.#parts;
    const frame = this.#parts.length === 1 ? first! : new Uint8Array(this.#wanted);
    if (frame !== first) {
      let at = 0;
      for (const part of this.#parts) {
        frame.set(part, at);
        at += part.length;
      }
    }
    this.#parts = [];
    this.#filled = this.#heldBytes = 0;
    this.#wanted = -1;
    return frame;
  }
}
