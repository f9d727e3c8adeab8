/**
 * What is on `device-statistics`: what a device measured within a window of time. Key: the device. No value holds the
 * time of its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import { spanSchema } from "./windows.ts";

/** Figures of a device in a window: what `device-statistics` carries. */
export const deviceStatisticsSchema = z.object({
  id: z.string().describe(
    "`<device>/<feature>/<start, Unix ms>/<end, Unix ms>`; of a correction `…#<count>`",
  ),
  device: z.string(),
  feature: z.string().describe("What was measured"),
  ...spanSchema.shape,
  count: z.int().min(0).describe("Readings"),
  mean: z.number().nullable(),
  sd: z.number().nullable().describe("Standard deviation of the sample; `null` with fewer than two readings"),
  min: z.number().nullable(),
  max: z.number().nullable(),
  scored: z.int().min(0).describe("Forecasts that came due"),
  mse: z.number().nullable().describe("Mean squared error of the model; `null` without one"),
  mseLastValue: z.number().nullable().describe("Mean squared error of no change, of the same readings"),
  anomalies: z.int().min(0).describe("Errors beyond the device's own scale"),
  model: z.object({ name: z.string(), version: z.string() }).nullable(),
  final: z.boolean().describe("Whether the watermark has passed its end"),
  correction: z.boolean().describe("Whether a late record changed it after it was final"),
}).describe("A window on `device-statistics`");

/** Figures of a device, see {@linkcode deviceStatisticsSchema}. */
export type DeviceWindow = z.infer<typeof deviceStatisticsSchema>;
