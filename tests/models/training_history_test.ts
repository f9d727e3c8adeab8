/** The losses of a training in the model's file. */
import assert from "node:assert/strict";
import { decodeSafetensors, encodeSafetensors } from "../../nn/mod.ts";
import { ModelFileError, readModel } from "../../src/models/model_file.ts";
import { historyOf } from "../../src/models/training_history.ts";
import { tinyForecasterBytes } from "../web/served_models.ts";

/** What is read of a model's file whose metadata has these texts, too. */
function historyIn(more: Readonly<Record<string, string>>) {
  const { tensors, metadata } = decodeSafetensors(tinyForecasterBytes(7));
  return readModel(encodeSafetensors({ tensors, metadata: { ...metadata, ...more } })).metadata.history;
}

Deno.test("A model keeps how its training went; one without is read as well, and a wrong history is refused", () => {
  const epochs = Array.from({ length: 2_500 }, (_, i) => ({
    ...{ trainingEpoch: i + 1, trainingLoss: 1 / (i + 1), validationLoss: 2 / (i + 1), baselineLoss: 1.5 },
  }));
  const history = historyOf(epochs, 1_337);
  assert.deepEqual(historyOf(epochs.slice(0, 3), 2), {
    ...{ kept: 2, epochs: [1, 2, 3], trainingLoss: [1, 1 / 2, 1 / 3], validationLoss: [2, 1, 2 / 3] },
    baselineLoss: [1.5, 1.5, 1.5],
  });
  assert.ok(history.epochs.length <= 1_002);
  assert.deepEqual([history.epochs[0], history.epochs.at(-1)], [1, 2_500]);
  assert.ok(history.epochs.includes(1_337));
  assert.deepEqual(historyIn({ history: JSON.stringify(history) }), history);
  assert.equal(historyIn({}), undefined);
  for (
    const wrong of [
      { ...history, validationLoss: [1] },
      { ...history, kept: 0 },
      { ...history, trainingLoss: ["x"] },
      { ...history, epochs: undefined },
      [],
    ]
  ) {
    assert.throws(() => historyIn({ history: JSON.stringify(wrong) }), ModelFileError);
  }
});
