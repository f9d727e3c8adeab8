/** Writes Kafka's primitive types into a list of chunks; large byte strings are taken as they are, not copied. */

const encoder = new TextEncoder();
const CHUNK_BYTES = 512;
/** From this size on, bytes become a chunk of their own instead of being copied. */
const BORROW_BYTES_MIN = 1024;

/** Grows as needed; {@linkcode WireWriter.chunks} is what was written, in order. */
export class WireWriter {
  readonly #done: Uint8Array[] = [];
  #current = new Uint8Array(CHUNK_BYTES);
  #view = new DataView(this.#current.buffer);
  #used = 0;
  #size = 0;

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  #reserve(size: number): number {
    if (this.#used + size > this.#current.length) {
      this.#flush();
      this.#current = new Uint8Array(Math.max(CHUNK_BYTES, size, Math.min(this.#size, 65_536)));
      this.#view = new DataView(this.#current.buffer);
      this.#used = 0;
    }
    const at = this.#used;
    this.#used += size;
    this.#size += size;
    return at;
  }

  #flush(): void {
    if (this.#used > 0) this.#done.push(this.#current.subarray(0, this.#used));
  }

  int8(value: number): void {
    const at = this.#reserve(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#reserve(2);
    this.#view.setInt16(at, value);
  }

  int32(value: number): void {
    const at = this.#reserve(4);
    this.#view.setInt32(at, value);
  }

  int64(value: number): void {
    const at = this.#reserve(8);
    this.#view.setBigInt64(at, BigInt(value));
  }

  uvarint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.int8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.int8(rest);
  }

  uuid(hex: string): void {
    const at = this.#reserve(16);
    for (let i = 0; i < 16; i++) this.#current[at + i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  }

  raw(bytes: Uint8Array): void {
    if (bytes.length >= BORROW_BYTES_MIN) {
      this.#flush();
      this.#done.push(bytes);
      this.#size += bytes.length;
      this.#current = new Uint8Array(CHUNK_BYTES);
      this.#view = new DataView(this.#current.buffer);
      this.#used = 0;
      return;
    }
    const at = this.#reserve(bytes.length);
    this.#current.set(bytes, at);
  }

  /** Length of a string, bytes or array: −1 is null. */
  length(
    kind: "string" | "bytes" | "array",
    { length, flexible }: { length: number; flexible: boolean },
  ): void {
    if (flexible) this.uvarint(length + 1);
    else if (kind === "string") this.int16(length);
    else this.int32(length);
  }

  text(value: string | null, flexible: boolean): void {
    const bytes = value === null ? null : encoder.encode(value);
    this.length("string", { length: bytes?.length ?? -1, flexible });
    if (bytes !== null) this.raw(bytes);
  }

  /** Everything written, in order. */
  chunks(): Uint8Array[] {
    return this.#used > 0 ? [...this.#done, this.#current.subarray(0, this.#used)] : [...this.#done];
  }

  /** Everything written, in one piece. */
  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.chunks()) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
