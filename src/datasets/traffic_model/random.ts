/**
 * Seeded chance for the traffic model: sfc32 (C. Doty-Humphrey, PractRand 0.95), which needs no multiplication and
 * keeps its state in plain fields: some ten numbers are drawn for every packet.
 */

/** Words to skip after seeding, as the author advises. */
const WARM_UP = 15;

/** A seeded generator: the same seed and stream give the same numbers on every machine. */
export class Chance {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;

  /**
   * @param seed an integer from 0 to 2^53 − 1
   * @param stream another row of numbers of the same seed: a link, a day
   */
  constructor(seed: number, stream = 0) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 4_294_967_296) >>> 0;
    this.#c = stream >>> 0;
    for (let i = 0; i < WARM_UP; i++) this.uint32();
  }

  /** 32 random bits, as an integer from 0 to 2^32 − 1. */
  uint32(): number {
    const drawn = (this.#a + this.#b + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + drawn) | 0;
    return drawn >>> 0;
  }

  /** Uniform in [from, to), 32 random bits. */
  uniform(from = 0, to = 1): number {
    return from + (to - from) * (this.uint32() / 4_294_967_296);
  }

  /** An integer from 0 to `below` − 1; for `below` far under 2^32, where the bias of scaling does not show. */
  integer(below: number): number {
    return Math.floor(this.uint32() / 4_294_967_296 * below);
  }

  /** One of them, every one equally likely. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(choices.length)]!;
  }

  /** Pareto: from `least`, with P(X > x) = (least ÷ x)^shape, cut off at `most`. */
  pareto(least: number, { shape, most }: { readonly shape: number; readonly most: number }): number {
    return Math.min(most, least * (1 - this.uniform()) ** (-1 / shape));
  }

  /** Shuffles in place (Fisher–Yates). */
  shuffle<T>(order: T[]): T[] {
    for (let last = order.length - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      [order[last], order[other]] = [order[other]!, order[last]!];
    }
    return order;
  }
}
