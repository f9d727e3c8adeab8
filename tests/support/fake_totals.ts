/** Made-up totals of likes. */
import type { Total } from "../../src/records/youtube_totals.ts";

/** A total of a video with that many likes. */
export function totalOf(videoId: string, likes: number, rest: Partial<Total> = {}): Total {
  return {
    videoId,
    title: `Title of ${videoId}`,
    videoLikes: likes,
    commentLikes: 0,
    likes,
    comments: 0,
    forgottenComments: 0,
    likesPerMinute: null,
    topComments: [],
    observedAt: "2026-01-01T00:00:00.000Z",
    ...rest,
  };
}
