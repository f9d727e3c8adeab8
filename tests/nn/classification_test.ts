/** Class scores: scikit-learn's numbers and letters (tests/golden/nn/classification_sklearn.py), and refusals. */
import assert from "node:assert/strict";
import {
  classificationDictionary,
  classificationReport,
  ConfusionMatrix,
  formatClassificationReport,
  LogLoss,
  type ScoresDictionary,
} from "../../nn/classification.ts";
import { Random } from "../../nn/random.ts";

interface Golden {
  readonly cases: readonly {
    readonly classes: readonly string[];
    readonly digits: number;
    readonly matrix: readonly (readonly number[])[];
    readonly reports: readonly {
      readonly zeroDivision: 0 | 1;
      readonly text: string;
      readonly dictionary: Record<string, number | ScoresDictionary>;
    }[];
  }[];
  readonly logLosses: readonly { readonly ofActual: readonly number[]; readonly logLoss: number }[];
}

const golden: Golden = JSON.parse(
  Deno.readTextFileSync(new URL("../golden/nn/classification_sklearn.json", import.meta.url)),
);

/** The numbers of a dictionary by `class/score`. */
function flatten(dictionary: Record<string, number | ScoresDictionary>): [string, number][] {
  return Object.entries(dictionary).flatMap(([name, of]): [string, number][] =>
    typeof of === "number"
      ? [[name, of]]
      : Object.entries(of).map(([score, value]): [string, number] => [`${name}/${score}`, value])
  );
}

for (const { classes, digits, matrix, reports } of golden.cases) {
  for (const { zeroDivision, text, dictionary } of reports) {
    const title = `[${matrix.map((row) => row.join(" ")).join("; ")}] with zero division ${zeroDivision}`;

    Deno.test(`classificationReport() of ${title} is scikit-learn's`, () => {
      const report = classificationReport(new ConfusionMatrix(classes, matrix), { zeroDivision });
      // Its support becomes a float where not one prediction is right.
      const wholeSupport = report.accuracy > 0 ? text : text.replaceAll(/(\d+)\.0$/gm, "  $1");
      assert.equal(formatClassificationReport(report, { digits }), wholeSupport);
      const found = flatten(classificationDictionary(report)), wanted = flatten(dictionary);
      assert.deepEqual(found.map(([key]) => key), wanted.map(([key]) => key));
      wanted.forEach(([key, value], i) => {
        assert.ok(
          Math.abs(found[i]![1] - value) <= 1e-15 * value,
          `${key}: ${found[i]![1]}, ${value} wanted`,
        );
      });
    });
  }
}

golden.logLosses.forEach(({ ofActual, logLoss }) => {
  Deno.test(`LogLoss of ${ofActual.length} predictions is scikit-learn's`, () => {
    const found = new LogLoss();
    for (const probability of ofActual) found.add(probability);
    assert.equal(found.count, ofActual.length);
    assert.ok(Math.abs(found.mean - logLoss) <= 1e-14 * logLoss, `${found.mean}, ${logLoss} is wanted`);
  });
});

Deno.test("LogLoss counts a probability of 0 as 2^-1074, and refuses what is no probability", () => {
  const found = new LogLoss();
  assert.ok(Number.isNaN(found.mean));
  found.add(0);
  assert.equal(found.mean, 1074 * Math.LN2);
  for (const wrong of [NaN, -1e-300, 1.0000001, Infinity]) {
    assert.throws(() => found.add(wrong), /Cannot score a probability of/);
  }
  assert.equal(found.count, 1);
});

Deno.test("ConfusionMatrix counts one by one what its rows say, and goes on from its counts", () => {
  const random = new Random(3), classes = ["a", "b", "c", "d"];
  const matrix = new ConfusionMatrix(classes), rows = classes.map(() => classes.map(() => 0));
  for (let i = 0; i < 500; i++) {
    const actual = random.integer(4), predicted = random.integer(4);
    matrix.add(actual, predicted);
    rows[actual]![predicted]!++;
  }
  assert.deepEqual(matrix.counts(), rows);
  assert.equal(matrix.total, 500);
  assert.equal(matrix.correct, rows.reduce((sum, row, c) => sum + row[c]!, 0));
  assert.equal(matrix.support(2), rows[2]!.reduce((sum, count) => sum + count));
  assert.equal(matrix.predictions(1), rows.reduce((sum, row) => sum + row[1]!, 0));
  const again = new ConfusionMatrix(matrix.classes, JSON.parse(JSON.stringify(matrix.counts())));
  matrix.counts()[0]![0] = -1;
  again.add(0, 3);
  matrix.add(0, 3);
  assert.deepEqual(again.counts(), matrix.counts());
});

Deno.test("an empty matrix has a report of zero divisions", () => {
  for (const zeroDivision of [0, 1] as const) {
    const report = classificationReport(new ConfusionMatrix(["a", "b"]), { zeroDivision });
    const scores = { precision: zeroDivision, recall: zeroDivision, f1: zeroDivision, support: 0 };
    assert.deepEqual(report, {
      classes: [{ name: "a", ...scores }, { name: "b", ...scores }],
      accuracy: zeroDivision,
      macro: scores,
      weighted: scores,
    });
  }
});

Deno.test("ConfusionMatrix and its reports refuse what they cannot count or print", () => {
  assert.throws(() => new ConfusionMatrix([]), /Cannot count classes \[\]/);
  assert.throws(() => new ConfusionMatrix(["a", "b", "a"]), /\[a, b, a\]: at least one name, and each once/);
  assert.throws(() => new ConfusionMatrix(["a", "b"], [[1, 2]]), /1 rows of \[2\] counts: 2 rows of 2/);
  for (const wrong of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => new ConfusionMatrix(["a"], [[wrong]]), /whole numbers/);
    assert.throws(() => new ConfusionMatrix(["a"]).add(0, wrong), /predicted for 0: indices from 0 to 0/);
    assert.throws(() => new ConfusionMatrix(["a"]).add(wrong, 0), RangeError);
  }
  assert.throws(() => new ConfusionMatrix(["a"]).add(1, 0), /class 0 predicted for 1/);
  const report = classificationReport(new ConfusionMatrix(["accuracy", "b"]));
  assert.throws(() => classificationDictionary(report), /\[accuracy, b\]/);
  for (const digits of [-1, 1.5, 16]) {
    assert.throws(() => formatClassificationReport(report, { digits }), /a whole number from 0 to 15/);
  }
});
