/** The job of the comparisons: the model, its weights for the peer, and topics full of readings. */
import { createNetwork, denseSpec, type Network, Random, tensorsOf } from "../../nn/mod.ts";
import { type ModelMetadata, writeModel } from "../../src/models/model_file.ts";
import type { OutgoingRecord } from "../../src/kafka/port.ts";
import { type BenchCluster, createTopic } from "./surroundings.ts";

/** 12 readings of 2 features: 24 inputs. */
const LOOKBACK = 12;
const HORIZON = 12;
const HIDDEN = [32, 16] as const;
const FEATURES = [{ name: "humidity", unit: "%" }, { name: "temperature", unit: "°C" }];
const SOURCES = 4;
const CALL_RECORDS = 1_000;
const CALLS_UNDER_WAY = 8;

const encoder = new TextEncoder();

/** Names the network in a table. */
export const NETWORK = `${LOOKBACK} readings × ${FEATURES.length} features, ${
  [LOOKBACK * FEATURES.length, ...HIDDEN, 1].join("-")
} tanh`;

/** Writes the model for the program and the same numbers for the peer. */
export async function writeJob(dir: string): Promise<{ model: string; weights: string }> {
  const inputs = LOOKBACK * FEATURES.length;
  const network = createNetwork(
    denseSpec({ inputs, hidden: [...HIDDEN], outputs: 1, activation: "tanh" }),
    new Random(1),
  );
  const preparation = {
    kind: "values",
    lookback: LOOKBACK,
    features: FEATURES,
    targetIndex: 1,
    center: Array.from({ length: inputs }, (_, i) => i % 2 === 0 ? 45.5 : 27.5),
    scale: Array.from({ length: inputs }, () => 0.3),
    clip: 4,
    targetScale: 0.3,
    targetClip: 4,
  } as const;
  const metadata: ModelMetadata = {
    name: "bench",
    architecture: network.spec,
    preparation,
    task: { kind: "forecast", target: "temperature", unit: "°C", horizon: HORIZON },
    recipe: { seed: 1 },
    training: { name: "none", sha256: null, readings: 0, sources: 0 },
    metrics: {},
  };
  const model = `${dir}/bench.safetensors`;
  await Deno.writeFile(model, writeModel(network, metadata));
  const weights = `${dir}/weights.json`;
  const { center, scale, clip, targetScale, targetClip } = preparation;
  const layers = layersOf(network);
  const features = FEATURES.map(({ name }) => name);
  const task = { lookback: LOOKBACK, horizon: HORIZON, features, target: "temperature", center, scale };
  await Deno.writeTextFile(weights, JSON.stringify({ ...task, clip, targetScale, targetClip, layers }));
  return { model, weights };
}

/** Reading number `index`: values move about within a degree, times rise. */
function makeReading(index: number, { source, random }: { source: string; random: Random }): string {
  return JSON.stringify({
    id: `sensors-${source}-${index}`,
    timestamp: new Date(1_700_000_000_000 + index * 1_250).toISOString(),
    source,
    features: {
      humidity: Math.round(4_500 + random.uniform() * 100) / 100,
      temperature: Math.round(2_700 + random.uniform() * 100) / 100,
    },
  });
}

/** Endless readings of {@linkcode SOURCES} sources in turn, the same each time. */
export function* makeRecords(): Generator<OutgoingRecord & { readonly key: string }, never> {
  const random = new Random(2);
  for (let index = 0;; index++) {
    const source = `mote-${1 + index % SOURCES}`;
    yield { key: source, value: encoder.encode(makeReading(index, { source, random })) };
  }
}

/** A new topic of one partition with so many readings. */
export async function fillTopic(cluster: BenchCluster, records: number): Promise<string> {
  const topic = await createTopic(cluster, "readings");
  await using producer = await cluster.client.producer();
  const made = makeRecords();
  let sent = 0;
  const work = async () => {
    while (sent < records) {
      const count = Math.min(CALL_RECORDS, records - sent);
      sent += count;
      await producer.send(topic, Array.from({ length: count }, () => made.next().value));
    }
  };
  await Promise.all(Array.from({ length: CALLS_UNDER_WAY }, work));
  return topic;
}

/** Weights (K, N) and biases (N) of each layer as plain arrays. */
function layersOf(network: Network): { weights: number[][]; bias: number[] }[] {
  const layers = [];
  const tensors = tensorsOf(network);
  for (let at = 0; at < tensors.length; at += 2) {
    const { values, shape: [rows = 0, columns = 0] } = tensors[at]!;
    const row = (k: number) => Array.from(values.slice(k * columns, (k + 1) * columns));
    layers.push({
      weights: Array.from({ length: rows }, (_, k) => row(k)),
      bias: Array.from(tensors[at + 1]!.values),
    });
  }
  return layers;
}
