/** What the monitor knows of likes: the newest total of each video, and the events that lead to them. Pure. */
import { readEvent } from "../../records/youtube_events.ts";
import { readTotal, type Total } from "../../records/youtube_totals.ts";
import { type Board, type Counters, countRecords, type TopicRecords, topicsOf } from "./board.ts";
import { rank, Totals } from "../../youtube/totals.ts";
import { VIDEOS_MAX } from "../../youtube/totals_limits.ts";

/** The likes at one moment. */
export interface LikesSnapshot {
  /** As published, most likes first. */
  readonly ranking: readonly Total[];
  /** Events seen, each as often as it came. */
  readonly events: number;
  /** Records on either topic that cannot be read. */
  readonly unreadable: number;
  /** Likes that came per minute in the last hour, oldest first. */
  readonly gains: readonly number[];
  /** When the last of these minutes ends by the events' own time, Unix ms; `null` before the first event. */
  readonly gainsEndMs: number | null;
}

/** Minutes that are shown. */
const MINUTES_SHOWN = 60;

/** Gathers totals and events. */
export class LikesBoard implements Board<LikesSnapshot> {
  /** The topics whose records it counts, each once. */
  readonly topics: readonly string[];
  readonly #counters: Counters;
  /** The one that came longest ago first. */
  readonly #totals = new Map<string, Total>();
  readonly #seen = new Totals();
  #events = 0;
  #unreadable = 0;

  /** @param topics where the totals are, and the events */
  constructor(topics = { totals: "youtube-totals", events: "topic_yt" }) {
    this.#counters = [
      [topics.totals, ({ value }) => this.addTotal(value)],
      [topics.events, ({ value }) => this.addEvent(value)],
    ];
    this.topics = topicsOf(this.#counters);
  }

  /** Counts records of one of its topics. */
  take(records: TopicRecords, nowMs: number): void {
    countRecords(this.#counters, records, nowMs);
  }

  /** Adds a record of `youtube-totals`. */
  addTotal(value: Uint8Array | null): void {
    const total = readTotal(value);
    if (total === null) return void this.#unreadable++;
    this.#totals.delete(total.videoId);
    this.#totals.set(total.videoId, total);
    if (this.#totals.size > VIDEOS_MAX) this.#totals.delete(this.#totals.keys().next().value!);
  }

  /** Adds a record of `topic_yt`. */
  addEvent(value: Uint8Array | null): void {
    const found = readEvent(value);
    if (!("event" in found)) return void this.#unreadable++;
    this.#events++;
    this.#seen.take(found.event);
  }

  /** Everything as it is now. */
  snapshot(): LikesSnapshot {
    const { likes: gains, endMs: gainsEndMs } = this.#seen.gainsByMinute(MINUTES_SHOWN);
    return {
      ranking: rank([...this.#totals.values()]),
      events: this.#events,
      unreadable: this.#unreadable,
      ...{ gains, gainsEndMs },
    };
  }
}
