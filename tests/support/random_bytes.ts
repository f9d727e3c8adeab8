/** Chance from a seed, so that a failure can be had again. */

/** mulberry32: numbers from 0 (included) to 1 (excluded). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random bytes, small ones and extreme ones more often than others: they are lengths and counts. */
export function randomBytes(random: () => number, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => {
    const kind = random();
    return kind < 0.4
      ? 0
      : kind < 0.6
      ? Math.floor(4 * random())
      : kind < 0.7
      ? 255
      : Math.floor(256 * random());
  });
}
