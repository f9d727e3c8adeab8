/** Bad records and bad models, with the real program: one clear line or a dead letter, and the stream goes on. */
import assert from "node:assert/strict";
import { connect } from "../../src/kafka/connect.ts";
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import { consumeFlags, newRoad, type Road } from "../support/account.ts";
import { testClusters } from "../support/cluster.ts";
import { runStreamflow, trainModel } from "../support/run.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const model = await trainModel();

const good = {
  id: "a-1",
  timestamp: "2026-01-01T00:00:00.000Z",
  source: "a",
  features: { humidity: 40, temperature: 20 },
};

/** What is wrong, by the reason that it must be given. */
const BAD: readonly { reason: string; value: string | null }[] = [
  { reason: "not-json", value: "{" },
  { reason: "tombstone", value: null },
  { reason: "not-a-reading", value: "[1,2]" },
  { reason: "not-a-reading", value: JSON.stringify({ ...good, id: 7 }) },
  { reason: "missing-feature", value: JSON.stringify({ ...good, features: { humidity: 40 } }) },
  {
    reason: "not-a-number",
    value: JSON.stringify({ ...good, features: { humidity: "40", temperature: 1 } }),
  },
  {
    reason: "not-a-number",
    value: JSON.stringify({ ...good, features: { humidity: null, temperature: 1 } }),
  },
  { reason: "not-a-number", value: JSON.stringify(good).replace(":20", ":NaN") },
  { reason: "bad-timestamp", value: JSON.stringify({ ...good, timestamp: "yesterday" }) },
  { reason: "too-large", value: JSON.stringify({ ...good, id: "x".repeat(70_000) }) },
  { reason: "late", value: JSON.stringify({ ...good, id: "a-0", timestamp: "2025-01-01T00:00:00.000Z" }) },
];

async function send(road: Road, records: readonly OutgoingRecord[]): Promise<void> {
  await using client = await connect({ ...road, clientId: "bad-input" }, "platformatic");
  await client.admin.createTopic({ name: road.input, partitions: 1, replicationFactor: 1 });
  await using producer = await client.producer();
  await producer.send(road.input, records);
}

async function read(road: Road, topic: string): Promise<IncomingRecord[]> {
  await using client = await connect({ ...road, clientId: "bad-input" }, "platformatic");
  const { signal } = new AbortController();
  const chunks = await Array.fromAsync(
    client.read({ topics: [topic], from: "beginning", until: "end", signal }),
  );
  return chunks.flatMap(({ records }) => records);
}

for (const kind of testClusters()) {
  Deno.test({
    name: `bad records become dead letters with the reason, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      const road = newRoad(cluster.bootstrapServer);
      const values = [JSON.stringify(good), ...BAD.map(({ value }) => value)];
      const last = { ...good, id: "a-2", timestamp: "2026-01-01T00:00:05.000Z" };
      const records = [...values, JSON.stringify(last)].map((value) => ({
        key: "a",
        value: value === null ? null : encoder.encode(value),
      }));
      await send(road, records);
      const { code, stdout, stderr } = await runStreamflow([
        ...["consume", "--model", model, "--until-idle", "2s", "--json"],
        ...consumeFlags(road),
      ]);
      assert.equal(code, 0, stderr);
      const { read: count, predicted, deadLettered } = JSON.parse(stdout);
      assert.deepEqual({ count, predicted, deadLettered }, {
        count: records.length,
        predicted: 2,
        deadLettered: BAD.length,
      });
      const predictions = await read(road, road.output);
      assert.deepEqual(predictions.map(({ value }) => JSON.parse(decoder.decode(value!)).id), ["a-1", "a-2"]);
      const letters = await read(road, road.deadLetter);
      for (const [index, { key, value, headers }] of letters.entries()) {
        const header = (name: string) =>
          decoder.decode(headers.find((one) => one.key === `streamflow.${name}`)?.value);
        assert.equal(header("reason"), BAD[index]!.reason);
        assert.equal(header("topic"), road.input);
        assert.equal(header("offset"), String(index + 1));
        assert.match(header("time"), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
        assert.equal(decoder.decode(key!), "a");
        assert.equal(value === null ? null : decoder.decode(value), BAD[index]!.value);
      }
    },
  });
}

Deno.test("a model for other features than the topic's is one clear error, and nothing is committed", async () => {
  await using cluster = await testClusters()[0]!.open();
  const road = newRoad(cluster.bootstrapServer);
  const readings = Array.from({ length: 50 }, (_, index) => ({
    key: "b",
    value: encoder.encode(JSON.stringify({
      id: `b-${index}`,
      timestamp: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
      source: "b",
      features: { pressure: index },
    })),
  }));
  await send(road, readings);
  const { code, stderr } = await runStreamflow([
    ...["consume", "--model", model, "--until-idle", "2s", "--quiet"],
    ...consumeFlags(road),
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /^error: .*(humidity|temperature)/m);
  assert.match(stderr, /^ {2}hint: /m);
  await using client = await connect({ ...road, clientId: "bad-input" }, "platformatic");
  assert.deepEqual(await client.admin.committedOffsets(road.group, road.input), []);
});

Deno.test("a model that is missing, cut off or no model is one clear error", async () => {
  const whole = await Deno.readFile(model);
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${directory}/cut.safetensors`, whole.subarray(0, whole.length - 100));
    await Deno.writeTextFile(`${directory}/text.safetensors`, "this is not a model");
    for (const name of ["cut.safetensors", "text.safetensors", "missing.safetensors"]) {
      for (const command of [["consume"], ["inspect", name]]) {
        const args = command[0] === "consume" ? ["consume", "--model", name] : command;
        const { code, stderr } = await runStreamflow(args, { cwd: directory });
        assert.equal(code, 1, stderr);
        assert.match(stderr, new RegExp(`^error: .*${name}.*\\n {2}hint: .*\\n$`), stderr);
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
