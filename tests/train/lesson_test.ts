import assert from "node:assert/strict";
import { createNetwork, denseRows, forward, Random, sparseRows } from "../../nn/mod.ts";
import { SparseBatch, takeRows } from "../../src/train/classifier/batch.ts";
import { ClassifierGradients } from "../../src/train/classifier/gradients.ts";
import {
  ClassifierLesson,
  countClasses,
  gradientPartsOf,
  logitsOf,
  weighClasses,
} from "../../src/train/classifier/lesson.ts";
import { PLAIN_RECIPE } from "../../src/train/mod.ts";
import { scheduleOf } from "../../src/train/loop/plan.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const columns = 7;
const network = createNetwork(
  { inputs: columns, steps: 1, layers: [{ kind: "dense", units: 3, activation: "softmax" }] },
  new Random(1),
);

/** Mostly zeros, one row of zeros alone. */
function matrix(rows: number): Float64Array {
  const random = new Random(4);
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => i >= columns && i < 2 * columns || random.uniform() < 0.7 ? 0 : random.normal(),
  );
}

Deno.test("SparseBatch gathers rows in any order, again and again, into the same arrays", () => {
  const dense = matrix(9);
  const batch = new SparseBatch(sparseRows(dense, columns), { rowsMax: 4, kernels: network.kernels });
  const { value, column, rowStart } = batch;
  for (const rows of [[8, 0, 8], [1], [3, 1, 4, 1], [2, 7]]) {
    const wanted = rows.flatMap((row) => [...dense.subarray(row * columns, (row + 1) * columns)]);
    assert.deepEqual([...denseRows(batch.gather(Int32Array.from(rows)))], wanted);
    assert.ok(batch.value === value && batch.column === column && batch.rowStart === rowStart);
  }
});

Deno.test("takeRows() copies the rows that are named", () => {
  const dense = matrix(6);
  const taken = denseRows(takeRows(sparseRows(dense, columns), Int32Array.of(5, 1, 0)));
  const row = (number: number) => [...dense.subarray(number * columns, (number + 1) * columns)];
  assert.deepEqual([...taken], [...row(5), ...row(1), ...row(0)]);
});

Deno.test("logitsOf() gives every row what the network gives it alone, also beyond one batch", () => {
  const rows = 1100;
  const dense = matrix(rows);
  const logits = finishAtOnce(logitsOf(network, sparseRows(dense, columns)));
  assert.equal(logits.length, rows * 3);
  for (const row of [0, 511, 512, 1023, 1024, 1099]) {
    const one = forward(network, dense.slice(row * columns, (row + 1) * columns), 1, { logits: true });
    assert.deepEqual([...one], [...logits.subarray(row * 3, row * 3 + 3)]);
  }
});

Deno.test("ClassifierLesson takes no more memory of the network's, however often it validates", () => {
  const network = createNetwork(
    { inputs: columns, steps: 1, layers: [{ kind: "dense", units: 2, activation: "softmax" }] },
    new Random(1),
  );
  const rows = { x: sparseRows(matrix(600), columns), labels: new Int32Array(600).fill(1, 300) };
  const parts = { training: rows, validation: rows, classes: 2, recipe: PLAIN_RECIPE };
  const lesson = new ClassifierLesson(new ClassifierGradients(network, gradientPartsOf(parts)), parts);
  finishAtOnce(lesson.validate());
  const place = () => network.kernels.allocate(8).byteOffset;
  const [first, second] = [place(), place()];
  finishAtOnce(lesson.validate());
  finishAtOnce(lesson.validate());
  assert.equal(place() - second, second - first);
});

Deno.test("weighClasses() weighs by inverse frequency to a power, 1 in the mean over the rows, 0 for a class without rows", () => {
  const counts = countClasses(Int32Array.of(0, 0, 0, 0, 0, 0, 1, 1, 3), 4);
  assert.deepEqual(counts, [6, 2, 0, 1]);
  assert.deepEqual(weighClasses(counts, 0), [1, 1, 0, 1]);
  assert.deepEqual(weighClasses(counts, 1), [0.5, 1.5, 0, 3]);
  const half = weighClasses(counts, 0.5);
  assert.ok(Math.abs(half[1]! / half[0]! - Math.sqrt(3)) < 1e-12);
  assert.ok(Math.abs(half.reduce((sum, weight, c) => sum + weight * counts[c]!, 0) / 9 - 1) < 1e-12);
});

Deno.test("scheduleOf() spans all epochs", () => {
  assert.deepEqual(scheduleOf({ schedule: "cosine", epochs: 20 }), { kind: "cosine", epochs: 20 });
  assert.deepEqual(scheduleOf({ schedule: "step", epochs: 10 }), { kind: "step", every: 4 });
  assert.deepEqual(scheduleOf({ schedule: "step", epochs: 1 }), { kind: "step", every: 1 });
  assert.deepEqual(scheduleOf({ schedule: "constant", epochs: 1 }), { kind: "constant" });
  assert.deepEqual(scheduleOf({ schedule: "plateau", epochs: 1 }), { kind: "plateau", patience: 2 });
});
