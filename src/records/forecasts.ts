/**
 * What is on `forecasts`: the definition of a forecast of a link's traffic. Key: `link`. No value holds the time of
 * its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import { readAs } from "./formats/json.ts";
import { WINDOW_BYTES_MAX } from "./limits.ts";
import { observedWindowSchema, spanSchema } from "./windows.ts";

const byTarget = z.record(z.string(), z.number());

/** The answer to one window: what `forecasts` carries. */
export const trafficForecastSchema = z.object({
  id: z.string().describe(
    "`<link>/<start of the observed window, Unix ms>`; of a correction, or while it is open, `…#<packets>`",
  ),
  link: z.string(),
  observed: observedWindowSchema,
  window: spanSchema.describe(
    "The window that is forecast: the next one; while `observed` is open, that one",
  ),
  forecast: z.record(
    z.string(),
    z.object({
      value: z.number(),
      lower: z.number().describe("Quantile of recent residuals below the value"),
      upper: z.number(),
    }),
  ).describe("By target: packets, bytes, interarrival; none of an open window that is the link's first"),
  coverage: z.number().min(0).max(1).describe("Share of the outcomes that shall lie from lower to upper"),
  by: z.enum(["network", "baseline"]).describe(
    "`baseline` (the last value) while the link has fewer windows than the look-back needs",
  ),
  scored: z.nullable(z.object({
    predicted: byTarget,
    actual: byTarget,
    baseline: byTarget.describe("The last value at the time"),
    inside: z.record(z.string(), z.boolean()).describe("Whether the outcome lay in the interval"),
    by: z.enum(["network", "baseline"]),
  })).describe("Outcome of the forecast made one window ago for the observed one"),
  model: z.object({ name: z.string(), version: z.string() }),
}).describe("A forecast on `forecasts`");

/** A forecast, see {@linkcode trafficForecastSchema}. */
export type TrafficForecast = z.infer<typeof trafficForecastSchema>;

/** Reads a record; `null` where it is no forecast. */
export function readForecast(value: Uint8Array | null): TrafficForecast | null {
  return readAs(trafficForecastSchema, value, WINDOW_BYTES_MAX);
}
