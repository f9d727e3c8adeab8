/** What is on `topic_yt`: the definition of an event, its type and its JSON Schema. Key: the video's id. */
import { z } from "zod";
import type { Rejection } from "./dead_letters/reason.ts";
import { readJson } from "./formats/json.ts";
import { isoUtcMs } from "./formats/utc_time.ts";
import { EVENT_BYTES_MAX } from "./limits.ts";

const likes = z.int().min(0);

/** A like count that is new or has changed, or is gone: of a video, a comment or a reply. */
export const youtubeEventSchema = z.object({
  id: z.string().min(1).describe("`<kind>:<thing's id>@<likes>`, or `@removed`: unique per change"),
  kind: z.enum(["video", "comment"]),
  videoId: z.string().min(1).describe("The record's key"),
  videoTitle: z.string(),
  channel: z.string().optional(),
  commentId: z.string().min(1).optional().describe("Of a comment or a reply"),
  parentId: z.string().min(1).optional().describe("Of a reply: the comment that it answers"),
  author: z.string().optional(),
  text: z.string().max(200).optional().describe("The comment's first 200 characters"),
  likeCount: z.nullable(likes).describe("`null` where it is hidden, and of a removal"),
  removed: z.literal(true).optional().describe(
    "The thing is gone (deleted, private): a complete poll did not find it. Its likes count no more; a newer event " +
      "without this brings it back. With a video go all its comments",
  ),
  viewCount: likes.optional(),
  commentCount: likes.optional(),
  observedAt: isoUtcMs.describe(
    "When the poll saw it, ISO 8601, UTC, with milliseconds",
  ),
  poll: z.int().min(0).describe("Number of the poll within its run"),
}).describe("An event on `topic_yt`");

/** An event, see {@linkcode youtubeEventSchema}. */
export type YoutubeEvent = z.infer<typeof youtubeEventSchema>;

/** An event, or why there is none. */
export type ReadEvent = { readonly event: YoutubeEvent } | Rejection;

/** Reads the value of a record. */
export function readEvent(value: Uint8Array | null): ReadEvent {
  const found = readJson(value, EVENT_BYTES_MAX);
  if (!("json" in found)) return found;
  if (typeof found.json === "number") {
    return { reason: "not-an-event", detail: "a bare number, as 'youtube produce --format text' writes it" };
  }
  const parsed = youtubeEventSchema.safeParse(found.json);
  if (parsed.success) return { event: parsed.data };
  const { path, message } = parsed.error.issues[0]!;
  return { reason: "not-an-event", detail: `${path.join(".") || "value"}: ${message}` };
}
