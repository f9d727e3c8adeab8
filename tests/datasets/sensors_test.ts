import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type LabelledReading, openSensors, repeat } from "../../src/datasets/mod.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { readingSchema } from "../../src/records/readings/schema.ts";

async function take(batches: AsyncIterable<LabelledReading[]>, count = Infinity): Promise<LabelledReading[]> {
  const readings: LabelledReading[] = [];
  for await (const batch of batches) {
    readings.push(...batch);
    if (readings.length >= count) break;
  }
  return readings.slice(0, count);
}

Deno.test("openSensors() has the readings that data/README.md describes", async () => {
  const dataset = openSensors();
  const readings = await take(dataset.batches());
  assert.equal(readings.length, 18_914);
  assert.equal(dataset.count, 18_914);
  assert.equal(new Set(readings.map(({ id }) => id)).size, 18_914);
  const events = (source: string) => readings.filter((r) => r.source === source && r.event).length;
  assert.deepEqual(["mote-1", "mote-2", "mote-3", "mote-4"].map(events), [117, 0, 0, 32]);
  assert.deepEqual(
    new Set(readings.filter(({ indoor }) => indoor).map(({ source }) => source)),
    new Set(["mote-1", "mote-2"]),
  );
  assert.deepEqual(readings[0], {
    id: "mote-1-1",
    timestamp: "2010-05-09T00:00:00.000Z",
    source: "mote-1",
    features: { humidity: 45.93, temperature: 27.97 },
    event: false,
    indoor: true,
  });
});

Deno.test("openSensors() interleaves the motes in order of time", async () => {
  const readings = await take(openSensors().batches());
  assert.deepEqual(readings.slice(0, 5).map(({ source }) => source), [
    ...["mote-1", "mote-2", "mote-3", "mote-4", "mote-1"],
  ]);
  assert.ok(readings.every((reading, i) => i === 0 || readings[i - 1]!.timestamp <= reading.timestamp));
});

Deno.test("openSensors() embeds the file whose checksum is in data/README.md", async () => {
  const bytes = await Deno.readFile(new URL("../../data/sensors/telosb-single-hop.csv", import.meta.url));
  const readme = await Deno.readTextFile(new URL("../../data/README.md", import.meta.url));
  const digest = createHash("sha256").update(bytes).digest("hex");
  assert.equal(openSensors().sha256(), digest);
  assert.ok(readme.includes(digest));
});

Deno.test("readingToJson() sends the four fields of a reading and no label", async () => {
  const [reading] = await take(openSensors().batches(), 1);
  const sent = JSON.parse(readingToJson(reading!));
  assert.deepEqual(Object.keys(sent), ["id", "timestamp", "source", "features"]);
  assert.ok(readingSchema.safeParse(sent).success);
});

Deno.test("repeat() brings new ids and later times in every pass", async () => {
  const readings = await take(repeat(openSensors()), 2 * 18_914 + 1);
  assert.equal(new Set(readings.map(({ id }) => id)).size, readings.length);
  const second = readings[18_914]!;
  assert.equal(second.id, "mote-1-1~2");
  // 5,041 steps of 5 s
  assert.equal(second.timestamp, new Date(Date.UTC(2010, 4, 9) + 5041 * 5000).toISOString());
  assert.ok(second.timestamp > readings[18_913]!.timestamp);
  assert.equal(readings[2 * 18_914]!.id, "mote-1-1~3");
});
