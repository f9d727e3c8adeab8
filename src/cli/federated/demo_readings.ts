/** What a demo's devices read: the time to learn from, cut into rounds; the unseen time behind it is never sent. */
import { type LabelledReading, openMeters } from "../../datasets/mod.ts";
import type { Producer } from "../../kafka/port.ts";
import { readingToJson } from "../../records/readings/print.ts";
import type { Preparation } from "../../models/preparation.ts";
import { countReach } from "../../models/preparation.ts";
import { LEARNING_SHARE } from "../../federated/simulate/devices.ts";

/** Readings in one request. */
const BATCH = 2_000;
const encoder = new TextEncoder();

/**
 * The readings of each round, of all devices side by side in time. The first round has those before the first example,
 * too, so that all rounds have about as many examples.
 */
export async function readingsByRound(
  { preparation, horizon, rounds }: {
    readonly preparation: Preparation;
    readonly horizon: number;
    readonly rounds: number;
  },
): Promise<LabelledReading[][]> {
  const series = new Map<string, LabelledReading[]>();
  for await (const batch of openMeters().batches()) {
    for (const reading of batch) series.getOrInsertComputed(reading.source, () => []).push(reading);
  }
  const before = countReach(preparation) + horizon;
  return Array.from({ length: rounds }, (_, round) => {
    const parts = [...series.values()].map((all) => {
      const end = Math.floor(all.length * LEARNING_SHARE);
      const at = (round: number) => before + Math.floor((end - before) * round / rounds);
      return all.slice(round === 0 ? 0 : at(round), at(round + 1));
    });
    const length = Math.max(...parts.map((part) => part.length));
    return Array.from({ length }, (_, n) => parts.flatMap((part) => part[n] ?? [])).flat();
  });
}

/** Sends them; resolves when the cluster has all. */
export async function sendRound(
  producer: Producer,
  { topic, readings }: { readonly topic: string; readonly readings: readonly LabelledReading[] },
): Promise<void> {
  const records = readings.map((reading) => ({
    key: reading.source,
    value: encoder.encode(readingToJson(reading)),
  }));
  for (let at = 0; at < records.length; at += BATCH) {
    await producer.send(topic, records.slice(at, at + BATCH));
  }
}
