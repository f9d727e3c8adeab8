/** Classifiers at the edge: weights that overflow, networks that take no records, offsets that are none. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, type NetworkSpec, Random } from "../../nn/mod.ts";
import { ClassificationPipeline } from "../../src/predict/classification_pipeline.ts";
import { Classifier } from "../../src/predict/classifier.ts";
import { ModelFileError, readModel, writeModel } from "../../src/predict/model_file.ts";
import type { TabularPreparation } from "../../src/predict/tabular.ts";
import { Tally } from "../../src/predict/tally.ts";
import { classificationSchema } from "../../src/stream/records.ts";
import { recordOf, timeOf } from "./fakes.ts";

const preparation: TabularPreparation = {
  kind: "tabular",
  clip: null,
  columns: [
    { name: "bytes", kind: "number", log: true, center: 3, scale: 2 },
    { name: "service", kind: "category", values: ["http", "ftp"] },
    { name: "rate", kind: "number", log: false, center: 0.5, scale: 1e-300 },
  ],
};
const spec = denseSpec({
  ...{ inputs: 4, hidden: [5], outputs: 3, activation: "relu" },
  outputActivation: "softmax",
});

function classifierOf(
  { weights = 1, offsets = [0, 0, 0], architecture = spec }: {
    readonly weights?: number;
    readonly offsets?: readonly number[];
    readonly architecture?: NetworkSpec;
  } = {},
): Classifier {
  const network = createNetwork(architecture, new Random(3));
  for (let i = 0; i < network.parameters.length; i++) network.parameters[i]! *= weights;
  return new Classifier({
    ...{ name: "ids", version: "1", preparation, network },
    task: {
      ...{ kind: "classification", target: "class", classes: ["normal", "dos", "probe"], offsets },
      baseline: "dos",
    },
  });
}

Deno.test("Classifier.classify() answers with the baseline where weights overflow, and recovers", () => {
  for (const offsets of [[0, 0, 0], [0, 100, -100]]) {
    const classifier = classifierOf({ weights: 1e300, offsets });
    const answer = classifier.classify(Float64Array.of(1e308, 0, 1e308));
    assert.equal(classifier.classes[answer], "dos");
    assert.equal(classifier.byNetwork, false);
    assert.deepEqual([...classifier.probabilities], [0, 1, 0]);
  }
  const classifier = classifierOf({ offsets: [0, 100, -100] });
  for (const bytes of [1e308, -1e308, 5e-324, -0]) {
    classifier.classify(Float64Array.of(bytes, -1, bytes));
    assert.equal(classifier.byNetwork, true);
    assert.ok(Math.abs(classifier.probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-12);
  }
});

Deno.test("ClassificationPipeline says who answered where weights overflow, in JSON", () => {
  const classifier = classifierOf({ weights: 1e300 });
  const pipeline = new ClassificationPipeline({ topic: "in", partition: 0, outputFrom: 0, classifier });
  const tally = new Tally();
  const reading = { id: "a", timestamp: timeOf(0), source: "s", label: "normal" };
  const features = { bytes: 1e300, service: "smtp", rate: -1e308 };
  const { predictions } = pipeline.take([recordOf(0, { ...reading, features })], { nowMs: 2_000, tally });
  const text = new TextDecoder().decode(predictions[0]!.value!);
  const { prediction, baseline, scored } = classificationSchema.parse(JSON.parse(text));
  assert.deepEqual(prediction, {
    ...{ target: "class", class: "dos", probabilities: { normal: 0, dos: 1, probe: 0 }, by: "baseline" },
  });
  assert.equal(baseline, "dos");
  assert.deepEqual(scored, {
    ...{ id: "a", predicted: "dos", baseline: "dos", actual: "normal", by: "baseline" },
  });
  assert.deepEqual(
    [tally.predictedByBaseline, tally.predictedByNetwork, tally.labelled, tally.right, tally.unseenValues],
    [1, 0, 1, 0, 1],
  );
});

Deno.test("Classifier refuses a network that takes steps instead of records", () => {
  const layers = [{ kind: "lstm", units: 5 } as const, ...spec.layers];
  assert.throws(() => classifierOf({ architecture: { ...spec, layers } }), /begins with lstm/);
});

Deno.test("readModel() refuses offsets that only look like numbers", () => {
  const network = createNetwork(spec, new Random(3));
  for (const offsets of [["1", 0, 0], [null, 0, 0], [[], 0, 0], [true, 0, 0], [101, 0, 0]]) {
    const bytes = writeModel(network, {
      ...{ name: "ids", architecture: spec, preparation, recipe: { seed: 1 }, metrics: {} },
      training: { name: "t", sha256: null, readings: 1, sources: 1 },
      task: {
        ...{ kind: "classification", target: "class", classes: ["normal", "dos", "probe"] },
        ...{ offsets: offsets as number[], baseline: "dos" },
      },
    });
    assert.throws(() => readModel(bytes), (error) => {
      assert.ok(error instanceof ModelFileError);
      return error.message.includes("task.offsets");
    }, JSON.stringify(offsets));
  }
});
