/** Frames on a connection: a 4-byte length, then a request or response. Bytes in, frames out, no socket. */
import { WireError } from "./reader.ts";

/** A frame that is larger than allowed: nothing has been allocated for it. */
export class FrameTooLargeError extends WireError {}

/** Cuts a byte stream into frames, however the network cut it into pieces. */
export class FrameSplitter {
  readonly #sizeBytesMax: number;
  #pending: Uint8Array = new Uint8Array(0);
  #filled = 0;
  /** Size of the frame that is being collected; −1 while its length is not known. */
  #wanted = -1;

  constructor(sizeBytesMax: number) {
    this.#sizeBytesMax = sizeBytesMax;
  }

  /** Whether a frame has begun and not ended. */
  get isInsideFrame(): boolean {
    return this.#filled > 0 || this.#wanted >= 0;
  }

  /** Memory that the frame which has begun takes. */
  get heldBytes(): number {
    return this.#pending.length;
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
    let at = 0;
    while (at < piece.length) {
      if (this.#wanted < 0) {
        if (this.#filled === 0 && piece.length - at >= 4) {
          this.#wanted = this.#check(new DataView(piece.buffer, piece.byteOffset + at).getInt32(0));
          at += 4;
        } else {
          at += this.#fillLength(piece, at);
          continue;
        }
        if (piece.length - at >= this.#wanted) {
          yield piece.slice(at, at + this.#wanted);
          at += this.#wanted;
          this.#wanted = -1;
          continue;
        }
        this.#pending = new Uint8Array(Math.min(this.#wanted, 65_536));
      }
      at += this.#fillBody(piece, at);
      if (this.#filled === this.#wanted) {
        const frame = this.#pending.subarray(0, this.#wanted);
        this.#reset();
        yield frame;
      }
    }
  }

  #reset(): void {
    this.#pending = new Uint8Array(0);
    this.#filled = 0;
    this.#wanted = -1;
  }

  #check(size: number): number {
    if (size < 0 || size > this.#sizeBytesMax) {
      throw new FrameTooLargeError(`reading a frame: ${size} bytes, at most ${this.#sizeBytesMax} are taken`);
    }
    return size;
  }

  #fillLength(piece: Uint8Array, at: number): number {
    if (this.#pending.length < 4) this.#pending = new Uint8Array(4);
    const size = Math.min(4 - this.#filled, piece.length - at);
    this.#pending.set(piece.subarray(at, at + size), this.#filled);
    this.#filled += size;
    if (this.#filled === 4) {
      this.#wanted = this.#check(new DataView(this.#pending.buffer).getInt32(0));
      this.#filled = 0;
      this.#pending = new Uint8Array(Math.min(this.#wanted, 65_536));
    }
    return size;
  }

  /** Memory grows with what has arrived, not with what was announced. */
  #fillBody(piece: Uint8Array, at: number): number {
    const size = Math.min(this.#wanted - this.#filled, piece.length - at);
    if (this.#filled + size > this.#pending.length) {
      const grown = new Uint8Array(
        Math.min(this.#wanted, Math.max(2 * this.#pending.length, this.#filled + size)),
      );
      grown.set(this.#pending.subarray(0, this.#filled));
      this.#pending = grown;
    }
    this.#pending.set(piece.subarray(at, at + size), this.#filled);
    this.#filled += size;
    return size;
  }
}
