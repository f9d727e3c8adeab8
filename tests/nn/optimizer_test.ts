/** Optimizers: states that can be kept, clipping, refusals. Their numbers: torch_test.ts. */
import assert from "node:assert/strict";
import { clipByNorm, createOptimizer, type OptimizerName } from "../../nn/optimizer.ts";
import { Random } from "../../nn/random.ts";

function steps(name: OptimizerName, restartAfter: number | null): Float64Array {
  const random = new Random(1), length = 20;
  const parameters = Float64Array.from({ length }, () => random.normal());
  let optimizer = createOptimizer(name, { length, learningRate: 0.05 });
  for (let step = 0; step < 10; step++) {
    if (step === restartAfter) {
      const state = optimizer.state();
      optimizer.step(new Float64Array(length), new Float64Array(length).fill(9));
      optimizer = createOptimizer(name, { length, learningRate: 0.05 });
      optimizer.restore(state);
      assert.deepEqual(optimizer.state(), state);
    }
    optimizer.step(parameters, Float64Array.from({ length }, () => random.normal()));
  }
  return parameters;
}

for (const name of ["adam", "sgd"] satisfies OptimizerName[]) {
  Deno.test(`${name} goes on from its state bit for bit, and the state is a copy`, () => {
    assert.deepEqual(steps(name, 5), steps(name, null));
  });

  Deno.test(`${name} finds the least of a bowl`, () => {
    const wanted = new Float64Array([3, -2]), parameters = new Float64Array(2);
    const optimizer = createOptimizer(name, { length: 2, learningRate: 0.05 });
    for (let step = 0; step < 1_000; step++) {
      optimizer.step(parameters, parameters.map((value, i) => 2 * (value - wanted[i]!)));
    }
    parameters.forEach((value, i) => assert.ok(Math.abs(value - wanted[i]!) < 1e-3));
  });

  Deno.test(`${name} refuses other lengths and other optimizers' states`, () => {
    const optimizer = createOptimizer(name, { length: 2 });
    const other = createOptimizer(name === "adam" ? "sgd" : "adam", { length: 2 });
    assert.throws(() => optimizer.step(new Float64Array(3), new Float64Array(3)), /made for 2/);
    assert.throws(() => optimizer.restore(other.state()), /Cannot restore the state of/);
    assert.throws(() => optimizer.restore(createOptimizer(name, { length: 3 }).state()), RangeError);
  });
}

Deno.test("createOptimizer() refuses unknown names", () => {
  assert.throws(() => createOptimizer("adagrad" as "adam", { length: 1 }), /"adagrad": adam or sgd/);
});

Deno.test("clipByNorm() shortens what is too long and leaves the rest", () => {
  const long = new Float64Array([3, 4]);
  assert.equal(clipByNorm(long, 1), 5);
  assert.ok(Math.abs(Math.hypot(...long) - 1) < 1e-15 && Math.abs(long[0]! - 0.6) < 1e-15);
  const short = new Float64Array([3, 4]);
  assert.equal(clipByNorm(short, 6), 5);
  assert.deepEqual([...short], [3, 4]);
  assert.ok(Number.isNaN(clipByNorm(new Float64Array([NaN, 1]), 1)));
});
