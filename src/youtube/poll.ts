/**
 * Polls: asks for the videos and all their comments, and gives an event for each like count that is new or has
 * changed, and for what is gone. A comment is gone where a complete listing does not have it; one that ends early (a
 * failure, the quota, the limit) takes nothing away.
 */
import { formatCount } from "../runtime/progress.ts";
import type { z } from "zod";
import type { CommentAnswer, VideoAnswer } from "./api/answers.ts";
import { commentsSchema, threadsSchema, videosSchema } from "./api/answers.ts";
import type { ApiClient } from "./api/client.ts";
import { ApiFailure } from "./api/failure.ts";
import { COMMENTS_PER_VIDEO_MAX } from "./api/limits.ts";
import type { PublishedVideo } from "./published.ts";
import type { YoutubeEvent } from "../records/youtube_events.ts";

const TEXT_CHARS_MAX = 200;
const TITLE_CHARS_MAX = 500;

/** What a poller is made of. */
export interface PollerOptions {
  readonly api: Pick<ApiClient, "get">;
  readonly videoIds: readonly string[];
  /** Takes events; resolves when there is room for more. */
  readonly emit: (events: readonly YoutubeEvent[]) => Promise<void>;
  /** One line for people about a video, once until it changes: what is not as it should be, and goes on. */
  readonly say: (message: string) => void;
  /** Unix ms. */
  readonly nowMs: () => number;
  /** What earlier runs have published: of it is said, too, what is gone. @default nothing */
  readonly published?: ReadonlyMap<string, PublishedVideo>;
}

/** What is known of a video. */
interface Known {
  title: string;
  /** `undefined` before it was seen in this run, and after it was found to be gone. */
  likes: number | null | undefined;
  /** Likes by comment, as this run has seen them. */
  readonly comments: Map<string, number>;
  /** Whether who reads the events believes that the video is there. */
  isThere: boolean;
  /** Comments of earlier runs of which readers believe that they are there; this run's are in `comments`. */
  readonly published: Set<string>;
  /** What was said of it last. */
  readonly said: Set<string>;
}

/** All likes of a video, as seen by the last poll. */
export interface PolledLikes {
  readonly title: string;
  readonly likes: number;
}

/** Remembers what it has seen, so that only changes come out. */
export class Poller {
  readonly #options: PollerOptions;
  readonly #known = new Map<string, Known>();
  #poll = 0;

  constructor(options: PollerOptions) {
    this.#options = options;
    for (const [videoId, { title, isThere, comments }] of options.published ?? []) {
      const known = this.#knownOf(videoId);
      [known.title, known.isThere] = [title, isThere];
      for (const id of comments) known.published.add(id);
    }
  }

  /** Likes of each video and its comments together. */
  likes(): Map<string, PolledLikes> {
    return new Map(
      [...this.#known].filter(([, { likes }]) => likes !== undefined).map(([id, known]) => {
        const comments = [...known.comments.values()].reduce((sum, one) => sum + one, 0);
        return [id, { title: known.title, likes: (known.likes ?? 0) + comments }];
      }),
    );
  }

  /**
   * Asks for everything once; the videos' comments at the same time.
   *
   * @throws {ApiFailure} that concerns all videos: credentials, quota, an API that cannot be reached; BudgetSpent.
   */
  async poll(): Promise<void> {
    const poll = this.#poll++;
    const { api, videoIds } = this.#options;
    const query = { part: "snippet,statistics,contentDetails", id: videoIds.join(","), maxResults: "50" };
    const { items } = await api.get("videos", { query, schema: videosSchema });
    const found = new Map(items.map((item) => [item.id, item]));
    const ended = await Promise.allSettled(videoIds.map(async (videoId) => {
      const video = found.get(videoId);
      if (video === undefined) {
        this.#say(videoId, "not there: private, deleted, not for this region, or a wrong id");
        await this.#removeVideo(videoId, poll);
        return;
      }
      await this.#pollVideo(video, poll);
    }));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
  }

  #knownOf(videoId: string): Known {
    let known = this.#known.get(videoId);
    if (known === undefined) {
      known = {
        title: "",
        likes: undefined,
        comments: new Map(),
        isThere: false,
        published: new Set(),
        said: new Set(),
      };
      this.#known.set(videoId, known);
    }
    return known;
  }

  #say(videoId: string, message: string): void {
    const { said, title } = this.#knownOf(videoId);
    if (said.has(message)) return;
    said.add(message);
    this.#options.say(`${videoId}${title === "" ? "" : ` "${title}"`}: ${message}`);
  }

  async #pollVideo(video: VideoAnswer, poll: number): Promise<void> {
    const { id: videoId, snippet, statistics } = video;
    const known = this.#knownOf(videoId);
    const title = snippet.title.slice(0, TITLE_CHARS_MAX);
    const likes = statistics.likeCount ?? null;
    const isNew = known.likes !== likes || known.title !== title;
    [known.title, known.likes, known.isThere] = [title, likes, true];
    if (isNew) await this.#options.emit([videoEvent(video, { known, poll, nowMs: this.#options.nowMs() })]);
    if (likes === null) this.#say(videoId, "the like count is hidden: only its comments' likes count");
    if (video.contentDetails?.contentRating?.ytRating === "ytAgeRestricted") {
      this.#say(videoId, "age-restricted: what the API gives of it is counted");
    }
    if (["upcoming", "live"].includes(snippet.liveBroadcastContent ?? "none")) {
      this.#say(
        videoId,
        `a live stream or premiere (${snippet.liveBroadcastContent}): it may have no comments yet`,
      );
    }
    try {
      await this.#pollComments(video, poll);
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      const skipped = SKIPPED[error.kind];
      if (skipped === undefined) throw error;
      this.#say(videoId, `${skipped} (${error.message})`);
    }
  }

  async #removeVideo(videoId: string, poll: number): Promise<void> {
    const known = this.#knownOf(videoId);
    if (!known.isThere) return;
    [known.likes, known.isThere] = [undefined, false];
    const { title } = known, nowMs = this.#options.nowMs();
    await this.#options.emit([removalEvent({ kind: "video", id: videoId, videoId, title, poll, nowMs })]);
  }

  /** After a complete listing. */
  async #removeComments(videoId: string, { seen, poll }: {
    readonly seen: ReadonlySet<string>;
    readonly poll: number;
  }): Promise<void> {
    const { comments, published, title } = this.#knownOf(videoId);
    const nowMs = this.#options.nowMs();
    const gone = [...new Set([...comments.keys(), ...published])].filter((id) => !seen.has(id));
    published.clear();
    for (const id of gone) comments.delete(id);
    if (gone.length === 0) return;
    await this.#options.emit(
      gone.map((id) => removalEvent({ kind: "comment", id, videoId, title, poll, nowMs })),
    );
  }

  async #pollComments(video: VideoAnswer, poll: number): Promise<void> {
    const seen = new Set<string>();
    let isComplete = true;
    try {
      isComplete = await this.#listComments(video, { poll, seen });
    } catch (error) {
      // Who disables comments takes them all away.
      if (!(error instanceof ApiFailure) || error.kind !== "comments-disabled") throw error;
      this.#say(video.id, `comments are disabled: only its own likes count (${error.message})`);
    }
    // A listing without a comment of a video that has some is a failure that does not say so.
    const isDoubtful = seen.size === 0 && (video.statistics.commentCount ?? 0) > 0;
    if (isComplete && !isDoubtful) await this.#removeComments(video.id, { seen, poll });
  }

  /** @returns whether that was all of them */
  async #listComments(video: VideoAnswer, { poll, seen }: {
    readonly poll: number;
    readonly seen: Set<string>;
  }): Promise<boolean> {
    const query = { part: "snippet,replies", videoId: video.id, maxResults: "100", textFormat: "plainText" };
    let taken = 0;
    for await (const { items } of this.#pages("commentThreads", { query, schema: threadsSchema })) {
      const comments: CommentAnswer[] = [];
      const cut: string[] = [];
      for (const { id, snippet: { topLevelComment, totalReplyCount }, replies } of items) {
        comments.push(topLevelComment);
        if (totalReplyCount > (replies?.comments.length ?? 0)) cut.push(id);
        else comments.push(...replies?.comments ?? []);
      }
      await this.#take(video, { comments, poll });
      for (const { id } of comments) seen.add(id);
      taken += comments.length;
      for (const parentId of cut) {
        const query = { part: "snippet", parentId, maxResults: "100", textFormat: "plainText" };
        for await (const { items: replies } of this.#pages("comments", { query, schema: commentsSchema })) {
          await this.#take(video, { comments: replies, poll, parentId });
          for (const { id } of replies) seen.add(id);
          taken += replies.length;
        }
      }
      if (taken >= COMMENTS_PER_VIDEO_MAX) {
        this.#say(
          video.id,
          `more than ${formatCount(COMMENTS_PER_VIDEO_MAX)} comments: the rest is left out`,
        );
        return false;
      }
    }
    return true;
  }

  /** All pages; where a page's token has expired, again from the first one. */
  async *#pages<P extends { readonly nextPageToken?: string | undefined }>(
    path: string,
    { query, schema }: { readonly query: Readonly<Record<string, string>>; readonly schema: z.ZodType<P> },
  ): AsyncIterable<P> {
    let token: string | undefined;
    let again = true;
    do {
      try {
        const page = await this.#options.api.get(path, {
          query: token === undefined ? query : { ...query, pageToken: token },
          schema,
        });
        yield page;
        token = page.nextPageToken;
      } catch (error) {
        if (!(error instanceof ApiFailure) || error.kind !== "page-token" || !again) throw error;
        [token, again] = [undefined, false];
        continue;
      }
      if (token === undefined) return;
    } while (true);
  }

  async #take(
    video: VideoAnswer,
    { comments, poll, parentId }: {
      readonly comments: readonly CommentAnswer[];
      readonly poll: number;
      readonly parentId?: string;
    },
  ): Promise<void> {
    const known = this.#knownOf(video.id);
    const nowMs = this.#options.nowMs();
    const events: YoutubeEvent[] = [];
    for (const comment of comments) {
      const likes = comment.snippet.likeCount;
      if (known.comments.get(comment.id) === likes) continue;
      known.comments.set(comment.id, likes);
      events.push(commentEvent(video, { comment, parentId, poll, nowMs }));
    }
    if (events.length > 0) await this.#options.emit(events);
  }
}

/** Failures that concern one video: it is said, and the others go on. */
const SKIPPED: Readonly<Partial<Record<ApiFailure["kind"], string>>> = {
  "not-found": "its comments are not there: private, deleted or a wrong id",
  "forbidden": "its comments may not be read: private or restricted",
  "page-token": "its pages of comments have expired twice: what was read counts, the next poll begins again",
  "not-understood": "its comments cannot be read in this poll",
};

function videoEvent(
  { id, snippet, statistics }: VideoAnswer,
  { known: { title, likes = null }, poll, nowMs }: { known: Known; poll: number; nowMs: number },
): YoutubeEvent {
  const { viewCount, commentCount } = statistics;
  return {
    id: `video:${id}@${likes}`,
    kind: "video",
    videoId: id,
    videoTitle: title,
    ...(snippet.channelTitle === undefined ? {} : { channel: snippet.channelTitle.slice(0, TEXT_CHARS_MAX) }),
    likeCount: likes,
    ...(viewCount === undefined ? {} : { viewCount }),
    ...(commentCount === undefined ? {} : { commentCount }),
    observedAt: new Date(nowMs).toISOString(),
    poll,
  };
}

function removalEvent({ kind, id, videoId, title, poll, nowMs }: {
  readonly kind: YoutubeEvent["kind"];
  /** Of the thing that is gone. */
  readonly id: string;
  readonly videoId: string;
  readonly title: string;
  readonly poll: number;
  readonly nowMs: number;
}): YoutubeEvent {
  return {
    id: `${kind}:${id}@removed`,
    kind,
    videoId,
    videoTitle: title,
    ...(kind === "comment" ? { commentId: id } : {}),
    likeCount: null,
    removed: true,
    observedAt: new Date(nowMs).toISOString(),
    poll,
  };
}

function commentEvent(video: VideoAnswer, { comment, parentId, poll, nowMs }: {
  readonly comment: CommentAnswer;
  readonly parentId: string | undefined;
  readonly poll: number;
  readonly nowMs: number;
}): YoutubeEvent {
  const { id, snippet } = comment;
  const text = snippet.textOriginal ?? snippet.textDisplay;
  const parent = parentId ?? snippet.parentId;
  return {
    id: `comment:${id}@${snippet.likeCount}`,
    kind: "comment",
    videoId: video.id,
    videoTitle: video.snippet.title.slice(0, TITLE_CHARS_MAX),
    ...(video.snippet.channelTitle === undefined
      ? {}
      : { channel: video.snippet.channelTitle.slice(0, TEXT_CHARS_MAX) }),
    commentId: id,
    ...(parent === undefined || parent === "" ? {} : { parentId: parent }),
    ...(snippet.authorDisplayName === undefined
      ? {}
      : { author: snippet.authorDisplayName.slice(0, TEXT_CHARS_MAX) }),
    ...(text === undefined ? {} : { text: text.slice(0, TEXT_CHARS_MAX) }),
    likeCount: snippet.likeCount,
    observedAt: new Date(nowMs).toISOString(),
    poll,
  };
}
