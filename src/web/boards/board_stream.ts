/** One choice of a board as a live stream: the whole, then what changed. */
import type { LiveSource, LiveUpdate } from "../frame/live/channel.ts";
import type { History } from "./history.ts";
import { LARGE_EVERY_MS, LARGE_LETTERS } from "./limits.ts";
import type { BoardQuery, ServedBoard } from "./served.ts";

/** A part of the board as it went out last. */
interface Part {
  readonly json: string;
  readonly sentMs: number;
}

/** Parts that change with the clock alone: the event has its time itself. */
const CLOCK = "timeMs";

/** What has been sent, and what is to be sent. */
export class BoardStream implements LiveSource {
  readonly #board: ServedBoard;
  readonly #query: BoardQuery;
  readonly #refreshMs: number;
  readonly #parts = new Map<string, Part>();
  #timeMs = 0;
  /** When the board was asked last, Unix ms. */
  #askedMs = -Infinity;
  #trouble: string | null = null;
  /** What has been sent of the history: its names, the newest row, how many markers. */
  #history: History | null = null;
  #names: readonly string[] = [];
  #rowMs = -Infinity;
  #markers = 0;

  /** @param refreshMs the board is asked at most once in each interval of so long */
  constructor(board: ServedBoard, query: BoardQuery, refreshMs: number) {
    this.#board = board;
    this.#query = query;
    this.#refreshMs = refreshMs;
  }

  /** What changed since the last call. */
  update(nowMs: number): LiveUpdate {
    const fresh = this.#ask(nowMs);
    const trouble = this.#board.trouble();
    const history = this.#history;
    const changed = fresh.length > 0 || trouble !== this.#trouble;
    this.#timeMs = nowMs;
    this.#trouble = trouble;
    if (history === null || history.names !== this.#names) {
      this.#names = history?.names ?? [];
      this.#follow();
      return { whole: true };
    }
    const points = history.rowsSince(this.#rowMs);
    const events = history.markersSince(this.#markers);
    this.#follow();
    if (!changed && points.length === 0 && events.length === 0) return null;
    return {
      delta: `{"timeMs":${nowMs},"trouble":${JSON.stringify(trouble)},"board":${objectOf(fresh)},` +
        `"points":${JSON.stringify(points)}` +
        `${events.length === 0 ? "" : `,"events":${JSON.stringify(events)}`}}`,
    };
  }

  /** Everything as of the last update. */
  snapshot(): string {
    const parts = [...this.#parts].map(([name, { json }]): [string, string] => [name, json]);
    return `{"timeMs":${this.#timeMs},"trouble":${JSON.stringify(this.#trouble)},` +
      `"board":${objectOf(parts)},"history":${JSON.stringify(this.#history?.view() ?? null)}}`;
  }

  /** Asks the board where it is time. @returns the parts that changed, as JSON by name */
  #ask(nowMs: number): [name: string, json: string][] {
    if (!isDue(this.#askedMs, this.#refreshMs, nowMs)) return [];
    this.#askedMs = nowMs;
    const { parts, history } = this.#board.view(nowMs, this.#query);
    if (history !== this.#history) {
      this.#history = history;
      this.#names = [];
      this.#parts.clear();
    }
    const fresh: [string, string][] = [];
    for (const [name, value] of Object.entries(parts)) {
      const sent = this.#parts.get(name);
      const isLarge = (sent?.json.length ?? 0) > LARGE_LETTERS;
      if (isLarge && !isDue(sent!.sentMs, LARGE_EVERY_MS, nowMs)) continue;
      const json = JSON.stringify(value) ?? "null";
      if (json === sent?.json) continue;
      this.#parts.set(name, { json, sentMs: nowMs });
      if (name !== CLOCK) fresh.push([name, json]);
    }
    return fresh;
  }

  /** Everything up to now is sent. */
  #follow(): void {
    this.#rowMs = this.#history?.lastMs ?? -Infinity;
    this.#markers = this.#history?.markerCount ?? 0;
  }
}

/** Whether it is another interval of the clock: a look that came late takes nothing from the next one. */
function isDue(lastMs: number, everyMs: number, nowMs: number): boolean {
  return Math.floor(nowMs / everyMs) !== Math.floor(lastMs / everyMs);
}

function objectOf(parts: readonly (readonly [name: string, json: string])[]): string {
  return `{${parts.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(",")}}`;
}
