/**
 * Records of forecasts, alerts, anomalies and processed windows that nobody made, for looking at the monitor:
 * `deno run -A tests/support/fake_traffic.ts` starts a broker in memory, sends them a window every quarter of a
 * second, and names the broker for `streamflow monitor --view traffic --bootstrap-server …`; Ctrl-C ends it.
 */
import { Random } from "../../nn/mod.ts";
import { startBroker } from "../../src/broker/mod.ts";
import { connect } from "../../src/kafka/connect.ts";
import type { OutgoingRecord, Producer } from "../../src/kafka/port.ts";
import { deadLetter } from "../../src/records/dead_letters/print.ts";
import type { Processed } from "../../src/records/processed_data.ts";
import type { Anomaly } from "../../src/records/anomalies.ts";
import type { Alert } from "../../src/records/alerts.ts";
import type { TrafficForecast } from "../../src/records/forecasts.ts";

const encoder = new TextEncoder();

const START_MS = Date.UTC(2026, 0, 5, 14);
const WINDOW_MS = 5_000;
const MODEL = { name: "traffic", version: "3" };

/** A value as a record of a topic has it. */
export function bytesOf(value: unknown): Uint8Array {
  return encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
}

function spanAt(index: number) {
  const startMs = START_MS + index * WINDOW_MS;
  return { start: new Date(startMs).toISOString(), end: new Date(startMs + WINDOW_MS).toISOString() };
}

/** Everything that comes out of one window. */
export interface FakeWindow {
  readonly forecasts: TrafficForecast[];
  readonly alerts: Alert[];
  readonly anomalies: Anomaly[];
  readonly processed: Processed[];
}

/** Links whose load goes up and down, forecast a little better than by the last value; the third is the busiest. */
export class FakeTraffic {
  readonly #random = new Random(7);
  readonly #before = new Map<string, { actual: number; forecast: number }>();
  readonly #raised = new Set<string>();
  readonly #links: readonly string[];

  constructor(links: readonly string[] = ["uplink-1", "uplink-2", "core-7"]) {
    this.#links = links;
  }

  /** What is to be expected: a wave, and a surge now and then. */
  #expected(index: number, at: number): number {
    const surge = index % 90 >= 70 && index % 90 < 76 && at === 2 ? 1.7 : 1;
    return surge * (600 + 200 * at) * (1 + 0.35 * Math.sin(index / 9 + at));
  }

  /** The window with this number, from 0 on; to be asked for in order. */
  window(index: number): FakeWindow {
    const made: FakeWindow = { forecasts: [], alerts: [], anomalies: [], processed: [] };
    this.#links.forEach((link, at) => this.#add(made, { index, link, at }));
    return made;
  }

  #add(made: FakeWindow, { index, link, at }: { index: number; link: string; at: number }): void {
    const packets = Math.round(this.#expected(index, at) * (1 + 0.08 * this.#random.normal()));
    const next = Math.round(this.#expected(index + 1, at));
    const before = this.#before.get(link);
    this.#before.set(link, { actual: packets, forecast: next });
    const targets = (value: number) => ({ packets: value, bytes: 820 * value });
    const interval = (value: number) => ({ value, lower: 0.87 * value, upper: 1.13 * value });
    const observed = {
      ...spanAt(index),
      ...{ packets, bytes: 820 * packets, meanSize: 820, interarrival: 5e6 / packets, tcp: 0.8, udp: 0.18 },
      ...{ final: true, correction: false },
    };
    const by = index < 10 ? "baseline" : "network";
    made.forecasts.push({
      ...{ id: `${link}/${START_MS + index * WINDOW_MS}`, link, observed, window: spanAt(index + 1) },
      forecast: { packets: interval(next), bytes: interval(820 * next) },
      ...{ coverage: 0.9, by, model: MODEL },
      scored: before === undefined ? null : {
        predicted: targets(before.forecast),
        actual: targets(packets),
        baseline: targets(before.actual),
        inside: {
          packets: Math.abs(packets / before.forecast - 1) < 0.13,
          bytes: Math.abs(packets / before.forecast - 1) < 0.13,
        },
        by: index < 11 ? "baseline" : "network",
      },
    });
    this.#alert(made, { index, link, packets, limit: 1.3 * (600 + 200 * at) });
    if (at === 2 && index % 90 === 72) made.anomalies.push(this.#surge(index, { link, packets }));
    if (at === 0 && index % 40 === 25) made.anomalies.push(this.#scan(index, link));
    const talkers = Array.from({ length: 12 }, (_, one) => ({
      source: `10.${at}.7.${one + 1}`,
      bytes: Math.round(820 * packets * 0.3 / (one + 1)),
    }));
    made.processed.push({
      ...{ id: `${link}/link/${link}/${index}`, dimension: "link", name: link, link, ...observed },
      ...{ sources: 41, destinations: 17, destinationPorts: 9, sizeP50: 600, sizeP99: 1_500 },
      topSources: talkers,
    });
  }

  #alert(made: FakeWindow, { index, link, packets, limit }: {
    index: number;
    link: string;
    packets: number;
    limit: number;
  }): void {
    const state = packets > limit && !this.#raised.has(link)
      ? "raised"
      : packets < 0.8 * limit && this.#raised.has(link)
      ? "cleared"
      : null;
    if (state === null) return;
    if (state === "raised") this.#raised.add(link);
    else this.#raised.delete(link);
    const rule = `packets>${limit}`;
    made.alerts.push({
      ...{ id: `${link}/${index}/${rule}/${state}`, link, rule, state, value: packets, threshold: limit },
      ...{ window: spanAt(index), forecast: state === "raised", model: MODEL },
      evidence: `packets is forecast at ${packets}: > ${limit}`,
    });
  }

  #surge(index: number, { link, packets }: { link: string; packets: number }): Anomaly {
    return {
      ...{ id: `${link}/spike/${link}/${index}`, kind: "spike", subject: { dimension: "link", name: link } },
      ...{ link, score: 0.97, detector: "z-score", values: { packets } },
      evidence: `${packets} packets in 5 s, expected were some ${Math.round(packets / 2)} (×2.01)`,
      window: spanAt(index),
      offsets: { topic: "network-traffic", partition: 0, first: 10, last: 900, count: 880 },
    };
  }

  #scan(index: number, link: string): Anomaly {
    return {
      ...{ id: `${link}/port-scan/203.0.113.9/${index}`, kind: "port-scan", link },
      subject: { dimension: "source", name: "203.0.113.9" },
      ...{ score: 0.88, detector: "distinct", values: { ports: 214 } },
      evidence: "203.0.113.9 failed to connect to 214 different targets (214 ports on 1 host) in 12 s",
      window: spanAt(index),
      offsets: { topic: "network-traffic", partition: 0, first: 10, last: 900, count: 214 },
    };
  }
}

/** Sends a window's records. */
export async function sendWindow(producer: Producer, made: FakeWindow): Promise<void> {
  const toRecord = (one: { readonly link: string }): OutgoingRecord => ({
    key: one.link,
    value: bytesOf(one),
  });
  const topics = {
    "forecasts": made.forecasts,
    "alerts": made.alerts,
    "anomalies": made.anomalies,
    "processed-data": made.processed,
  };
  for (const [topic, records] of Object.entries(topics)) {
    if (records.length > 0) await producer.send(topic, records.map(toRecord));
  }
}

/** A packet that came too late. */
export function lateLetter(offset: number): OutgoingRecord {
  const record = { offset, timestampMs: 0, key: null, value: bytesOf("{}"), headers: [] };
  return deadLetter(record, { reason: "late", detail: "2 s", from: { topic: "packets", partition: 0 } });
}

async function main(): Promise<void> {
  await using broker = startBroker({ listen: { hostname: "127.0.0.1", port: 0 }, dataDir: null });
  await using client = await connect({ bootstrapServer: broker.address, clientId: "fake" }, "platformatic");
  for (const name of ["packets", "forecasts", "alerts", "anomalies", "processed-data", "dead-letters"]) {
    await client.admin.createTopic({ name, partitions: 1, replicationFactor: 1 });
  }
  await using producer = await client.producer();
  console.log(`streamflow monitor --view traffic --bootstrap-server ${broker.address}`);
  const ended = new AbortController();
  Deno.addSignalListener("SIGINT", () => ended.abort());
  const traffic = new FakeTraffic();
  for (let index = 0; !ended.signal.aborted; index++) {
    await sendWindow(producer, traffic.window(index));
    if (index % 30 === 7) await producer.send("dead-letters", [lateLetter(index)]);
    if (index > 150) await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

if (import.meta.main) await main();
