import assert from "node:assert/strict";
import { epsilonOf } from "../../../src/federated/privacy/accountant.ts";
import { drawNoise } from "../../../src/federated/privacy/gaussian.ts";
import { moments } from "../../../nn/mod.ts";

const golden = JSON.parse(
  Deno.readTextFileSync(new URL("../../golden/federated/privacy.json", import.meta.url)),
) as {
  rows: {
    noiseMultiplier: number;
    rounds: number;
    delta: number;
    exact: number;
    google: number | null;
  }[];
};

Deno.test("ε is the exact one, and Google's accountant comes to the same", () => {
  for (const { noiseMultiplier, exact, google, ...at } of golden.rows) {
    const found = epsilonOf(noiseMultiplier, at);
    assert.ok(Math.abs(found - exact) <= 1e-9 * Math.max(1, exact), `${noiseMultiplier}: ${found}, ${exact}`);
    if (google === null) continue;
    assert.ok(Math.abs(found - google) <= 1e-6 * google, `${noiseMultiplier}: ${found}, Google's ${google}`);
  }
});

Deno.test("no round gives nothing away, no noise gives everything away", () => {
  assert.equal(epsilonOf(1, { rounds: 0 }), 0);
  assert.equal(epsilonOf(0, { rounds: 1 }), Infinity);
  assert.equal(epsilonOf(0.01, { rounds: 1_000 }), Infinity);
});

Deno.test("noise is normal, the same when it is drawn again, and another in each round", () => {
  const key = new Uint8Array(32).fill(7);
  const noise = drawNoise(key, { round: 4, length: 100_001, sd: 3 });
  assert.deepEqual(drawNoise(key, { round: 4, length: 100_001, sd: 3 }), noise);
  const { mean, sd } = moments(noise);
  assert.ok(Math.abs(mean) < 0.05, `mean ${mean}`);
  assert.ok(Math.abs(sd - 3) < 0.03, `sd ${sd}`);
  const beyond = noise.filter((value) => Math.abs(value) > 6).length / noise.length;
  assert.ok(Math.abs(beyond - 0.0455) < 0.004, `beyond two standard deviations ${beyond}`);
  const next = drawNoise(key, { round: 5, length: 100_001, sd: 3 });
  let product = 0;
  for (let i = 0; i < noise.length; i++) product += noise[i]! * next[i]! / 9 / noise.length;
  assert.ok(Math.abs(product) < 0.02, `correlation ${product}`);
});
