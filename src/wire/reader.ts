/** Reads Kafka's primitive types from bytes, every bound checked. */

/** Bytes that do not hold what the protocol says they hold. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Elements of all arrays of one message together, unless the reader is given less: a small frame makes little memory. */
export const ELEMENTS_MAX = 500_000;
/** Bytes of a string, in flexible versions too: Kafka refuses longer ones. */
export const STRING_BYTES_MAX = 32_767;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A cursor over a frame. Every read throws {@linkcode WireError} rather than run past the end. */
export class WireReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;
  readonly #end: number;
  #elements = 0;
  /** How many may be read. */
  elementsMax = ELEMENTS_MAX;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** Where the next read begins. */
  get position(): number {
    return this.#position;
  }

  /** Elements of all arrays so far. */
  get elements(): number {
    return this.#elements;
  }

  /** Bytes that are left. */
  get remaining(): number {
    return this.#end - this.#position;
  }

  #advance(size: number): number {
    if (size < 0 || size > this.remaining) {
      throw new WireError(`reading ${size} bytes at ${this.#position}: only ${this.remaining} are left`);
    }
    const start = this.#position;
    this.#position += size;
    return start;
  }

  int8(): number {
    return this.#view.getInt8(this.#advance(1));
  }

  bool(): boolean {
    return this.int8() !== 0;
  }

  int16(): number {
    return this.#view.getInt16(this.#advance(2));
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4));
  }

  /** An int64 as a number: offsets, times and ids stay below 2^53. */
  int64(): number {
    const value = Number(this.#view.getBigInt64(this.#advance(8)));
    if (!Number.isSafeInteger(value) && value !== -(2 ** 63) && value !== 2 ** 63) {
      throw new WireError(`reading an int64 at ${this.#position - 8}: ${value} is beyond 2^53`);
    }
    return value;
  }

  /** LEB128, at most 5 bytes. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#view.getUint8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WireError(`reading a varint before ${this.#position}: longer than 5 bytes`);
  }

  uuid(): string {
    const start = this.#advance(16);
    return Array.from(this.bytes.subarray(start, start + 16), (byte) => byte.toString(16).padStart(2, "0"))
      .join("");
  }

  /** `size` bytes, not copied. */
  raw(size: number): Uint8Array {
    const start = this.#advance(size);
    return this.bytes.subarray(start, start + size);
  }

  text(size: number): string {
    const bytes = this.raw(size);
    try {
      return decoder.decode(bytes);
    } catch {
      throw new WireError(`reading a string of ${size} bytes at ${this.#position - size}: not UTF-8`);
    }
  }

  /** Length of a string, bytes or array: −1 is null. */
  length(kind: "string" | "bytes" | "array", flexible: boolean): number {
    const length = flexible ? this.uvarint() - 1 : kind === "string" ? this.int16() : this.int32();
    const lengthMax = kind === "string" ? Math.min(this.remaining, STRING_BYTES_MAX) : this.remaining;
    if (length < -1 || length > lengthMax) {
      throw new WireError(
        `reading the length of ${kind} before ${this.#position}: ${length}, ${this.remaining} left`,
      );
    }
    if (kind === "array") this.count(Math.max(length, 0));
    return length;
  }

  /** Counts elements of an array, or tagged fields. */
  count(elements: number): void {
    this.#elements += elements;
    if (this.#elements > this.elementsMax) {
      throw new WireError(
        `reading an array before ${this.#position}: more than ${this.elementsMax} elements in all`,
      );
    }
  }
}
