/** The shipped electricity set. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openDataset, openMeters } from "../../src/datasets/mod.ts";
import { readingToJson } from "../../src/records/readings/print.ts";
import { readingSchema } from "../../src/records/readings/schema.ts";

const root = new URL("../../data/", import.meta.url);

Deno.test("openMeters() has the readings that data/README.md describes, an hour of all meters after the other", async () => {
  const meters = openMeters();
  const times = new Map<string, string[]>();
  const ids = new Set<string>();
  let first: string | undefined;
  let previous = "";
  for await (const batch of meters.batches()) {
    for (const reading of batch) {
      first ??= readingToJson(reading);
      assert.ok(reading.timestamp >= previous);
      previous = reading.timestamp;
      ids.add(reading.id);
      assert.ok(Number.isFinite(reading.features["power"]), reading.id);
      const own = times.get(reading.source);
      if (own === undefined) times.set(reading.source, [reading.timestamp]);
      else own.push(reading.timestamp);
    }
  }
  assert.deepEqual([meters.count, ids.size, times.size], [158_130, 158_130, 18]);
  for (const own of times.values()) {
    assert.deepEqual([own.length, own[0], own.at(-1)], [
      ...[8_785, "2015-12-31T23:00:00.000Z", "2016-12-31T23:00:00.000Z"],
    ]);
  }
  assert.deepEqual(readingSchema.parse(JSON.parse(first!)), {
    id: "meter-e1de-2015-12-31T23:00",
    timestamp: "2015-12-31T23:00:00.000Z",
    source: "meter-e1de",
    features: { power: 157.4 },
  });
});

Deno.test("openMeters() embeds the file whose checksum is in data/README.md, its licence beside it", async () => {
  const bytes = await Deno.readFile(new URL("opengrid-meters/electricity_18meters_1h.csv", root));
  const digest = createHash("sha256").update(bytes).digest("hex");
  assert.equal(openMeters().sha256(), digest);
  assert.ok((await Deno.readTextFile(new URL("README.md", root))).includes(digest));
  assert.match(
    await Deno.readTextFile(new URL("opengrid-meters/LICENSE", root)),
    /Apache License\s+Version 2\.0/,
  );
});

Deno.test("openDataset() opens the electricity of the meters, and the motes where these are named", async () => {
  const none = { csv: undefined, key: undefined, features: undefined, timestamp: undefined };
  assert.equal((await openDataset({ ...none, dataset: "meters" })).name, "meters");
  assert.equal((await openDataset({ ...none, dataset: "sensors" })).name, "sensors");
});
