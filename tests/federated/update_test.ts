/** What is refused, and why, whatever the strategy. */
import assert from "node:assert/strict";
import { checkUpdate, type Update } from "../../src/federated/update.ts";

const global = new Float64Array([1, 2]);
const whole: Update = { device: "a", round: 3, numExamples: 10, weights: new Float64Array([1.5, 2]) };

const CASES: readonly (readonly [string, Partial<Update>, string, RegExp])[] = [
  ["another shape", { weights: new Float64Array(3) }, "shape", /3 weights, the global model has 2/],
  ["NaN", { weights: new Float64Array([1, NaN]) }, "not-finite", /weight 1 of 2 is NaN/],
  ["infinity", { weights: new Float64Array([-Infinity, 0]) }, "not-finite", /weight 0 of 2 is -Infinity/],
  ["too far away", { weights: new Float64Array([1e9, 0]) }, "norm", /at most 1000/],
  ["a distance that overflows", { weights: new Float64Array([1e300, 0]) }, "norm", /Infinity away/],
  ["no examples", { numExamples: 0 }, "examples", /0 examples/],
  ["half an example", { numExamples: 1.5 }, "examples", /1.5 examples/],
  ["NaN examples", { numExamples: NaN }, "examples", /NaN examples/],
  ["no round", { round: -1 }, "round", /-1/],
  ["no name", { device: "" }, "device", /0 characters/],
  ["an endless name", { device: "x".repeat(300) }, "device", /300 characters/],
  ["a metric that is NaN", { metrics: { loss: NaN } }, "metrics", /loss is NaN/],
  [
    "too many metrics",
    { metrics: Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`m${i}`, 1])) },
    "metrics",
    /99 metrics/,
  ],
];

for (const [name, change, reason, detail] of CASES) {
  Deno.test(`an update is refused: ${name}`, () => {
    const checked = checkUpdate({ ...whole, ...change }, { global });
    assert.ok("refusal" in checked);
    assert.equal(checked.refusal.reason, reason);
    assert.match(checked.refusal.detail, detail);
    assert.ok(checked.refusal.device.length <= 256);
  });
}

Deno.test("an update counts as it is; what it claims to have learned from counts up to a limit", () => {
  assert.deepEqual(checkUpdate(whole, { global }), { update: whole });
  const greedy = checkUpdate({ ...whole, numExamples: 1e12 }, { global });
  assert.ok("update" in greedy);
  assert.equal(greedy.update.numExamples, 131_072);
});

Deno.test("a smaller cap on the norm holds, a larger one does not lift the limit", () => {
  assert.ok("refusal" in checkUpdate(whole, { global, normMax: 0.1 }));
  const far = { ...whole, weights: new Float64Array([2_000, 0]) };
  assert.ok("refusal" in checkUpdate(far, { global, normMax: Infinity }));
});
