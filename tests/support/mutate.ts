/**
 * Files with something changed, for tests that readers hold against them.
 *
 * STREAMFLOW_TEST_FUZZ=100000 sets the number of changed files of each kind.
 */
import { Random } from "../../nn/mod.ts";

/** How many changed files of each kind are tried. */
export const FUZZ_ROUNDS = Number(Deno.env.get("STREAMFLOW_TEST_FUZZ") ?? 20_000);
const SEED = 4;
/** Bytes that lengths, signs and types turn at. */
const EDGES = [0, 1, 2, 8, 0x22, 0x2c, 0x2d, 0x30, 0x39, 0x5b, 0x7b, 0x7d, 0x7f, 0x80, 0xfe, 0xff];

/** A copy with one to four things changed. */
export function mutate(random: Random, bytes: Uint8Array, donor: Uint8Array): Uint8Array {
  let changed: Uint8Array = bytes.slice();
  for (let change = random.integer(4); change >= 0; change--) {
    const at = random.integer(changed.length + 1);
    const length = random.integer(Math.min(16, changed.length - at) + 1);
    const rest = changed.subarray(at + length);
    switch (random.integer(6)) {
      case 0:
        if (at < changed.length) changed[at]! ^= 1 << random.integer(8);
        break;
      case 1:
        if (at < changed.length) changed[at] = EDGES[random.integer(EDGES.length)]!;
        break;
      case 2:
        changed = join(changed.subarray(0, at), rest);
        break;
      case 3:
        changed = join(changed.subarray(0, at + length), changed.subarray(at));
        break;
      case 4: {
        const from = random.integer(donor.length);
        changed = join(changed.subarray(0, at), donor.subarray(from, from + random.integer(64)), rest);
        break;
      }
      case 5:
        changed.fill(EDGES[random.integer(EDGES.length)]!, at, at + length);
        break;
    }
    if (changed.length === 0) return changed;
  }
  return changed;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** How many of the changed files could be read; the others failed with an error that is `expected`. */
export function readMutated(
  seeds: readonly Uint8Array[],
  { rounds = FUZZ_ROUNDS, read, expected }: {
    readonly rounds?: number;
    readonly read: (bytes: Uint8Array) => void;
    readonly expected: (error: unknown) => boolean;
  },
): number {
  const random = new Random(SEED);
  let reads = 0;
  for (let round = 0; round < rounds; round++) {
    const seed = seeds[random.integer(seeds.length)]!;
    const bytes = mutate(random, seed, seeds[random.integer(seeds.length)]!);
    try {
      read(bytes);
      reads++;
    } catch (error) {
      if (!expected(error)) throw new Error(`round ${round}: ${bytes.toHex()}`, { cause: error });
      const { message } = error as Error;
      if (message.length < 10 || message.length > 2_000) throw new Error(`round ${round}: ${message}`);
    }
  }
  return reads;
}
