/**
 * What is on `anomalies`: the definition of an anomaly. Key: `link`. No value holds the time of
 * its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import { readAs } from "./formats/json.ts";
import { WINDOW_BYTES_MAX } from "./limits.ts";
import { spanSchema } from "./windows.ts";

/** The kinds of anomalies. */
export const ANOMALY_KINDS = [
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

/** Something unusual: what `anomalies` carries. */
export const anomalySchema = z.object({
  id: z.string().describe("`<link>/<kind>/<name>/<start of the window, Unix ms>`"),
  kind: z.enum(ANOMALY_KINDS),
  subject: z.object({
    dimension: z.enum(["link", "region", "source", "destination"]),
    name: z.string(),
  }),
  link: z.string(),
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
