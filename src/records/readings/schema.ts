/** What is on `input-data`: the definition of a reading. Key: `source`. */
import { z } from "zod";
import { isoUtcMs } from "../formats/utc_time.ts";

/** One measurement: what `input-data` carries. */
export const readingSchema = z.object({
  id: z.string().min(1).describe(
    "Unique; the same when the same row of the same file is produced again. Of a file's row: the file's name, the " +
      "row's number and a hash of the file's path and of its rows up to this one; from standard input of the rows alone",
  ),
  timestamp: isoUtcMs.describe(
    "Time of the reading (the Kafka record's own timestamp is the time of sending)",
  ),
  source: z.string().min(1).describe("What measured: the record's key; each source is a series of its own"),
  features: z.record(z.string(), z.union([z.number(), z.string()])).describe(
    "By feature name: measured values, finite; or one of a few texts",
  ),
  label: z.string().min(1).optional().describe("True class, where it is known; never an input of a model"),
}).describe("A reading on `input-data`");

/** A measurement, see {@linkcode readingSchema}. */
export type Reading = z.infer<typeof readingSchema>;
