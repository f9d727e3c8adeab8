/**
 * Just enough of an assembler for WebAssembly's binary format (https://webassembly.github.io/spec/core/binary):
 * functions over i32, f64 and v128, one imported memory, exports.
 */
import { MEMORY_PAGES_MAX, MEMORY_PAGES_MIN } from "./limits.ts";

/** A value type by its byte in the format. */
export type ValueType = typeof I32 | typeof F64 | typeof V128;

/** An address, a count or a stride. */
export const I32 = 0x7f;
/** One number. */
export const F64 = 0x7c;
/** Two numbers side by side. */
export const V128 = 0x7b;

/** The instructions on two numbers at once, by their place behind the SIMD prefix. */
export const SIMD = {
  load: 0x00,
  loadSplat: 0x0a,
  store: 0x0b,
  splat: 0x14,
  less: 0x49,
  lessOrEqual: 0x4b,
  andNot: 0x4f,
  or: 0x50,
  storeLane: 0x5b,
  /** Of 64-bit integers, by an i32. */
  shiftLeft: 0xcb,
  /** Of 64-bit integers. */
  addIntegers: 0xce,
  absolute: 0xec,
  negate: 0xed,
  root: 0xef,
  add: 0xf0,
  subtract: 0xf1,
  multiply: 0xf2,
  divide: 0xf3,
  /** `b < a ? b : a`, which keeps a NaN of a. */
  pickSmaller: 0xf6,
  /** `a < b ? b : a`, which keeps a NaN of a. */
  pickLarger: 0xf7,
  /** a × b + c, rounded once or twice as the machine likes (relaxed SIMD). */
  multiplyAdd: 0x107,
} as const;

const EMPTY_BLOCK = 0x40, END = 0x0b;

/** Appends an unsigned integer in LEB128. */
function pushUnsigned(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push(rest & 0x7f | 0x80);
  bytes.push(rest);
}

/** Appends a signed integer in LEB128. */
function pushSigned(bytes: number[], value: number): void {
  let rest = value;
  for (; rest < -0x40 || rest > 0x3f; rest >>= 7) bytes.push(rest & 0x7f | 0x80);
  bytes.push(rest & 0x7f);
}

/** An unsigned integer in LEB128. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  pushUnsigned(bytes, value);
  return bytes;
}

/** The indices of so many locals. */
export type Locals<Count extends number, Found extends number[] = []> = Found["length"] extends Count ? Found
  : Locals<Count, [...Found, number]>;

/** One function while it is written: parameters first, then locals; without a result. */
export class Code {
  /** Under this name the function is exported. */
  readonly name: string;
  /** Of the parameters. */
  readonly parameterTypes: readonly ValueType[];
  readonly #localTypes: ValueType[] = [];
  readonly #bytes: number[] = [];

  /** A function without an instruction yet. */
  constructor(name: string, parameterTypes: readonly ValueType[]) {
    this.name = name;
    this.parameterTypes = parameterTypes;
  }

  /** Makes a local. @returns its index */
  local(type: ValueType): number {
    return this.parameterTypes.length + this.#localTypes.push(type) - 1;
  }

  /** Makes so many locals of one type. @returns their indices */
  locals<Count extends number>(count: Count, type: ValueType): Locals<Count> {
    return Array.from({ length: count }, () => this.local(type)) as Locals<Count>;
  }

  /** The indices of the parameters, of which there are so many. */
  parameters<Count extends number>(count: Count): Locals<Count> {
    return Array.from({ length: count }, (_, index) => index) as Locals<Count>;
  }

  /** Pushes a local. */
  get(local: number): void {
    this.#bytes.push(0x20);
    pushUnsigned(this.#bytes, local);
  }

  /** Pops into a local. */
  set(local: number): void {
    this.#bytes.push(0x21);
    pushUnsigned(this.#bytes, local);
  }

  /** Pushes an i32. */
  constant(value: number): void {
    this.#bytes.push(0x41);
    pushSigned(this.#bytes, value);
  }

  /** A SIMD instruction without operands in the code. */
  simd(instruction: number): void {
    this.#bytes.push(0xfd);
    pushUnsigned(this.#bytes, instruction);
  }

  /** A SIMD load or store, `offset` bytes behind the address on the stack; 8-byte alignment is all it promises. */
  memory(instruction: number, offset: number): void {
    this.simd(instruction);
    this.#bytes.push(3);
    pushUnsigned(this.#bytes, offset);
    if (instruction === SIMD.storeLane) this.#bytes.push(0);
  }

  /** into ← value. */
  setConstant(into: number, value: number): void {
    this.constant(value);
    this.set(into);
  }

  /** into ← from. */
  copy(into: number, from: number): void {
    this.get(from);
    this.set(into);
  }

  /** into ← into + by. */
  advance(into: number, by: number): void {
    this.get(into);
    this.get(by);
    this.#bytes.push(0x6a);
    this.set(into);
  }

  /** into ← into + bytes. */
  advanceBy(into: number, bytes: number): void {
    this.get(into);
    this.constant(bytes);
    this.#bytes.push(0x6a);
    this.set(into);
  }

  /** into ← from × factor. */
  scale(into: number, from: number, factor: number): void {
    this.get(from);
    this.constant(factor);
    this.#bytes.push(0x6c);
    this.set(into);
  }

  /** into ← from × by. */
  product(into: number, from: number, by: number): void {
    this.get(from);
    this.get(by);
    this.#bytes.push(0x6c);
    this.set(into);
  }

  /** into ← into − by. */
  retreat(into: number, by: number): void {
    this.get(into);
    this.get(by);
    this.#bytes.push(0x6b);
    this.set(into);
  }

  /** into ← the i32 that lies `offset` bytes behind an address. */
  loadIndex(into: number, address: number, offset: number): void {
    this.get(address);
    this.#bytes.push(0x28, 2, ...unsigned(offset));
    this.set(into);
  }

  /** Zeros from an address on. */
  clear(address: number, bytes: number): void {
    this.get(address);
    this.constant(0);
    this.get(bytes);
    this.#bytes.push(0xfc, 0x0b, 0);
  }

  /** Runs the body as long as `count` is at least `least`; the body makes it smaller. */
  whileAtLeast(count: number, least: number, body: () => void): void {
    const enough = () => {
      this.get(count);
      this.constant(least);
      this.#bytes.push(0x4e);
    };
    this.#when(enough, () => {
      this.#bytes.push(0x03, EMPTY_BLOCK);
      body();
      enough();
      this.#bytes.push(0x0d, 0, END);
    });
  }

  /** Runs the body unless the local is 0. */
  ifNonZero(local: number, body: () => void): void {
    this.#when(() => this.get(local), body);
  }

  /** Runs the body when the count is exactly this. */
  ifEqual(count: number, value: number, body: () => void): void {
    this.#when(() => {
      this.get(count);
      this.constant(value);
      this.#bytes.push(0x46);
    }, body);
  }

  /** The function's body as the format has it: its length, locals one by one, instructions. */
  finish(): Bytes {
    const locals = this.#localTypes.flatMap((type) => [1, type]);
    const head = [...unsigned(this.#localTypes.length), ...locals];
    return [unsigned(head.length + this.#bytes.length + 1), head, this.#bytes, [END]];
  }

  #when(condition: () => void, body: () => void): void {
    condition();
    this.#bytes.push(0x04, EMPTY_BLOCK);
    body();
    this.#bytes.push(END);
  }
}

/** Bytes in parts, so that the long ones are copied once. */
type Bytes = readonly (readonly number[])[];

function countBytes(parts: Bytes): number {
  return parts.reduce((count, part) => count + part.length, 0);
}

/** A list in the format: how many, then each. */
function list(members: readonly Bytes[]): Bytes {
  return [unsigned(members.length), ...members.flat()];
}

function section(id: number, content: Bytes): Bytes {
  return [[id], unsigned(countBytes(content)), ...content];
}

function nameBytes(text: string): number[] {
  return [...unsigned(text.length), ...new TextEncoder().encode(text)];
}

/** A module with these functions, over the shared memory that it imports as `nn.memory`. */
export function assemble(functions: readonly Code[]): Uint8Array<ArrayBuffer> {
  const limits = [...unsigned(MEMORY_PAGES_MIN), ...unsigned(MEMORY_PAGES_MAX)];
  const memory = [...nameBytes("nn"), ...nameBytes("memory"), 0x02, 0x03, ...limits];
  const types = functions.map(({ parameterTypes }) => [
    [0x60, ...unsigned(parameterTypes.length), ...parameterTypes, 0],
  ]);
  const parts = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(types)),
    ...section(2, list([[memory]])),
    ...section(3, list(functions.map((_, index) => [unsigned(index)]))),
    ...section(7, list(functions.map(({ name }, index) => [nameBytes(name), [0x00], unsigned(index)]))),
    ...section(10, list(functions.map((code) => code.finish()))),
  ];
  const bytes = new Uint8Array(countBytes(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
