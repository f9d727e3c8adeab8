/** Predictions over REST by the real program, beside those that `consume` publishes; and a model that is replaced under load. */
import assert from "node:assert/strict";
import { createNetwork, Random } from "../../nn/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import { saveModel } from "../../src/models/disk.ts";
import { readModel } from "../../src/models/model_file.ts";
import { testClusters, uniqueName } from "../support/cluster.ts";
import { withFolder } from "../support/folder.ts";
import { runStreamflow } from "../support/run.ts";
import { trafficMetadata } from "../support/traffic_model.ts";
import { writeTrafficModel } from "../../src/traffic/model/file.ts";
import { startWeb } from "./browser/browser.ts";
import { plantReading, tinyForecasterBytes } from "./served_models.ts";

const READINGS = Array.from(
  { length: 1_000 },
  (_, i) => plantReading(i, { source: ["boiler", "pump", "fan"][i * 7 % 3]! }),
);

async function predict(url: string, readings: readonly object[]) {
  const answer = await fetch(`${url}/api/v1/predict`, {
    ...{ method: "POST", headers: { "content-type": "application/json" } },
    body: JSON.stringify({ readings }),
  });
  assert.equal(answer.status, 200);
  const { model, predictions } = await answer.json();
  return { version: model.version as string, answers: predictions.map(withoutReason) };
}

function withoutReason({ why: _, ...answer }: Record<string, unknown>) {
  return answer;
}

/** What a topic of predictions holds, in order, less what an answer over REST has not. */
async function published(bootstrapServer: string, topic: string) {
  await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
  const found: { readonly id: string }[] = [];
  const { signal } = new AbortController();
  for await (const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })) {
    for (const { value } of records) {
      const { input: _, model: __, predictedAt: ___, latencyMs: ____, ...answer } = JSON.parse(
        new TextDecoder().decode(value!),
      );
      found.push(answer);
    }
  }
  return found;
}

for (const { name, missing, open } of testClusters()) {
  Deno.test({
    name: `POST /predict answers as consume publishes, also while the model's file is replaced (${name})`,
    ignore: missing !== null,
    fn: () =>
      withFolder(async (folder) => {
        await using cluster = await open();
        const { bootstrapServer } = cluster;
        const [input, output, old] = [uniqueName("plant"), uniqueName("answers"), uniqueName("answers")];
        {
          await using client = await connect({ bootstrapServer, clientId: "test" }, "platformatic");
          await client.admin.createTopic({ name: input, partitions: 1, replicationFactor: 1 });
          await using producer = await client.producer();
          const records = READINGS.map((reading) => ({
            key: reading.source,
            value: new TextEncoder().encode(JSON.stringify(reading)),
          }));
          await producer.send(input, records);
        }
        const path = `${folder}/plant.safetensors`;
        const consume = async (seed: number, topic: string) => {
          const bytes = tinyForecasterBytes(seed);
          const own = `${folder}/${seed}.safetensors`;
          await saveModel(own, bytes);
          const { code, stderr } = await runStreamflow([
            ...["consume", "--bootstrap-server", bootstrapServer, "--model", own, "--input", input],
            ...["--output", topic, "--group", topic, "--limit", String(READINGS.length), "--quiet"],
          ]);
          assert.equal(code, 0, stderr);
          return [readModel(bytes).version, await published(bootstrapServer, topic)] as const;
        };
        const wanted = new Map([await consume(1, old), await consume(2, output)]);
        const [first, second] = [...wanted.keys()];
        await saveModel(path, tinyForecasterBytes(1));
        await using web = await startWeb(bootstrapServer, ["--model", path]);
        const seen: string[] = [];
        const ask = async () => {
          const { version, answers } = await predict(web.url, READINGS);
          assert.deepEqual(answers, wanted.get(version));
          seen.push(version);
        };
        await ask();
        assert.deepEqual(seen, [first]);
        await saveModel(path, tinyForecasterBytes(2));
        while (seen.at(-1) !== second) await Promise.all([ask(), ask(), ask()]);
        const facts = await (await fetch(`${web.url}/api/v1/model`)).json();
        assert.deepEqual(facts.versions.map(({ version }: { version: string }) => version), [first, second]);
        // What cannot take its place leaves it where it is.
        await saveModel(path, tinyForecasterBytes(3, { horizon: 5 }));
        await ask();
        assert.equal(seen.at(-1), second);
      }),
  });
}

Deno.test("web refuses a model of traffic, and a file that is none, before it looks for a cluster", () =>
  withFolder(async (folder) => {
    const path = `${folder}/x.safetensors`;
    const refused = async (bytes: Uint8Array) => {
      await Deno.writeFile(path, bytes);
      const { code, stderr } = await runStreamflow([
        "web",
        "--model",
        path,
        "--bootstrap-server",
        "127.0.0.1:1",
      ]);
      assert.equal(code, 1);
      return stderr;
    };
    assert.match(await refused(new TextEncoder().encode("no model")), /^error: .*x\.safetensors/);
    const metadata = trafficMetadata();
    const traffic = writeTrafficModel(createNetwork(metadata.architecture, new Random(1)), metadata);
    assert.match(await refused(traffic), /^error: .*'streamflow traffic forecast'/);
  }));
