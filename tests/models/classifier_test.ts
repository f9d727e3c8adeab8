/** Classifiers at the edge: weights that overflow, networks that take no records, offsets that are none. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, type NetworkSpec, Random } from "../../nn/mod.ts";
import { ClassificationPipeline } from "../../src/predict/classification_pipeline.ts";
import { Classifier } from "../../src/models/classifier.ts";
import { ModelFileError, readModel, writeModel } from "../../src/models/model_file.ts";
import type { TabularPreparation } from "../../src/models/tabular.ts";
import { Tally } from "../../src/predict/tally.ts";
import { classificationSchema } from "../../src/records/predictions/schema.ts";
import { recordOf, timeOf } from "../predict/fakes.ts";

const encoder = new TextEncoder();

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
  const pipeline = new ClassificationPipeline({ topic: "in", partition: 0, classifier });
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

/** Bytes changed, cut out, put in or doubled in up to two places. */
function damage(good: Uint8Array, random: Random): Uint8Array {
  const strange = encoder.encode('",:{}[]-.0159eE\\ \n\u0000éA');
  const bytes = [...good];
  for (let left = random.integer(3); left > 0; left--) {
    const at = random.integer(bytes.length), other = strange[random.integer(strange.length)]!;
    const kind = random.integer(4);
    if (kind === 0) bytes[at] = other;
    else if (kind === 1) bytes.splice(at, 1 + random.integer(3));
    else if (kind === 2) bytes.splice(at, 0, other);
    else bytes.splice(at, 0, ...bytes.slice(at, at + random.integer(40)));
  }
  return Uint8Array.from(bytes);
}

Deno.test("ClassificationPipeline answers damaged records as the parser alone does, bit for bit", () => {
  const classifier = classifierOf({ offsets: [0, 1, -1] });
  const open = () => new ClassificationPipeline({ topic: "in", partition: 0, classifier });
  const [usual, spaced] = [open(), open()];
  const [tally, spacedTally] = [new Tally(), new Tally()];
  const random = new Random(12);
  for (let offset = 0; offset < 6_000; offset++) {
    const features = {
      bytes: random.integer(1e6),
      service: ["http", "ftp", "x"][offset % 3],
      rate: offset / 100,
    };
    const reading = { id: `c-${offset}`, timestamp: timeOf(offset), source: "s", features, label: "dos" };
    const value = damage(encoder.encode(JSON.stringify(reading)), random);
    // The scanner leaves white space to the parser, and a prediction holds the reading without it.
    const wide = Uint8Array.of(32, ...value);
    const nowMs = 2_000;
    const found = usual.take([recordOf(offset, value)], { nowMs, tally });
    const wanted = spaced.take([recordOf(offset, wide)], { nowMs, tally: spacedTally });
    assert.equal(found.predictions.length + found.deadLetters.length, 1);
    assert.deepEqual(found.predictions, wanted.predictions, new TextDecoder().decode(value));
  }
  assert.deepEqual(tally.deadLetters, spacedTally.deadLetters);
  assert.deepEqual([tally.unseenValues, tally.right], [spacedTally.unseenValues, spacedTally.right]);
  assert.ok(tally.predicted > 1_000 && tally.deadLettered > 1_000);
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
