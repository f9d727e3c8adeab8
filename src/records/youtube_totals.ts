/** What is on `youtube-totals`: the definition of a total, its type and its JSON Schema. */
import { z } from "zod";
import { readAs } from "./formats/json.ts";
import { EVENT_BYTES_MAX } from "./limits.ts";

const likes = z.int().min(0);

/** A comment among the most liked ones. */
export const topCommentSchema = z.object({
  commentId: z.string(),
  author: z.string().optional(),
  text: z.string().optional().describe("Its beginning"),
  likeCount: likes,
});

/** The likes of a video and of its comments, as they are now. */
export const totalSchema = z.object({
  videoId: z.string().min(1).describe("The record's key"),
  title: z.string(),
  channel: z.string().optional(),
  removed: z.literal(true).optional().describe(
    "The video is gone (deleted, private): nothing of it counts, and it is in no ranking",
  ),
  videoLikes: z.nullable(likes).describe("`null` where they are hidden, or not known yet"),
  commentLikes: likes.describe("Of all comments and replies that are remembered"),
  likes: likes.describe("Both together"),
  comments: z.int().min(0).describe("Comments and replies that are remembered"),
  forgottenComments: z.int().min(0).describe(
    "How many comments were evicted because there were too many: the least liked ones",
  ),
  likesPerMinute: z.nullable(z.number()).describe(
    "Likes that came and went over the last 5 minutes of observation; `null` before the second one",
  ),
  topComments: z.array(topCommentSchema).describe("Most likes first"),
  observedAt: z.string().describe("Time of the newest event that counts, ISO 8601 UTC"),
}).describe("A total on `youtube-totals`");

/** A total, see {@linkcode totalSchema}. */
export type Total = z.infer<typeof totalSchema>;
/** A comment of a total, see {@linkcode topCommentSchema}. */
export type TopComment = z.infer<typeof topCommentSchema>;

/** Reads a record; `null` where it is no total. */
export function readTotal(value: Uint8Array | null): Total | null {
  return readAs(totalSchema, value, EVENT_BYTES_MAX);
}
