/**
 * What is on `processed-data`: the definition of a window. Key: `link`. No value holds the time of
 * its making, so that a record made again after a crash is the same, byte for byte.
 */
import { z } from "zod";
import { readJson } from "./formats/json.ts";
import { observedWindowSchema } from "./windows.ts";

/** A window of a link, a region or a source: what `processed-data` carries. */
export const processedSchema = z.object({
  id: z.string().describe(
    "`<link>/<dimension>/<name>/<start, Unix ms>`, of sliding and session windows `<start, Unix µs>us`; of a correction `…#<packets>`",
  ),
  dimension: z.enum(["link", "region", "source"]),
  name: z.string(),
  link: z.string(),
  ...observedWindowSchema.shape,
  sources: z.int().describe("Distinct sources: exact while few, then HyperLogLog"),
  destinations: z.int(),
  destinationPorts: z.int(),
  sizeP50: z.number().describe("Median size in bytes, to a relative error of 1 %"),
  sizeP99: z.number(),
  topSources: z.array(z.object({ source: z.string(), bytes: z.number() })),
  lengths: z.record(z.string(), z.number().nullable()).optional().describe(
    "What `--aggregates` asks of the records' lengths in bytes, by name",
  ),
}).describe("A window on `processed-data`");

/** A processed window, see {@linkcode processedSchema}. */
export type Processed = z.infer<typeof processedSchema>;

/** Reads a record; `undefined` where it is not of a whole link, `null` where it is no window. */
export function readLinkWindow(value: Uint8Array | null): Processed | null | undefined {
  const found = readJson(value);
  const json = "json" in found ? found.json : undefined;
  const hasDimension = typeof json === "object" && json !== null && "dimension" in json;
  // Before the whole of it is checked: windows of sources are by far the most.
  if (hasDimension && json.dimension !== "link") return undefined;
  return processedSchema.safeParse(json).data ?? null;
}
