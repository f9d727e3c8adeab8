/** What a stream consists of, for the description of the routes. */
import { z } from "@hono/zod-openapi";

/** A server-sent event. */
export const eventSchema = z.object({
  event: z.string().optional(),
  id: z.string().optional(),
  data: z.string().optional().openapi({ description: "JSON" }),
  retry: z.int().optional().openapi({ description: "When to come again, in ms" }),
}).openapi("Event");
