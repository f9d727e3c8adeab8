/**
 * The safetensors format (https://github.com/huggingface/safetensors, "Format"): 8 bytes with the header's length
 * (little-endian), a JSON header, then the tensors' bytes.
 *
 * Reading is strict: what is not exactly right is one error that says what was found. Writing is deterministic:
 * F64 before F32, then by name; metadata by key; the header is padded with spaces to a multiple of 8.
 *
 * Left out: types other than F64 and F32 (a network here has no others), reading single tensors from a part of the
 * file, big-endian machines.
 */
import { firstNotFinite } from "../finite.ts";
import { HEADER_BYTES_MAX } from "../limits.ts";
import { findRepeatedKey } from "./json_keys.ts";

/** One tensor, row-major. */
export type Tensor =
  | {
    readonly name: string;
    readonly dtype: "F64";
    readonly shape: readonly number[];
    readonly values: Float64Array;
  }
  | {
    readonly name: string;
    readonly dtype: "F32";
    readonly shape: readonly number[];
    readonly values: Float32Array;
  };

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /** In any order when written, in the order of their bytes when read. */
  readonly tensors: readonly Tensor[];
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes that are no proper safetensors file, or tensors that cannot be written as one. */
export class SafetensorsError extends Error {
  /** Identifies the error across module boundaries. */
  override readonly name = "SafetensorsError";
  /** A value is NaN or infinite; everything else is as it should be up to there. */
  readonly isNotFinite: boolean;

  /** An error with what was found. @param options.isNotFinite see there. @default false */
  constructor(message: string, options: ErrorOptions & { readonly isNotFinite?: boolean } = {}) {
    super(message, options);
    this.isNotFinite = options.isNotFinite ?? false;
  }
}

const BYTES_PER_VALUE: Readonly<Record<string, 4 | 8>> = { F64: 8, F32: 4 };
const LENGTH_BYTES = 8;
const METADATA_KEY = "__metadata__";

function fail(message: string): never {
  throw new SafetensorsError(message);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** How many values a shape holds; NaN when it is no shape. */
function countOf(shape: unknown): number {
  if (!Array.isArray(shape)) return NaN;
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return NaN;
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : NaN;
}

/**
 * The bytes of a safetensors file.
 *
 * @throws SafetensorsError when names repeat, a shape does not fit its values, or a value is not finite
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const tensor = { name: "w", dtype: "F64", shape: [2, 1], values: new Float64Array([1, 2]) } as const;
 * const bytes = encodeSafetensors({ tensors: [tensor], metadata: { format: "1" } });
 * assert.deepEqual(decodeSafetensors(bytes), { tensors: [tensor], metadata: { format: "1" } });
 * ```
 */
export function encodeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const ordered = [...tensors].sort((a, b) =>
    BYTES_PER_VALUE[b.dtype]! - BYTES_PER_VALUE[a.dtype]! || compareText(a.name, b.name)
  );
  const entries: [string, unknown][] = [];
  const keys = Object.keys(metadata).sort(compareText);
  if (keys.length > 0) {
    entries.push([METADATA_KEY, Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  }
  let end = 0;
  for (const { name, dtype, shape, values } of ordered) {
    if (name === METADATA_KEY || entries.some(([other]) => other === name)) {
      fail(`Cannot write tensor "${name}": the name is taken`);
    }
    if (countOf(shape) !== values.length) {
      fail(`Cannot write tensor "${name}": shape [${shape}] does not fit its ${values.length} values`);
    }
    const wrong = firstNotFinite(values);
    if (wrong >= 0) fail(`Cannot write tensor "${name}": value ${wrong} is ${values[wrong]}`);
    const start = end;
    end += values.byteLength;
    entries.push([name, { dtype, shape, data_offsets: [start, end] }]);
  }
  // Object.fromEntries would move names such as "0" to the front: the text is put together by hand.
  const members = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  const header = new TextEncoder().encode(`{${members.join(",")}}`);
  const headerBytes = Math.ceil(header.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (headerBytes > HEADER_BYTES_MAX) {
    fail(`Cannot write a header of ${headerBytes} bytes: at most ${HEADER_BYTES_MAX} are allowed`);
  }
  const bytes = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  bytes.set(header, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const { values } of ordered) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * What the bytes of a safetensors file hold, the tensors in the order of their bytes. Values are copies.
 *
 * @param options.isOwn the bytes are nobody else's: where they fill their buffer, values that lie at a multiple of their
 * size are views of it. @default false
 * @throws SafetensorsError on whatever is not exactly a safetensors file with finite F64 and F32 tensors
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  { isOwn = false }: { readonly isOwn?: boolean } = {},
): SafetensorsFile {
  const headerBytes = readHeaderLength(bytes);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes));
  const body = bytes.subarray(LENGTH_BYTES + headerBytes);
  const metadata = readMetadata(header[METADATA_KEY]);
  const places = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, entry]) => readPlace(name, entry))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  let covered = 0;
  for (const { name, start, end } of places) {
    if (start < covered) {
      fail(`Cannot read tensor "${name}": it begins at byte ${start}, inside another tensor`);
    }
    if (start > covered) {
      fail(`Cannot read tensor "${name}": it begins at byte ${start}, byte ${covered} is wanted (no gaps)`);
    }
    if (end > body.length) {
      fail(`Cannot read tensor "${name}": it ends at byte ${end} of ${body.length}; the file is cut off`);
    }
    covered = end;
  }
  if (covered !== body.length) {
    fail(`Cannot read the tensors: ${body.length - covered} bytes at the end belong to no tensor`);
  }
  const mayView = isOwn && bytes.byteLength === bytes.buffer.byteLength;
  return { tensors: places.map((place) => readTensor(place, body, mayView)), metadata };
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < LENGTH_BYTES) {
    fail(`Cannot read the header's length: the file has ${bytes.length} bytes, at least 8 are wanted`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(HEADER_BYTES_MAX)) {
    fail(
      `Cannot read a header of ${length} bytes: at most ${HEADER_BYTES_MAX} are allowed; no safetensors file?`,
    );
  }
  if (length > BigInt(bytes.length - LENGTH_BYTES)) {
    fail(
      `Cannot read a header of ${length} bytes: ${bytes.length - LENGTH_BYTES} follow; the file is cut off`,
    );
  }
  return Number(length);
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  if (bytes[0] !== 0x7b) fail(`Cannot read the header: it does not begin with "{"`);
  let text: string, header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (error) {
    fail(`Cannot read the header: ${error instanceof Error ? error.message : String(error)}`);
  }
  const repeated = findRepeatedKey(text);
  if (repeated !== null) fail(`Cannot read the header: the name "${repeated}" stands there twice`);
  return header as Record<string, unknown>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (!isObject(value)) fail(`Cannot read ${METADATA_KEY}: an object is wanted`);
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== "string") {
      fail(`Cannot read ${METADATA_KEY}: "${key}" is of type ${typeof text}, a string is wanted`);
    }
  }
  return value as Record<string, string>;
}

/** Where a tensor lies in the body, in bytes. */
interface Place {
  readonly name: string;
  readonly dtype: "F64" | "F32";
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

function readPlace(name: string, entry: unknown): Place {
  const of = `Cannot read tensor "${name}":`;
  if (!isObject(entry)) fail(`${of} its entry is no object`);
  const { dtype, shape, data_offsets: offsets, ...others } = entry;
  const unknown = Object.keys(others);
  if (unknown.length > 0) fail(`${of} its entry has an unknown key "${unknown[0]}"`);
  if (dtype !== "F64" && dtype !== "F32") {
    fail(`${of} its dtype is ${JSON.stringify(dtype)}, "F64" or "F32" is wanted`);
  }
  const count = countOf(shape);
  if (Number.isNaN(count)) {
    fail(`${of} its shape is ${JSON.stringify(shape)}, an array of integers from 0 is wanted`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || Number.isNaN(countOf(offsets.slice(0, 1)))) {
    fail(`${of} its data_offsets are ${JSON.stringify(offsets)}, two integers from 0 are wanted`);
  }
  const [start, end] = offsets as [number, number];
  const wanted = count * BYTES_PER_VALUE[dtype]!;
  if (end - start !== wanted) {
    fail(
      `${of} its data_offsets ${JSON.stringify(offsets)} hold ${end - start} bytes, ` +
        `shape [${shape}] of ${dtype} wants ${wanted}`,
    );
  }
  return { name, dtype, shape: shape as number[], start, end };
}

function readTensor(
  { name, dtype, shape, start, end }: Place,
  body: Uint8Array,
  mayView: boolean,
): Tensor {
  const part = body.subarray(start, end), size = BYTES_PER_VALUE[dtype]!;
  // Not slice(): a subclass, as Node's Buffer is, may give a view.
  const { buffer, byteOffset } = mayView && part.byteOffset % size === 0 ? part : new Uint8Array(part);
  const count = part.length / size;
  const tensor: Tensor = dtype === "F64"
    ? { name, dtype, shape, values: new Float64Array(buffer, byteOffset, count) }
    : { name, dtype, shape, values: new Float32Array(buffer, byteOffset, count) };
  const wrong = firstNotFinite(tensor.values);
  if (wrong >= 0) {
    const found = `Cannot read tensor "${name}": value ${wrong} is ${tensor.values[wrong]}, not finite`;
    throw new SafetensorsError(found, { isNotFinite: true });
  }
  return tensor;
}
