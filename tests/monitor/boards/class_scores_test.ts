/** ROC and calibration of classes, beside an exact computation of every one of them. */
import assert from "node:assert/strict";
import { Random } from "../../../nn/mod.ts";
import { type ClassScoring, scoreBinOf, ScoreCounts } from "../../../src/monitor/boards/class_scores.ts";
import { ClassCounts } from "../../../src/monitor/boards/classes.ts";
import { RELIABILITY_BINS, ROC_POINTS_MAX, SCORE_BINS } from "../../../src/monitor/boards/limits.ts";
import { PredictionsBoard } from "../../../src/monitor/boards/predictions.ts";
import { rocAuc } from "../../../src/train/evaluation/roc_auc.ts";
import { fakeClassification } from "../../support/fake_predictions.ts";

const NAMES = ["a", "b", "c"];

/** Softmax answers of a network that is `sure` and more or less right. */
function answers(seed: number, { rows, sure }: { readonly rows: number; readonly sure: number }) {
  const random = new Random(seed);
  const probabilities = new Float64Array(rows * NAMES.length), labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    labels[row] = Math.floor(random.uniform(0, NAMES.length));
    const scores = NAMES.map((_, c) => sure * (random.uniform(-1, 1) + (c === labels[row] ? 0.7 : 0)));
    const weights = scores.map(Math.exp), sum = weights.reduce((a, b) => a + b);
    weights.forEach((weight, c) => probabilities[row * NAMES.length + c] = weight / sum);
  }
  return { probabilities, labels, rows };
}

function rowOf(probabilities: Float64Array, row: number): number[] {
  return [...probabilities.subarray(row * NAMES.length, (row + 1) * NAMES.length)];
}

function scoringOf({ probabilities, labels, rows }: ReturnType<typeof answers>): ClassScoring {
  const counts = new ScoreCounts();
  for (let row = 0; row < rows; row++) {
    const own = rowOf(probabilities, row);
    counts.add([0, 1, 2], own, { actual: labels[row]!, predicted: own.indexOf(Math.max(...own)) });
  }
  return counts.figures(NAMES);
}

/** Half of the share of the pairs of a class's row and another's that fall into the same bin. */
function tieBound({ probabilities, labels, rows }: ReturnType<typeof answers>, of: number): number {
  const own = new Float64Array(SCORE_BINS), others = new Float64Array(SCORE_BINS);
  for (let row = 0; row < rows; row++) {
    const bin = scoreBinOf(probabilities[row * NAMES.length + of]!);
    (labels[row] === of ? own : others)[bin]! += 1;
  }
  const sum = (all: Float64Array) => all.reduce((a, b) => a + b, 0);
  return own.reduce((pairs, n, bin) => pairs + n * others[bin]!, 0) / (2 * sum(own) * sum(others));
}

Deno.test("The area under each ROC curve is the exact one, but for pairs that share a bin", () => {
  for (let seed = 1; seed <= 20; seed++) {
    for (const sure of [0.5, 4, 25]) {
      const made = answers(seed, { rows: 400, sure });
      const { roc } = scoringOf(made);
      NAMES.forEach((name, of) => {
        const exact = rocAuc(made.labels, { of, probabilities: made.probabilities, classes: NAMES.length })!;
        const { auc, curve, positives, negatives } = roc[of]!;
        assert.ok(Math.abs(auc! - exact) <= tieBound(made, of) + 1e-12, `${name} ${sure}: ${auc} ${exact}`);
        assert.ok(Math.abs(auc! - exact) < 0.01);
        assert.equal(positives + negatives, 400);
        assert.ok(curve.length <= ROC_POINTS_MAX + 3);
        assert.deepEqual([curve[0], curve.at(-1)], [[0, 0], [1, 1]]);
        let area = 0;
        for (let i = 1; i < curve.length; i++) {
          const [x, y] = curve[i]!, [lastX, lastY] = curve[i - 1]!;
          assert.ok(x >= lastX && y >= lastY);
          area += (x - lastX) * (y + lastY) / 2;
        }
        assert.ok(Math.abs(area - auc!) < 0.02, `${area} ${auc}`);
      });
    }
  }
});

Deno.test("Where every probability has a bin of its own, the area is exact to the last digits", () => {
  const probabilities = new Float64Array(60 * 3), labels = new Int32Array(60);
  const random = new Random(5);
  for (let row = 0; row < 60; row++) {
    labels[row] = random.uniform(0, 1) < 0.5 ? 0 : 1;
    probabilities[3 * row] = 1 / (1 + Math.exp(-(row - 30) / 2));
  }
  const { roc } = scoringOf({ probabilities, labels, rows: 60 });
  const exact = rocAuc(labels, { of: 0, probabilities, classes: 3 })!;
  assert.ok(Math.abs(roc[0]!.auc! - exact) < 1e-12);
});

Deno.test("Reliability and the calibration error are those of the answers themselves", () => {
  for (let seed = 1; seed <= 10; seed++) {
    const made = answers(seed, { rows: 300, sure: 3 });
    const { reliability, calibrationError } = scoringOf(made);
    const bins = Array.from({ length: RELIABILITY_BINS }, (): { confidence: number; right: boolean }[] => []);
    for (let row = 0; row < made.rows; row++) {
      const own = rowOf(made.probabilities, row), confidence = Math.max(...own);
      bins[Math.min(9, Math.floor(confidence * 10))]!.push({
        confidence,
        right: own[made.labels[row]!] === confidence,
      });
    }
    const mean = (all: readonly number[]) => all.reduce((a, b) => a + b, 0) / all.length;
    let error = 0;
    bins.forEach((bin, i) => {
      assert.equal(reliability[i]!.count, bin.length);
      if (bin.length === 0) return assert.equal(reliability[i]!.confidence, null);
      const confidence = mean(bin.map((one) => one.confidence));
      const accuracy = mean(bin.map(({ right }) => right ? 1 : 0));
      assert.ok(Math.abs(reliability[i]!.confidence! - confidence) < 1e-12);
      assert.ok(Math.abs(reliability[i]!.accuracy! - accuracy) < 1e-12);
      error += bin.length / made.rows * Math.abs(confidence - accuracy);
    });
    assert.ok(Math.abs(calibrationError! - error) < 1e-12);
  }
});

Deno.test("scoreBinOf() keeps the order of probabilities, from 0 to 1", () => {
  const random = new Random(9);
  const all = [0, 5e-324, 1e-300, 1e-9, 0.5, 1 - 1e-9, 1 - 2 ** -53, 1];
  for (let i = 0; i < 1_000; i++) all.push(1 / (1 + Math.exp(random.uniform(-40, 40))));
  all.sort((a, b) => a - b);
  const bins = all.map(scoreBinOf);
  for (let i = 1; i < bins.length; i++) assert.ok(bins[i]! >= bins[i - 1]!);
  assert.deepEqual([bins[0], bins.at(-1)], [0, SCORE_BINS - 1]);
});

Deno.test("Without an own class, others or numbers there is no area, and nothing breaks", () => {
  const counts = new ScoreCounts();
  counts.add([0, 1], [0.7, 0.3], { actual: 0, predicted: 0 });
  counts.add([0, 1], [NaN, 2], { actual: 1, predicted: 0 });
  counts.add([0, 1], [0.6, 0.4], { actual: 2, predicted: 0 }); // a class that the model does not know
  const { roc, calibrationError } = counts.figures(["x", "y", "z"]);
  assert.deepEqual(roc.map(({ name, auc }) => [name, auc]), [["x", 1], ["y", null]]);
  assert.ok(Math.abs(calibrationError! - 0.45) < 1e-12);
  assert.equal(new ScoreCounts().figures([]).calibrationError, null);
});

Deno.test("More classes than are counted by name have no figures of their own", () => {
  const counts = new ClassCounts();
  const classes = Array.from({ length: 150 }, (_, c) => `class ${c}`);
  const probabilities = classes.map(() => 1 / 150);
  counts.add({
    predicted: "class 1",
    classes,
    probabilities,
    outcome: { baseline: "class 2", actual: "class 1" },
  });
  assert.deepEqual(counts.scoring()!.roc, []);
});

Deno.test("A board has the figures of probabilities where they are asked for", () => {
  const board = new PredictionsBoard({ nowMs: 0 });
  const records = ["dos", "normal", "dos", "probe"].map((actual, n) => ({
    ...{ offset: n, timestampMs: 0, key: null, headers: [] },
    value: new TextEncoder().encode(
      JSON.stringify(fakeClassification({ id: `${n}`, predicted: "dos", actual })),
    ),
  }));
  board.take({ topic: "predictions", partition: 0, records }, 1);
  assert.equal(board.snapshot(2).scoring, null);
  const { scoring, classes } = board.snapshot(2, { scoring: true });
  assert.equal(scoring!.roc.find(({ name }) => name === "dos")!.auc, 0.5);
  assert.deepEqual(scoring!.reliability[9], { count: 4, confidence: 0.9, accuracy: 0.5 });
  assert.equal(classes!.labelled, 4);
});
