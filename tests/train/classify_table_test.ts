/** A classifier's answers to a table: those that it gives to single records. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, Random } from "../../nn/mod.ts";
import type { Table } from "../../src/datasets/mod.ts";
import { Classifier } from "../../src/models/classifier.ts";
import { countTabularInputs, fitTabular } from "../../src/models/tabular.ts";
import { UserError } from "../../src/runtime/errors.ts";
import { classifyTable } from "../../src/train/classifier/classify_table.ts";

/** Four rows whose texts and classes come in this order. */
function table(texts: readonly string[], classes: readonly string[]): Table {
  const values = [...new Set(texts)];
  return {
    name: "made-up.txt",
    sha256: "0".repeat(64),
    rows: texts.length,
    columns: [
      { name: "level", kind: "number", values: Float64Array.from(texts, (_, row) => row) },
      {
        name: "protocol",
        kind: "category",
        values,
        codes: Int32Array.from(texts, (text) => values.indexOf(text)),
      },
    ],
    classes,
    labels: Int32Array.from(texts, (_, row) => row % classes.length),
    skipped: 0,
  };
}

const TRAINED_ON = table(["tcp", "udp", "tcp", "icmp"], ["calm", "busy", "rare"]);

function classifier(): Classifier {
  const preparation = fitTabular(TRAINED_ON, { log: "none" });
  const inputs = countTabularInputs(preparation);
  const spec = denseSpec({
    inputs,
    hidden: [5],
    outputs: 3,
    activation: "tanh",
    outputActivation: "softmax",
  });
  return new Classifier({
    name: "made-up",
    version: "0",
    task: {
      kind: "classification",
      target: "class",
      classes: ["calm", "busy", "rare"],
      offsets: [0, 1, -0.5],
      baseline: "calm",
    },
    preparation,
    network: createNetwork(spec, new Random(1)),
  });
}

Deno.test("classifyTable() gives each row what the classifier gives to that record, texts by their spelling", () => {
  const own = classifier();
  // Other places of the same texts, and one that training has not seen.
  const answers = classifyTable(own, table(["udp", "sctp", "icmp", "tcp"], ["calm", "busy", "rare"]), null);
  const records = [[0, 1], [1, -1], [2, 2], [3, 0]];
  const wanted = records.flatMap((record) => {
    own.classify(Float64Array.from(record));
    return [...own.probabilities];
  });
  assert.deepEqual([...answers.probabilities], wanted);
  assert.equal(answers.unseenValues, 1);
  assert.deepEqual([...answers.labels], [0, 1, 2, 0]);
  assert.equal(answers.baseline, "calm");
});

Deno.test("classifyTable() takes the rows that are asked for, in their order, and classes by their names", () => {
  const other = table(["udp", "tcp", "icmp", "tcp"], ["rare", "calm"]);
  const all = classifyTable(classifier(), other, null);
  const some = classifyTable(classifier(), other, Int32Array.of(3, 0));
  assert.deepEqual([...all.labels], [2, 0, 2, 0]);
  assert.deepEqual([...some.labels], [0, 2]);
  const row = (r: number) => [...all.probabilities.subarray(3 * r, 3 * r + 3)];
  assert.deepEqual([...some.probabilities], [...row(3), ...row(0)]);
});

Deno.test("classifyTable() refuses a table of another kind", () => {
  const refuse = (other: Table, message: RegExp) =>
    assert.throws(() => classifyTable(classifier(), other, null), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  const [level, protocol] = TRAINED_ON.columns;
  refuse({ ...TRAINED_ON, columns: [level!] }, /a column protocol of texts, there is no such column$/);
  const texts = { ...protocol!, name: "level" };
  refuse({ ...TRAINED_ON, columns: [texts, protocol!] }, /level of numbers, there is a column of texts$/);
  refuse(
    { ...TRAINED_ON, classes: ["calm", "odd", "rare"] },
    /its classes odd are none of the model's: calm, busy, rare$/,
  );
});
