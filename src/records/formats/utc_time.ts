/** A time as all records have it. */
import { z } from "zod";

/** ISO 8601, UTC, with milliseconds: a day that exists. */
export const isoUtcMs = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  .refine((text) => !Number.isNaN(Date.parse(text)), "a day and time that exist are wanted")
  .describe("ISO 8601, UTC, with milliseconds");
