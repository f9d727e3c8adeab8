/** Simulated packets for `bench`, and a network that was trained on others for a moment. */
import { toMicroseconds } from "../../runtime/time.ts";
import type { Settings } from "../../config/settings.ts";
import { createTrafficModel } from "../../datasets/traffic_model/mod.ts";
import type { KafkaClient } from "../../kafka/port.ts";
import { jsonRecord } from "../../records/formats/json.ts";
import type { Packet } from "../../records/packets/schema.ts";
import type { TrafficModel } from "../../traffic/model/model.ts";
import { DEFAULT_TRAFFIC_RECIPE } from "../../traffic/train/recipe.ts";
import { packetSet, WindowCollector } from "../../traffic/train/traffic_set.ts";
import { trainTraffic } from "../../traffic/train/trainer.ts";
import type { CommandContext } from "../command.ts";
import type { ConnectionSettings } from "../connection.ts";
import { Outbox } from "../../kafka/outbox.ts";

/** Windows that the network is trained on; what it has learned does not change how long it takes. */
const TRAINING_WINDOWS = 150;
const EPOCHS = 3;
const LOOKBACK = 10;
const START_US = Date.UTC(2026, 0, 5, 9) * 1_000;

/** The settings that count here. */
export type BenchSettings =
  & Pick<
    Settings,
    "limit" | "rate" | "links" | "window" | "model" | "seed" | "partitions" | "replicationFactor"
  >
  & ConnectionSettings;

/** Packets of the simulated traffic, from a Monday morning on, or from another time. */
export function* simulate(
  { rate, links, seed }: Pick<BenchSettings, "rate" | "links" | "seed">,
  { startUs = START_US, endUs }: { readonly startUs?: number; readonly endUs?: number } = {},
): Generator<Packet> {
  const end = endUs === undefined ? {} : { endUs };
  for (const { packets } of createTrafficModel({ seed, ratePerSecond: rate, links, startUs, ...end })) {
    yield* packets;
  }
}

/** A network of the usual size, trained for a moment on other traffic of the same kind. */
export async function trainBriefly(
  settings: BenchSettings,
  { signal, log }: CommandContext,
): Promise<TrafficModel> {
  const windowUs = toMicroseconds(settings.window);
  const startMs = performance.now();
  const collector = new WindowCollector(windowUs);
  const endUs = START_US + TRAINING_WINDOWS * windowUs;
  for (const packet of simulate({ ...settings, seed: settings.seed + 1 }, { endUs })) {
    collector.add(packet.link!, packet);
  }
  const set = packetSet(collector, { name: "simulated", sha256: null, windowUs, remarks: [] });
  const { model } = await trainTraffic(set, {
    shape: {
      lookback: LOOKBACK,
      targets: ["packets", "bytes", "interarrival"],
      calendar: false,
      seasonWindows: 0,
    },
    recipe: { ...DEFAULT_TRAFFIC_RECIPE, epochs: EPOCHS },
    normalization: "standard",
    coverage: 0.9,
    signal,
  });
  log.info(`trained a network for ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
  return model;
}

/** Fills the topic. @returns packets, and their size in bytes */
export async function fillTopic(
  client: KafkaClient,
  { topic, settings, signal }: {
    readonly topic: string;
    readonly settings: BenchSettings;
    readonly signal: AbortSignal;
  },
): Promise<{ readonly packets: number; readonly bytes: number }> {
  await using producer = await client.producer();
  const outbox = new Outbox(producer, topic);
  const { limit = Infinity } = settings;
  let [packets, bytes] = [0, 0];
  for (const packet of simulate(settings)) {
    if (packets >= limit || signal.aborted || outbox.failure !== undefined) break;
    const record = jsonRecord(packet.link!, packet);
    await outbox.add(record);
    packets++;
    bytes += record.value!.length;
  }
  await outbox.drain();
  if (outbox.failure !== undefined) throw outbox.failure;
  return { packets, bytes };
}
