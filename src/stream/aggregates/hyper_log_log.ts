/**
 * HyperLogLog: counts different texts in a fixed space (Flajolet, Fusy, Gandouet and Meunier, AofA 2007), read by the
 * estimator of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", arXiv 1702.01284, algorithm 6),
 * which needs no corrections for small counts and no tables.
 *
 * 2^12 registers: a standard error of 1.04 ÷ √4096 = 1.6 %.
 */

const INDEX_BITS = 12;
/** Numbers of a sketch. */
export const REGISTERS = 1 << INDEX_BITS;
/** Bits of a hash that are left for the rank. */
const RANK_BITS = 64 - INDEX_BITS;
/** The highest rank of a hash. */
export const RANK_MAX = RANK_BITS + 1;

/** A sketch of nothing: for each register the highest rank seen. */
export function createSketch(): Uint8Array {
  return new Uint8Array(REGISTERS);
}

/** Takes a text in. */
export function addToSketch(sketch: Uint8Array, text: string): void {
  const high = hash(text, 0x9747b28c);
  const low = hash(text, 0x3c6ef372);
  const index = high >>> (32 - INDEX_BITS);
  const rest = (high << INDEX_BITS) >>> 0;
  const rank = rest !== 0 ? Math.clz32(rest) + 1 : 32 - INDEX_BITS + Math.clz32(low) + 1;
  if (rank > sketch[index]!) sketch[index] = rank;
}

/** Takes in what `from` has seen. */
export function mergeSketch(into: Uint8Array, from: Uint8Array): void {
  for (let i = 0; i < into.length; i++) if (from[i]! > into[i]!) into[i] = from[i]!;
}

/** About how many different texts. */
export function estimate(sketch: Uint8Array): number {
  const histogram = new Float64Array(RANK_BITS + 2);
  for (const rank of sketch) histogram[rank]!++;
  let z = REGISTERS * tau(1 - histogram[RANK_BITS + 1]! / REGISTERS);
  for (let rank = RANK_BITS; rank >= 1; rank--) z = (z + histogram[rank]!) / 2;
  z += REGISTERS * sigma(histogram[0]! / REGISTERS);
  return REGISTERS * REGISTERS / (2 * Math.LN2 * z);
}

/** x + Σ x^(2^k) · 2^(k − 1). */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let sum = x;
  for (let weight = 1;; weight *= 2) {
    x *= x;
    const next = sum + x * weight;
    if (next === sum) return sum;
    sum = next;
  }
}

/** (1 − x − Σ (1 − x^(2^−k))² · 2^−k) ÷ 3. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let sum = 1 - x;
  for (let weight = 1;;) {
    x = Math.sqrt(x);
    weight /= 2;
    const next = sum - (1 - x) ** 2 * weight;
    if (next === sum) return sum / 3;
    sum = next;
  }
}

/** MurmurHash3, x86, 32 bits (Appleby, public domain), over the text's UTF-16 units, two of them a block. */
function hash(text: string, seed: number): number {
  let h = seed;
  const pairs = text.length >> 1;
  for (let i = 0; i < pairs; i++) {
    h ^= scramble(text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 16));
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  if (text.length % 2 === 1) h ^= scramble(text.charCodeAt(text.length - 1));
  h ^= 2 * text.length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}
