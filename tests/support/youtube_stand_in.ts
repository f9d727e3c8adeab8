/**
 * A stand-in for the YouTube Data API v3 that speaks the documented protocol: videos.list, commentThreads.list,
 * comments.list, paging, quota, error bodies with `reason` and HTML, ETags, likes that change from a seed, and the
 * token endpoint of service accounts. Test code, never the product.
 */
import { Random } from "../../nn/mod.ts";

/** A comment or reply of the stand-in. */
interface Comment {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  likes: number;
  readonly replies: Comment[];
}

/** A video of the stand-in; change it as the test needs. */
export interface StandInVideo {
  readonly id: string;
  title: string;
  likes: number | null;
  commentsDisabled?: boolean;
  /** Not in answers: private, deleted, region-locked. */
  hidden?: boolean;
  ageRestricted?: boolean;
  live?: "upcoming" | "live" | "none";
  readonly threads: Comment[];
}

/** An answer instead of the right one; `null` for the right one. */
export type Fault = (
  request: { readonly path: string; readonly query: URLSearchParams; readonly count: number },
) =>
  | Response
  | null;

/** What a running stand-in offers. */
export interface StandIn extends AsyncDisposable {
  readonly base: string;
  readonly tokenUri: string;
  readonly key: string;
  readonly videos: StandInVideo[];
  /** Units spent. */
  readonly spent: () => number;
  /** URLs that were asked for. */
  readonly urls: string[];
  fault: Fault;
  quota: number;
  /** Seconds that a token lives. */
  tokenLivesS: number;
  /** Tokens given out. */
  tokens: number;
  /** Changes likes of some videos and comments. */
  step(changes: number): void;
  /** The likes as they are. */
  truth(): Record<string, { readonly videoLikes: number | null; readonly commentLikes: number }>;
}

/** An error as the API words it. */
export function apiError(
  status: number,
  { reason, message = reason, detail, headers = {} }: {
    reason: string;
    message?: string;
    detail?: string;
    headers?: Record<string, string>;
  },
): Response {
  const details = detail === undefined ? {} : {
    details: [{
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: detail,
      domain: "googleapis.com",
    }],
  };
  const error = { code: status, message, errors: [{ message, domain: "youtube", reason }], ...details };
  return Response.json({ error }, { status, headers });
}

const DOCS = "https://developers.google.com/youtube/v3/docs";

/** The documented errors, by name. */
export const ERRORS = {
  commentsDisabled: () =>
    apiError(403, {
      reason: "commentsDisabled",
      message:
        `The video identified by the <code><a href="${DOCS}/commentThreads/list#videoId">videoId</a></code> ` +
        "parameter has disabled comments.",
    }),
  videoNotFound: () =>
    apiError(404, {
      reason: "videoNotFound",
      message:
        `The video identified by the <code><a href="${DOCS}/commentThreads/list#videoId">videoId</a></code> ` +
        "parameter could not be found.",
    }),
  quotaExceeded: () =>
    apiError(403, {
      reason: "quotaExceeded",
      message:
        'The request cannot be completed because you have exceeded your <a href="/youtube/v3/getting-started' +
        '#quota">quota</a>.',
    }),
  rateLimitExceeded: () => apiError(403, { reason: "rateLimitExceeded", message: "Rate Limit Exceeded" }),
  invalidPageToken: () =>
    apiError(400, {
      reason: "invalidPageToken",
      message: "The request specifies an invalid page token.",
    }),
  keyInvalid: () =>
    apiError(400, {
      reason: "badRequest",
      message: "API key not valid. Please pass a valid API key.",
      detail: "API_KEY_INVALID",
    }),
  keyMissing: () =>
    apiError(403, {
      reason: "forbidden",
      message:
        "Method doesn't allow unregistered callers (callers without established identity). Please use API Key.",
    }),
  keyBlocked: () =>
    apiError(403, {
      reason: "forbidden",
      message: "Requests to this API youtube method youtube.api.v3.V3DataVideoService.List are blocked.",
      detail: "API_KEY_SERVICE_BLOCKED",
    }),
  forbidden: () => apiError(403, { reason: "forbidden", message: "The request is not properly authorized." }),
} as const;

/** Five videos by default, with so many comments and replies in all. */
export function startStandIn(
  { seed, videos = 5, comments = 100 }: { seed: number; videos?: number; comments?: number },
): StandIn {
  const random = new Random(seed);
  const all: StandInVideo[] = Array.from({ length: videos }, (_, at) => ({
    id: `video_${String(at).padStart(5, "0")}`,
    title: `Title ${at} 😀 \u202eשלום\u0007`,
    likes: random.integer(100_000),
    threads: [],
  }));
  const flat: Comment[] = [];
  for (let at = 0; at < comments; at++) {
    const { threads, id } = all[at % videos]!;
    const isReply = threads.length > 0 && random.integer(5) === 0;
    const comment: Comment = {
      id: isReply ? `Ug${id}.${at}` : `Ug${id}-${at}`,
      author: `@author${at}`,
      text: `comment ${at} 😀\n<b>`,
      likes: random.integer(40),
      replies: [],
    };
    (isReply ? threads[Math.min(threads.length - 1, random.integer(30))]!.replies : threads).push(comment);
    flat.push(comment);
  }
  const standIn = new Server(all, flat, random);
  return standIn;
}

class Server implements StandIn {
  readonly key = "AIza-stand-in-key";
  readonly urls: string[] = [];
  readonly videos: StandInVideo[];
  fault: Fault = () => null;
  quota = Infinity;
  tokenLivesS = 3600;
  tokens = 0;
  readonly #comments: readonly Comment[];
  readonly #random: Random;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #spent = 0;
  readonly #validTokens = new Map<string, number>();

  constructor(videos: StandInVideo[], comments: readonly Comment[], random: Random) {
    [this.videos, this.#comments, this.#random] = [videos, comments, random];
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#serve(request),
    );
  }

  get base(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/youtube/v3`;
  }

  get tokenUri(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/token`;
  }

  spent = () => this.#spent;

  step(changes: number): void {
    for (const video of this.videos) if (video.likes !== null) video.likes += this.#random.integer(50);
    for (let change = 0; change < changes && this.#comments.length > 0; change++) {
      const comment = this.#comments[this.#random.integer(this.#comments.length)]!;
      comment.likes = Math.max(0, comment.likes + this.#random.integer(9) - 4);
    }
  }

  truth(): ReturnType<StandIn["truth"]> {
    const sum = (comments: readonly Comment[]): number =>
      comments.reduce((likes, comment) => likes + comment.likes + sum(comment.replies), 0);
    return Object.fromEntries(
      this.videos.filter(({ hidden }) => !hidden).map(({ id, likes, threads, commentsDisabled }) => [
        id,
        { videoLikes: likes, commentLikes: commentsDisabled ? 0 : sum(threads) },
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  async #serve(request: Request): Promise<Response> {
    const { pathname, searchParams: query } = new URL(request.url);
    this.urls.push(request.url);
    if (pathname === "/token") return await this.#token(request);
    const path = pathname.replace("/youtube/v3/", "");
    this.#spent++; // a question that is refused costs as much
    const fault = this.fault({ path, query, count: this.#spent });
    if (fault !== null) return fault;
    const refused = this.#refuse(request, query);
    if (refused !== null) return refused;
    if (this.#spent > this.quota) return ERRORS.quotaExceeded();
    if (path === "videos") return this.#list(request, query);
    if (path === "commentThreads") return this.#threads(request, query);
    if (path === "comments") return this.#replies(request, query);
    return new Response("<html><body>404</body></html>", {
      status: 404,
      headers: { "content-type": "text/html" },
    });
  }

  #refuse(request: Request, query: URLSearchParams): Response | null {
    const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
    if (token !== undefined) {
      return (this.#validTokens.get(token) ?? 0) > Date.now()
        ? null
        : apiError(401, { reason: "authError", message: "Invalid Credentials" });
    }
    const key = request.headers.get("x-goog-api-key") ?? query.get("key");
    if (key === null) return ERRORS.keyMissing();
    return key === this.key ? null : ERRORS.keyInvalid();
  }

  async #token(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    const [header, claims, signature] = (form.get("assertion") ?? "").split(".");
    const isWhole = form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      signature !== undefined;
    const read = (part: string) =>
      JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(part, { alphabet: "base64url" })));
    if (!isWhole || read(header!).alg !== "RS256" || read(claims!).aud !== this.tokenUri) {
      return Response.json({ error: "invalid_grant", error_description: "Invalid JWT Signature." }, {
        status: 400,
      });
    }
    const token = `ya29.stand-in-${++this.tokens}`;
    this.#validTokens.set(token, Date.now() + this.tokenLivesS * 1000);
    return Response.json({ access_token: token, expires_in: this.tokenLivesS, token_type: "Bearer" });
  }

  #answer(request: Request, body: object): Response {
    const text = JSON.stringify(body);
    let hash = 0;
    for (let at = 0; at < text.length; at++) hash = (hash * 31 + text.charCodeAt(at)) | 0;
    const etag = `"${(hash >>> 0).toString(36)}"`;
    if (request.headers.get("if-none-match") === etag) {
      return new Response(null, { status: 304, headers: { etag } });
    }
    return Response.json({ ...body, etag }, { headers: { etag } });
  }

  #list(request: Request, query: URLSearchParams): Response {
    const wanted = (query.get("id") ?? "").split(",");
    const items = this.videos.filter(({ id, hidden }) => wanted.includes(id) && !hidden).map((video) => ({
      kind: "youtube#video",
      id: video.id,
      snippet: { title: video.title, channelTitle: "Channel", liveBroadcastContent: video.live ?? "none" },
      // Counts are texts, and absent where they are hidden.
      statistics: {
        viewCount: "1000",
        favoriteCount: "0",
        ...(video.likes === null ? {} : { likeCount: String(video.likes) }),
      },
      contentDetails: { contentRating: video.ageRestricted ? { ytRating: "ytAgeRestricted" } : {} },
    }));
    return this.#answer(request, {
      kind: "youtube#videoListResponse",
      items,
      pageInfo: { totalResults: items.length, resultsPerPage: items.length },
    });
  }

  #threads(request: Request, query: URLSearchParams): Response {
    const video = this.videos.find(({ id }) => id === query.get("videoId"));
    if (video === undefined || video.hidden) return ERRORS.videoNotFound();
    if (video.commentsDisabled) return ERRORS.commentsDisabled();
    const page = pageOf(video.threads, query);
    if (page === null) return ERRORS.invalidPageToken();
    return this.#answer(request, {
      kind: "youtube#commentThreadListResponse",
      ...page,
      items: page.items.map((thread) => ({
        kind: "youtube#commentThread",
        id: thread.id,
        snippet: {
          videoId: video.id,
          topLevelComment: commentItem(thread, undefined),
          totalReplyCount: thread.replies.length,
        },
        // The list is cut at five, as the API's.
        ...(thread.replies.length === 0 ? {} : {
          replies: { comments: thread.replies.slice(0, 5).map((reply) => commentItem(reply, thread.id)) },
        }),
      })),
    });
  }

  #replies(request: Request, query: URLSearchParams): Response {
    const parentId = query.get("parentId");
    const thread = this.videos.flatMap(({ threads }) => threads).find(({ id }) => id === parentId);
    if (thread === undefined) return apiError(404, { reason: "commentNotFound" });
    const page = pageOf(thread.replies, query);
    if (page === null) return ERRORS.invalidPageToken();
    return this.#answer(request, {
      kind: "youtube#commentListResponse",
      ...page,
      items: page.items.map((reply) => commentItem(reply, thread.id)),
    });
  }
}

function pageOf<T>(all: readonly T[], query: URLSearchParams): { items: T[]; nextPageToken?: string } | null {
  const size = Math.min(100, Number(query.get("maxResults") ?? 20));
  const token = query.get("pageToken");
  const from = token === null ? 0 : Number(/^page-(\d+)$/.exec(token)?.[1] ?? NaN);
  if (Number.isNaN(from)) return null;
  const items = all.slice(from, from + size);
  return from + size < all.length ? { items, nextPageToken: `page-${from + size}` } : { items };
}

function commentItem({ id, author, text, likes }: Comment, parentId: string | undefined) {
  return {
    kind: "youtube#comment",
    id,
    snippet: {
      textDisplay: text,
      textOriginal: text,
      authorDisplayName: author,
      likeCount: likes,
      ...(parentId === undefined ? {} : { parentId }),
    },
  };
}
