/** Scalers, metrics and ridge regression, against figures by hand and against definitions. */
import assert from "node:assert/strict";
import {
  predictLinear,
  quantile,
  Random,
  RegressionMetrics,
  RidgeRegression,
  Scaler,
  type ScalerParameters,
} from "../../nn/mod.ts";

function close(found: number, wanted: number, error = 1e-12): void {
  assert.ok(
    Math.abs(found - wanted) <= error * Math.max(1, Math.abs(wanted)),
    `${found}, ${wanted} is wanted`,
  );
}

Deno.test("Scaler.fit() standard takes mean and population deviation, far from zero too", () => {
  const x = new Float64Array([1, 2, 3, 4, 10]).map((value) => value + 1e9);
  const { center, scale } = Scaler.fit(x, { kind: "standard", columns: 1 });
  close(center[0]!, 1e9 + 4);
  close(scale[0]!, Math.sqrt(10), 1e-7);
});

Deno.test("Scaler.fit() robust is not moved by an outlier, and is the deviation of a normal column", () => {
  const random = new Random(1), x = Float64Array.from({ length: 20_001 }, () => random.normal(5, 2));
  x[0] = 1e9;
  const { center, scale } = Scaler.fit(x, { kind: "robust", columns: 1 });
  close(center[0]!, 5, 0.02);
  close(scale[0]!, 2, 0.02);
});

Deno.test("Scaler.fit() makes zeros of constant columns, and takes the deviation where the quartiles are equal", () => {
  const x = new Float64Array([7, 0, 7, 0, 7, 0, 7, 0, 7, 10]);
  for (const kind of ["standard", "robust"] as const) {
    const scaler = Scaler.fit(x, { kind, columns: 2 });
    assert.equal(scaler.scale[0], 1);
    close(scaler.scale[1]!, 4);
    assert.deepEqual([...scaler.transform(x)].filter((_, i) => i % 2 === 0), [0, 0, 0, 0, 0]);
    const once = Scaler.fit(new Float64Array([3, 4]), { kind, columns: 2 });
    assert.deepEqual([...once.transform(new Float64Array([3, 5]))], [0, 1]);
  }
});

Deno.test("Scaler clips, inverts, works in place, and comes back from JSON bit for bit", () => {
  const random = new Random(2), x = Float64Array.from({ length: 300 }, () => random.normal(3, 7));
  const scaler = Scaler.fit(x, { kind: "robust", columns: 3, clip: 1.5 });
  const scaled = scaler.transform(x);
  assert.ok(scaled.every((value) => Math.abs(value) <= 1.5) && scaled.includes(1.5) && scaled.includes(-1.5));
  scaler.inverse(scaled).forEach((value, i) => {
    if (Math.abs(scaled[i]!) < 1.5) close(value, x[i]!);
  });
  const read = Scaler.from(JSON.parse(JSON.stringify(scaler)));
  assert.deepEqual(read, scaler);
  const inPlace = x.slice();
  assert.equal(read.transform(inPlace, inPlace), inPlace);
  assert.deepEqual(inPlace, scaled);
  assert.equal(scaler.transformOne(x[4]!, 1), scaled[4]);
  assert.ok(Number.isNaN(scaler.transformOne(NaN, 0)));
});

Deno.test("Scaler refuses what cannot be scaled", () => {
  const fit = (x: number[], columns: number) => () =>
    Scaler.fit(new Float64Array(x), { kind: "standard", columns });
  assert.throws(fit([1, 2, 3], 2), /3 numbers in 2 columns: no whole rows/);
  assert.throws(fit([], 1), RangeError);
  assert.throws(fit([1, 2, 3, NaN], 2), /column 1: it holds a number that is not finite/);
  const good: ScalerParameters = { kind: "standard", clip: null, center: [0], scale: [1] };
  const from = (change: object) => () => Scaler.from({ ...good, ...change });
  assert.throws(from({ kind: "minmax" }), /kind is "minmax"/);
  assert.throws(from({ clip: -1 }), /clip is -1/);
  assert.throws(from({ scale: [0] }), /not positive/);
  assert.throws(from({ scale: [1, 1] }), /equally long/);
  assert.throws(from({ center: [null] }), /finite numbers/);
  assert.throws(from({ center: undefined }), RangeError);
  assert.throws(
    () => Scaler.from({ ...good, center: [0, 0], scale: [1, 1] }).transform(new Float64Array(3)),
    /whole rows/,
  );
});

Deno.test("RegressionMetrics agrees with the definitions over all pairs", () => {
  const random = new Random(3), metrics = new RegressionMetrics();
  const pairs = Array.from({ length: 500 }, () => [random.normal(100, 2), random.normal(100, 3)] as const);
  for (const [predicted, actual] of pairs) metrics.add(predicted, actual);
  const mean = (numbers: number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const center = mean(pairs.map(([, actual]) => actual));
  const mse = mean(pairs.map(([predicted, actual]) => (predicted - actual) ** 2));
  close(metrics.mse, mse);
  close(metrics.rmse, Math.sqrt(mse));
  close(metrics.mae, mean(pairs.map(([predicted, actual]) => Math.abs(predicted - actual))));
  close(metrics.r2, 1 - mse / mean(pairs.map(([, actual]) => (actual - center) ** 2)));
  assert.equal(metrics.count, 500);
  assert.ok(Number.isNaN(new RegressionMetrics().mse) && Number.isNaN(new RegressionMetrics().r2));
});

Deno.test("quantile() is R's type 7, of any order, and leaves the values as they are", () => {
  const values = new Float64Array([10, -1, 3, 2.5]);
  // numpy.quantile([10, -1, 3, 2.5], [0, .1, .25, .5, .75, .95, 1])
  const wanted = [[0, -1], [0.1, 0.05], [0.25, 1.625], [0.5, 2.75], [0.75, 4.75], [0.95, 8.95], [
    1,
    10,
  ]] as const;
  for (const [q, value] of wanted) close(quantile(values, q), value);
  assert.deepEqual([...values], [10, -1, 3, 2.5]);
  assert.equal(quantile(new Float64Array([4]), 0.3), 4);
  assert.throws(() => quantile(new Float64Array(0), 0.5), RangeError);
  assert.throws(() => quantile(values, 1.1), RangeError);
  assert.throws(() => quantile(new Float64Array([1, NaN]), 0.5), RangeError);
});

Deno.test("RidgeRegression finds a straight line, and its gradient is 0 at every penalty", () => {
  const random = new Random(4), columns = 5, truth = [1, -2, 0.5, 0, 3];
  const ridge = new RidgeRegression(columns);
  const rows = Array.from(
    { length: 200 },
    () => Float64Array.from({ length: columns }, () => random.normal(2)),
  );
  const exact = new RidgeRegression(columns);
  const targets = rows.map((row) => row.reduce((sum, x, c) => sum + x * truth[c]!, 7));
  const noisy = targets.map((target) => target + random.normal());
  rows.forEach((row, r) => {
    exact.add(row, targets[r]!);
    ridge.add(row, noisy[r]!);
  });
  const line = exact.solve(0);
  line.weights.forEach((weight, c) => close(weight, truth[c]!, 1e-10));
  close(line.intercept, 7, 1e-10);
  for (const penalty of [0, 1, 100]) {
    const model = ridge.solve(penalty);
    const errors = rows.map((row, r) => noisy[r]! - predictLinear(model, row, 0));
    close(errors.reduce((sum, error) => sum + error, 0), 0, 1e-8);
    for (let c = 0; c < columns; c++) {
      const slope = rows.reduce((sum, row, r) => sum + row[c]! * errors[r]!, 0);
      close(slope, penalty * model.weights[c]!, 1e-8);
    }
  }
});

Deno.test("RidgeRegression says when a penalty is needed, and solves with it", () => {
  const ridge = new RidgeRegression(2);
  for (const x of [1, 2, 3, 4]) ridge.add(new Float64Array([x, 2 * x]), x);
  assert.throws(() => ridge.solve(0), /column 1 depends on those before it; a larger penalty/);
  close(predictLinear(ridge.solve(1e-6), new Float64Array([0, 2.5, 5]), 1), 2.5, 1e-5);
  assert.throws(() => ridge.add(new Float64Array(1), 0), /a row of 1 numbers: 2 are wanted/);
});
