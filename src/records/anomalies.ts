/**
 * What is on `anomalies`: the definition of an anomaly. Key: `link`. No value holds the time of
 * its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import type { TopicPartition } from "../kafka/port.ts";
import { readAs } from "./formats/json.ts";
import { isoOf } from "./formats/utc_time.ts";
import { WINDOW_BYTES_MAX } from "./limits.ts";
import { spanSchema } from "./windows.ts";

/** The kinds of anomalies of network traffic. */
export const TRAFFIC_ANOMALY_KINDS = [
  "spike",
  "drop",
  "outage",
  "port-scan",
  "syn-flood",
  "new-source",
  "new-prefix",
  "new-country",
  "source-share",
] as const;

const ANOMALY_KINDS = [...TRAFFIC_ANOMALY_KINDS, "forecast-error"] as const;

/** Something unusual: what `anomalies` carries. */
export const anomalySchema = z.object({
  id: z.string().describe("`<link>/<kind>/<name>/<start of the window, Unix ms>`"),
  kind: z.enum(ANOMALY_KINDS),
  subject: z.object({
    dimension: z.enum(["link", "region", "source", "destination", "device"]),
    name: z.string(),
  }),
  link: z.string().describe("Of a device: its name"),
  score: z.number().min(0).max(1).describe("1 = as unusual as it can be"),
  detector: z.string().describe("Which estimator found it"),
  evidence: z.string().describe("What was found, and what was expected, in words and numbers"),
  values: z.record(z.string(), z.number()),
  window: spanSchema,
  offsets: z.object({
    topic: z.string(),
    partition: z.int(),
    first: z.int(),
    last: z.int(),
    count: z.int().describe("Records from first to last that are part of it"),
  }),
}).describe("An anomaly on `anomalies`");

/** An anomaly, see {@linkcode anomalySchema}. */
export type Anomaly = z.infer<typeof anomalySchema>;

/** Reads a record; `null` where it is no anomaly. */
export function readAnomaly(value: Uint8Array | null): Anomaly | null {
  return readAs(anomalySchema, value, WINDOW_BYTES_MAX);
}

/** A reading of a device that was forecast, and missed beyond the device's own scale. */
export interface MissedForecast extends TopicPartition {
  readonly device: string;
  readonly target: string;
  /** Of the reading, Unix ms. */
  readonly timeMs: number;
  readonly offset: number;
  readonly actual: number;
  readonly predicted: number;
  /** Usual error of this device, actual − predicted. */
  readonly usualError: number;
  /** From 0 to 1. */
  readonly score: number;
  /** Which estimator says so. */
  readonly detector: string;
}

/** The record of a missed forecast: a device is a link of its own. The id is the same whenever the log is read again. */
export function forecastErrorAnomaly(
  { device, target, timeMs, offset, actual, predicted, usualError, score, detector, topic, partition }:
    MissedForecast,
): Anomaly {
  const error = actual - predicted;
  const start = isoOf(timeMs * 1_000), end = isoOf((timeMs + 1) * 1_000);
  return {
    id: `${device}/forecast-error/${target}/${timeMs}`,
    kind: "forecast-error",
    subject: { dimension: "device", name: device },
    link: device,
    score,
    detector,
    evidence: `${target} was ${figure(actual)}, ${figure(predicted)} was forecast: an error of ${
      figure(error)
    }, where the usual one of this device is about ${figure(usualError)}`,
    values: { actual, predicted, error, usualError },
    window: { start, end },
    offsets: { topic, partition, first: offset, last: offset, count: 1 },
  };
}

function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}
