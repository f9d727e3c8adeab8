/** A recorded run from a seed: videos, comments, and likes that change from poll to poll; and what it comes to. */
import type { Random } from "../../nn/mod.ts";
import type { YoutubeEvent } from "../../src/records/youtube_events.ts";

/** How large a recording is. */
export interface RecordingSize {
  readonly videos: number;
  readonly comments: number;
  readonly polls: number;
  /** Comments whose likes change in each poll after the first. */
  readonly changes: number;
}

/** A recording, and the likes of each video at its end. */
export interface Recording {
  readonly events: readonly YoutubeEvent[];
  readonly likes: Readonly<Record<string, { readonly videoLikes: number; readonly commentLikes: number }>>;
}

/** Makes a recording; polls are 100 ms apart. */
export function makeRecording(
  random: Random,
  { videos, comments, polls, changes }: RecordingSize,
): Recording {
  const videoLikes = Array.from({ length: videos }, () => random.integer(1_000_000));
  const commentLikes = Array.from({ length: comments }, () => random.integer(50));
  const events: YoutubeEvent[] = [];
  const videoOf = (comment: number) => comment % videos;
  const add = (kind: YoutubeEvent["kind"], { at, poll }: { at: number; poll: number }) => {
    const video = kind === "video" ? at : videoOf(at);
    const likes = kind === "video" ? videoLikes[at]! : commentLikes[at]!;
    const comment = kind === "video" ? {} : { commentId: `c${at}`, author: `@a${at}`, text: `text ${at}` };
    events.push({
      id: `${kind}:${at}@${likes}`,
      kind,
      videoId: `video-${video}`,
      videoTitle: `Title ${video}`,
      ...comment,
      likeCount: likes,
      observedAt: new Date(Date.UTC(2026, 0, 1) + 100 * poll).toISOString(),
      poll,
    });
  };
  for (let poll = 0; poll < polls; poll++) {
    for (let at = 0; at < videos; at++) {
      if (poll > 0) videoLikes[at]! += random.integer(100);
      add("video", { at, poll });
    }
    const changed = poll === 0
      ? Array.from({ length: comments }, (_, at) => at)
      : [...new Set(Array.from({ length: changes }, () => random.integer(comments)))];
    for (const at of changed) {
      if (poll > 0) commentLikes[at] = Math.max(0, commentLikes[at]! + random.integer(9) - 4);
      add("comment", { at, poll });
    }
  }
  const likes = Object.fromEntries(videoLikes.map((own, video) => [`video-${video}`, {
    videoLikes: own,
    commentLikes: commentLikes.reduce((sum, one, at) => sum + (videoOf(at) === video ? one : 0), 0),
  }]));
  return { events, likes };
}
