/** The monitor on classifications: scores that equal scikit-learn's formulas, on every screen. */
import assert from "node:assert/strict";
import { classificationReport, ConfusionMatrix } from "../../../nn/mod.ts";
import { parsePrediction } from "../../../src/monitor/boards/prediction_record.ts";
import { plainLine, summaryLines, toJson } from "../../../src/monitor/terminal/predictions_plain.ts";
import { render } from "../../../src/monitor/terminal/predictions_render.ts";
import { Scoreboard } from "../../../src/monitor/boards/scoreboard.ts";
import { widthOf } from "../../../src/monitor/terminal/text.ts";
import { FAKE_CLASSES, fakeClassification, fakeRecord } from "../../support/fake_predictions.ts";

const PAIRS: readonly (readonly [actual: string, predicted: string])[] = [
  ["normal", "normal"],
  ["normal", "normal"],
  ["normal", "dos"],
  ["dos", "dos"],
  ["dos", "normal"],
  ["probe", "probe"],
  ["r2l", "normal"],
  ["r2l", "r2l"],
];

function bytesOf(value: unknown): Uint8Array {
  return fakeRecord(value).value!;
}

function board(): Scoreboard {
  const scoreboard = new Scoreboard({ nowMs: 10_000, accounting: true });
  PAIRS.forEach(([actual, predicted], i) => {
    const value = fakeClassification({ id: `c-${i}`, predicted, actual, predictedAtMs: 9_000 });
    scoreboard.addPrediction(bytesOf(value), 10_000);
    scoreboard.addPrediction(bytesOf(value), 10_000); // delivered again: counted once
  });
  const unlabelled = fakeClassification({ id: "unlabelled", predicted: "u2r", predictedAtMs: 9_000 });
  scoreboard.addPrediction(bytesOf(unlabelled), 10_000);
  return scoreboard;
}

Deno.test("Scoreboard scores classes as the classification report does, each id once", () => {
  const matrix = new ConfusionMatrix([...FAKE_CLASSES]);
  for (const [actual, predicted] of PAIRS) {
    matrix.add(FAKE_CLASSES.indexOf(actual as "dos"), FAKE_CLASSES.indexOf(predicted as "dos"));
  }
  const report = classificationReport(matrix);
  const { classes, processed, errors } = board().snapshot(10_000);
  assert.equal(processed, PAIRS.length + 1);
  assert.equal(errors.mse, 1 - report.accuracy);
  assert.deepEqual(classes?.matrix, matrix.counts());
  assert.equal(classes.accuracy, report.accuracy);
  assert.equal(classes.macroF1, report.macro.f1);
  assert.equal(classes.weightedF1, report.weighted.f1);
  assert.equal(classes.baselineAccuracy, 3 / 8);
  assert.equal(classes.labelled, 8);
  assert.deepEqual(classes.classes.map(({ name, predicted, support }) => [name, predicted, support]), [
    ["normal", 4, 3],
    ["dos", 2, 2],
    ["probe", 1, 1],
    ["r2l", 1, 2],
    ["u2r", 1, 0],
  ]);
});

Deno.test("Scoreboard has no accuracy before a true class came", () => {
  const scoreboard = new Scoreboard({ nowMs: 0 });
  assert.equal(scoreboard.snapshot(0).classes, null);
  scoreboard.addPrediction(bytesOf(fakeClassification({ id: "1", predicted: "dos" })), 0);
  const { classes } = scoreboard.snapshot(0);
  assert.deepEqual([classes?.accuracy, classes?.macroF1, classes?.labelled], [null, null, 0]);
});

Deno.test("Scoreboard counts classes beyond the limit together", () => {
  const scoreboard = new Scoreboard({ nowMs: 0 });
  for (let i = 0; i < 300; i++) {
    const value = fakeClassification({ id: String(i), predicted: `class-${i}`, actual: `class-${i}` });
    scoreboard.addPrediction(bytesOf(value), 0);
  }
  const { classes } = scoreboard.snapshot(0);
  assert.ok(classes!.classes.length <= 101);
  assert.equal(classes!.classes.reduce((sum, { predicted }) => sum + predicted, 0), 300);
});

Deno.test("parsePrediction() refuses classifications with wrong types", () => {
  const right = fakeClassification({ id: "1", predicted: "dos", actual: "dos" }) as Record<string, object>;
  assert.notEqual(parsePrediction(bytesOf(right)), null);
  const { prediction } = right;
  for (
    const wrong of [
      { ...right, prediction: { ...prediction, class: 3 } },
      { ...right, prediction: { ...prediction, probabilities: null } },
      { ...right, scored: { id: "1", predicted: "dos", baseline: 1, actual: "dos", by: "network" } },
      { ...right, scored: 5 },
    ]
  ) assert.equal(parsePrediction(bytesOf(wrong)), null);
});

Deno.test("every screen shows accuracy and macro-F1, and keeps within its size", () => {
  const snapshot = board().snapshot(10_000, { points: 40 });
  for (
    const [columns, rows] of [[160, 50], [120, 40], [100, 34], [80, 24], [60, 15], [40, 10], [30, 6]] as const
  ) {
    const lines = render(snapshot, {
      ...{ size: { columns, rows }, color: false, title: "predictions", trouble: null, paused: false },
      ...{ help: false, refreshMs: 1_000, keys: true },
    });
    assert.equal(lines.length, rows);
    for (const line of lines) assert.ok(widthOf(line) <= columns, `${columns}x${rows}: ${line}`);
    assert.match(lines.join("\n"), /62\.5 %/);
  }
});

Deno.test("plainLine(), summaryLines() and toJson() show the classes without a screen", () => {
  const snapshot = board().snapshot(10_000);
  assert.match(plainLine(snapshot), /accuracy 62\.5 % \(baseline 37\.5 %\) {2}macro-F1 0\.\d+/);
  const summary = summaryLines(snapshot).join("\n");
  assert.match(summary, /accuracy {6}network 62\.50 %, baseline 37\.50 %/);
  assert.match(summary, /r2l {11,}1 {10}2 {5}1\.0000/);
  const json = toJson(snapshot);
  assert.equal(json["accuracy"], 5 / 8);
  assert.equal("mse" in json, false);
  assert.equal((json["confusionMatrix"] as number[][])[0]![1], 1);
});
