/**
 * JSON text straight into bytes. What it returned is never written over.
 *
 * Short texts are written byte by byte: joining them to one string and encoding that takes twice as long.
 */
const encoder = new TextEncoder();

/** Fewer bytes are quicker copied one by one. */
const SET_BYTES_MIN = 16;

/** Size of the buffers that values are written to one after the other. */
const BUFFER_BYTES = 128 * 1024;

/** A UTF-16 unit takes at most so many bytes, as \uXXXX. */
const UNIT_BYTES_MAX = 6;

/** A number takes at most so many bytes: `-2.2250738585072014e-308`. */
export const NUMBER_BYTES_MAX = 24;

/** Bytes of a text as JSON, quotes included, at most. */
export function textBytesMax(text: string): number {
  return 2 + UNIT_BYTES_MAX * text.length;
}

/** Writes one value after the other. */
export class JsonWriter {
  #buffer = new Uint8Array(0);
  #start = 0;
  #used = 0;

  /** Begins a value that takes at most so many bytes. */
  begin(bytesMax: number): void {
    if (this.#used + bytesMax > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, bytesMax));
      this.#used = 0;
    }
    this.#start = this.#used;
  }

  /** The value that was begun last. */
  end(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#used);
  }

  /** One byte of ASCII. */
  byte(byte: number): void {
    this.#buffer[this.#used++] = byte;
  }

  /** Bytes that are JSON, or a part of it. */
  bytes(bytes: Uint8Array): void {
    const { length } = bytes;
    const start = this.#used;
    this.#used = start + length;
    const buffer = this.#buffer;
    if (length >= SET_BYTES_MIN) return buffer.set(bytes, start);
    for (let index = 0; index < length; index++) buffer[start + index] = bytes[index]!;
  }

  /** A finite number, as JSON writes it. */
  number(value: number | null): void {
    const text = String(value);
    const buffer = this.#buffer;
    const start = this.#used;
    for (let index = 0; index < text.length; index++) buffer[start + index] = text.charCodeAt(index);
    this.#used = start + text.length;
  }

  /** A text as JSON. */
  quoted(text: string): void {
    const buffer = this.#buffer;
    const start = this.#used;
    let at = start;
    buffer[at++] = 34;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit < 32 || unit > 126 || unit === 34 || unit === 92) {
        this.#used += encoder.encodeInto(JSON.stringify(text), buffer.subarray(start)).written;
        return;
      }
      buffer[at++] = unit;
    }
    buffer[at++] = 34;
    this.#used = at;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 10 || byte === 13 || byte === 9;
}

/** The bytes without JSON's white space around them. */
export function trimJson(bytes: Uint8Array): Uint8Array {
  let start = 0;
  let end = bytes.length;
  while (start < end && isSpace(bytes[start])) start++;
  while (end > start && isSpace(bytes[end - 1])) end--;
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end);
}
