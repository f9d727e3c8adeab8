/** The evaluation of a classifier: scikit-learn's numbers, and what is said around them. */
import assert from "node:assert/strict";
import {
  beatsBaseline,
  evaluateAnswers,
  type EvaluationFacts,
  evaluationJson,
  formatEvaluation,
} from "../../src/train/evaluation/classification.ts";
import { rocAuc } from "../../src/train/evaluation/roc_auc.ts";
import golden from "../golden/evaluation/answers.json" with { type: "json" };

const FACTS: EvaluationFacts = {
  model: {
    file: "ids.safetensors",
    name: "KDDTrain+-class",
    version: "0123456789ab",
    sha256: "0".repeat(64),
  },
  rows: {
    file: "KDDTest+.txt",
    sha256: "1".repeat(64),
    inFile: 120,
    split: { part: "all" },
    skipped: 0,
    unseenValues: 0,
    trainedOn: false,
  },
};

function close(found: number | null, wanted: number | null, what: string): void {
  if (wanted === null) return assert.equal(found, null, what);
  assert.ok(
    found !== null && Math.abs(found - wanted) < 1e-12,
    `${what}: ${found}, scikit-learn has ${wanted}`,
  );
}

for (const [name, wanted] of Object.entries(golden.cases)) {
  const evaluation = evaluateAnswers({
    classes: golden.classes,
    baseline: "normal",
    labels: Int32Array.from(wanted.labels),
    probabilities: Float64Array.from(wanted.probabilities),
  });

  Deno.test(`evaluateAnswers() has scikit-learn's numbers: ${name}`, () => {
    assert.deepEqual(evaluation.confusion, wanted.confusion);
    close(evaluation.logLoss, wanted.logLoss, "log-loss");
    close(evaluation.rocAucMacro, wanted.rocAucMacro, "macro ROC-AUC");
    wanted.rocAuc.forEach((area, c) => close(evaluation.rocAuc[c]!, area, `ROC-AUC of class ${c}`));
    close(evaluation.baseline.accuracy, wanted.accuracyOfNormal, "accuracy of the baseline");
    close(evaluation.baseline.macroF1, wanted.macroF1OfNormal, "macro-F1 of the baseline");
  });

  Deno.test(`formatEvaluation() holds scikit-learn's report letter by letter: ${name}`, () => {
    const lines = formatEvaluation(evaluation, FACTS).join("\n");
    assert.ok(lines.includes(wanted.report.trimEnd()), lines);
  });

  Deno.test(`evaluationJson() has scikit-learn's output_dict: ${name}`, () => {
    const { report } = JSON.parse(JSON.stringify(evaluationJson(evaluation, FACTS)));
    assert.deepEqual(Object.keys(report), Object.keys(wanted.dictionary));
    for (const [key, scores] of Object.entries(wanted.dictionary)) {
      if (typeof scores === "number") close(report[key], scores, key);
      else {for (const [score, value] of Object.entries(scores)) {
          close(report[key][score], value, `${key} ${score}`);
        }}
    }
  });
}

const TWO = {
  classes: ["a", "b"],
  baseline: "a",
  labels: Int32Array.of(0, 0, 0, 1),
  probabilities: Float64Array.of(0.9, 0.1, 0.5, 0.5, 0.6, 0.4, 0.2, 0.8),
};

Deno.test("evaluateAnswers() chooses the first of equal probabilities", () => {
  assert.deepEqual(evaluateAnswers(TWO).confusion, [[3, 0], [0, 1]]);
});

Deno.test("formatEvaluation() says who wins first", () => {
  const winning = evaluateAnswers(TWO);
  assert.equal(beatsBaseline(winning), true);
  assert.equal(
    formatEvaluation(winning, FACTS)[0],
    "The network beats the majority class: accuracy 1.0000 (always a: 0.7500), macro-F1 1.0000 (0.4286).",
  );
  const losing = evaluateAnswers({ ...TWO, labels: Int32Array.of(1, 1, 0, 0) });
  assert.equal(beatsBaseline(losing), false);
  assert.match(formatEvaluation(losing, FACTS)[0]!, /^THE BASELINE WINS/);
});

Deno.test("formatEvaluation() says which rows, and what to bear in mind", () => {
  const rows = {
    ...FACTS.rows,
    inFile: 9,
    split: { part: "validation", seed: 7 } as const,
    skipped: 2,
    unseenValues: 1234,
    trainedOn: true,
  };
  const lines = formatEvaluation(evaluateAnswers(TWO), { ...FACTS, rows });
  assert.deepEqual(lines.slice(3, 7), [
    "Data      KDDTest+.txt: 4 of 9 rows, the validation half of the split with seed 7",
    "          The model was trained on these very rows: the figures say little about rows it has not seen.",
    "          2 rows of an unknown class were left out.",
    "          1,234 values of categories were never seen in training and count as none.",
  ]);
});

Deno.test("formatEvaluation() says where rows have chosen the epoch, and how to leave them out", () => {
  const remark = (split: EvaluationFacts["rows"]["split"]) =>
    formatEvaluation(evaluateAnswers(TWO), { ...FACTS, rows: { ...FACTS.rows, heldOut: true, split } })[4];
  assert.match(
    remark({ part: "all" })!,
    /^ +Training chose the model by half of these rows; --split test judges by the others/,
  );
  assert.match(remark({ part: "validation", seed: 1 })!, /^ +Training chose the model by these rows; /);
  assert.equal(remark({ part: "test", seed: 1 }), "");
});

Deno.test("rocAuc() is 1 for a perfect order, 0 for the reverse, a half for all equal", () => {
  const labels = Int32Array.of(0, 0, 1, 1);
  const area = (...ones: number[]) =>
    rocAuc(labels, { of: 1, classes: 2, probabilities: Float64Array.from(ones.flatMap((p) => [1 - p, p])) });
  assert.equal(area(0.1, 0.2, 0.3, 0.4), 1);
  assert.equal(area(0.4, 0.3, 0.2, 0.1), 0);
  assert.equal(area(0.5, 0.5, 0.5, 0.5), 0.5);
});
