/** CRC-32C (Castagnoli, polynomial 0x82F63B78), slicing by sixteen. Check value of "123456789": 0xe3069283. */

const POLYNOMIAL = 0x82f63b78;
/** Bytes of a step, each with a table of its own. */
const STEP_BYTES = 16;
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(STEP_BYTES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
    tables[byte] = crc;
  }
  for (let table = 1; table < STEP_BYTES; table++) {
    for (let byte = 0; byte < 256; byte++) {
      const previous = tables[(table - 1) * 256 + byte]!;
      tables[table * 256 + byte] = (previous >>> 8) ^ tables[previous & 0xff]!;
    }
  }
  return tables;
}

/**
 * CRC-32C of `bytes[start … end)`, as an unsigned 32-bit number. `before`: the CRC of bytes that stand in front of
 * these; the answer is then that of all together.
 *
 * @example
 * ```ts
 * import { crc32c } from "./crc32c.ts";
 * if (crc32c(new TextEncoder().encode("123456789")) !== 0xe3069283) throw new Error("wrong CRC");
 * ```
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number {
  const t = TABLES;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = ~before;
  let i = start;
  for (const last = end - STEP_BYTES; i <= last; i += STEP_BYTES) {
    const a = crc ^ view.getInt32(i, true);
    const b = view.getInt32(i + 4, true);
    const c = view.getInt32(i + 8, true);
    const d = view.getInt32(i + 12, true);
    crc = t[3840 + (a & 0xff)]! ^ t[3584 + (a >>> 8 & 0xff)]! ^ t[3328 + (a >>> 16 & 0xff)]! ^
      t[3072 + (a >>> 24)]! ^ t[2816 + (b & 0xff)]! ^ t[2560 + (b >>> 8 & 0xff)]! ^
      t[2304 + (b >>> 16 & 0xff)]! ^ t[2048 + (b >>> 24)]! ^ t[1792 + (c & 0xff)]! ^
      t[1536 + (c >>> 8 & 0xff)]! ^ t[1280 + (c >>> 16 & 0xff)]! ^ t[1024 + (c >>> 24)]! ^
      t[768 + (d & 0xff)]! ^ t[512 + (d >>> 8 & 0xff)]! ^ t[256 + (d >>> 16 & 0xff)]! ^ t[d >>> 24]!;
  }
  for (; i < end; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** x^(2^k) modulo the polynomial, bits reflected: element k squared is element k + 1. */
const POWERS = makePowers();

function makePowers(): Uint32Array {
  const powers = new Uint32Array(32);
  powers[0] = 1 << 30;
  for (let k = 1; k < 32; k++) powers[k] = multiply(powers[k - 1]!, powers[k - 1]!);
  return powers;
}

/** Product of two polynomials over GF(2), modulo that of the CRC. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0x80000000, rest = b; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= rest;
    rest = (rest >>> 1) ^ (rest & 1 ? POLYNOMIAL : 0);
  }
  return product;
}

/**
 * CRC-32C of the last `size` bytes of some, from that of all and that of the bytes before them: no byte is read.
 * Source: zlib's `crc32_combine`.
 */
export function crc32cOfTail(all: number, { head, size }: { head: number; size: number }): number {
  let power = 0x80000000;
  for (let rest = size, k = 3; rest > 0; rest = Math.floor(rest / 2), k++) {
    if (rest % 2 === 1) power = multiply(POWERS[k & 31]!, power);
  }
  return (all ^ multiply(power, head)) >>> 0;
}
