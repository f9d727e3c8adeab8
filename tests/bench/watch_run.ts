/** A simulated run of `traffic watch` in one process: model → job → what was found of what was injected. */
import {
  createTrafficModel,
  type EventKind,
  type LabelledEvent,
} from "../../src/datasets/traffic_model/mod.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import type { WindowedJob } from "../../src/jobs/job.ts";
import type { Packet } from "../../src/records/packets/schema.ts";
import type { Anomaly } from "../../src/records/anomalies.ts";
import { WatchJobs } from "../../src/traffic/watch/watch_job.ts";
import { WatchTally } from "../../src/traffic/watch/watch_tally.ts";

/** How a run is made. */
export interface RunOptions {
  readonly seed: number;
  readonly days: number;
  readonly ratePerSecond: number;
  readonly links: number;
  readonly windowUs: number;
  readonly advanceUs: number;
}

/** What came of it. */
export interface RunResult {
  readonly events: readonly LabelledEvent[];
  readonly anomalies: readonly Anomaly[];
  /** Event time at which each of them was told, µs. */
  readonly toldAtUs: readonly number[];
  readonly packets: number;
  readonly elapsedMs: number;
  readonly stateBytes: number;
}

const DAY_US = 86_400_000_000;
/** 2026-01-05T00:00:00Z, a Monday. */
const START_US = 1_767_571_200_000_000;

const encoder = new TextEncoder();
const keys = new Map<string, Uint8Array>();

/** The packets as they would be read. Encoded in one piece, since what is measured is the job: they are ASCII. */
function recordsOf(packets: readonly Packet[], firstOffset: number): IncomingRecord[] {
  const texts = packets.map((packet) => JSON.stringify(packet));
  const bytes = encoder.encode(texts.join(""));
  let at = 0;
  return packets.map(({ timestamp, link = "" }, n): IncomingRecord => {
    let key = keys.get(link);
    if (key === undefined) keys.set(link, key = encoder.encode(link));
    const value = bytes.subarray(at, at += texts[n]!.length);
    return { offset: firstOffset + n, timestampMs: Math.floor(timestamp / 1_000), key, value, headers: [] };
  });
}

/** Runs the job over a seed's traffic. */
export function runWatch({ seed, days, ratePerSecond, links, windowUs, advanceUs }: RunOptions): RunResult {
  const anomalies: Anomaly[] = [], toldAtUs: number[] = [];
  const tally = new WatchTally();
  const jobs = new WatchJobs({
    topics: { processed: "processed-data", anomalies: "anomalies", deadLetter: "dead-letters" },
    windowUs,
    advanceUs,
    latenessUs: 0,
    graceUs: 0,
    futureMaxUs: 3_600_000_000,
    emission: { kind: "final" },
    detector: "level",
    tally,
    onAnomaly(anomaly) {
      anomalies.push(anomaly);
      toldAtUs.push(job.watermark);
    },
  });
  const job: WindowedJob = jobs.make({ topic: "network-traffic", partition: 0 }, null);
  const events: LabelledEvent[] = [];
  const fromMs = performance.now();
  let offset = 0;
  const endUs = START_US + days * DAY_US;
  for (const batch of createTrafficModel({ seed, ratePerSecond, startUs: START_US, endUs, links })) {
    events.push(...batch.events);
    const records = recordsOf(batch.packets, offset);
    offset += records.length;
    job.take(records, () => {});
  }
  job.advance(Infinity, () => {});
  return {
    events,
    anomalies,
    toldAtUs,
    packets: tally.packets,
    elapsedMs: performance.now() - fromMs,
    stateBytes: JSON.stringify(job.snapshot()).length,
  };
}

/** Kinds of anomalies that are right in an event of a kind, the first ones being what it is. */
const RIGHT: Readonly<
  Record<EventKind, { readonly found: readonly Anomaly["kind"][]; readonly also: readonly Anomaly["kind"][] }>
> = {
  "surge": { found: ["spike"], also: [] },
  "outage": { found: ["outage"], also: ["drop"] },
  "port-scan": {
    found: ["port-scan"],
    also: ["spike", "new-source", "new-prefix", "new-country", "source-share"],
  },
  "syn-flood": { found: ["syn-flood"], also: ["spike"] },
  "new-talker": { found: ["new-source", "new-prefix", "new-country"], also: ["spike", "source-share"] },
};

/** Time after an event within which what was found of it may begin: the window in which it ended. */
const AFTER_US = 120_000_000;

/** An event, and how long after its beginning it was told; `null` = not found. */
export interface Found {
  readonly event: LabelledEvent;
  readonly delayMs: number | null;
}

/** Which events were found, and which anomalies are of none. */
export function match(
  { events, anomalies, toldAtUs }: RunResult,
): { found: Found[]; falseAlarms: Anomaly[] } {
  const isOf = (
    { kind, link, startUs, endUs, attributes }: LabelledEvent,
    anomaly: Anomaly,
    kinds: readonly string[],
  ) => {
    const start = Date.parse(anomaly.window.start) * 1_000, end = Date.parse(anomaly.window.end) * 1_000;
    const who = attributes["source"];
    return anomaly.link === link && kinds.includes(anomaly.kind) && start < endUs + AFTER_US &&
      end > startUs &&
      (anomaly.subject.dimension !== "source" || kind === "surge" || anomaly.subject.name === who) &&
      (anomaly.subject.dimension !== "destination" ||
        anomaly.subject.name === `${attributes["target"]}:${attributes["port"]}`);
  };
  const found = events.map((event) => {
    const first = anomalies.findIndex((anomaly) => isOf(event, anomaly, RIGHT[event.kind].found));
    return { event, delayMs: first < 0 ? null : (toldAtUs[first]! - event.startUs) / 1_000 };
  });
  const falseAlarms = anomalies.filter((anomaly) =>
    !events.some((event) => isOf(event, anomaly, [...RIGHT[event.kind].found, ...RIGHT[event.kind].also]))
  );
  return { found, falseAlarms };
}
