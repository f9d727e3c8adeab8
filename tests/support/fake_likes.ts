/** Events of likes that nobody gave, and the totals that `youtube consume` makes of them. */
import { Random } from "../../nn/mod.ts";
import type { YoutubeEvent } from "../../src/records/youtube_events.ts";
import type { Total } from "../../src/records/youtube_totals.ts";
import { Totals } from "../../src/youtube/totals.ts";

const STEP_MS = 10_000;

const VIDEOS = [
  { videoId: "dQw4w9WgXcQ", title: "Never gonna give you up", likes: 18_400, each: 9 },
  { videoId: "kJQP7kiw5Fk", title: "Despacito", likes: 18_100, each: 14 },
  { videoId: "9bZkp7q19f0", title: "Gangnam style", likes: 9_200, each: 3 },
  { videoId: "jNQXAC9IVRw", title: "Me at the zoo", likes: 2_450, each: 1 },
];

/** What comes of one poll. */
export interface FakePoll {
  readonly events: YoutubeEvent[];
  /** Of the videos that were polled, as they are after it. */
  readonly totals: Total[];
}

/** Videos whose likes grow, each at its own pace; the second one overtakes the first. */
export class FakeLikes {
  readonly #random = new Random(11);
  readonly #totals = new Totals();
  readonly #startMs: number;
  readonly #titles: ReadonlyMap<string, string>;

  /** @param titles other titles, by id; ids that are new are videos of their own */
  constructor(startMs: number, titles: Readonly<Record<string, string>> = {}) {
    this.#startMs = startMs;
    this.#titles = new Map([
      ...VIDEOS.map((one) => [one.videoId, one.title] as const),
      ...Object.entries(titles),
    ]);
  }

  /** The poll with this number, from 0 on; to be asked for in order. */
  poll(poll: number): FakePoll {
    const events = [...this.#titles].flatMap(([videoId, videoTitle]) => {
      const { likes = 100, each = 2 } = VIDEOS.find((one) => one.videoId === videoId) ?? {};
      const likeCount = likes + Math.round(each * poll + each * this.#random.uniform());
      const shared = {
        ...{ videoId, videoTitle, poll },
        observedAt: new Date(this.#startMs + STEP_MS * poll).toISOString(),
      };
      const comments = [0, 1].map((at): YoutubeEvent => ({
        ...{ ...shared, kind: "comment", commentId: `${videoId}-${at}`, author: `listener ${at}` },
        ...{ id: `comment:${videoId}-${at}@${poll}`, likeCount: 40 * at + Math.floor(poll / 7) },
        text: `${videoTitle}: every day anew`,
      }));
      const video: YoutubeEvent = {
        ...shared,
        id: `video:${videoId}@${likeCount}`,
        kind: "video",
        likeCount,
      };
      return poll % 7 === 0 ? [video, ...comments] : [video];
    });
    for (const event of events) this.#totals.take(event);
    return { events, totals: this.#totals.ranking() };
  }
}
