/** A reading → what goes to its topic. */
import type { Reading } from "./schema.ts";

/** What goes to the topic of a reading, as JSON. */
export function readingToJson({ id, timestamp, source, features, label }: Reading): string {
  return JSON.stringify({ id, timestamp, source, features, label });
}
