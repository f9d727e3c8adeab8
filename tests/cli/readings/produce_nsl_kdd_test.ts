/** `produce --dataset nsl-kdd` by the real program into the embedded broker: what is on the topic afterwards. */
import assert from "node:assert/strict";
import { openNslKdd } from "../../../src/datasets/mod.ts";
import { readingToJson } from "../../../src/records/readings/print.ts";
import { connect } from "../../../src/kafka/connect.ts";
import type { IncomingRecord } from "../../../src/kafka/port.ts";
import { readingSchema } from "../../../src/records/readings/schema.ts";
import { type TestCluster, testClusters, uniqueName } from "../../support/cluster.ts";
import { findNslKdd } from "../../support/nsl_kdd.ts";
import { runStreamflow } from "../../support/run.ts";
import { nslKddLines, withNslKdd } from "../../train/nsl_kdd.ts";

const real = findNslKdd();
if ("missing" in real) console.log(`produce of the real file is left out: ${real.missing}`);

const decoder = new TextDecoder();

async function withBroker(use: (cluster: TestCluster) => Promise<void>): Promise<void> {
  await using cluster = await testClusters().find(({ name }) => name === "embedded")!.open();
  await use(cluster);
}

async function read({ bootstrapServer }: TestCluster, topic: string): Promise<IncomingRecord[]> {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const { signal } = new AbortController();
  const chunks = await Array.fromAsync(
    client.read({ topics: [topic], from: "beginning", until: "end", signal }),
  );
  return chunks.flatMap(({ records }) => records);
}

/** What the program said, and what is on the topic then. */
async function produce(cluster: TestCluster, { args, stdin }: { args: readonly string[]; stdin?: string }) {
  const topic = uniqueName("connections");
  const { code, stdout, stderr } = await runStreamflow(
    [
      "produce",
      ...["--dataset", "nsl-kdd", "--bootstrap-server", cluster.bootstrapServer, "--topic", topic],
      ...["--rate", "0", "--json", ...args],
    ],
    stdin === undefined ? {} : { stdin },
  );
  assert.equal(code, 0, stderr);
  const { seconds: _, perSecond: __, ...counts } = JSON.parse(stdout);
  const records = await read(cluster, topic);
  const texts = records.map(({ value }) => decoder.decode(value!));
  return { counts, records, texts };
}

async function textsOf(path: string): Promise<string[]> {
  const texts: string[] = [];
  for await (const batch of (await openNslKdd(path, { unknownLabel: "error" })).batches()) {
    texts.push(...batch.map(readingToJson));
  }
  return texts;
}

Deno.test("produce --dataset nsl-kdd sends each connection once, keyed by its service, with its class", async () => {
  await withBroker(async (cluster) => {
    await withNslKdd(700, async ({ train }) => {
      const { counts, records, texts } = await produce(cluster, { args: ["--file", train] });
      assert.deepEqual(counts, { sent: 700, acknowledged: 700, failed: 0, skipped: 0 });
      assert.deepEqual(texts, await textsOf(train));
      const readings = texts.map((text) => readingSchema.strict().parse(JSON.parse(text)));
      assert.deepEqual(readings.map(({ source }) => source), records.map(({ key }) => decoder.decode(key!)));
      assert.deepEqual(
        new Set(readings.map(({ label }) => label)),
        new Set(["normal", "dos", "probe", "r2l", "u2r"]),
      );
      assert.deepEqual(
        (await produce(cluster, { args: ["--file", train, "--limit", "1500", "--loop"] })).counts,
        { sent: 1500, acknowledged: 1500, failed: 0, skipped: 0 },
      );
    });
  });
});

Deno.test("produce --file - reads connections from standard input, and counts those of unknown attacks", async () => {
  const lines = nslKddLines(30, 3);
  const unknown = lines[4]!.replace(",rootkit,", ",wyrm,");
  assert.notEqual(unknown, lines[4]);
  await withBroker(async (cluster) => {
    const { counts, texts } = await produce(cluster, {
      args: ["--file", "-", "--unknown-label", "skip"],
      stdin: [...lines.slice(0, 4), unknown, ...lines.slice(5)].join("\r\n"),
    });
    assert.deepEqual(counts, { sent: 29, acknowledged: 29, failed: 0, skipped: 1 });
    const ids = texts.map((text) => JSON.parse(text).id.replace(/-[0-9a-z]{8}$/, ""));
    assert.deepEqual([ids[0], ids[3], ids[4], ids[28]], ["stdin-1", "stdin-4", "stdin-6", "stdin-30"]);
  });
});

Deno.test({
  name: "produce sends the 22,544 connections of KDDTest+.txt, and all are acknowledged",
  ignore: "missing" in real,
  fn: async () => {
    assert.ok("test" in real);
    const { test } = real;
    await withBroker(async (cluster) => {
      const { counts, texts } = await produce(cluster, { args: ["--file", test] });
      assert.deepEqual(counts, { sent: 22_544, acknowledged: 22_544, failed: 0, skipped: 0 });
      assert.deepEqual(texts, await textsOf(test));
    });
  },
});
