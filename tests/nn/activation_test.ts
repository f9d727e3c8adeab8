/** exp, tanh and sigmoid: near the true values, in order, and the same bits in WebAssembly. */
import assert from "node:assert/strict";
import { exp, sigmoid, softmaxBackward, tanh } from "../../nn/kernels/activation.ts";
import type { ElementActivation, Kernels } from "../../nn/kernels/kernels.ts";
import { createKernels } from "../../nn/kernels/create.ts";
import { Random } from "../../nn/random.ts";

const SPECIAL = [
  ...[
    NaN,
    Infinity,
    -Infinity,
    0,
    -0,
    Number.MIN_VALUE,
    -Number.MIN_VALUE,
    Number.MAX_VALUE,
    -Number.MAX_VALUE,
  ],
  ...[2.2250738585072014e-308, 1e-300, -1e-300, 1e-20, -1e-20, 1e-9, -1e-9, 0.5, -0.5, 1, -1],
  ...[-707.9, -708, -708.1, -709, -709.1, -745, 708, 708.1, 709, 709.1, 709.9, 745, 1e4, -1e4],
  ...[19.99, 20, 20.01, -20, 18.7, 19.1, 0.34657359027997264, -0.34657359027997264, 0.17328679513998632],
];

/** From tiny to large, of both signs, and what stands at the edges. */
function grid(): Float64Array {
  const random = new Random(1);
  const numbers = [...SPECIAL];
  for (let exponent = -40; exponent <= 10; exponent += 0.25) {
    for (const sign of [-1, 1]) numbers.push(sign * random.uniform(1, 1.2) * 2 ** exponent);
  }
  for (let x = -30; x <= 30; x += 1 / 64) numbers.push(x);
  for (let i = 0; i < 5000; i++) numbers.push(random.uniform(-720, 720));
  return Float64Array.from(numbers);
}

/** How many units in the last place of the true value lie between. */
function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected)) return 0;
  const unit = 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(expected))) - 52);
  return Math.abs(actual - expected) / unit;
}

/** The largest distance over the grid's numbers that pass. */
function worst(
  of: (x: number) => number,
  { truth, from, to }: { readonly truth: (x: number) => number; readonly from: number; readonly to: number },
): number {
  return grid().reduce((most, x) => x >= from && x <= to ? Math.max(most, ulps(of(x), truth(x))) : most, 0);
}

// Math.* is itself only within 1 unit of the truth, and 1/(1 + e⁻ˣ) of rounded parts within 2.
Deno.test("exp() is within 2 units in the last place of Math.exp", () => {
  assert.ok(worst(exp, { truth: Math.exp, from: -708, to: 709 }) <= 2);
});

Deno.test("tanh() is within 4 units in the last place of Math.tanh, near 0 too", () => {
  assert.ok(worst(tanh, { truth: Math.tanh, from: -Infinity, to: Infinity }) <= 4);
});

Deno.test("sigmoid() is within 4 units in the last place of 1 / (1 + Math.exp(-x))", () => {
  assert.ok(worst(sigmoid, { truth: (x) => 1 / (1 + Math.exp(-x)), from: -708, to: Infinity }) <= 4);
});

Deno.test("exp(), tanh() and sigmoid() have their limits, and NaN stays NaN", () => {
  assert.deepEqual([Infinity, -Infinity, 0, -0, NaN, 710, -800].map(exp), [
    Infinity,
    0,
    1,
    1,
    NaN,
    Infinity,
    0,
  ]);
  assert.deepEqual([Infinity, -Infinity, 0, -0, NaN, 800, -800].map(tanh), [1, -1, 0, -0, NaN, 1, -1]);
  assert.deepEqual(
    [Infinity, -Infinity, 0, -0, NaN, 800, -800].map(sigmoid),
    [1, 0, 0.5, 0.5, NaN, 1, 0],
  );
});

Deno.test("exp(), tanh() and sigmoid() never fall over a wide grid, and tanh() is odd", () => {
  const ordered = grid().filter((x) => !Number.isNaN(x)).sort();
  for (const activation of [exp, tanh, sigmoid]) {
    for (let i = 1; i < ordered.length; i++) {
      // Neighbours that lie nearer together than a rounding may change places by one.
      const [before, after] = [activation(ordered[i - 1]!), activation(ordered[i]!)];
      assert.ok(after >= before * (1 - Math.sign(before) * 1e-15), `${activation.name}(${ordered[i]})`);
    }
  }
  for (const x of ordered) assert.equal(tanh(-x), -tanh(x));
});

function run(kernels: Kernels, from: Float64Array, work: (values: Float64Array) => void): Float64Array {
  const values = kernels.allocate(from.length);
  values.set(from);
  work(values);
  return values;
}

function assertSame(actual: Float64Array, expected: Float64Array, what: string): void {
  assert.equal(actual.length, expected.length);
  expected.forEach((number, i) => {
    if (!Object.is(actual[i], number)) assert.fail(`${what}: [${i}] ${actual[i]} !== ${number}`);
  });
}

const NAMES: readonly ElementActivation[] = ["relu", "tanh", "sigmoid"];

Deno.test("activate() gives the same bits in WebAssembly as the functions, and stops at the count", () => {
  const plain = createKernels("typescript"), kernels = createKernels("wasm");
  const from = grid();
  for (const name of NAMES) {
    for (const count of [0, 1, 2, 3, 5, 8, 17, from.length - 1, from.length]) {
      const [expected, actual] = [plain, kernels].map((each) =>
        run(each, from, (values) => each.activate(name, values, count))
      );
      assertSame(actual!, expected!, `${name} of ${count}`);
      assertSame(actual!.subarray(count), from.subarray(count), `${name} behind ${count}`);
    }
  }
  const [relu, tanhs, sigmoids] = NAMES.map((name) =>
    run(kernels, from, (values) => kernels.activate(name, values, from.length))
  );
  assertSame(relu!, from.map((x) => x < 0 ? 0 : x), "relu");
  assertSame(tanhs!, from.map(tanh), "tanh");
  assertSame(sigmoids!, from.map(sigmoid), "sigmoid");
});

Deno.test("activationBackward() gives the same bits in WebAssembly, and the derivative", () => {
  const plain = createKernels("typescript"), kernels = createKernels("wasm");
  const from = grid();
  const upstream = from.map((x, i) => i % 3 === 0 ? x : (i % 11) - 5);
  for (const name of NAMES) {
    for (const count of [0, 1, 3, 16, from.length]) {
      const [expected, actual] = [plain, kernels].map((each) => {
        const activations = run(each, from, (values) => each.activate(name, values, from.length));
        return run(each, upstream, (gradients) => {
          each.activationBackward(name, { gradients, activations, count });
        });
      });
      assertSame(actual!, expected!, `${name} of ${count}`);
      assertSame(actual!.subarray(count), upstream.subarray(count), `${name} behind ${count}`);
    }
    const h = 1e-6, points = [-2.1, -0.3, 0.4, 1.7];
    const at = (x: number) => run(plain, Float64Array.of(x), (values) => plain.activate(name, values, 1))[0]!;
    for (const x of points) {
      const gradients = Float64Array.of(2);
      plain.activationBackward(name, { gradients, activations: Float64Array.of(at(x)), count: 1 });
      assert.ok(Math.abs(gradients[0]! - 2 * (at(x + h) - at(x - h)) / (2 * h)) < 1e-8, `${name}'(${x})`);
    }
  }
});

Deno.test("softmaxRows() gives the same bits in WebAssembly, and rows that sum to 1", () => {
  const plain = createKernels("typescript"), kernels = createKernels("wasm");
  const random = new Random(2);
  for (const rows of [1, 2, 3, 7]) {
    for (const columns of [1, 2, 3, 5, 8, 17]) {
      const from = Float64Array.from({ length: rows * columns + 1 }, () => random.uniform(-40, 900));
      const [expected, actual] = [plain, kernels].map((each) =>
        run(each, from, (values) => each.softmaxRows(values, rows, columns))
      );
      assertSame(actual!, expected!, `${rows}×${columns}`);
      assert.equal(actual!.at(-1), from.at(-1));
      for (let row = 0; row < rows; row++) {
        const sum = actual!.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b);
        assert.ok(Math.abs(sum - 1) < 1e-14);
      }
    }
  }
  const edges = [[NaN, 1], [1, NaN], [Infinity, 0], [-Infinity, 3], [-Infinity, -Infinity], [-0, 0], [
    1e308,
    -1e308,
  ]];
  const [expected, actual] = [plain, kernels].map((each) =>
    run(each, Float64Array.from(edges.flat()), (values) => each.softmaxRows(values, edges.length, 2))
  );
  assertSame(actual!, expected!, "edges");
  assert.deepEqual([...actual!.subarray(6, 8)], [0, 1]);
});

Deno.test("softmaxBackward() is the derivative by the logits", () => {
  const kernels = createKernels("typescript");
  const logits = Float64Array.of(0.3, -1.2, 2, 0.1, 0, 1), weights = [1, -2, 0.5, 3, 1, 1];
  const value = (z: Float64Array) => {
    const p = z.slice();
    kernels.softmaxRows(p, 2, 3);
    return p.reduce((sum, each, i) => sum + each * weights[i]!, 0);
  };
  const probabilities = logits.slice(), gradients = Float64Array.from(weights), h = 1e-6;
  kernels.softmaxRows(probabilities, 2, 3);
  softmaxBackward(gradients, { probabilities, rows: 2, columns: 3 });
  logits.forEach((z, i) => {
    const [up, down] = [logits.slice(), logits.slice()];
    up[i] = z + h;
    down[i] = z - h;
    assert.ok(Math.abs(gradients[i]! - (value(up) - value(down)) / (2 * h)) < 1e-8);
  });
});
