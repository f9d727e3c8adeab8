/** Packets as records, logs of chance, and a job that takes them, for the tests of forecasts. */
import { Random } from "../../nn/mod.ts";
import type { IncomingRecord, OutgoingRecord } from "../../src/kafka/port.ts";
import type { WindowedJob } from "../../src/jobs/job.ts";
import type { Json } from "../../src/stream/json.ts";
import type { Packet } from "../../src/records/packets/schema.ts";
import type { Alert } from "../../src/records/alerts.ts";
import type { TrafficForecast } from "../../src/records/forecasts.ts";
import { parseAlertRule } from "../../src/traffic/alert_expression.ts";
import { ForecastJobs, type ForecastJobsOptions } from "../../src/traffic/forecast_job.ts";
import { ForecastTally } from "../../src/traffic/forecast_tally.ts";
import { tinyModel } from "./tiny_model.ts";

/** 2026-01-05T00:00:00Z. */
export const START_US = 1_767_571_200_000_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A packet so many ms after the start. */
export function packetAt(ms: number, parts: Partial<Packet> = {}): Packet {
  const timestamp = START_US + ms * 1_000;
  return {
    id: `p${ms}`,
    timestamp,
    length: 100,
    protocol: "TCP",
    src: "10.0.0.1",
    dst: "10.0.0.2",
    link: "a",
    ...parts,
  };
}

/** A record of the packet, or of anything else as it is; sent when the packet was seen. */
export function packetRecord(offset: number, value: Packet | string | null): IncomingRecord {
  const timestampMs = typeof value === "object" && value !== null
    ? Math.floor(value.timestamp / 1_000)
    : START_US / 1_000;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return { offset, timestampMs, key: null, value: value === null ? null : encoder.encode(text), headers: [] };
}

/** What came out of a job, in order. */
export interface Told {
  readonly topic: string;
  readonly key: string;
  readonly text: string;
}

/** A job's outputs. */
export class Outcome {
  readonly told: Told[] = [];
  readonly letters: OutgoingRecord[] = [];
  readonly emit = (topic: string, record: OutgoingRecord): void => {
    if (topic === "dead") this.letters.push(record);
    this.told.push({
      topic,
      key: String(record.key),
      text: decoder.decode(record.value ?? new Uint8Array()),
    });
  };

  get forecasts(): TrafficForecast[] {
    return this.told.filter(({ topic }) => topic === "forecasts").map(({ text }) => JSON.parse(text));
  }

  get alerts(): Alert[] {
    return this.told.filter(({ topic }) => topic === "alerts").map(({ text }) => JSON.parse(text));
  }

  /** Our headers of the dead letters. */
  get reasons(): Record<string, string>[] {
    return this.letters.map(({ headers = [] }) =>
      Object.fromEntries(
        headers.map(({ key, value }) => [key.replace("streamflow.", ""), decoder.decode(value)]),
      )
    );
  }
}

/** Jobs with a tiny model; `rules` are alerts without cool-down. */
export function forecastJobs(
  { rules = [], ...rest }: Partial<ForecastJobsOptions> & { readonly rules?: readonly string[] } = {},
): { jobs: ForecastJobs; tally: ForecastTally } {
  const { model = tinyModel(), tally = new ForecastTally() } = rest;
  const jobs = new ForecastJobs({
    topics: { forecasts: "forecasts", alerts: "alerts", deadLetter: "dead" },
    latenessUs: 0,
    graceUs: 5_000_000,
    futureMaxUs: 3_600_000_000,
    emission: { kind: "final" },
    coverage: 0.9,
    alerts: {
      rules: rules.map((rule) => parseAlertRule(rule, model.targets)),
      clearShare: 0.9,
      hold: 1,
      cooldownUs: 0,
    },
    ...rest,
    model,
    tally,
  });
  return { jobs, tally };
}

/** A job of partition 0. */
export function jobOf(jobs: ForecastJobs, state: Json | null = null): WindowedJob {
  return jobs.make({ topic: "packets", partition: 0 }, state);
}

/** A log with several links, bursts, silences, packets out of order, duplicates, junk and times from the future. */
export function randomLog(seed: number, length: number): IncomingRecord[] {
  const random = new Random(seed);
  const records: IncomingRecord[] = [];
  let ms = 0;
  for (let offset = 0; offset < length; offset++) {
    ms += random.uniform() < 0.02 ? random.integer(9_000) : random.integer(120);
    const chance = random.uniform();
    const link = `l${Math.floor(random.uniform() ** 2 * 4)}`;
    const length = 40 + random.integer(1_400);
    const protocol = ["TCP", "UDP", "ICMP"][random.integer(3)]!;
    const packet = packetAt(ms, { id: `p${offset}`, link, length, protocol });
    if (chance < 0.02) records.push(packetRecord(offset, ["{", '{"id":1}', "[]"][random.integer(3)]!));
    else if (chance < 0.03) records.push(packetRecord(offset, null));
    else if (chance < 0.08 && offset > 0) {
      records.push({ ...records[Math.max(0, offset - 1 - random.integer(30))]!, offset });
    } else if (chance < 0.14) {
      const late = Math.max(0, ms - random.integer(12_000));
      records.push(packetRecord(offset, { ...packet, timestamp: START_US + late * 1_000 }));
    } else if (chance < 0.15) {
      const record = packetRecord(offset, { ...packet, timestamp: packet.timestamp + 7_200_000_000 });
      records.push({ ...record, timestampMs: packet.timestamp / 1_000 });
    } else records.push(packetRecord(offset, packet));
  }
  return records;
}
