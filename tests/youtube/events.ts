/** Events for tests: polls are a minute apart. */
import type { YoutubeEvent } from "../../src/records/youtube_events.ts";

function observedAt(poll: number): string {
  return new Date(Date.UTC(2026, 0, 1, 12, poll)).toISOString();
}

/** An event of a video. */
export function videoEvent(
  videoId: string,
  { likes, poll, title = `Title of ${videoId}` }: { likes: number | null; poll: number; title?: string },
): YoutubeEvent {
  return {
    id: `video:${videoId}@${likes}`,
    kind: "video",
    videoId,
    videoTitle: title,
    likeCount: likes,
    observedAt: observedAt(poll),
    poll,
  };
}

/** An event of a comment. */
export function commentEvent(
  videoId: string,
  { commentId, likes, poll }: { commentId: string; likes: number | null; poll: number },
): YoutubeEvent {
  return {
    id: `comment:${commentId}@${likes}`,
    kind: "comment",
    videoId,
    videoTitle: `Title of ${videoId}`,
    commentId,
    author: `author of ${commentId}`,
    text: `text of ${commentId}`,
    likeCount: likes,
    observedAt: observedAt(poll),
    poll,
  };
}
