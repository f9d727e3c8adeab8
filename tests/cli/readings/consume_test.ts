/** `consume` with a model that classifies, with the real program: every record is accounted for, and the summary says how right it was. */
import assert from "node:assert/strict";
import { createNetwork, denseSpec, Random } from "../../../nn/mod.ts";
import { connect } from "../../../src/kafka/connect.ts";
import { type ClassificationModel, readModel, writeModel } from "../../../src/models/model_file.ts";
import { classificationSchema } from "../../../src/records/predictions/schema.ts";
import { consumeFlags, newRoad, type Road } from "../../support/account.ts";
import { testClusters } from "../../support/cluster.ts";
import { runStreamflow } from "../../support/run.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const architecture = denseSpec({
  ...{ inputs: 5, hidden: [6], outputs: 3, activation: "relu" },
  outputActivation: "softmax",
});

/** A model with weights of chance: what it answers is known from the model itself. */
const bytes = writeModel(createNetwork(architecture, new Random(8)), {
  ...{ name: "ids", architecture, recipe: { seed: 8 }, metrics: {} },
  preparation: {
    ...{ kind: "tabular", clip: 5 },
    columns: [
      { name: "bytes", kind: "number", log: true, center: 3, scale: 2 },
      { name: "service", kind: "category", values: ["http", "smtp", "ftp"] },
      { name: "rate", kind: "number", log: false, center: 0.5, scale: 0.25 },
    ],
  },
  task: {
    ...{ kind: "classification", target: "class", classes: ["normal", "dos", "probe"] },
    ...{ offsets: [0, 0.25, 0], baseline: "normal" },
  },
  training: { name: "none", sha256: null, readings: 0, sources: 0 },
});
const { classifier } = readModel(bytes) as ClassificationModel;

const CLASSES = classifier.classes;
const SERVICES = ["http", "smtp", "ftp", "gopher"];

/** Connection `i`: every third has no label, every fourth a service that the model does not know. */
function connection(i: number) {
  const service = SERVICES[i % SERVICES.length]!;
  return {
    ...{ id: `c-${i}`, source: service, timestamp: new Date(Date.UTC(2026, 0, 1) + i).toISOString() },
    features: { bytes: i ** 3, service, rate: (i % 10) / 10 },
    ...(i % 3 === 0 ? {} : { label: CLASSES[i % 2]! }),
  };
}

/** What is wrong, by the reason that it must be given. */
const BAD: readonly (readonly [string, string | null])[] = [
  ["not-json", "{"],
  ["tombstone", null],
  ["missing-feature", JSON.stringify({ ...connection(0), features: { bytes: 1, rate: 0 } })],
  ["not-a-number", JSON.stringify({ ...connection(0), features: { bytes: "1", service: "http", rate: 0 } })],
  ["not-a-text", JSON.stringify({ ...connection(0), features: { bytes: 1, service: 80, rate: 0 } })],
  ["not-a-reading", JSON.stringify({ ...connection(0), label: 1 })],
];

async function send(road: Road, values: readonly (string | null)[]): Promise<void> {
  await using client = await connect({ ...road, clientId: "classify" }, "platformatic");
  await client.admin.createTopic({ name: road.input, partitions: 2, replicationFactor: 1 });
  await using producer = await client.producer();
  const records = values.map((value, i) => ({
    key: `k${i % 7}`,
    value: value === null ? null : encoder.encode(value),
  }));
  await producer.send(road.input, records);
}

async function read(road: Road, topic: string) {
  await using client = await connect({ ...road, clientId: "classify" }, "platformatic");
  const { signal } = new AbortController();
  const chunks = await Array.fromAsync(
    client.read({ topics: [topic], from: "beginning", until: "end", signal }),
  );
  return chunks.flatMap(({ records }) => records);
}

async function withModel(use: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  try {
    await Deno.writeFile(path, bytes);
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

/** The class that the model gives a connection. */
function classOf({ features: { bytes, service, rate } }: ReturnType<typeof connection>): string {
  return CLASSES[
    classifier.classify(Float64Array.of(bytes, ["http", "smtp", "ftp"].indexOf(service), rate))
  ]!;
}

for (const kind of testClusters()) {
  Deno.test({
    name:
      `consume classifies, scores labels, counts unseen values and buries the rest, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    fn: () =>
      withModel(async (model) => {
        await using cluster = await kind.open();
        const road = newRoad(cluster.bootstrapServer);
        const connections = Array.from({ length: 60 }, (_, i) => connection(i));
        await send(road, [
          ...connections.map((one) => JSON.stringify(one)),
          ...BAD.map(([, value]) => value),
        ]);
        const flags = ["--model", model, "--until-idle", "2s", ...consumeFlags(road)];
        const { code, stdout, stderr } = await runStreamflow(["consume", "--json", ...flags]);
        assert.equal(code, 0, stderr);
        const labelled = connections.filter(({ label }) => label !== undefined);
        const right = labelled.filter((one) => classOf(one) === one.label);
        const { read: count, predicted, deadLettered, accuracy, unseenValues, labelled: scored } = JSON.parse(
          stdout,
        );
        assert.deepEqual({ count, predicted, deadLettered, accuracy, unseenValues, scored }, {
          ...{ count: 66, predicted: 60, deadLettered: BAD.length, unseenValues: 15 },
          ...{ accuracy: right.length / labelled.length, scored: labelled.length },
        });

        const answers = (await read(road, road.output)).map(({ value }) =>
          classificationSchema.parse(JSON.parse(decoder.decode(value!)))
        );
        const byId = new Map(answers.map((answer) => [answer.id, answer]));
        for (const one of connections) {
          const answer = byId.get(one.id)!;
          assert.equal(answer.prediction.class, classOf(one));
          assert.deepEqual(Object.values(answer.prediction.probabilities), [...classifier.probabilities]);
          assert.equal(answer.scored?.actual, one.label);
          assert.deepEqual(answer.input, one);
        }
        const reasons = (await read(road, road.deadLetter)).map(({ headers }) =>
          decoder.decode(headers.find(({ key }) => key === "streamflow.reason")?.value)
        );
        assert.deepEqual(reasons.sort(), BAD.map(([reason]) => reason).sort());
      }),
  });
}

Deno.test("consume says in its summary how right it was, and how many values were never seen", async () => {
  await using cluster = await testClusters()[0]!.open();
  const road = newRoad(cluster.bootstrapServer);
  await send(road, Array.from({ length: 8 }, (_, i) => JSON.stringify(connection(i))));
  await withModel(async (model) => {
    const flags = ["--model", model, "--limit", "8", ...consumeFlags(road)];
    const { code, stdout, stderr } = await runStreamflow(["consume", ...flags]);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^read 8, predicted 8 \(0 by the baseline\).*, accuracy \d+\.\d\d % of 5 with a true class, values unseen in training 2,/,
    );
  });
});
