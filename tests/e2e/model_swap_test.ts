/**
 * A model that is replaced twice while `consume`, or `traffic forecast`, works under load, once by another file in its
 * place and once by an announcement: no record is lost, doubled or out of order, and the answers name the version that
 * gave them.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { connect } from "../../src/kafka/connect.ts";
import type { KafkaClient, OutgoingRecord } from "../../src/kafka/port.ts";
import { announceModel } from "../../src/models/swap/announcements.ts";
import { saveModel } from "../../src/models/disk.ts";
import type { Forecast } from "../../src/records/predictions/schema.ts";
import type { TrafficForecast } from "../../src/records/forecasts.ts";
import { consumeFlags, finishAtEnd, newRoad, type Road } from "../support/account.ts";
import { testClusters } from "../support/cluster.ts";
import { forecasterBytes } from "../support/small_model.ts";
import { type Running, startStreamflow } from "../support/run.ts";
import { until, within } from "../support/until.ts";
import { packetAt } from "../traffic/forecast_run.ts";
import { tinyModelBytes } from "../traffic/tiny_model.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Sources, or links, whose answers are looked at. */
const KEYS = 3;

/** Follows the answers: resolves when each key has been answered by so many versions of the model. */
function followVersions(
  client: KafkaClient,
  { topic, signal, running }: {
    readonly topic: string;
    readonly signal: AbortSignal;
    readonly running: Running;
  },
): (count: number) => Promise<void> {
  const versions = new Map<string, Set<string>>();
  let look = () => {};
  const following = (async () => {
    await until(async () => signal.aborted || (await client.admin.listTopics()).includes(topic));
    signal.throwIfAborted();
    for await (
      const { records } of client.read({ topics: [topic], from: "beginning", until: "never", signal })
    ) {
      for (const { key, value } of records) {
        const { model } = JSON.parse(decoder.decode(value!)) as Forecast | TrafficForecast;
        versions.getOrInsertComputed(decoder.decode(key!), () => new Set()).add(model.version);
      }
      look();
    }
  })();
  return async (count) => {
    const answered = new Promise<void>((resolve) => {
      look = () => {
        const all = [...versions.values()];
        if (all.length === KEYS && all.every(({ size }) => size >= count)) resolve();
      };
      look();
    });
    const ended = running.result.then(({ code, stderr }) => assert.fail(`it ended with ${code}: ${stderr}`));
    const over = following.then(() => assert.fail("nothing was there to follow"));
    await within(
      Promise.race([answered, ended, over]),
      () =>
        `answers of ${count} versions to each of ${KEYS} keys, but these are there: ${
          JSON.stringify([...versions].map(([key, { size }]) => [key, size]))
        }`,
    );
  };
}

/** Sends records, a piece every 20 ms, until it is stopped. @returns how many */
function sendSteadily(
  client: KafkaClient,
  { topic, make }: { readonly topic: string; readonly make: (index: number) => OutgoingRecord },
): () => Promise<number> {
  let stopped = false;
  const sending = (async () => {
    await using producer = await client.producer();
    let sent = 0;
    while (!stopped) {
      await producer.send(topic, Array.from({ length: 40 }, () => make(sent++)));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return sent;
  })();
  return () => {
    stopped = true;
    return sending;
  };
}

/** The texts of a topic by key, each in the order of its partition. */
async function readByKey(client: KafkaClient, topic: string): Promise<Map<string, string[]>> {
  const texts = new Map<string, string[]>();
  const { signal } = new AbortController();
  for await (
    const { records } of client.read({ topics: [topic], from: "beginning", until: "end", signal })
  ) {
    for (const { key, value } of records) {
      const name = decoder.decode(key!);
      texts.set(name, [...texts.get(name) ?? [], decoder.decode(value!)]);
    }
  }
  return texts;
}

/** Runs the program under load and replaces its model twice. @returns how many records were sent */
async function replaceTwice(road: Road, { client, args, files: [running, inPlace, announced], make }: {
  readonly client: KafkaClient;
  readonly args: readonly string[];
  readonly files: readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
  readonly make: (index: number) => OutgoingRecord;
}): Promise<number> {
  await client.admin.createTopic({ name: road.input, partitions: 2, replicationFactor: 1 });
  const dir = await Deno.makeTempDir({ prefix: "streamflow-swap-" });
  const path = join(dir, "model.safetensors");
  const topic = `${road.input}-models`;
  const elsewhere = join(dir, "elsewhere", "model.safetensors");
  await Deno.mkdir(join(dir, "elsewhere"));
  await saveModel(path, running);
  await saveModel(elsewhere, announced);
  const stop = sendSteadily(client, { topic: road.input, make });
  const seen = new AbortController();
  try {
    const flags = [...args, "--model", path, "--models", topic, ...consumeFlags(road)];
    await using running = await startStreamflow(flags);
    const answeredBy = followVersions(client, { topic: road.output, signal: seen.signal, running });
    await answeredBy(1);
    await saveModel(path, inPlace);
    await answeredBy(2);
    await announceModel({ client, topic, path: elsewhere });
    await answeredBy(3);
    seen.abort();
    const sent = await stop();
    await finishAtEnd(running, road);
    return sent;
  } finally {
    seen.abort();
    await stop();
    await Deno.remove(dir, { recursive: true });
  }
}

/** The versions in the order in which they answered: each must come once. */
function versionsOf(answers: readonly { readonly model: { readonly version: string } }[]): string[] {
  return answers.map(({ model: { version } }) => version).filter((version, i, all) => version !== all[i - 1]);
}

for (const kind of testClusters()) {
  Deno.test({
    name:
      `consume: a model that is replaced under load loses and doubles nothing, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      await using client = await connect({ ...cluster, clientId: "swap" }, "platformatic");
      const road = newRoad(cluster.bootstrapServer);
      const start = Date.UTC(2026, 0, 5);
      const sent = await replaceTwice(road, {
        client,
        args: ["consume"],
        files: [forecasterBytes(1), forecasterBytes(2), forecasterBytes(3)],
        make: (index) => {
          const source = `s${index % 3}`;
          const timestamp = new Date(start + index).toISOString();
          const features = { a: Math.sin(index) };
          return {
            key: source,
            value: encoder.encode(JSON.stringify({ id: `r${index}`, timestamp, source, features })),
          };
        },
      });
      const answers = await readByKey(client, road.output);
      assert.deepEqual([...answers.keys()].sort(), ["s0", "s1", "s2"]);
      for (const [source, texts] of answers) {
        const found = texts.map((text) => JSON.parse(text) as Forecast);
        const first = Number(source.slice(1));
        const wanted = Array.from({ length: Math.ceil((sent - first) / 3) }, (_, i) => `r${first + 3 * i}`);
        assert.deepEqual(found.map(({ id }) => id), wanted);
        assert.equal(versionsOf(found).length, 3);
        assert.equal(found.findLastIndex(({ prediction: { by } }) => by === "baseline"), 0);
      }
    },
  });

  Deno.test({
    name:
      `traffic forecast: a model that is replaced under load loses and doubles nothing, on the ${kind.name} cluster`,
    ignore: kind.missing !== null,
    async fn() {
      await using cluster = await kind.open();
      await using client = await connect({ ...cluster, clientId: "swap" }, "platformatic");
      const road = newRoad(cluster.bootstrapServer);
      const sent = await replaceTwice(road, {
        client,
        args: ["traffic", "forecast", "--alerts", `${road.output}-alerts`],
        files: [tinyModelBytes({ seed: 1 }), tinyModelBytes({ seed: 2 }), tinyModelBytes({ seed: 3 })],
        make: (index) => {
          const link = `l${index % 3}`;
          const packet = packetAt(index * 20, { id: `p${index}`, link });
          return { key: link, value: encoder.encode(JSON.stringify(packet)) };
        },
      });
      const answers = await readByKey(client, road.output);
      // The last window is open: of 50 packets a second.
      const windows = Math.floor((sent - 1) / 50);
      let last = 0;
      for (const texts of answers.values()) {
        const found = texts.map((text) => JSON.parse(text) as TrafficForecast);
        const starts = found.map(({ observed: { start } }) => Date.parse(start));
        assert.deepEqual(starts, starts.map((_, i) => starts[0]! + i * 1_000));
        assert.ok(found.every(({ observed: { packets } }) => packets === 16 || packets === 17));
        assert.deepEqual(versionsOf(found).length, 3);
        last = Math.max(last, found.length);
      }
      assert.equal(answers.size, 3);
      assert.ok(last === windows || last === windows - 1, `${last} of ${windows}`);
    },
  });
}
