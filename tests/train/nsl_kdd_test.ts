/** The recipes on the real files: what README and REPORT say about them, in a few epochs. */
import assert from "node:assert/strict";
import { tensorViews } from "../../nn/mod.ts";
import { readNslKddTable } from "../../src/datasets/mod.ts";
import {
  CLASSIFIER_RECIPES,
  type ClassifierRecipe,
  judgeClassifier,
  prepareClassifier,
  trainClassifier,
} from "../../src/train/mod.ts";
import { finishAtOnce } from "../../src/train/loop/work.ts";

const folder = new URL("../../../shared/data/nsl-kdd/", import.meta.url);
const missing = await Deno.stat(new URL("KDDTrain+.txt", folder)).then(() => false, () => true);
if (missing) console.log(`left out: NSL-KDD's files are not in ${folder.pathname}`);

async function tables() {
  const read = (name: string) => readNslKddTable(new URL(name, folder).pathname, { unknownLabel: "error" });
  return { training: await read("KDDTrain+.txt"), held: await read("KDDTest+.txt") };
}

Deno.test({
  name:
    "the default recipe tells all five classes apart on rows it has not seen, the plain one overlooks r2l and u2r",
  ignore: missing,
  async fn() {
    const files = await tables();
    const judge = async (recipe: ClassifierRecipe) =>
      finishAtOnce(judgeClassifier(files, await trainClassifier(files, { recipe }))).test;
    const chosen = await judge({ ...CLASSIFIER_RECIPES.default, restarts: 1, epochs: 2 });
    assert.ok(chosen.report.macro.f1 > 0.68, `macro-F1 ${chosen.report.macro.f1}`);
    assert.ok(chosen.report.accuracy > 0.79, `accuracy ${chosen.report.accuracy}`);
    const plain = await judge({ ...CLASSIFIER_RECIPES.plain, epochs: 1 });
    assert.ok(plain.report.accuracy > 0.7, `accuracy ${plain.report.accuracy}`);
    assert.ok(plain.report.macro.f1 < chosen.report.macro.f1 - 0.03, `macro-F1 ${plain.report.macro.f1}`);
  },
});

Deno.test({
  name:
    "the preparation of NSL-KDD has 122 inputs and the plain network 14,277 parameters, fitted on the training file alone",
  ignore: missing,
  async fn() {
    const files = await tables();
    const prepared = prepareClassifier(files, CLASSIFIER_RECIPES.plain);
    assert.equal(prepared.spec.inputs, 122);
    assert.equal(tensorViews(prepared.spec).reduce((sum, { length }) => sum + length, 0), 14_277);
    const { held } = files;
    const doubled = {
      ...held,
      columns: held.columns.map((column) =>
        column.kind === "number" ? { ...column, values: column.values.map((value) => 2 * value) } : column
      ),
    };
    const other = prepareClassifier({ ...files, held: doubled }, CLASSIFIER_RECIPES.plain);
    assert.deepEqual(other.preparation, prepared.preparation);
  },
});
