/** Bytes that come in pieces of any size and are read record by record. */

/** Keeps what is left over of one piece until the next; a piece without such is not copied. */
export class Backlog {
  /** Owned; the first `#kept` bytes are left over. */
  #buffer: Uint8Array = new Uint8Array(0);
  #kept = 0;

  /** Bytes left over. */
  get kept(): number {
    return this.#kept;
  }

  /** What is left over and then `piece`; it holds until `keep`. */
  join(piece: Uint8Array): Uint8Array {
    if (this.#kept === 0) return piece;
    const length = this.#kept + piece.length;
    this.#makeRoom(length);
    this.#buffer.set(piece, this.#kept);
    return this.#buffer.subarray(0, length);
  }

  /** Leaves `bytes` over, the end of what was joined. */
  keep(bytes: Uint8Array): void {
    if (bytes.buffer !== this.#buffer.buffer) {
      this.#kept = 0;
      this.#makeRoom(bytes.length);
      this.#buffer.set(bytes);
    } else if (bytes.byteOffset > 0) {
      this.#buffer.copyWithin(0, bytes.byteOffset, bytes.byteOffset + bytes.length);
    }
    this.#kept = bytes.length;
  }

  #makeRoom(length: number): void {
    if (length <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
    larger.set(this.#buffer.subarray(0, this.#kept));
    this.#buffer = larger;
  }
}
