/**
 * What is on `alerts`: the definition of an alert. Key: `link`. No value holds the time of
 * its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import { readAs } from "./formats/json.ts";
import { WINDOW_BYTES_MAX } from "./limits.ts";
import { spanSchema } from "./windows.ts";

/** A rule that begins or ceases to hold: what `alerts` carries. */
export const alertSchema = z.object({
  id: z.string().describe("`<link>/<start of the window, Unix ms>/<rule>/<state>`"),
  link: z.string(),
  rule: z.string().describe("As it was given: `packets>100`"),
  state: z.enum(["raised", "cleared"]),
  value: z.number().describe("What was compared"),
  threshold: z.number().describe("With what: a quantile of the link's history is a number here"),
  window: spanSchema.describe("The window that the value is of"),
  forecast: z.boolean().describe("Whether the value is a forecast or was observed"),
  evidence: z.string().describe("The same in words"),
  model: z.object({ name: z.string(), version: z.string() }),
}).describe("An alert on `alerts`");

/** An alert, see {@linkcode alertSchema}. */
export type Alert = z.infer<typeof alertSchema>;

/** Reads a record; `null` where it is no alert. */
export function readAlert(value: Uint8Array | null): Alert | null {
  return readAs(alertSchema, value, WINDOW_BYTES_MAX);
}
