/** Spans of event time, and what a link's packets come to within one: parts of several records. */
import { z } from "zod";
import { isoUtcMs } from "./formats/utc_time.ts";

/** A span of event time, half-open. */
export const spanSchema = z.object({
  start: isoUtcMs.describe("Belongs to it"),
  end: isoUtcMs.describe("Does not"),
});

/** What a window of a link's packets comes to. */
export const observedWindowSchema = z.object({
  ...spanSchema.shape,
  packets: z.int().min(0),
  bytes: z.int().min(0),
  meanSize: z.number().describe("Bytes per packet; 0 without packets"),
  interarrival: z.number().describe(
    "Mean time between two packets in µs: (last − first) ÷ (records − 1); the window's length with fewer than two",
  ),
  tcp: z.number().min(0).max(1).describe("Share of the packets; TCP, UDP and the rest add up to 1"),
  udp: z.number().min(0).max(1),
  final: z.boolean().describe("Whether the watermark has passed its end"),
  correction: z.boolean().describe("Whether a late record changed it after it was final"),
});

/** A window's figures, see {@linkcode observedWindowSchema}. */
export type ObservedWindow = z.infer<typeof observedWindowSchema>;
