/**
 * The wire format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding): fields in, fields out,
 * no schema. Who writes knows what the numbers of its fields mean, who reads as well.
 *
 * A reader believes no length: it never allocates more than the bytes that are there justify.
 *
 * Left out: groups (deprecated since 2008), zigzag integers (neither ONNX nor TensorBoard has them).
 */

/** What follows a field's number; 3 and 4, groups, are refused. */
export type WireType = 0 | 1 | 2 | 5;

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH = 2;
const FIXED_32 = 5;

const FIELD_MAX = 2 ** 29 - 1;
/** From so many bytes on a piece is kept as it is until the end, not copied at once. */
const PIECE_BYTES_MIN = 1024;

/** Bytes that are no proper Protocol Buffers message, or not the one that was looked for. */
export class ProtobufError extends Error {
  /** Identifies the error across module boundaries. */
  override readonly name = "ProtobufError";
}

function fail(message: string): never {
  throw new ProtobufError(message);
}

/**
 * Writes one message, field by field, in the order of the calls. What has its default is for the caller to leave
 * out.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const writer = new ProtobufWriter().integer(1, 150).message(3, new ProtobufWriter().text(1, "a"));
 * assert.deepEqual([...writer.finish()], [0x08, 0x96, 0x01, 0x1a, 0x03, 0x0a, 0x01, 0x61]);
 * ```
 */
export class ProtobufWriter {
  #pieces: Uint8Array[] = [];
  /** Of all pieces. */
  #pieceBytes = 0;
  #open = new Uint8Array(64);
  #openLength = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#pieceBytes + this.#openLength;
  }

  /**
   * An int32, int64, uint32, uint64, bool or enum.
   *
   * @throws RangeError for a number that is no safe integer, or a bigint beyond 64 bits
   */
  integer(field: number, value: number | bigint): this {
    this.#tag(field, VARINT);
    this.#integer(value);
    return this;
  }

  /** A float, rounded to 32 bits. */
  float(field: number, value: number): this {
    this.#tag(field, FIXED_32);
    const at = this.#grow(4);
    new DataView(this.#open.buffer).setFloat32(at, value, true);
    return this;
  }

  /** A double. */
  double(field: number, value: number): this {
    this.#tag(field, FIXED_64);
    const at = this.#grow(8);
    new DataView(this.#open.buffer).setFloat64(at, value, true);
    return this;
  }

  /** Bytes; the array may be kept until {@linkcode finish}. */
  bytes(field: number, value: Uint8Array): this {
    this.#tag(field, LENGTH);
    this.#integer(value.length);
    this.#append(value);
    return this;
  }

  /** A string. */
  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  /** A message inside this one: all that `inner` holds by now. */
  message(field: number, inner: ProtobufWriter): this {
    this.#tag(field, LENGTH);
    this.#integer(inner.length);
    for (const piece of inner.#pieces) this.#append(piece);
    this.#append(inner.#open.subarray(0, inner.#openLength));
    return this;
  }

  /** Repeated integers, packed. @throws RangeError as {@linkcode integer} does */
  integers(field: number, values: readonly (number | bigint)[]): this {
    const inner = new ProtobufWriter();
    for (const value of values) inner.#integer(value);
    return this.message(field, inner);
  }

  /** Repeated floats, packed. */
  floats(field: number, values: ArrayLike<number>): this {
    return this.bytes(field, littleEndian(values, 4));
  }

  /** Repeated doubles, packed. */
  doubles(field: number, values: ArrayLike<number>): this {
    return this.bytes(field, littleEndian(values, 8));
  }

  /** The message's bytes. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.length);
    let at = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    bytes.set(this.#open.subarray(0, this.#openLength), at);
    return bytes;
  }

  #tag(field: number, wireType: WireType): void {
    if (!Number.isInteger(field) || field < 1 || field > FIELD_MAX) {
      throw new RangeError(`Cannot write field ${field}: 1 to ${FIELD_MAX} is wanted`);
    }
    this.#integer(field * 8 + wireType);
  }

  #integer(value: number | bigint): void {
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw new RangeError(`Cannot write ${value} as an integer: a safe integer or a bigint is wanted`);
    }
    if (typeof value === "bigint" && (value < -(2n ** 63n) || value >= 2n ** 64n)) {
      throw new RangeError(`Cannot write ${value} as an integer: it has more than 64 bits`);
    }
    if (value >= 0 && value <= 0x7fffffff) {
      let rest = Number(value);
      for (; rest > 0x7f; rest >>>= 7) this.#byte(rest & 0x7f | 0x80);
      this.#byte(rest);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  #byte(value: number): void {
    // The room first: growing replaces the array.
    const at = this.#grow(1);
    this.#open[at] = value;
  }

  /** Makes room for `count` more bytes; says where they begin. */
  #grow(count: number): number {
    const at = this.#openLength;
    this.#openLength += count;
    if (this.#openLength > this.#open.length) {
      const larger = new Uint8Array(Math.max(2 * this.#open.length, this.#openLength));
      larger.set(this.#open.subarray(0, at));
      this.#open = larger;
    }
    return at;
  }

  #append(piece: Uint8Array): void {
    if (piece.length < PIECE_BYTES_MIN) {
      const at = this.#grow(piece.length);
      this.#open.set(piece, at);
      return;
    }
    if (this.#openLength > 0) this.#pieces.push(this.#open.slice(0, this.#openLength));
    this.#pieces.push(piece);
    this.#pieceBytes += this.#openLength + piece.length;
    this.#openLength = 0;
  }
}

function littleEndian(values: ArrayLike<number>, width: 4 | 8): Uint8Array {
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    if (width === 4) view.setFloat32(i * width, values[i]!, true);
    else view.setFloat64(i * width, values[i]!, true);
  }
  return bytes;
}

/**
 * Reads one message, field by field: {@linkcode next} goes to the following field, the other methods take its
 * value; a field whose value nobody took is skipped. Every method throws a {@linkcode ProtobufError} for bytes
 * that are cut off, and for a value of another wire type than its own.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const reader = new ProtobufReader(new Uint8Array([0x08, 0x96, 0x01, 0x12, 0x01, 0x61]));
 * const found: unknown[] = [];
 * while (reader.next()) found.push(reader.field, reader.field === 1 ? reader.integer() : reader.text());
 * assert.deepEqual(found, [1, 150, 2, "a"]);
 * ```
 */
export class ProtobufReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #field = 0;
  #wireType: WireType = VARINT;
  /** The field's value is still ahead. */
  #pending = false;
  /** Of the varint read last, unsigned 32 bits each. */
  #low = 0;
  #high = 0;

  /** At the beginning of a message; the bytes are not copied. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Number of the field that {@linkcode next} went to. */
  get field(): number {
    return this.#field;
  }

  /** Wire type of that field. */
  get wireType(): WireType {
    return this.#wireType;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#pending) this.#skip();
    if (this.#at === this.#bytes.length) return false;
    const start = this.#at;
    this.#varint();
    const wireType = this.#low & 7;
    this.#field = this.#low >>> 3;
    if (this.#high !== 0 || this.#field === 0) {
      fail(`Cannot read the field at byte ${start}: it has no number`);
    }
    if (wireType !== VARINT && wireType !== FIXED_64 && wireType !== LENGTH && wireType !== FIXED_32) {
      fail(`Cannot read field ${this.#field} at byte ${start}: wire type ${wireType} is not known`);
    }
    this.#wireType = wireType;
    this.#pending = true;
    return true;
  }

  /** An integer, as a number: from −2^53 + 1 to 2^53 − 1. */
  integer(): number {
    this.#take(VARINT);
    return this.#toNumber();
  }

  /** An int64, whole. */
  int64(): bigint {
    this.#take(VARINT);
    return this.#toBigInt();
  }

  /** A bool. */
  bool(): boolean {
    this.#take(VARINT);
    return this.#low !== 0 || this.#high !== 0;
  }

  /** A float. */
  float(): number {
    this.#take(FIXED_32);
    return this.#view.getFloat32(this.#advance(4), true);
  }

  /** A double. */
  double(): number {
    this.#take(FIXED_64);
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** Bytes: a view of the message's, no copy. */
  bytes(): Uint8Array {
    this.#take(LENGTH);
    return this.#piece();
  }

  /** A string; bytes that are no UTF-8 are an error. */
  text(): string {
    const bytes = this.bytes();
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return fail(`Cannot read field ${this.#field}: its text is no UTF-8`);
    }
  }

  /** A message inside this one. */
  message(): ProtobufReader {
    return new ProtobufReader(this.bytes());
  }

  /** Adds this field's integers to `into`: one, or many when packed. Beyond 2^53 they are rounded. */
  integers(into: number[]): void {
    if (this.#wireType !== LENGTH) {
      this.#take(VARINT);
      into.push(this.#rounded());
      return;
    }
    const inner = new ProtobufReader(this.bytes());
    while (inner.#at < inner.#bytes.length) {
      inner.#varint();
      into.push(inner.#rounded());
    }
  }

  /** Adds this field's floats to `into`: one, or many when packed. */
  floats(into: number[]): void {
    if (this.#wireType !== LENGTH) {
      into.push(this.float());
      return;
    }
    const { view, count } = this.#packed(4);
    for (let i = 0; i < count; i++) into.push(view.getFloat32(i * 4, true));
  }

  /** Adds this field's doubles to `into`: one, or many when packed. */
  doubles(into: number[]): void {
    if (this.#wireType !== LENGTH) {
      into.push(this.double());
      return;
    }
    const { view, count } = this.#packed(8);
    for (let i = 0; i < count; i++) into.push(view.getFloat64(i * 8, true));
  }

  #packed(width: number): { view: DataView; count: number } {
    const bytes = this.bytes();
    if (bytes.length % width !== 0) {
      fail(
        `Cannot read field ${this.#field}: ${bytes.length} bytes are no whole number of ${width}-byte values`,
      );
    }
    return {
      view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      count: bytes.length / width,
    };
  }

  /** Before a value is read: it must be there, of this wire type; a varint is read at once. */
  #take(wireType: WireType): void {
    if (!this.#pending || this.#wireType !== wireType) {
      const found = this.#pending ? `it is of wire type ${this.#wireType}` : "it was read before";
      fail(`Cannot read field ${this.#field} as wire type ${wireType}: ${found}`);
    }
    this.#pending = false;
    if (wireType === VARINT) this.#varint();
  }

  #skip(): void {
    this.#pending = false;
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === FIXED_64) this.#advance(8);
    else if (this.#wireType === FIXED_32) this.#advance(4);
    else this.#piece();
  }

  #piece(): Uint8Array {
    this.#varint();
    const length = this.#high * 2 ** 32 + this.#low;
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  #advance(count: number): number {
    const start = this.#at;
    const left = this.#bytes.length - start;
    if (count > left) {
      fail(`Cannot read field ${this.#field}: ${count} bytes are announced, ${left} follow; it is cut off`);
    }
    this.#at += count;
    return start;
  }

  #varint(): void {
    let low = 0, high = 0;
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) fail(`Cannot read field ${this.#field}: its integer is cut off`);
      this.#at++;
      const bits = byte & 0x7f;
      if (i < 4) low |= bits << 7 * i;
      else if (i === 4) {
        low |= bits << 28;
        high = bits >>> 4;
      } else if (i < 9) high |= bits << 7 * i - 32;
      else if (bits > 1) break;
      else high |= bits << 31;
      if (byte < 0x80) {
        this.#low = low >>> 0;
        this.#high = high >>> 0;
        return;
      }
    }
    fail(`Cannot read field ${this.#field}: its integer has more than 64 bits`);
  }

  #toBigInt(): bigint {
    return BigInt.asIntN(64, BigInt(this.#high) << 32n | BigInt(this.#low));
  }

  #rounded(): number {
    return this.#high === 0 ? this.#low : Number(this.#toBigInt());
  }

  #toNumber(): number {
    const value = this.#rounded();
    if (!Number.isSafeInteger(value)) {
      fail(`Cannot read field ${this.#field} as a number: ${this.#toBigInt()} is beyond 2^53`);
    }
    return value;
  }
}
