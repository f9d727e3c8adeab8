/**
 * Seeded chance: xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c), its state
 * filled by splitmix64. The same seed gives the same numbers on every machine.
 *
 * Left out: streams by `jump()` (take another seed), cryptographic use (this is not for secrets).
 */

/** The four 32-bit words of a {@linkcode Random}, as plain numbers that JSON can hold. */
export type RandomState = readonly [number, number, number, number];

const MASK_64 = (1n << 64n) - 1n;

/** Four words from a seed, as the authors advise: two outputs of splitmix64. */
function stateFromSeed(seed: number): RandomState {
  let state = BigInt(seed);
  const next = () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK_64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK_64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK_64;
    return z ^ (z >> 31n);
  };
  const first = next();
  const second = next();
  const low = (z: bigint) => Number(z & 0xffffffffn);
  const high = (z: bigint) => Number(z >> 32n);
  return [low(first), high(first), low(second), high(second)];
}

function rotateLeft(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

/**
 * A seeded generator of random numbers.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const random = new Random(42);
 * const state = random.state();
 * const drawn = [random.uniform(), random.normal()];
 * random.restore(state);
 * assert.deepEqual([random.uniform(), random.normal()], drawn);
 * ```
 */
export class Random {
  readonly #s: Uint32Array;

  /**
   * At the beginning of the seed's sequence.
   *
   * @param seed an integer from 0 to 2^53 − 1
   * @throws RangeError on any other number
   */
  constructor(seed: number) {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new RangeError(`Cannot seed with ${seed}: an integer from 0 to 2^53 − 1 is wanted`);
    }
    this.#s = new Uint32Array(stateFromSeed(seed));
  }

  /** The state now; {@linkcode Random.restore} continues from it. */
  state(): RandomState {
    return [this.#s[0]!, this.#s[1]!, this.#s[2]!, this.#s[3]!];
  }

  /**
   * Continues as the generator did that gave this state.
   *
   * @throws RangeError when the words are not four unsigned 32-bit integers, or all zero
   */
  restore(state: RandomState): void {
    const valid = state.length === 4 && state.every((word) => word >>> 0 === word) &&
      state.some((word) => word !== 0);
    if (!valid) {
      throw new RangeError(
        `Cannot restore the state [${state}]: four unsigned 32-bit integers, not all zero, are wanted`,
      );
    }
    this.#s.set(state);
  }

  /** 32 random bits, as an integer from 0 to 2^32 − 1. */
  uint32(): number {
    const s = this.#s;
    const s1 = s[1]!;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    s[2]! ^= s[0]!;
    s[3]! ^= s1;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= s1 << 9;
    s[3] = rotateLeft(s[3]!, 11);
    return result;
  }

  /** Uniform in [from, to), 53 random bits. */
  uniform(from: number = 0, to: number = 1): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return from + (to - from) * ((high * 67_108_864 + low) / 9_007_199_254_740_992);
  }

  /** Normal with this mean and standard deviation: Marsaglia's polar method, the second value dropped. */
  normal(mean: number = 0, sd: number = 1): number {
    for (;;) {
      const u = this.uniform(-1, 1);
      const v = this.uniform(-1, 1);
      const s = u * u + v * v;
      if (s > 0 && s < 1) return mean + sd * u * Math.sqrt(-2 * Math.log(s) / s);
    }
  }

  /**
   * An integer from 0 to `below` − 1, every one equally likely.
   *
   * @throws RangeError when `below` is no integer from 1 to 2^32
   */
  integer(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) {
      throw new RangeError(`Cannot draw an integer below ${below}: an integer from 1 to 2^32 is wanted`);
    }
    const fair = 2 ** 32 - (2 ** 32 % below);
    for (;;) {
      const drawn = this.uint32();
      if (drawn < fair) return drawn % below;
    }
  }

  /** Shuffles in place (Fisher–Yates); every order is equally likely. */
  shuffle(order: Int32Array): void {
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const kept = order[last]!;
      order[last] = order[other]!;
      order[other] = kept;
    }
  }
}
