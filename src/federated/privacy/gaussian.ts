/**
 * Gaussian noise that nobody can guess without its key, and that is the same whenever it is drawn again: a round that is
 * aggregated again after a crash must not give a second, differently noisy answer away.
 *
 * Left out: noise on a grid (the last bits of a double say a little of what it was added to: Mironov 2012,
 * doi:10.1145/2382196.2382264).
 */
import { chacha20 } from "@noble/ciphers/chacha.js";

/** Bytes of a key. */
export const NOISE_KEY_BYTES = 32;

/** Independent normal numbers of a key and a round, by Box and Muller. */
export function drawNoise(
  key: Uint8Array,
  { round, length, sd }: { readonly round: number; readonly length: number; readonly sd: number },
): Float64Array {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(0, BigInt(round), true);
  const pairs = Math.ceil(length / 2);
  const bytes = chacha20(key, nonce, new Uint8Array(pairs * 16));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  /** In (0, 1]. */
  const uniform = (at: number) => (Number(view.getBigUint64(at, true) >> 11n) + 1) / 2 ** 53;
  const noise = new Float64Array(pairs * 2);
  for (let pair = 0; pair < pairs; pair++) {
    const radius = sd * Math.sqrt(-2 * Math.log(uniform(pair * 16)));
    const angle = 2 * Math.PI * uniform(pair * 16 + 8);
    noise[2 * pair] = radius * Math.cos(angle);
    noise[2 * pair + 1] = radius * Math.sin(angle);
  }
  return noise.subarray(0, length);
}
