import assert from "node:assert/strict";
import type { Dataset, LabelledReading } from "../../src/datasets/mod.ts";
import { readDataset, readTopic, type ValueChunk } from "../../src/train/forecaster/read.ts";
import { at } from "./sets.ts";

function reading(n: number, features: Record<string, number | string> = { x: n, y: -n }): LabelledReading {
  return { id: `r${n}`, timestamp: at(n), source: "a", features, event: n === 1 };
}

function datasetOf(readings: LabelledReading[]): Dataset {
  return {
    name: "made up",
    features: [{ name: "x", unit: "m" }, { name: "y", unit: "" }],
    count: readings.length,
    repeatable: true,
    assumptions: [],
    async *batches() {
      for (let from = 0; from < readings.length; from += 2) {
        yield await Promise.resolve(readings.slice(from, from + 2));
      }
    },
    sha256: () => "abc",
  };
}

async function* chunksOf(...values: (string | null)[]): AsyncGenerator<ValueChunk> {
  const encoder = new TextEncoder();
  for (const value of values) {
    yield await Promise.resolve({ records: [{ value: value === null ? null : encoder.encode(value) }] });
  }
}

const json = (n: number, features?: Record<string, number | string>) => {
  const { event: _, ...rest } = reading(n, features);
  return JSON.stringify(rest);
};

Deno.test("readDataset() takes values, labels and the checksum", async () => {
  const set = await readDataset(datasetOf([reading(0), reading(1), reading(2)]));
  assert.deepEqual([...set.series[0]!.values], [0, -0, 1, -1, 2, -2]);
  assert.deepEqual([...set.series[0]!.events], [0, 1, 0]);
  assert.deepEqual([set.name, set.sha256, set.readings], ["made up", "abc", 3]);
});

Deno.test("readDataset() stops at the limit, and then claims no checksum of the whole", async () => {
  const set = await readDataset(datasetOf([reading(0), reading(1), reading(2), reading(3)]), { limit: 3 });
  assert.deepEqual([set.readings, set.sha256], [3, null]);
});

Deno.test("readDataset() stops when asked", async () => {
  const stopped = readDataset(datasetOf([reading(0)]), { signal: AbortSignal.abort() });
  await assert.rejects(stopped, { name: "UserError", message: /stopped before training began/ });
});

Deno.test("readTopic() leaves out what consume would send to the dead letters, and counts it", async () => {
  const chunks = chunksOf("garbage", json(0), null, json(2), json(1), json(2), json(3, { x: 1 }), json(4));
  const set = await readTopic(chunks, { topic: "input-data" });
  assert.deepEqual([...set.series[0]!.values], [0, 0, 2, -2, 4, -4]);
  assert.deepEqual(set.skipped, { duplicate: 1, late: 1, unusable: 3 });
  assert.deepEqual(set.features.map(({ name }) => name), ["x", "y"]);
});

Deno.test("readTopic() reads so many records and the features that were asked for", async () => {
  const chunks = chunksOf(json(0), json(1), json(2), json(3));
  const set = await readTopic(chunks, { topic: "input-data", limit: 2, features: ["y"] });
  assert.deepEqual([...set.series[0]!.values], [0, -1]);
});

Deno.test("readTopic() says what was found where nothing is a reading", async () => {
  const none = { name: "UserError", message: /topic t: none of its 0 records is a reading/, hint: /produce/ };
  await assert.rejects(readTopic(chunksOf(), { topic: "t" }), none);
  await assert.rejects(readTopic(chunksOf("x", "y"), { topic: "t" }), /none of its 2 records.*not-json/);
  await assert.rejects(readTopic(chunksOf(json(0, {})), { topic: "t" }), /reading r0 has no features/);
});

Deno.test("readDataset() and readTopic() refuse readings with texts, and take numbers beside them by name", async () => {
  const mixed = { x: 1, kind: "tcp" };
  const wanted = (from: string) => ({
    name: "UserError",
    message: `Cannot make series of ${from}: kind of reading r0 is "tcp", and forecasts want numbers`,
    hint: /--features/,
  });
  await assert.rejects(readDataset(datasetOf([reading(0, mixed)])), wanted("made up"));
  await assert.rejects(readTopic(chunksOf(json(0, mixed)), { topic: "t" }), wanted("topic t"));
  const set = await readTopic(chunksOf(json(0, mixed), json(1, { x: 2, kind: "udp" })), {
    topic: "t",
    features: ["x"],
  });
  assert.deepEqual([...set.series[0]!.values], [1, 2]);
});
