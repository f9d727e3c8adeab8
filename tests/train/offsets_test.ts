import assert from "node:assert/strict";
import { Random } from "../../nn/mod.ts";
import { decide, fitOffsets, scoreChoices } from "../../src/train/classifier/offsets.ts";

/** Three classes of unequal size; the logits lean towards the first. */
function lean(rows: number, seed: number) {
  const random = new Random(seed);
  const logits = new Float64Array(rows * 3), labels = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = random.uniform() < 0.9 ? 0 : random.integer(2) + 1;
    labels[row] = label;
    for (let c = 0; c < 3; c++) {
      logits[row * 3 + c] = random.normal((c === label ? 2 : 0) + (c === 0 ? 3 : 0), 1);
    }
  }
  return { logits, labels, classes: 3 };
}

/** Macro-F1 by its definition, row by row. */
function slowMacroF1(
  { logits, labels, classes }: ReturnType<typeof lean>,
  offsets: readonly number[],
): number {
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    let right = 0, chosen = 0, actual = 0;
    labels.forEach((label, row) => {
      const one = decide(logits, row * classes, offsets);
      if (one === c) chosen++;
      if (label === c) actual++;
      if (one === c && label === c) right++;
    });
    sum += chosen + actual > 0 ? 2 * right / (chosen + actual) : 0;
  }
  return sum / classes;
}

const macroF1 = (scored: Parameters<typeof scoreChoices>[0], offsets: readonly number[]) =>
  scoreChoices(scored, offsets).macroF1;

Deno.test("fitOffsets() for macro-F1 and accuracy gives up some macro-F1 for more right answers", () => {
  const scored = lean(3000, 4);
  const one = scoreChoices(scored, fitOffsets(scored, "macro-f1"));
  const both = scoreChoices(scored, fitOffsets(scored, "macro-f1+accuracy"));
  assert.ok(both.accuracy >= one.accuracy && both.macroF1 <= one.macroF1);
  assert.ok(both.accuracy + both.macroF1 >= one.accuracy + one.macroF1);
});

Deno.test("fitOffsets() raises macro-F1 where the logits lean, on rows it has not seen too", () => {
  const scored = lean(3000, 1), other = lean(3000, 2);
  const offsets = fitOffsets(scored, "macro-f1"), none = [0, 0, 0];
  assert.ok(macroF1(scored, offsets) > macroF1(scored, none) + 0.1);
  assert.ok(macroF1(other, offsets) > macroF1(other, none) + 0.1);
  assert.deepEqual(fitOffsets(scored, "macro-f1"), offsets);
});

Deno.test("fitOffsets() ends where no single offset of the grid is better", () => {
  const scored = lean(400, 3);
  const offsets = fitOffsets(scored, "macro-f1");
  const reached = slowMacroF1(scored, offsets);
  for (let c = 0; c < 3; c++) {
    for (let step = -100; step <= 100; step += 5) {
      const tried = offsets.with(c, step / 10);
      assert.ok(slowMacroF1(scored, tried) <= reached + 1e-9, `class ${c} with ${step / 10}`);
    }
  }
});

Deno.test("fitOffsets() leaves everything at 0 where nothing gains", () => {
  const logits = Float64Array.of(5, 0, 0, 5);
  assert.deepEqual(fitOffsets({ logits, labels: Int32Array.of(0, 1), classes: 2 }, "macro-f1"), [0, 0]);
  assert.deepEqual(fitOffsets({ logits, labels: Int32Array.of(0, 0, 0, 0), classes: 1 }, "macro-f1"), [0]);
});

Deno.test("scoreChoices() counts a class that never comes as 0, as the report does", () => {
  const logits = Float64Array.of(1, 0, 0, 0, 1, 0);
  assert.equal(macroF1({ logits, labels: Int32Array.of(0, 1), classes: 3 }, [0, 0, 0]), 2 / 3);
});

Deno.test("decide() takes the first of equals", () => {
  assert.equal(decide(Float64Array.of(9, 1, 2, 2), 1, [0, 0, 0]), 1);
  assert.equal(decide(Float64Array.of(9, 1, 2, 2), 1, [0, 0, 0.5]), 2);
});
