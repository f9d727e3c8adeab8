/** Initializers: limits, spread, orthogonality, the same bits from the same seed. */
import assert from "node:assert/strict";
import { fillGlorotUniform, fillHeUniform, fillOrthogonal } from "../../nn/layers/initializer.ts";
import { Random } from "../../nn/random.ts";

const FILLS = [fillGlorotUniform, fillHeUniform, fillOrthogonal];

for (
  const [fill, limit] of [[fillGlorotUniform, Math.sqrt(6 / 150)], [
    fillHeUniform,
    Math.sqrt(6 / 50),
  ]] as const
) {
  Deno.test(`${fill.name}() is uniform within its limits`, () => {
    const weight = new Float64Array(5_000);
    fill(weight, new Random(2), { inputs: 50, outputs: 100 });
    const largest = weight.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    assert.ok(largest < limit && largest > 0.99 * limit);
    const mean = weight.reduce((sum, value) => sum + value, 0) / weight.length;
    const variance = weight.reduce((sum, value) => sum + value * value, 0) / weight.length;
    // Five standard errors of the mean and of the mean square of such numbers.
    assert.ok(Math.abs(mean) < 5 * limit / Math.sqrt(3 * weight.length));
    assert.ok(Math.abs(variance - limit ** 2 / 3) < 5 * limit ** 2 * Math.sqrt(4 / 45 / weight.length));
  });
}

for (const [inputs, outputs] of [[64, 256], [256, 64], [40, 40], [1, 4], [4, 1], [1, 1]] as const) {
  Deno.test(`fillOrthogonal() makes ${inputs}×${outputs} orthonormal to 1e-14`, () => {
    const weight = new Float64Array(inputs * outputs);
    fillOrthogonal(weight, new Random(4), { inputs, outputs });
    const wide = inputs <= outputs, count = Math.min(inputs, outputs), width = Math.max(inputs, outputs);
    const at = (vector: number, i: number) => weight[wide ? vector * outputs + i : i * outputs + vector]!;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < width; i++) product += at(a, i) * at(b, i);
        assert.ok(Math.abs(product - (a === b ? 1 : 0)) < 1e-14, `${a}·${b} = ${product}`);
      }
    }
  });
}

Deno.test("fillOrthogonal() turns either way: signs and reflections are even", () => {
  let positive = 0, reflections = 0;
  for (let seed = 0; seed < 400; seed++) {
    const weight = new Float64Array(4);
    fillOrthogonal(weight, new Random(seed), { inputs: 2, outputs: 2 });
    if (weight[0]! > 0) positive++;
    if (weight[0]! * weight[3]! - weight[1]! * weight[2]! < 0) reflections++;
  }
  // Five standard deviations of 400 throws of a coin.
  assert.ok(Math.abs(positive - 200) < 50 && Math.abs(reflections - 200) < 50, `${positive}, ${reflections}`);
});

for (const fill of FILLS) {
  Deno.test(`${fill.name}() gives the same bits from the same seed, and refuses other lengths`, () => {
    const shape = { inputs: 3, outputs: 5 },
      [first, second, other] = [1, 1, 2].map((seed) => {
        const whole = new Float64Array(20).fill(7);
        fill(whole.subarray(2, 17), new Random(seed), shape);
        assert.deepEqual([...whole.subarray(0, 2), ...whole.subarray(17)], [7, 7, 7, 7, 7]);
        return whole;
      });
    assert.deepEqual(first, second);
    assert.notDeepEqual(first, other);
    assert.throws(() => fill(new Float64Array(14), new Random(1), shape), /Cannot fill 14 weights as 3×5/);
    assert.throws(
      () => fill(new Float64Array(0), new Random(1), { inputs: 0, outputs: 5 }),
      /0 weights as 0×5/,
    );
  });
}
