/**
 * Packets → windows → LSTM → forecasts and alerts without Kafka: `deno run -A tests/bench/traffic_bench.ts [PACKETS]`. With it,
 * `streamflow bench throughput` measures.
 *
 * Packets of the traffic model, 5,000/s on two links, windows of a second (so that there are many), look-back 10, LSTM 64 and
 * 64, three targets, three rules. Prints packets per second on one core, the median of several rounds, and the time of the
 * processor that a packet took in the best one: the machine may be busy with something else.
 */
import process from "node:process";
import { createNetwork, Random } from "../../nn/mod.ts";
import { createTrafficModel } from "../../src/datasets/traffic_model/mod.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { parseAlertRule } from "../../src/traffic/alert_expression.ts";
import { ForecastJobs } from "../../src/traffic/forecast_job.ts";
import { ForecastTally } from "../../src/traffic/forecast_tally.ts";
import { countColumns, type InputSpec } from "../../src/traffic/model/inputs.ts";
import type { TrafficModel } from "../../src/traffic/model/model.ts";
import { readTrafficModel, writeTrafficModel } from "../../src/traffic/model/file.ts";
import { readPacket } from "../../src/records/packets/read.ts";
import { trafficMetadata } from "../support/traffic_model.ts";

const ROUNDS = 9;
const PIECE_RECORDS = 2_000;
const START_US = Date.UTC(2026, 0, 5) * 1_000;

const encoder = new TextEncoder();

/** A model of the usual shape with weights from a seed. */
function untrained(): TrafficModel {
  const features = ["bytes", "meanSize", "packets", "interarrival", "tcp"] as const;
  const targets = ["packets", "bytes", "interarrival"] as const;
  const ones = (columns: readonly unknown[]) => ({
    center: columns.map(() => 0),
    scale: columns.map(() => 1e4),
  });
  const change: Partial<InputSpec> = {
    ...{ windowUs: 1_000_000, lookback: 10, features, targets },
    ...{ inputs: ones(features), outputs: ones(targets) },
  };
  const metadata = trafficMetadata(change);
  const architecture = {
    inputs: countColumns(metadata),
    steps: metadata.lookback,
    layers: [
      { kind: "lstm", units: 64 } as const,
      { kind: "lstm", units: 64 } as const,
      { kind: "dense", units: targets.length, activation: "identity" } as const,
    ],
  };
  const network = createNetwork(architecture, new Random(1));
  return readTrafficModel(writeTrafficModel(network, { ...metadata, architecture }));
}

function makeRecords(count: number): IncomingRecord[] {
  const records: IncomingRecord[] = [];
  for (
    const { packets } of createTrafficModel({ seed: 7, ratePerSecond: 5_000, startUs: START_US, links: 2 })
  ) {
    for (const packet of packets) {
      records.push({
        offset: records.length,
        timestampMs: Math.floor(packet.timestamp / 1_000),
        key: encoder.encode(packet.link!),
        value: encoder.encode(JSON.stringify(packet)),
        headers: [],
      });
    }
    if (records.length >= count) break;
  }
  return records;
}

/** Rounds of `work` over so many packets, in a line. */
function measure(label: string, packets: number, work: () => void): void {
  const rates: number[] = [];
  let bestUs = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage(), startMs = performance.now();
    work();
    rates.push(packets * 1_000 / (performance.now() - startMs));
    const { user, system } = process.cpuUsage(before);
    bestUs = Math.min(bestUs, (user + system) / packets);
  }
  const [median, least, most] = [ROUNDS >> 1, 0, ROUNDS - 1].map((at) =>
    Math.round(rates.sort((a, b) => a - b)[at]!).toLocaleString("en-US")
  );
  console.log(
    `${label}: ${median} packets/s (${least} to ${most}), ${bestUs.toFixed(2)} µs of the processor at best`,
  );
}

const records = makeRecords(Number(Deno.args[0] ?? 200_000));
const model = untrained();
const bytes = records.reduce((sum, { value }) => sum + value!.length, 0) / records.length;
console.log(`${records.length.toLocaleString("en-US")} packets of ${Math.round(bytes)} bytes`);

measure("reading alone", records.length, () => {
  for (const record of records) if ("reason" in readPacket(record)) throw new Error("no packet");
});

measure("packets to forecasts and alerts", records.length, () => {
  const tally = new ForecastTally();
  const jobs = new ForecastJobs({
    ...{ model, tally, latenessUs: 0, graceUs: 60e6, futureMaxUs: 3_600e6, coverage: 0.9 },
    topics: { forecasts: "forecasts", alerts: "alerts", deadLetter: "dead-letters" },
    emission: { kind: "final" },
    alerts: {
      rules: ["packets>5k", "bytes>p99", "actual.packets<100"].map((rule) =>
        parseAlertRule(rule, model.targets)
      ),
      ...{ clearShare: 0.9, hold: 1, cooldownUs: 60e6 },
    },
  });
  const job = jobs.make({ topic: "packets", partition: 0 }, null);
  for (let start = 0; start < records.length; start += PIECE_RECORDS) {
    job.take(records.slice(start, start + PIECE_RECORDS), () => {});
  }
  if (tally.packets !== records.length) throw new Error(`${tally.packets} packets are in windows`);
});
