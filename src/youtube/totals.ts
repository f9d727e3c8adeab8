/**
 * Events → totals. Pure.
 *
 * Of each video and each comment the newest event counts, by (observedAt, poll, likes): whatever comes again, late
 * or in another order leaves the same totals. What is beyond the limits is evicted, the least liked comments first, and
 * counted.
 */
import type { YoutubeEvent } from "../records/youtube_events.ts";
import { beginningOf } from "../runtime/plain_text.ts";
import { gain, gainsByMinute, likesPerMinute, type MinuteGains, type Watched } from "./gains.ts";
import type { TopComment, Total } from "../records/youtube_totals.ts";
import {
  COMMENTS_MAX,
  COMMENTS_PER_VIDEO_MAX,
  FORGOTTEN_SHARE,
  TEXT_LENGTH_MAX,
  TOP_COMMENTS,
  VIDEOS_MAX,
} from "./totals_limits.ts";

/** What was seen of a thing last; likes `null`: hidden, or it is gone. */
interface Sighting {
  readonly likes: number | null;
  /** It is remembered that it is gone: an older event that comes late does not bring it back. */
  readonly isRemoved: boolean;
  readonly observedMs: number;
  readonly poll: number;
}

interface Comment extends Sighting {
  readonly author: string | undefined;
  readonly text: string | undefined;
}

interface Video extends Watched {
  readonly videoId: string;
  title: string;
  channel: string | undefined;
  /** `null` before the first event of the video itself. */
  self: Sighting | null;
  comments: Map<string, Comment>;
  commentLikes: number;
  /** Of the comments, those that are gone. */
  removedComments: number;
  forgotten: number;
}

/** How much is remembered. */
export interface TotalsLimits {
  readonly commentsPerVideoMax?: number;
  readonly commentsMax?: number;
  readonly videosMax?: number;
}

/** Whether `next` is newer than `before`; of two at the same time the one with more likes. */
function isNewer(next: Sighting, before: Sighting): boolean {
  return next.observedMs - before.observedMs > 0 ||
    next.observedMs === before.observedMs &&
      (next.poll > before.poll || next.poll === before.poll && (next.likes ?? -1) > (before.likes ?? -1));
}

/** The likes of videos and comments. */
export class Totals {
  readonly #commentsPerVideoMax: number;
  readonly #commentsMax: number;
  readonly #videosMax: number;
  /** The one that was heard of longest ago first. */
  readonly #videos = new Map<string, Video>();
  #comments = 0;
  #forgottenComments = 0;
  #forgottenVideos = 0;

  constructor(limits: TotalsLimits = {}) {
    this.#commentsPerVideoMax = limits.commentsPerVideoMax ?? COMMENTS_PER_VIDEO_MAX;
    this.#commentsMax = limits.commentsMax ?? COMMENTS_MAX;
    this.#videosMax = limits.videosMax ?? VIDEOS_MAX;
  }

  /** How often something was evicted because a limit was reached. */
  get forgotten(): { readonly comments: number; readonly videos: number } {
    return { comments: this.#forgottenComments, videos: this.#forgottenVideos };
  }

  /** Videos that are remembered. */
  get videoIds(): string[] {
    return [...this.#videos.keys()];
  }

  /** Takes an event. @returns whether a total changed by it */
  take(event: YoutubeEvent): boolean {
    const observedMs = Date.parse(event.observedAt);
    const isRemoved = event.removed === true;
    const likes = isRemoved ? null : event.likeCount;
    const sighting: Sighting = { likes, isRemoved, observedMs, poll: event.poll };
    const video = this.#video(event, observedMs);
    const changed = event.kind === "video"
      ? this.#takeVideo(video, { event, sighting })
      : this.#takeComment(video, { event, sighting });
    if (!changed) return false;
    if (observedMs >= video.newestMs) {
      video.newestMs = observedMs;
      video.title = event.videoTitle;
      video.channel = event.channel ?? video.channel;
    }
    return true;
  }

  /** Comments of a video that are there. */
  commentIds(videoId: string): string[] {
    const comments = [...this.#videos.get(videoId)?.comments ?? []];
    return comments.flatMap(([id, { isRemoved }]) => isRemoved ? [] : [id]);
  }

  /** The total of a video; `undefined` where nothing is known of it. */
  total(videoId: string): Total | undefined {
    const video = this.#videos.get(videoId);
    if (video === undefined) return undefined;
    const { title, channel, self, comments, removedComments, forgotten, newestMs } = video;
    const videoLikes = self?.likes ?? null;
    const removed = self?.isRemoved ?? false;
    const commentLikes = removed ? 0 : video.commentLikes;
    return {
      videoId,
      title,
      ...(channel === undefined ? {} : { channel }),
      ...(removed ? { removed } : {}),
      videoLikes,
      commentLikes,
      likes: (videoLikes ?? 0) + commentLikes,
      comments: removed ? 0 : comments.size - removedComments,
      forgottenComments: forgotten,
      likesPerMinute: removed ? null : likesPerMinute(video),
      topComments: removed ? [] : topComments(comments),
      observedAt: new Date(newestMs).toISOString(),
    };
  }

  /** Totals of all videos that are there, most likes first; of equal ones in the order of their ids. */
  ranking(): Total[] {
    return rank(this.videoIds.map((videoId) => this.total(videoId)!));
  }

  /** Likes that came per minute, up to the newest minute of any video. */
  gainsByMinute(minutes: number): MinuteGains {
    return gainsByMinute([...this.#videos.values()], minutes);
  }

  #video(event: YoutubeEvent, observedMs: number): Video {
    let video = this.#videos.get(event.videoId);
    if (video === undefined) {
      video = {
        videoId: event.videoId,
        title: event.videoTitle,
        channel: event.channel,
        self: null,
        comments: new Map(),
        commentLikes: 0,
        removedComments: 0,
        forgotten: 0,
        firstMs: observedMs,
        newestMs: observedMs,
        gains: new Map(),
      };
      if (this.#videos.size >= this.#videosMax) this.#forgetVideo();
    } else this.#videos.delete(event.videoId);
    this.#videos.set(event.videoId, video); // heard of now: last in the map's order
    video.firstMs = Math.min(video.firstMs, observedMs);
    return video;
  }

  #takeVideo(
    video: Video,
    { event, sighting }: { readonly event: YoutubeEvent; readonly sighting: Sighting },
  ): boolean {
    const before = video.self;
    if (before !== null && !isNewer(sighting, before)) return false;
    video.self = sighting;
    if (before !== null && before.likes !== null && sighting.likes !== null) {
      gain(video, { observedMs: sighting.observedMs, likes: sighting.likes - before.likes });
    }
    return before === null || before.likes !== sighting.likes || before.isRemoved !== sighting.isRemoved ||
      event.videoTitle !== video.title;
  }

  #takeComment(
    video: Video,
    { event, sighting }: { readonly event: YoutubeEvent; readonly sighting: Sighting },
  ): boolean {
    const id = event.commentId;
    if (id === undefined) return false;
    const before = video.comments.get(id);
    if (before !== undefined && !isNewer(sighting, before)) return false;
    const likes = sighting.likes ?? 0;
    video.comments.set(id, {
      ...sighting,
      author: event.author && beginningOf(event.author, TEXT_LENGTH_MAX),
      text: event.text && beginningOf(event.text, TEXT_LENGTH_MAX),
    });
    video.commentLikes += likes - (before?.likes ?? 0);
    video.removedComments += Number(sighting.isRemoved) - Number(before?.isRemoved ?? false);
    if (before === undefined) {
      this.#comments++;
      this.#makeRoom(video);
    } else gain(video, { observedMs: sighting.observedMs, likes: likes - (before.likes ?? 0) });
    if (before === undefined) return !sighting.isRemoved;
    return (before.likes ?? 0) !== likes || before.isRemoved !== sighting.isRemoved;
  }

  #makeRoom(video: Video): void {
    if (video.comments.size > this.#commentsPerVideoMax) {
      this.#forgetComments([video], video.comments.size - this.#commentsPerVideoMax);
    }
    if (this.#comments > this.#commentsMax) {
      this.#forgetComments([...this.#videos.values()], this.#comments - this.#commentsMax);
    }
  }

  /** Forgets the least liked of all comments of these videos; some more than asked for, so that it is seldom. */
  #forgetComments(videos: readonly Video[], tooMany: number): void {
    const all = videos.flatMap((video) =>
      [...video.comments].map(([id, { likes, isRemoved }]) => ({ video, id, likes, isRemoved }))
    );
    const worth = ({ likes, isRemoved }: Pick<Sighting, "likes" | "isRemoved">) =>
      isRemoved ? -1 : likes ?? 0;
    all.sort((a, b) => worth(a) - worth(b) || (a.id < b.id ? -1 : 1));
    for (
      const { video, id, likes, isRemoved } of all.slice(
        0,
        tooMany + Math.floor(all.length * FORGOTTEN_SHARE),
      )
    ) {
      video.comments.delete(id);
      video.commentLikes -= likes ?? 0;
      this.#comments--;
      if (isRemoved) video.removedComments--;
      else {
        video.forgotten++;
        this.#forgottenComments++;
      }
    }
  }

  #forgetVideo(): void {
    const [id, video] = this.#videos.entries().next().value!;
    this.#videos.delete(id);
    this.#comments -= video.comments.size;
    this.#forgottenVideos++;
  }
}

/** Of the videos that are there, most likes first; of equal ones in the order of their ids. */
export function rank(totals: readonly Total[]): Total[] {
  return totals.filter(({ removed }) => removed !== true).toSorted((a, b) =>
    b.likes - a.likes || (a.videoId < b.videoId ? -1 : 1)
  );
}

/** The videos with the most likes of a ranking: several where they are equal. */
export function mostLiked(ranking: readonly Total[]): Total[] {
  return ranking.filter(({ likes }) => likes === ranking[0]!.likes);
}

function topComments(comments: ReadonlyMap<string, Comment>): TopComment[] {
  const top: { id: string; comment: Comment; likes: number }[] = [];
  for (const [id, comment] of comments) {
    if (comment.isRemoved) continue;
    const likes = comment.likes ?? 0;
    const last = top[TOP_COMMENTS - 1];
    if (last !== undefined && (likes < last.likes || likes === last.likes && id > last.id)) continue;
    top.push({ id, comment, likes });
    top.sort((a, b) => b.likes - a.likes || (a.id < b.id ? -1 : 1));
    top.length = Math.min(top.length, TOP_COMMENTS);
  }
  return top.map(({ id, comment: { author, text }, likes }) => ({
    commentId: id,
    ...(author === undefined ? {} : { author }),
    ...(text === undefined ? {} : { text }),
    likeCount: likes,
  }));
}
