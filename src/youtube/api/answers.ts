/** What the API answers, as far as it is used here. Counts of `statistics` are texts, absent where hidden. */
import { z } from "zod";

const countText = z.string().regex(/^\d{1,15}$/).transform(Number);

/** `videos.list` with snippet, statistics and contentDetails. */
export const videosSchema = z.object({
  items: z.array(z.object({
    id: z.string().min(1),
    snippet: z.object({
      title: z.string(),
      channelTitle: z.string().optional(),
      liveBroadcastContent: z.string().optional(),
    }),
    statistics: z.object({
      likeCount: countText.optional(),
      viewCount: countText.optional(),
      commentCount: countText.optional(),
    }).default({}),
    contentDetails: z.object({
      contentRating: z.object({ ytRating: z.string().optional() }).optional(),
    }).optional(),
  })).default([]),
});

const commentSchema = z.object({
  id: z.string().min(1),
  snippet: z.object({
    textDisplay: z.string().optional(),
    textOriginal: z.string().optional(),
    authorDisplayName: z.string().optional(),
    likeCount: z.int().min(0).default(0),
    parentId: z.string().optional(),
  }),
});

/** `comments.list` with snippet. */
export const commentsSchema = z.object({
  nextPageToken: z.string().optional(),
  items: z.array(commentSchema).default([]),
});

/** `commentThreads.list` with snippet and replies. */
export const threadsSchema = z.object({
  nextPageToken: z.string().optional(),
  items: z.array(z.object({
    id: z.string().min(1),
    snippet: z.object({ topLevelComment: commentSchema, totalReplyCount: z.int().min(0).default(0) }),
    replies: z.object({ comments: z.array(commentSchema).default([]) }).optional(),
  })).default([]),
});

/** A video. */
export type VideoAnswer = z.output<typeof videosSchema>["items"][number];
/** A comment or a reply. */
export type CommentAnswer = z.output<typeof commentSchema>;
