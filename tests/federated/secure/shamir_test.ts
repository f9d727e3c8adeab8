import assert from "node:assert/strict";
import { Random } from "../../../nn/mod.ts";
import { combineShares, splitSecret } from "../../../src/federated/secure/shamir.ts";

const random = new Random(1);
const bytes = (length: number) => Uint8Array.from({ length }, () => Math.floor(random.uniform() * 256));

Deno.test("any threshold of the shares gives the secret back, fewer do not", () => {
  for (const [shares, threshold] of [[1, 1], [3, 2], [5, 5], [54, 37], [255, 171]] as const) {
    const secret = bytes(32);
    const split = splitSecret(secret, { shares, threshold, random: bytes });
    const order = Int32Array.from({ length: shares }, (_, i) => i);
    random.shuffle(order);
    const some = (count: number) => new Map([...order.subarray(0, count)].map((i) => [i, split[i]!]));
    assert.deepEqual(combineShares(some(threshold)), secret);
    assert.deepEqual(combineShares(some(shares)), secret);
    if (threshold > 1) assert.notDeepEqual(combineShares(some(threshold - 1)), secret);
  }
});

Deno.test("shares of one number take every value, whatever the secret", () => {
  const seen = new Set<number>();
  for (let i = 0; i < 5_000; i++) {
    seen.add(splitSecret(Uint8Array.of(7), { shares: 3, threshold: 2, random: bytes })[0]![0]!);
  }
  assert.equal(seen.size, 256);
});

Deno.test("shares that cannot be are refused", () => {
  for (const [shares, threshold] of [[256, 2], [3, 4], [3, 0]] as const) {
    assert.throws(() => splitSecret(bytes(4), { shares, threshold, random: bytes }), RangeError);
  }
});
