/**
 * A secret in shares, any `threshold` of which give it back while fewer say nothing of it (Shamir 1979, How to Share a
 * Secret, doi:10.1145/359168.359176). Byte by byte in GF(2⁸) with the polynomial of AES, so there are at most 255 shares.
 */

/** Shares that a secret can have. */
export const SHARES_MAX = 255;

/** Powers of the generator 3, twice over, and their exponents. */
const POWER = new Uint8Array(510), EXPONENT = new Uint8Array(256);
for (let i = 0, x = 1; i < 255; i++) {
  POWER[i] = POWER[i + 255] = x;
  EXPONENT[x] = i;
  const doubled = x << 1;
  x ^= doubled > 255 ? doubled ^ 0x11b : doubled;
}

function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : POWER[EXPONENT[a]! + EXPONENT[b]!]!;
}

function divide(a: number, b: number): number {
  return a === 0 ? 0 : POWER[EXPONENT[a]! + 255 - EXPONENT[b]!]!;
}

/** How a secret is split. */
export interface SplitOptions {
  readonly shares: number;
  /** Shares that give the secret back. */
  readonly threshold: number;
  /** Bytes that nobody can guess. */
  readonly random: (length: number) => Uint8Array;
}

/**
 * The shares of a secret; share i is the polynomials' value at i + 1.
 *
 * @throws RangeError unless 1 ≤ threshold ≤ shares ≤ 255
 */
export function splitSecret(secret: Uint8Array, { shares, threshold, random }: SplitOptions): Uint8Array[] {
  if (!(threshold >= 1 && threshold <= shares && shares <= SHARES_MAX)) {
    throw new RangeError(
      `Cannot split a secret into ${shares} shares of which ${threshold} are enough: at most ${SHARES_MAX}`,
    );
  }
  const coefficients = random(secret.length * (threshold - 1));
  return Array.from({ length: shares }, (_, share) =>
    secret.map((byte, i) => {
      let value = 0;
      for (let power = threshold - 2; power >= 0; power--) {
        value = multiply(value ^ coefficients[power * secret.length + i]!, share + 1);
      }
      return value ^ byte;
    }));
}

/** The secret of at least as many shares as were to be enough, by their numbers (from 0); of fewer something else. */
export function combineShares(shares: ReadonlyMap<number, Uint8Array>): Uint8Array {
  const all = [...shares];
  const secret = new Uint8Array(all[0]?.[1].length ?? 0);
  for (const [number, share] of all) {
    let factor = 1;
    for (const [other] of all) {
      if (other !== number) factor = multiply(factor, divide(other + 1, (other + 1) ^ (number + 1)));
    }
    for (let i = 0; i < secret.length; i++) secret[i]! ^= multiply(share[i]!, factor);
  }
  return secret;
}
